"""Another hand at what systemd-stub measures, to hold extgate's against.

    stub_reference.py FILE...

Prints the SHA-256 of registers 12 and 13 after a stub of 257 has started with
these files beside its kernel image: written from the format's description, by
plain string handling, with everything in memory.
"""

import hashlib
import os
import sys

TRAILER = (b"070701" + b"0" * 32 + b"00000001" + b"0" * 48 + b"0000000B" +
           b"0" * 8 + b"TRAILER!!!" + b"\0" * 4)


def entry(inode, mode, path, data=b""):
    name = path.encode() + b"\0"
    numbers = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08x" % number for number in numbers) + name
    return (head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4))


def archive(folder, directory_mode, file_mode, files):
    parts = [entry(1, 0o040555, ".extra"),
             entry(2, 0o040000 | directory_mode, ".extra/" + folder)]
    for inode, name in enumerate(sorted(files), start=3):
        parts.append(entry(inode, 0o100000 | file_mode,
                           f".extra/{folder}/{name}", files[name]))
    return b"".join(parts) + TRAILER


def main(paths):
    files = {}
    for path in paths:
        name = os.path.basename(path)
        if not name.startswith(".") and name.isascii() and len(name) <= 255:
            with open(path, "rb") as file:
                files[name] = file.read()

    def ending(suffix):
        return {name: data for name, data in files.items()
                if name.lower().endswith(suffix)}

    confexts = ending(".confext.raw")
    sysexts = {name: data for name, data in ending(".raw").items()
               if name not in confexts}
    registers = {12: bytes(32), 13: bytes(32)}
    for pcr, folder, directory_mode, file_mode, some in (
            (12, "credentials", 0o500, 0o400, ending(".cred")),
            (13, "sysext", 0o555, 0o444, sysexts),
            (12, "confext", 0o555, 0o444, confexts)):
        if some:
            digest = hashlib.sha256(
                archive(folder, directory_mode, file_mode, some)).digest()
            registers[pcr] = hashlib.sha256(registers[pcr] + digest).digest()
    for pcr, value in registers.items():
        print(pcr, value.hex())


main(sys.argv[1:])
