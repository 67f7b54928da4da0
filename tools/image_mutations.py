"""How tools/differential damages images: each kind of mutation is a function.

Every function takes an Image (whose bytes it changes) and a random.Random, and
returns a few words for what it did. It raises Unsuitable for an image that has
no such place. Nothing else decides what is made, so a seed repeats it.
"""

import base64
import json
import struct
import uuid
import zlib

TYPES = {  # uapi-group discoverable partitions
    "root": "4f68bce3-e8cd-4db1-96e7-fbcaf984b709",
    "root-verity": "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5",
    "root-verity-sig": "41092b05-9fc8-4523-994f-2def0408b176",
    "usr": "8484680c-9521-48c6-9c11-b0720656f69e",
    "usr-verity": "77ff5f63-e7b6-4633-acf4-1565b864c0e6",
    "usr-verity-sig": "e7bb33fb-06cf-4e81-8273-e543b413e2e2",
    "root-arm64": "b921b045-1df0-41c3-af44-4c6f280d3fae",
    "root-arm64-verity": "df3300ce-d69f-4c92-978c-9bfb0f38d820",
    "root-x86": "44479540-f297-41b2-9af7-d131d5f0458a",
    "usr-arm64": "b0e01050-ee5f-4390-949a-9101b17104e9",
    "linux-generic": "0fc63daf-8483-4772-8e79-3d69d8477de4",
    "esp": "c12a7328-f81f-11d2-ba4b-00a0c93ec93b",
    "xbootldr": "bc13c2ff-59e6-4262-a352-b275fd6f7172",
    "swap": "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f",
    "home": "933ac7e1-2eb4-4f13-b844-0e14e2aef915",
    "var": "4d21b016-b534-45c2-a9fb-5c16e091fd2d",
    "unknown": "11111111-2222-4333-8444-555555555555",
    "none": "00000000-0000-0000-0000-000000000000",
}
HEADER = {  # UEFI 2.10, table 5.5: offset and size in bytes
    "signature": (0, 8), "revision": (8, 4), "header-size": (12, 4),
    "header-crc": (16, 4), "reserved": (20, 4), "own-lba": (24, 8),
    "other-lba": (32, 8), "first-usable": (40, 8), "last-usable": (48, 8),
    "disk-guid": (56, 16), "entries-lba": (72, 8), "entry-count": (80, 4),
    "entry-size": (84, 4), "entries-crc": (88, 4),
}
VERITY = {  # cryptsetup's superblock
    "magic": (0, 8), "version": (8, 4), "hash-type": (12, 4), "uuid": (16, 16),
    "algorithm": (32, 32), "data-block-size": (64, 4),
    "hash-block-size": (68, 4), "data-blocks": (72, 8), "salt-size": (80, 2),
    "padding": (82, 6), "salt": (88, 32), "salt-rest": (120, 224),
    "padding-2": (344, 168),
}
EROFS = {  # erofs_fs.h: the superblock at byte 1024
    "magic": (0, 4), "checksum": (4, 4), "compatible": (8, 4),
    "block-bits": (12, 1), "extension-slots": (13, 1), "root-inode": (14, 2),
    "inodes": (16, 8), "build-time": (24, 8), "blocks": (36, 4),
    "meta-block": (40, 4), "xattr-block": (44, 4), "uuid": (48, 16),
    "volume-name": (64, 16), "incompatible": (80, 4), "algorithms": (84, 2),
    "extra-devices": (86, 2), "device-slot": (88, 2), "directory-bits": (90, 1),
    "packed-inode": (96, 8),
}
SQUASHFS = {  # squashfs_fs.h
    "magic": (0, 4), "inodes": (4, 4), "time": (8, 4), "block-size": (12, 4),
    "fragments": (16, 4), "compression": (20, 2), "block-log": (22, 2),
    "flags": (24, 2), "ids": (26, 2), "major": (28, 2), "minor": (30, 2),
    "root-inode": (32, 8), "bytes-used": (40, 8), "id-table": (48, 8),
    "xattr-table": (56, 8), "inode-table": (64, 8), "directory-table": (72, 8),
    "fragment-table": (80, 8), "export-table": (88, 8),
}
MAGICS = [  # of other formats: offset, bytes
    (0, b"hsqs"), (1024, b"\xe2\xe1\xf5\xe0"), (1080, b"\x53\xef"),
    (0, b"XFSB"), (0, b"LUKS\xba\xbe"), (65600, b"_BHRfS_M"),
    (4086, b"SWAPSPACE2"), (32769, b"CD001"), (54, b"FAT16   "),
    (536, b"LVM2 001"), (1024, b"\x10\x20\xf5\xf2"), (3, b"NTFS    "),
]


