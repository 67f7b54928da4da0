"""Damages the partition table: each kind is a function, see image_mutations."""

import struct
import uuid
import zlib

from image_bytes import TYPES, Unsuitable, flip, put

HEADER = {  # UEFI 2.10, table 5.5: offset and size in bytes
    "signature": (0, 8), "revision": (8, 4), "header-size": (12, 4),
    "header-crc": (16, 4), "reserved": (20, 4), "own-lba": (24, 8),
    "other-lba": (32, 8), "first-usable": (40, 8), "last-usable": (48, 8),
    "disk-guid": (56, 16), "entries-lba": (72, 8), "entry-count": (80, 4),
    "entry-size": (84, 4), "entries-crc": (88, 4),
}


def gpt_header(image, rng):
    image.table()
    places = {"primary": [image.sector], "backup": [image.backup()]}
    places["both"] = places["primary"] + places["backup"]
    which = rng.choice(sorted(places))
    name = rng.choice(sorted(HEADER))
    at, size = HEADER[name]
    state = rng.getstate()
    for place in places[which]:
        rng.setstate(state)
        words = put(image.data, place + at, size, rng)
    mended = rng.random() < 0.6 and "crc" not in name
    if mended:
        for place in places[which]:
            length = struct.unpack_from("<I", image.data, place + 12)[0]
            struct.pack_into("<I", image.data, place + 16, 0)
            struct.pack_into("<I", image.data, place + 16, zlib.crc32(
                bytes(image.data[place:place + min(length, image.sector)])))
    return "%s, %s %s%s" % (which, name, words, ", mended" if mended else "")


def used(image, rng):
    image.table()
    kind = rng.choice(sorted(image.parts))
    return kind, image.entry(image.parts[kind][0])


def set_type(image, at, kind):
    image.data[at:at + 16] = uuid.UUID(TYPES[kind]).bytes_le


def entry_type(image, rng):
    kind, at = used(image, rng)
    other = rng.choice(sorted(set(TYPES) - {kind}))
    set_type(image, at, other)
    image.mend()
    return "%s to %s" % (kind, other)


def entry_place(image, rng):
    kind, at = used(image, rng)
    which = rng.choice(["first", "last"])
    words = put(image.data, at + (32 if which == "first" else 40), 8, rng)
    image.mend()
    return "%s, %s LBA %s" % (kind, which, words)


def entry_overlap(image, rng):
    kind, at = used(image, rng)
    other, there = used(image, rng)
    if kind == other:
        raise Unsuitable
    first, last = struct.unpack_from("<QQ", image.data, there + 32)
    mine = struct.unpack_from("<QQ", image.data, at + 32)
    first, last = rng.choice([(first, last), (min(first, mine[0]), mine[1]),
                              (mine[0], max(mine[1], first))])
    struct.pack_into("<QQ", image.data, at + 32, first, last)
    image.mend()
    return "%s over %s" % (kind, other)


def entry_uuid(image, rng):
    kind, at = used(image, rng)
    other = used(image, rng)[1]
    how = rng.choice(["none", "another's", "random"])
    image.data[at + 16:at + 32] = {
        "none": bytes(16), "another's": image.data[other + 16:other + 32],
        "random": rng.randbytes(16)}[how]
    image.mend()
    return "%s, %s" % (kind, how)


def entry_attribute(image, rng):
    kind, at = used(image, rng)
    bit = rng.choice([0, 1, 2, 3, 47, 48, 56, 58, 59, 60, 62, 63])
    flags = struct.unpack_from("<Q", image.data, at + 48)[0] ^ 1 << bit
    struct.pack_into("<Q", image.data, at + 48, flags)
    image.mend()
    return "%s, bit %d" % (kind, bit)


def entry_label(image, rng):
    kind, at = used(image, rng)
    label = rng.choice([b"", "_empty".encode("utf-16-le"), b"\x00\xd8a\x00",
                        "x" * 36, b"a\x00\x00\x00b\x00", "\x01", "ä\U0001f600"])
    if isinstance(label, str):
        label = label.encode("utf-16-le")
    image.data[at + 56:at + 128] = label.ljust(72, b"\0")
    image.mend()
    return "%s, %r" % (kind, label[:8])


def entry_raw(image, rng):
    """Without mending: the checksum no longer holds."""
    image.table()
    kind, at = used(image, rng)
    place = rng.choice(["primary", "backup"])
    if place == "backup":
        at += struct.unpack_from(
            "<Q", image.data, image.backup() + 72)[0] * image.sector
        at -= 2 * image.sector
    return "%s %s, %s" % (place, kind, flip(image, at, 128, rng))


