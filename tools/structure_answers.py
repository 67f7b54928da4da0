"""What extgate and systemd-dissect say of an image's structure."""

import collections
import json
import os
import re
import subprocess
import sys

SECONDS = 20  # for one look of systemd
OPEN = "root=verity+signed+unprotected+absent:usr=verity+signed+unprotected+absent"
# What extgate denies for its layout, all that `--validate` looks at.
LAYOUT_CODES = ("not-a-disk-image", "partition-table-invalid",
                "layout-ambiguous", "unreadable")
STRUCTURE_CODES = LAYOUT_CODES + ("verity-corrupt", "filesystem-unsupported",
                                  "release-missing")

# code: "" where it would merge. parts: what the roles are, as pairs of
# designator and partition number (None without a table), sorted.
Answer = collections.namedtuple("Answer", "code why parts filesystem release")


def run(command):
    return subprocess.run(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=600)


def extgate_answers(extgate, work, paths):
    """The verdict, and the facts to the last block, of all at once."""
    policy = os.path.join(work, "policy.yaml")
    with open(policy, "w") as file:
        file.write('extension_policy:\n  mode: enforcing\n  image_policy: "%s"\n'
                   % OPEN)
    checked = run([extgate, "check", "--json", "--policy", policy, *paths])
    facts = run([extgate, "inspect", "--full", "--json", *paths])
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
    return Answer(code, why, parts_of(facts), facts["filesystem"],
                  (facts.get("release") or {}).get("fields", {}))


def parts_of(facts):
    """The roles that extgate gives to partitions."""
    layout = facts.get("layout")
    if not layout:
        return []
    kind = layout["designator"]
    places = {}
    if kind == "root+usr":
        kind = "usr"
        places["root"] = layout["root_below"]["range"]
    for role, suffix in (("data", ""), ("verity", "-verity"),
                         ("signature", "-verity-sig")):
        if layout.get(role):
            places[kind + suffix] = layout[role]
    numbers = {entry["offset"]: entry["index"] + 1
               for entry in (facts.get("table") or {}).get("partitions", [])}
    return sorted((role, numbers.get(place["offset"]))
                  for role, place in places.items())


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
    filesystem = "+".join(mount["fstype"] or "" for mount in sorted(
        found["mounts"], key=lambda mount: mount["designator"])
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


# By name: arguments, in Debian 13's tree, prints JSON.
JUDGES = {
    "252": (["--json=short"], False, True),
    "257": (["--json=short"], True, True),
    "257 --validate": (["--validate", "--image-policy=" + OPEN], True, False),
}


def ask(judge, work, tree_257, path):
    arguments, in_tree, plain = JUDGES[judge]
    prefix = ["chroot", tree_257] if in_tree else []
    if in_tree:
        path = "/mnt/" + os.path.relpath(path, work)
    answer = systemd_answer(prefix, arguments, path, plain)
    if answer.code in ("", "no release"):
        return answer
    # A busy loop device is no answer: ask again.
    again = systemd_answer(prefix, arguments, path, plain)
    return again if again.code in ("", "no release") else answer