class Unsuitable(Exception):
    """The image has no such place."""


class Image:
    """The bytes of an image, and where systemd-repart put its parts."""

    def __init__(self, data):
        self.data = bytearray(data)
        self.sector = next((size for size in (512, 1024, 2048, 4096)
                            if self.data[size:size + 8] == b"EFI PART"), 0)
        self.parts = {}  # by type: number of the entry, offset, size
        if self.sector:
            names = {guid: name for name, guid in TYPES.items()}
            for number in range(8):
                at = self.entry(number)
                kind = names.get(str(uuid.UUID(
                    bytes_le=bytes(self.data[at:at + 16]))))
                first, last = struct.unpack_from("<QQ", self.data, at + 32)
                if kind not in (None, "none"):
                    self.parts[kind] = (number, first * self.sector,
                                        (last - first + 1) * self.sector)

    def table(self):
        if not self.sector:
            raise Unsuitable
        return self.sector

    def part(self, *suffixes):
        """Offset and size of the root or usr partition with that suffix."""
        for kind in ("root", "usr", "linux-generic"):
            for suffix in suffixes:
                if kind + suffix in self.parts:
                    return self.parts[kind + suffix][1:]
        raise Unsuitable

    def filesystem(self):
        """Where the filesystem lies whose blocks nothing protects."""
        if not self.sector:
            return 0, len(self.data)
        if any("verity" in kind for kind in self.parts):
            raise Unsuitable
        return self.part("")

    def entry(self, number):
        return 2 * self.sector + 128 * number

    def backup(self):
        return struct.unpack_from("<Q", self.data,
                                  self.sector + 32)[0] * self.sector

    def mend(self, copies="both"):
        """Makes the checksums right, and the backup a copy."""
        data, sector = self.data, self.sector
        count, size = struct.unpack_from("<II", data, sector + 80)
        table = bytes(data[2 * sector:2 * sector + min(count * size, 1 << 17)])
        struct.pack_into("<I", data, sector + 88, zlib.crc32(table))
        places = [sector]
        backup = self.backup()
        if copies == "both" and 0 < backup <= len(data) - sector:
            at = struct.unpack_from("<Q", data, backup + 72)[0] * sector
            if at + len(table) <= len(data):
                data[at:at + len(table)] = table
            struct.pack_into("<I", data, backup + 88, zlib.crc32(table))
            places.append(backup)
        for at in places:
            length = min(struct.unpack_from("<I", data, at + 12)[0], sector)
            struct.pack_into("<I", data, at + 16, 0)
            struct.pack_into("<I", data, at + 16,
                             zlib.crc32(bytes(data[at:at + length])))