def entry_more(image, rng):
    """One more entry, in a place that is another's or free."""
    kind, at = used(image, rng)
    new = rng.choice(sorted(set(TYPES) - {"none"}))
    number = rng.choice([len(image.parts), 7, 100, 127])
    there = image.entry(number)
    image.data[there:there + 128] = image.data[at:at + 128]
    set_type(image, there, new)
    how = "same place"
    if rng.random() < 0.8:
        image.data[there + 16:there + 32] = rng.randbytes(16)
    if rng.random() < 0.8:
        # The table ends with the last partition: make room behind it.
        how = "own place"
        first = grow(image, 64)
        struct.pack_into("<QQ", image.data, there + 32, first, first + 63)
    image.mend()
    return "%s as entry %d, %s" % (new, number, how)


def grow(image, sectors):
    """Moves the backup back by so many; returns the first new sector."""
    data, sector = image.data, image.sector
    last = struct.unpack_from("<Q", data, sector + 48)[0]
    backup = image.backup()
    split = (last + 1) * sector
    data[split:split] = bytes(sectors * sector)
    backup += sectors * sector
    struct.pack_into("<Q", data, sector + 32, backup // sector)
    struct.pack_into("<Q", data, backup + 24, backup // sector)
    at = struct.unpack_from("<Q", data, backup + 72)[0]
    struct.pack_into("<Q", data, backup + 72, at + sectors)
    for place in (sector, backup):
        struct.pack_into("<Q", data, place + 48, last + sectors)
    return last + 1


def entry_gone(image, rng):
    kind, at = used(image, rng)
    image.data[at:at + 128] = bytes(128)
    image.mend()
    return kind


def entry_order(image, rng):
    kind, at = used(image, rng)
    there = image.entry(rng.choice([0, 1, 2, 5, 127]))
    mine = image.data[at:at + 128]
    image.data[at:at + 128] = image.data[there:there + 128]
    image.data[there:there + 128] = mine
    image.mend()
    return kind


def backup_damage(image, rng):
    sector = image.table()
    backup = image.backup()
    entries = struct.unpack_from("<Q", image.data, backup + 72)[0] * sector
    how = rng.choice(["header gone", "entries gone", "header flip",
                      "entries flip", "all gone", "appended"])
    if how in ("header gone", "all gone"):
        image.data[backup:backup + sector] = bytes(sector)
    if how in ("entries gone", "all gone"):
        image.data[entries:backup] = bytes(backup - entries)
    if how == "header flip":
        flip(image, backup, 92, rng)
    if how == "entries flip":
        flip(image, entries, 16384, rng)
    if how == "appended":
        image.data += bytes(sector * rng.choice([1, 8, 2048]))
    return how


def primary_damage(image, rng):
    sector = image.table()
    how = rng.choice(["header gone", "entries gone", "header flip", "second"])
    if how == "header gone":
        image.data[sector:2 * sector] = bytes(sector)
    if how == "entries gone":
        image.data[2 * sector:2 * sector + 16384] = bytes(16384)
    if how == "header flip":
        flip(image, sector, 92, rng)
    if how == "second":
        other = rng.choice([s for s in (512, 1024, 2048, 4096) if s != sector])
        image.data[other:other + 8] = b"EFI PART"
    return how


def mbr(image, rng):
    image.table()
    entry = 446
    how = rng.choice(["signature", "type", "gone", "hybrid", "twice", "flip",
                      "start", "size", "bootable"])
    if how == "signature":
        image.data[510:512] = bytes(2)
    if how == "type":
        image.data[entry + 4] = rng.choice([0, 0x83, 0xef, 0x0f, 0xed])
    if how == "gone":
        image.data[entry:510] = bytes(64)
    if how == "hybrid":
        second = struct.pack("<B3sB3sII", rng.choice([0, 0x80]), b"\0\0\0",
                             rng.choice([0x83, 0x07, 0xef]), b"\0\0\0", 40, 100)
        image.data[entry + 16:entry + 32] = second
    if how == "twice":
        image.data[entry + 16:entry + 32] = image.data[entry:entry + 16]
    if how == "flip":
        flip(image, 0, 510, rng)
    if how == "start":
        put(image.data, entry + 8, 4, rng)
    if how == "size":
        put(image.data, entry + 12, 4, rng)
    if how == "bootable":
        image.data[entry] = rng.choice([0x80, 0x01])
    return how
