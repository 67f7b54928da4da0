"""Damages images and compares what extgate and systemd-dissect say of each.

Usage: differential.py EXTGATE WORK TREE COUNT SEED. Called by
tools/differential, which makes TREE (a Debian 13 with WORK at /mnt).
"""

import collections
import concurrent.futures
import json
import os
import random
import re
import subprocess
import sys

import image_mutations

EXTGATE, WORK, TREE = sys.argv[1:4]
COUNT, SEED = int(sys.argv[4]), int(sys.argv[5])
SECONDS = 20  # for one look of systemd
WORKERS = 3   # a look mostly waits for the kernel's loop devices
NAME = "ext"  # what every image is called, and its release file
OPEN = "root=verity+signed+unprotected+absent:usr=verity+signed+unprotected+absent"
# What extgate denies for its layout, all that `--validate` looks at.
LAYOUT_CODES = ("not-a-disk-image", "partition-table-invalid",
                "layout-ambiguous", "unreadable")
STRUCTURE_CODES = LAYOUT_CODES + ("verity-corrupt", "filesystem-unsupported",
                                  "release-missing")


def run(command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=600, **options)


def make(command, **options):
    done = run(command, **options)
    if done.returncode != 0:
        sys.exit("%s\n%s" % (command, done.stderr.decode()))


# ---- The images that are damaged ----

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


def ddi(name, partitions, options=()):
    """A disk image by Debian 13's systemd-repart."""
    definitions = os.path.join(WORK, "base", name + ".repart.d")
    os.makedirs(definitions)
    for number, text in enumerate(partitions):
        with open("%s/%d0.conf" % (definitions, number + 1), "w") as file:
            file.write(text)
    make(["chroot", TREE, "systemd-repart", "--empty=create", "--size=auto",
          "--dry-run=no", "--offline=yes", "--private-key=/mnt/base/key",
          "--certificate=/mnt/base/crt",
          "--seed=6f1d9cf6-0d3b-4d6c-9b43-0b6c6f1e5a01", *options,
          "--definitions=/mnt/base/%s.repart.d" % name,
          "/mnt/base/%s.raw" % name])


def make_trees():
    """What the images carry: below /usr, and the same below /."""
    for prefix in ("usr", "."):
        top = os.path.join(WORK, "base", "root" if prefix == "usr" else "usr",
                           prefix)
        os.makedirs(os.path.join(top, "lib/extension-release.d"))
        os.makedirs(os.path.join(top, "share/" + NAME))
        with open(os.path.join(top, "lib/extension-release.d/extension-release."
                               + NAME), "w") as file:
            file.write("ID=_any\nVERSION_ID=7\n")
        with open(os.path.join(top, "share", NAME, "payload"), "wb") as file:
            file.write(random.Random(0).randbytes(600000))
        os.symlink("payload", os.path.join(top, "share", NAME, "link"))


