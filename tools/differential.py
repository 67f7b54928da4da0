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
import sys

import base_images
import image_bytes
import image_mutations
from structure_answers import (
    JUDGES, LAYOUT_CODES, STRUCTURE_CODES, ask, extgate_answers)

EXTGATE, WORK, TREE = sys.argv[1:4]
COUNT, SEED = int(sys.argv[4]), int(sys.argv[5])
WORKERS = 3  # a look mostly waits for the kernel's loop devices


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
        path = os.path.join(folder, base_images.NAME + ".raw")
        if number < len(bases):  # each as it was made, first
            base = sorted(bases)[number]
            write_sparse(path, bases[base])
            yield path, base, "none", ""
            continue
        kind = kinds[number % len(kinds)]
        while True:
            base = rng.choice(sorted(bases))
            image = image_bytes.Image(bases[base])
            try:
                words = kind(image, rng)
            except image_bytes.Unsuitable:
                continue
            if bytes(image.data) != bases[base]:
                break
        write_sparse(path, bytes(image.data))
        yield path, base, kind.__name__, words


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
    ("twice", r"there are two |is for [\w-]+, another"),
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
    ours = extgate_answers(EXTGATE, WORK,
                           [path for path, *_ in images])
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        theirs = list(pool.map(
            lambda image: {judge: ask(judge, WORK, TREE, image[0])
                           for judge in JUDGES},
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
    bases = base_images.make_bases(WORK, TREE)
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
