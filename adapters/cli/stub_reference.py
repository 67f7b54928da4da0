"""Another hand at what systemd-stub measures, to hold extgate's against.

    stub_reference.py FILE...
    stub_reference.py --entries MAP ENTRY=FOLDER... -- FILE...
    stub_reference.py --extra FILE...

Prints the SHA-256 of registers 12 and 13 after a stub of 257 has started with
these files beside its kernel image: written from the format's description, by
plain string handling, with everything in memory. With --entries it is a line
an entry and register, once the files were installed beside what lies in the
folder of each by MAP, the `entries` of a policy as JSON: [[PATTERN,
[ENTRY, ...]], ...]. What no pattern names is for active and passive. With
--extra the files are what `extra` lines of the entry name, in that order, and
systemd-boot of 261 has packed them.
"""

import fnmatch
import hashlib
import json
import os
import re
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


def read(paths):
    files = {}
    for path in paths:
        with open(path, "rb") as file:
            files[os.path.basename(path)] = file.read()
    return files


def registers(files):
    files = {name: data for name, data in files.items()
             if not name.startswith(".") and name.isascii() and
             len(name) <= 255}

    def ending(suffix):
        return {name: data for name, data in files.items()
                if name.lower().endswith(suffix)}

    confexts = ending(".confext.raw")
    sysexts = {name: data for name, data in ending(".raw").items()
               if name not in confexts}
    values = {12: bytes(32), 13: bytes(32)}
    for pcr, folder, directory_mode, file_mode, some in (
            (12, "credentials", 0o500, 0o400, ending(".cred")),
            (13, "sysext", 0o555, 0o444, sysexts),
            (12, "confext", 0o555, 0o444, confexts)):
        if some:
            digest = hashlib.sha256(
                archive(folder, directory_mode, file_mode, some)).digest()
            values[pcr] = hashlib.sha256(values[pcr] + digest).digest()
    return values


def extra_registers(paths):
    kinds = ((".cred", 12, "credentials", 0o500, 0o400),
             (".sysext.raw", 13, "sysext", 0o555, 0o444),
             (".confext.raw", 12, "confext", 0o555, 0o444))
    archives = {suffix: b"" for suffix, *_ in kinds}
    inode = 1
    for path in paths:
        name = os.path.basename(path)
        data = read([path])[name]
        for suffix, _, folder, directory_mode, file_mode in kinds:
            if name.lower().endswith(suffix) and data:
                archives[suffix] += (
                    entry(inode, 0o040555, ".extra") +
                    entry(inode + 1, 0o040000 | directory_mode,
                          ".extra/" + folder) +
                    entry(inode + 2, 0o100000 | file_mode,
                          f".extra/{folder}/{name}", data))
                inode += 3
    values = {12: bytes(32), 13: bytes(32)}
    for suffix, pcr, *_ in kinds:
        if archives[suffix]:
            digest = hashlib.sha256(archives[suffix] + TRAILER).digest()
            values[pcr] = hashlib.sha256(values[pcr] + digest).digest()
    return values


def image_of(file_name):
    """What systemd calls it, and its class."""
    stem = re.sub(r"\.raw$", "", file_name)
    for kind in ("sysext", "confext"):
        if stem.endswith("." + kind):
            return stem[:-len(kind) - 1], kind
    return stem, "sysext"


def install(folders, mapping, files):
    """Puts the files into the folders, {entry: {name: data}}."""
    for file_name, data in files.items():
        name, kind = image_of(file_name)
        entries = [word for pattern, words in mapping for word in words
                   if fnmatch.fnmatchcase(name, pattern)]
        if "common" in entries:
            entries = list(folders)
        for word in entries or ["active", "passive"]:
            lying = folders.get(word)
            if lying is None:
                continue
            for other in [other for other in lying
                          if other.endswith(".raw") and data and
                          image_of(other) == (name, kind)]:
                del lying[other]
            lying[f"{name}.{kind}.raw"] = data


def main(arguments):
    if arguments[:1] != ["--entries"]:
        values = (extra_registers(arguments[1:]) if arguments[:1] == ["--extra"]
                  else registers(read(arguments)))
        for pcr, value in values.items():
            print(pcr, value.hex())
        return
    split = arguments.index("--")
    folders = {}
    for word, folder in (pair.split("=", 1) for pair in arguments[2:split]):
        names = os.listdir(folder) if os.path.isdir(folder) else []
        folders[word] = read(os.path.join(folder, name) for name in names)
    install(folders, json.loads(arguments[1]), read(arguments[split + 1:]))
    for word, files in sorted(folders.items()):
        for pcr, value in registers(files).items():
            print(word, pcr, value.hex())


main(sys.argv[1:])
