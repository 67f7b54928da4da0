"""Damages tree and signature: each kind is a function, see image_mutations."""

import base64
import json
import struct

from image_bytes import field, flip

VERITY = {  # cryptsetup's superblock
    "magic": (0, 8), "version": (8, 4), "hash-type": (12, 4), "uuid": (16, 16),
    "algorithm": (32, 32), "data-block-size": (64, 4),
    "hash-block-size": (68, 4), "data-blocks": (72, 8), "salt-size": (80, 2),
    "padding": (82, 6), "salt": (88, 32), "salt-rest": (120, 224),
    "padding-2": (344, 168),
}


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
