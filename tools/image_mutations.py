"""How tools/differential damages images: KINDS, a function each.

Every function takes an Image (whose bytes it changes) and a random.Random, and
returns a few words for what it did. It raises Unsuitable for an image that has
no such place.
"""

from filesystem_mutations import filesystem_flip, filesystem_superblock
from image_bytes import Unsuitable
from table_mutations import (
    backup_damage, entry_attribute, entry_gone, entry_label, entry_more,
    entry_order, entry_overlap, entry_place, entry_raw, entry_type, entry_uuid,
    gpt_header, mbr, primary_damage)
from verity_mutations import (
    data_flip, pkcs7_flip, signature_json, verity_superblock, verity_tree)

MAGICS = [  # of other formats: offset, bytes
    (0, b"hsqs"), (1024, b"\xe2\xe1\xf5\xe0"), (1080, b"\x53\xef"),
    (0, b"XFSB"), (0, b"LUKS\xba\xbe"), (65600, b"_BHRfS_M"),
    (4086, b"SWAPSPACE2"), (32769, b"CD001"), (54, b"FAT16   "),
    (536, b"LVM2 001"), (1024, b"\x10\x20\xf5\xf2"), (3, b"NTFS    "),
]


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


def truncate(image, rng):
    size = len(image.data)
    new = rng.choice([rng.randrange(size), size - 1, size - 512, size // 2,
                      rng.randrange(size) // 512 * 512, size - 16384,
                      rng.randrange(min(size, 8192))])
    del image.data[max(new, 0):]
    return "to %d of %d bytes" % (len(image.data), size)


KINDS = [
    gpt_header, gpt_header, entry_type, entry_place, entry_overlap, entry_uuid,
    entry_attribute, entry_label, entry_raw, entry_more, entry_more, entry_gone,
    entry_order, backup_damage, primary_damage, mbr, magic, verity_superblock,
    verity_superblock, verity_tree, data_flip, signature_json, pkcs7_flip,
    truncate, filesystem_superblock, filesystem_superblock, filesystem_flip,
]
