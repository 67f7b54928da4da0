"""Damages the filesystem: each kind is a function, see image_mutations."""

import struct

from image_bytes import field

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
EXT4 = {  # fs/ext4/ext4.h: the superblock at byte 1024
    "inodes": (0, 4), "blocks": (4, 4), "reserved-blocks": (8, 4),
    "free-blocks": (12, 4), "free-inodes": (16, 4), "first-data-block": (20, 4),
    "log-block-size": (24, 4), "log-cluster-size": (28, 4),
    "blocks-per-group": (32, 4), "clusters-per-group": (36, 4),
    "inodes-per-group": (40, 4), "mount-time": (44, 4), "mounts": (52, 2),
    "magic": (56, 2), "state": (58, 2), "errors": (60, 2), "minor": (62, 2),
    "creator": (72, 4), "revision": (76, 4), "first-inode": (84, 4),
    "inode-size": (88, 2), "own-group": (90, 2), "compatible": (92, 4),
    "incompatible": (96, 4), "read-only-compatible": (100, 4),
    "uuid": (104, 16), "label": (120, 16), "last-mounted": (136, 64),
    "reserved-gdt-blocks": (206, 2), "journal-inode": (224, 4),
    "journal-device": (228, 4), "last-orphan": (232, 4),
    "hash-version": (252, 1), "descriptor-size": (254, 2),
    "mount-options": (256, 4), "first-meta-group": (260, 4),
    "blocks-high": (336, 4), "flags": (352, 4), "log-groups-per-flex": (372, 1),
    "checksum-type": (373, 1), "checksum": (1020, 4),
}


def crc32c(data):
    """As erofs and ext4 have it: without the last inversion."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc


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
    return "ext4 " + ext4_superblock(image, at + 1024, rng)


def ext4_superblock(image, at, rng):
    """Mostly with its checksum made right."""
    words = field(image, at, EXT4, rng)
    if words.startswith("checksum ") or rng.random() < 0.2:
        return words
    struct.pack_into("<I", image.data, at + 1020,
                     crc32c(image.data[at:at + 1020]))
    return words + ", mended"


def filesystem_flip(image, rng):
    """A bit of what is not zero, so mostly of inodes and directories."""
    at, size = image.filesystem()
    places = [n for n in range(at, min(at + size, len(image.data)))
              if image.data[n]]
    place = rng.choice(places[:2000])
    image.data[place] ^= 1 << rng.randrange(8)
    return "byte %d" % (place - at)