def make_bases():
    """All of them, by name."""
    base = os.path.join(WORK, "base")
    os.makedirs(base)
    make(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
          "3650", "-subj", "/CN=differential", "-keyout", base + "/key",
          "-out", base + "/crt"])
    make_trees()
    for tree in ("root", "usr"):
        make(["mkfs.erofs", "--quiet", "-T0", "-zlz4",
              "-U6f1d9cf6-0d3b-4d6c-9b43-0b6c6f1e5a02",
              "%s/%s.erofs" % (base, tree), "%s/%s" % (base, tree)])
        make(["mksquashfs", "%s/%s" % (base, tree),
              "%s/%s.squashfs" % (base, tree), "-quiet", "-no-progress",
              "-all-root", "-all-time", "0", "-mkfs-time", "0", "-noappend"])

    with open(base + "/zeros", "wb") as file:
        file.truncate(65536)

    def three(kind, filesystem):
        return [partition(kind, "%s.%s" % (kind, filesystem)),
                partition(kind + "-verity"), partition(kind + "-verity-sig")]

    ddi("root-erofs-signed", three("root", "erofs"))
    ddi("root-squashfs-signed", three("root", "squashfs"))
    ddi("usr-erofs-signed", three("usr", "erofs"))
    ddi("root-erofs-verity", three("root", "erofs")[:2])
    ddi("usr-squashfs-verity", three("usr", "squashfs")[:2])
    ddi("root-erofs-4096", three("root", "erofs"), ["--sector-size=4096"])
    ddi("root-erofs-beside", three("root", "erofs") +
        [partition(kind, "zeros", match=False)
         for kind in ("esp", "swap", "home")])
    ddi("root-erofs-plain", [partition("root", "root.erofs", match=False)])
    ddi("usr-squashfs-plain", [partition("usr", "usr.squashfs", match=False)])
    ddi("generic-squashfs-plain", [
        partition("linux-generic", "root.squashfs", match=False)])
    found = {}
    for name in sorted(os.listdir(base)):
        if name.endswith(".raw"):
            with open(os.path.join(base, name), "rb") as file:
                found[name[:-4]] = file.read()
    for filesystem in ("erofs", "squashfs"):
        with open("%s/root.%s" % (base, filesystem), "rb") as file:
            found["bare-" + filesystem] = file.read()
    return found


def write_sparse(path, data):
    with open(path, "wb") as file:
        for at in range(0, len(data), 4096):
            block = data[at:at + 4096]
            if block.count(0) != len(block):
                file.seek(at)
                file.write(block)
        file.truncate(len(data))


def make_images(bases):
    """Yields path, base, kind and words of each."""
    kinds = image_mutations.KINDS
    rng = random.Random(SEED)
    for number in range(COUNT):
        folder = os.path.join(WORK, "images", "%05d" % number)
        os.makedirs(folder)
        path = os.path.join(folder, NAME + ".raw")
        if number < len(bases):  # each as it was made, first
            base = sorted(bases)[number]
            write_sparse(path, bases[base])
            yield path, base, "none", ""
            continue
        kind = kinds[number % len(kinds)]
        while True:
            base = rng.choice(sorted(bases))
            image = image_mutations.Image(bases[base])
            try:
                words = kind(image, rng)
            except image_mutations.Unsuitable:
                continue
            if bytes(image.data) != bases[base]:
                break
        write_sparse(path, bytes(image.data))
        yield path, base, kind.__name__, words


# ---- What is said of them ----

# code: "" where it would merge. parts: what the roles are, as pairs of
# designator and partition number (None without a table), sorted.
Answer = collections.namedtuple("Answer", "code why parts filesystem release")


def extgate_answers(paths):
    """The verdict, and the facts to the last block, of all at once."""
    policy = os.path.join(WORK, "policy.yaml")
    with open(policy, "w") as file:
        file.write('extension_policy:\n  mode: enforcing\n  image_policy: "%s"\n'
                   % OPEN)
    checked = run([EXTGATE, "check", "--json", "--policy", policy, *paths])
    facts = run([EXTGATE, "inspect", "--full", "--json", *paths])
    if checked.returncode not in (0, 3) or facts.returncode != 0:
        sys.exit("extgate failed:\n%s%s" % (checked.stderr.decode(),
                                            facts.stderr.decode()))
    noise = checked.stderr + facts.stderr
    if noise:
        sys.exit("extgate wrote to standard error:\n" + noise.decode())
    images = json.loads(checked.stdout)["images"]
    lines = facts.stdout.decode().splitlines()
    assert len(images) == len(lines) == len(paths)
    return [extgate_answer(image, json.loads(line))
            for image, line in zip(images, lines)]