def put(data, at, size, rng):
    """Another value for the field; returns it in words."""
    old = int.from_bytes(data[at:at + size], "little")
    top = 1 << 8 * size
    while True:
        new = rng.choice([0, 1, 2, old + 1, old - 1, old * 2, old // 2,
                          old ^ 1 << rng.randrange(8 * size), top - 1,
                          top // 2, rng.randrange(top)]) % top
        if new != old:
            data[at:at + size] = new.to_bytes(size, "little")
            return "%d to %d" % (old, new) if size <= 8 else "changed"


def field(image, base, fields, rng):
    name = rng.choice(sorted(fields))
    at, size = fields[name]
    if base + at + size > len(image.data):
        raise Unsuitable
    return "%s %s" % (name, put(image.data, base + at, size, rng))


def crc32c(data):
    """As erofs has it: without the last inversion."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc


def flip(image, at, size, rng):
    if size <= 0:
        raise Unsuitable
    at += rng.randrange(size)
    image.data[at] ^= 1 << rng.randrange(8)
    return "byte %d" % at


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


def magic(image, rng):
    """Another format announces itself beside what is there."""
    at, word = rng.choice(MAGICS)
    part = "image"
    if image.sector and rng.random() < 0.4:
        part, at = "data partition", at + image.part("")[0]
    if at + len(word) > len(image.data):
        raise Unsuitable
    image.data[at:at + len(word)] = word
    return "%r in the %s" % (word, part)


def verity_superblock(image, rng):
    return field(image, image.part("-verity")[0], VERITY, rng)


def verity_tree(image, rng):
    at, size = image.part("-verity")
    blocks = struct.unpack_from("<Q", image.data, at + 72)[0]
    used_bytes = 4096 * (1 + (blocks > 128) + (blocks + 127) // 128)
    return flip(image, at + 4096, min(used_bytes - 4096, size - 4096), rng)


def data_flip(image, rng):
    image.part("-verity")
    return flip(image, *image.part(""), rng)


def signature_json(image, rng):
    at, size = image.part("-verity-sig")
    text = bytes(image.data[at:at + size]).rstrip(b"\0")
    value = json.loads(text)
    plain = json.dumps(value)
    der = base64.b64decode(value["signature"])
    long = dict(value, more="x" * 10)
    ways = {
        "upper case": json.dumps(dict(
            value, rootHash=value["rootHash"].upper())),
        "other hash": json.dumps(dict(value, rootHash="00" * 32)),
        "short hash": json.dumps(dict(value, rootHash=value["rootHash"][:20])),
        "odd hash": json.dumps(dict(value, rootHash=value["rootHash"][:63])),
        "no hash": json.dumps({"signature": value["signature"]}),
        "no signature": json.dumps({"rootHash": value["rootHash"]}),
        "hash a number": json.dumps(dict(value, rootHash=7)),
        "signature null": json.dumps(dict(value, signature=None)),
        "not base64": json.dumps(dict(value, signature="*" * 64)),
        "base64 unpadded": json.dumps(dict(
            value, signature=value["signature"].rstrip("=")[:-2])),
        "base64 in lines": json.dumps(dict(
            value, signature=value["signature"][:64] + "\n" +
            value["signature"][64:])),
        "more keys": json.dumps(long),
        "key twice": plain[:-1] + ', "rootHash": "%s"}' % ("11" * 32),
        "escapes": plain.replace('"rootHash"', '"root\\u0048ash"'),
        "spaces": " \n" + plain + "\n \t",
        "text behind": plain + "x",
        "after zero": plain + "\0x",
        "array": "[" + plain + "]",
        "empty": "",
        "cut": plain[:len(plain) // 2],
        "deep": plain[:-1] + ', "deep": ' + "[" * 40 + "]" * 40 + "}",
        "not UTF-8": plain[:-1] + ', "k": "\udcff"}',
        "PKCS#7 cut": json.dumps(dict(
            value, signature=base64.b64encode(der[:-20]).decode())),
        "PKCS#7 and more": json.dumps(dict(
            value, signature=base64.b64encode(der + b"more").decode())),
    }
    how = rng.choice(sorted(ways))
    new = ways[how].encode("utf-8", "surrogateescape")
    image.data[at:at + size] = new.ljust(size, b"\0")[:size]
    return how


def pkcs7_flip(image, rng):
    at, size = image.part("-verity-sig")
    value = json.loads(bytes(image.data[at:at + size]).rstrip(b"\0"))
    der = bytearray(base64.b64decode(value["signature"]))
    where = rng.randrange(len(der))
    der[where] ^= 1 << rng.randrange(8)
    value["signature"] = base64.b64encode(der).decode()
    image.data[at:at + size] = json.dumps(value).encode().ljust(size, b"\0")
    return "byte %d of the DER" % where


def truncate(image, rng):
    size = len(image.data)
    new = rng.choice([rng.randrange(size), size - 1, size - 512, size // 2,
                      rng.randrange(size) // 512 * 512, size - 16384,
                      rng.randrange(min(size, 8192))])
    del image.data[max(new, 0):]
    return "to %d of %d bytes" % (len(image.data), size)


def filesystem_superblock(image, rng):
    at, size = image.filesystem()
    data = image.data
    if data[at:at + 4] == b"hsqs":
        return "squashfs " + field(image, at, SQUASHFS, rng)
    if data[at + 1024:at + 1028] == b"\xe2\xe1\xf5\xe0":
        words = field(image, at + 1024, EROFS, rng)
        if rng.random() < 0.2:
            return "erofs " + words
        # Of what follows in the first block, its own place taken as zero.
        struct.pack_into("<I", data, at + 1028, 0)
        struct.pack_into("<I", data, at + 1028,
                         crc32c(data[at + 1024:at + 4096]))
        return "erofs %s, mended" % words
    return flip(image, at + 1024, 256, rng)


def filesystem_flip(image, rng):
    """A bit of what is not zero, so mostly of inodes and directories."""
    at, size = image.filesystem()
    places = [n for n in range(at, min(at + size, len(image.data)))
              if image.data[n]]
    place = rng.choice(places[:2000])
    image.data[place] ^= 1 << rng.randrange(8)
    return "byte %d" % (place - at)


KINDS = [
    gpt_header, gpt_header, entry_type, entry_place, entry_overlap, entry_uuid,
    entry_attribute, entry_label, entry_raw, entry_more, entry_more, entry_gone,
    entry_order, backup_damage, primary_damage, mbr, magic, verity_superblock,
    verity_superblock, verity_tree, data_flip, signature_json, pkcs7_flip,
    truncate, filesystem_superblock, filesystem_superblock, filesystem_flip,
]
