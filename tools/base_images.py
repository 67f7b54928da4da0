"""The images that tools/differential damages, made by real tools."""

import os
import random
import subprocess
import sys

NAME = "ext"  # what every image is called, and its release file
FILESYSTEMS = ("erofs", "squashfs", "ext4")
UUID = "6f1d9cf6-0d3b-4d6c-9b43-0b6c6f1e5a02"  # of every filesystem


def make(command, **options):
    done = subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=600, **options)
    if done.returncode != 0:
        sys.exit("%s\n%s" % (command, done.stderr.decode()))


def partition(kind, copy="", match=True):
    text = "[Partition]\nType=%s\n" % kind
    if kind.endswith("-verity-sig"):
        text += "Verity=signature\n"
    elif kind.endswith("-verity"):
        text += "Verity=hash\nMinimize=best\n"
    elif match:
        text += "Verity=data\n"
    text += "VerityMatchKey=x\n" if match else ""
    return text + ("CopyBlocks=/mnt/base/%s\n" % copy if copy else "")


def three(kind, filesystem):
    """Data, hash tree and signature."""
    return [partition(kind, "%s.%s" % (kind, filesystem)),
            partition(kind + "-verity"), partition(kind + "-verity-sig")]


def plain(kind, filesystem):
    tree = "usr" if kind == "usr" else "root"
    return [partition(kind, "%s.%s" % (tree, filesystem), match=False)]


# By name: partitions, and what else systemd-repart is told.
DISKS = {
    "root-erofs-signed": (three("root", "erofs"), []),
    "root-squashfs-signed": (three("root", "squashfs"), []),
    "root-ext4-signed": (three("root", "ext4"), []),
    "usr-erofs-signed": (three("usr", "erofs"), []),
    "root-erofs-verity": (three("root", "erofs")[:2], []),
    "usr-squashfs-verity": (three("usr", "squashfs")[:2], []),
    "root-erofs-4096": (three("root", "erofs"), ["--sector-size=4096"]),
    "root-erofs-beside": (three("root", "erofs") + [
        partition(kind, "zeros", match=False)
        for kind in ("esp", "swap", "home")], []),
    "root-erofs-plain": (plain("root", "erofs"), []),
    "usr-squashfs-plain": (plain("usr", "squashfs"), []),
    "usr-ext4-plain": (plain("usr", "ext4"), []),
    "root-and-usr-plain": (plain("root", "erofs") + plain("usr", "squashfs"),
                           []),
    "generic-squashfs-plain": (plain("linux-generic", "squashfs"), []),
}


def ddi(work, tree_257, name, partitions, options):
    """A disk image by Debian 13's systemd-repart."""
    definitions = os.path.join(work, "base", name + ".repart.d")
    os.makedirs(definitions)
    for number, text in enumerate(partitions):
        with open("%s/%d0.conf" % (definitions, number + 1), "w") as file:
            file.write(text)
    make(["chroot", tree_257, "systemd-repart", "--empty=create", "--size=auto",
          "--dry-run=no", "--offline=yes", "--private-key=/mnt/base/key",
          "--certificate=/mnt/base/crt",
          "--seed=6f1d9cf6-0d3b-4d6c-9b43-0b6c6f1e5a01", *options,
          "--definitions=/mnt/base/%s.repart.d" % name,
          "/mnt/base/%s.raw" % name])


def make_trees(work):
    """What the images carry: below /usr, and the same below /."""
    for prefix in ("usr", "."):
        top = os.path.join(work, "base", "root" if prefix == "usr" else "usr",
                           prefix)
        os.makedirs(os.path.join(top, "lib/extension-release.d"))
        os.makedirs(os.path.join(top, "share/" + NAME))
        with open(os.path.join(top, "lib/extension-release.d/extension-release."
                               + NAME), "w") as file:
            file.write("ID=_any\nVERSION_ID=7\n")
        with open(os.path.join(top, "share", NAME, "payload"), "wb") as file:
            file.write(random.Random(0).randbytes(600000))
        os.symlink("payload", os.path.join(top, "share", NAME, "link"))


def make_filesystem(kind, tree):
    """TREE.KIND, of the directory of that name."""
    path = "%s.%s" % (tree, kind)
    if kind == "erofs":
        make(["mkfs.erofs", "--quiet", "-T0", "-zlz4", "-U" + UUID, path, tree])
    elif kind == "squashfs":
        make(["mksquashfs", tree, path, "-quiet", "-no-progress", "-all-root",
              "-all-time", "0", "-mkfs-time", "0", "-noappend"])
    else:
        make(["mkfs.ext4", "-q", "-O", "^has_journal", "-b", "4096", "-m", "0",
              "-I", "256", "-N", "64", "-U", UUID, "-d", tree, "-E",
              "hash_seed=" + UUID + ",root_owner=0:0", path, "1M"],
             env=dict(os.environ, E2FSPROGS_FAKE_TIME="1"))


def make_bases(work, tree_257):
    """The bytes of all of them, by name."""
    base = os.path.join(work, "base")
    os.makedirs(base)
    make(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
          "3650", "-subj", "/CN=differential", "-keyout", base + "/key",
          "-out", base + "/crt"])
    make_trees(work)
    for kind in FILESYSTEMS:
        for tree in ("root", "usr"):
            make_filesystem(kind, "%s/%s" % (base, tree))

    with open(base + "/zeros", "wb") as file:
        file.truncate(65536)

    for name, (partitions, options) in DISKS.items():
        ddi(work, tree_257, name, partitions, options)
    found = {}
    for name in sorted(os.listdir(base)):
        if name.endswith(".raw"):
            with open(os.path.join(base, name), "rb") as file:
                found[name[:-4]] = file.read()
    for filesystem in FILESYSTEMS:
        with open("%s/root.%s" % (base, filesystem), "rb") as file:
            found["bare-" + filesystem] = file.read()
    return found