def extgate_answer(image, facts):
    reasons = [(reason["code"], reason["detail"])
               for reason in image["reasons"]]
    if facts["data_check"]["corrupt"]:
        reasons.append(("verity-corrupt", "a data block"))
    reasons = sorted(
        ((STRUCTURE_CODES.index(code) if code in STRUCTURE_CODES else 99,
          code, why) for code, why in reasons))
    code, why = reasons[0][1:] if reasons else ("", "")
    parts = []
    layout = facts.get("layout")
    table = facts.get("table")
    if layout:
        for role, suffix in (("data", ""), ("verity", "-verity"),
                             ("signature", "-verity-sig")):
            place = layout.get(role)
            if place is None:
                continue
            number = None
            for entry in (table or {}).get("partitions", []):
                if entry["offset"] == place["offset"]:
                    number = entry["index"] + 1
            parts.append((layout["designator"] + suffix, number))
    release = (facts.get("release") or {}).get("fields", {})
    return Answer(code, why, sorted(parts), facts["filesystem"], release)


PLAIN_NOISE = re.compile(r"`[^`]*`|'?/\S*|[0-9a-f-]{36}|\d+")


def systemd_answer(prefix, arguments, path, plain):
    try:
        done = subprocess.run(
            [*prefix, "systemd-dissect", *arguments, path],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=SECONDS,
            env=dict(os.environ, LC_ALL="C.UTF-8", TMPDIR="/tmp"))
    except subprocess.TimeoutExpired:
        return Answer("timeout", "", [], "", None)
    said = [line for line in done.stderr.decode(errors="replace").splitlines()
            if line]
    # The first lines tell a cause, the last what came of it.
    why = PLAIN_NOISE.sub("N", said[-1]).strip() if said else ""
    if done.returncode != 0:
        return Answer("exit %d" % done.returncode, why, [], "", None)
    if not plain:
        return Answer("", "", [], "", None)
    found = json.loads(done.stdout)
    parts = sorted((mount["designator"], mount["partno"])
                   for mount in found["mounts"]
                   if re.match("(root|usr)", mount["designator"]))
    filesystem = "".join(mount["fstype"] or "" for mount in found["mounts"]
                         if mount["designator"] in ("root", "usr"))
    release = found.get("sysextRelease")
    if release is not None:
        release = dict(line.split("=", 1) for line in release)
    if not any(kind in ("root", "usr") for kind, _ in parts):
        return Answer("no data", why, parts, filesystem, release)
    if "useSystemExtension" not in found:
        return Answer("not mounted", why, parts, filesystem, release)
    if not found["useSystemExtension"]:
        return Answer("no release", why, parts, filesystem, release)
    return Answer("", "", parts, filesystem, release)


JUDGES = {  # by name: prefix, arguments, in the tree, plain
    "252": ([], ["--json=short"], False, True),
    "257": (["chroot", TREE], ["--json=short"], True, True),
    "257 --validate": (["chroot", TREE],
                       ["--validate", "--image-policy=" + OPEN], True, False),
}


def ask(judge, path):
    prefix, arguments, in_tree, plain = JUDGES[judge]
    if in_tree:
        path = "/mnt/" + os.path.relpath(path, WORK)
    answer = systemd_answer(prefix, arguments, path, plain)
    if answer.code in ("", "no release"):
        return answer
    # A busy loop device is no answer: ask again.
    again = systemd_answer(prefix, arguments, path, plain)
    return again if again.code in ("", "no release") else answer


# ---- The comparison ----

def compare(ours, theirs, judge):
    """agree, stricter, looser, or what of it is read otherwise."""
    code = ours.code if ours.code in STRUCTURE_CODES else ""
    if theirs.code:
        return "agree" if code else "looser"
    if judge == "257 --validate":  # which looks no further than the layout
        return "stricter" if code in LAYOUT_CODES else "agree"
    if code:
        return "stricter"
    if ours.parts != theirs.parts:
        return "other partitions"
    if ours.filesystem != theirs.filesystem:
        return "other filesystem"
    if theirs.release is not None and ours.release != theirs.release:
        return "other release"
    return "agree"


