"""An image's bytes, where its parts lie, and the ways to change some.

What a mutation of tools/differential is made of. Nothing but the random.Random
that is given decides what is changed, so a seed repeats it.
"""

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


def flip(image, at, size, rng):
    if size <= 0:
        raise Unsuitable
    at += rng.randrange(size)
    image.data[at] ^= 1 << rng.randrange(8)
    return "byte %d" % at
