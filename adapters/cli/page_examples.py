"""Runs the examples of a page by the program itself.

    page_examples.py [--update] EXTGATE CASES PAGE...

The convention is on top of docs/policy.md: the word behind ``` says what a block
is, and a fence without one of the words below is an error. All blocks of a page
are run in their order in one new folder, in which CASES is `cases`. With
--update the page is written with what the commands print now.
"""

import difflib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

POLICIES = ("yaml", "textproto", "json")
FENCE = re.compile(r"^```(\S*) ?(\S*)$")


class Failure(Exception):
    pass


def blocks(lines):
    """Yields (kind, name, number of the fence's line, lines inside)."""
    at = 0
    while at < len(lines):
        if not lines[at].lstrip().startswith("```"):
            at += 1
            continue
        fence = FENCE.match(lines[at])
        kind = fence.group(1) if fence else ""
        if kind not in POLICIES + ("console", "text"):
            raise Failure(f"line {at + 1}: a fence of no known kind: {lines[at]}")
        try:
            end = lines.index("```", at + 1)
        except ValueError:
            raise Failure(f"line {at + 1}: the block has no end") from None
        yield kind, fence.group(2), at + 1, lines[at + 1 : end]
        at = end + 1


class Page:
    def __init__(self, extgate, cases, path):
        self.extgate = extgate
        self.lines = path.read_text(encoding="utf-8").split("\n")
        self.folder = pathlib.Path(tempfile.mkdtemp())
        shutil.copytree(cases, self.folder / "cases")
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "extgate").symlink_to(extgate)
        self.environment = dict(
            os.environ, PATH=f"{tools}:{os.environ['PATH']}", LC_ALL="C.UTF-8"
        )
        self.policies = self.commands = 0
        self.for_commands = set()  # files in folders, which a command reads

    def shell(self, command):
        run = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            check=False,
        )
        out = run.stdout.decode("utf-8").rstrip("\n")
        return run, out.split("\n") if out else []

    def policy(self, kind, name, where, text):
        """Writes one policy and holds that it is one, there and back."""
        name = name or f"policy.{kind}"
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join(text) + "\n", encoding="utf-8")
        self.policies += 1
        if "/" in name:
            self.for_commands.add(name.split("/")[0])
            return
        for command in (
            f"extgate policy lint {name}",
            f"extgate policy show {name} >shown.yaml",
            "extgate policy show shown.yaml | cmp - shown.yaml",
        ):
            run, out = self.shell(command)
            if run.returncode != 0:
                said = "\n".join(out) + run.stderr.decode("utf-8")
                raise Failure(f"line {where}: {command}: {said}")

    def console(self, where, text):
        """Runs each command; returns the block as it is now."""
        now = []
        at = 0
        if not text or not text[0].startswith("$ "):
            raise Failure(f"line {where}: no command in a console block")
        while at < len(text):
            command = text[at][2:]
            at += 1
            while at < len(text) and not text[at].startswith("$ "):
                at += 1
            _, out = self.shell(command)
            now += ["$ " + command] + out
            self.commands += 1
            self.for_commands -= {
                folder for folder in self.for_commands if folder in command
            }
        return now

    def run(self):
        """Returns the lines of the page as they are to be."""
        now = list(self.lines)
        shift = 0  # lines that outputs have more than the page
        for kind, name, where, text in blocks(self.lines):
            if kind in POLICIES:
                self.policy(kind, name, where, text)
            elif kind == "console":
                out = self.console(where, text)
                start = where + shift
                now[start : start + len(text)] = out
                shift += len(out) - len(text)
        if self.for_commands:
            raise Failure(f"no command is about {sorted(self.for_commands)}")
        return now


def main(arguments):
    update = "--update" in arguments
    extgate, cases, *pages = [a for a in arguments if a != "--update"]
    failed = False
    for name in pages:
        path = pathlib.Path(name)
        page = Page(pathlib.Path(extgate).resolve(), cases, path)
        try:
            now = page.run()
        except Failure as failure:
            print(f"{name}: {failure}")
            failed = True
            continue
        finally:
            shutil.rmtree(page.folder)
        print(f"{name}: {page.policies} policies, {page.commands} commands")
        if now == page.lines:
            continue
        if update:
            path.write_text("\n".join(now), encoding="utf-8")
            continue
        failed = True
        for line in difflib.unified_diff(page.lines, now, name, "now", lineterm=""):
            print(line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