# Why extgate refuses what systemd-dissect takes: a cause of the table in
# docs/differential.md, by what extgate says.
CAUSES = [
    ("data", r"^a data block|root hash .* the tree has"
     r"|data block at byte .* contradicts"),
    ("tree", r"^verity partition: "),
    ("signature", r"^signature partition: "),
    ("backup", r"backup (header|entries)|names the primary's place|"
     r"there is none, but a backup"),
    ("checksum", r"CRC is wrong"),
    ("cut", r"beyond the file's"),
    ("header", r"primary header: (header size|entry size|revision|byte \d|\d+ "
     r"entries|last usable|it says)|byte N is not zero|N entries|"
     r"partition table: the .* overlaps"),
    ("entries", r"it overlaps entry|has no UUID|another partition's too|"
     r"outside the usable range|before first LBA"),
    ("label", r"label is not UTF"),
    ("mbr", r"protective MBR"),
    ("two-sizes", r"headers for sector sizes"),
    ("polyglot", r"a superblock of|superblocks of"),
    ("twice", r"there are two |is for \w+, another"),
    ("hidden", r"is labelled `_empty`|no-auto"),
    ("type", r"type \S+ is not known|partition without|no root and no usr"),
    ("both", r"usr partition beside a root|root is for"),
    ("sectors", r"does not see one for sectors"),
    ("filesystem", r"^filesystem: "),
    ("release", r"^extension-release: "),
]


def cause(result, why):
    if result != "stricter":
        return "NOT EXPLAINED"
    for name, pattern in CAUSES:
        if re.search(pattern, why):
            return name
    return "NOT EXPLAINED"


def compare_all(images):
    """How often each result came, the causes, and what has none."""
    ours = extgate_answers([path for path, *_ in images])
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        theirs = list(pool.map(
            lambda image: {judge: ask(judge, image[0]) for judge in JUDGES},
            images))
    totals = collections.Counter()
    causes = collections.defaultdict(collections.Counter)
    unexplained = []
    with open(os.path.join(WORK, "answers.jsonl"), "w") as file:
        for (path, base, kind, words), mine, said in zip(images, ours, theirs):
            results = {judge: compare(mine, said[judge], judge)
                       for judge in JUDGES}
            json.dump({"path": path, "base": base, "kind": kind,
                       "words": words, "results": results,
                       "extgate": mine._asdict(),
                       "systemd": {judge: answer._asdict()
                                   for judge, answer in said.items()}}, file)
            file.write("\n")
            for judge, result in results.items():
                totals[result, judge] += 1
                if result == "agree":
                    continue
                name = cause(result, mine.why)
                causes[result, name][judge] += 1
                if name == "NOT EXPLAINED":
                    unexplained.append(
                        "%s: %s, %s, %s: systemd %s: %s %s; extgate: %s %s %s" %
                        (os.path.relpath(path, WORK), base, kind, words, judge,
                         said[judge].code, said[judge].why, mine.code,
                         mine.why, result))
    return totals, causes, unexplained


def table(title, rows):
    print("%-34s" % title + "".join("%16s" % judge for judge in JUDGES))
    for name, counts in rows:
        print("%-34s" % name +
              "".join("%16d" % counts[judge] for judge in JUDGES))
    print()


def main():
    bases = make_bases()
    images = list(make_images(bases))
    totals, causes, unexplained = compare_all(images)
    print("%d images of %d kinds, seed %d;\n" % (
        len(images), len(bases), SEED))
    results = sorted({result for result, _ in totals})
    table("RESULT", [(result, {judge: totals[result, judge]
                               for judge in JUDGES}) for result in results])
    table("DIFFERENCE BY CAUSE", [
        ("%s, %s" % key, counts) for key, counts in
        sorted(causes.items(), key=lambda item: -sum(item[1].values()))])
    for line in unexplained:
        print(line)
    sys.exit(1 if unexplained else 0)


main()
