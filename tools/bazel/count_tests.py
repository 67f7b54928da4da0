"""Counts the test cases of one `bazel test` run.

    count_tests.py NAME BUILD_EVENTS.json BAZEL_EXIT_STATUS

Names what failed on standard error, and prints "PASSED FAILED SKIPPED" in
numbers. Every target that did not build, crashed or timed out counts as one
failure at least, so that a run that is not clean never counts none.
"""

import json
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

NO_TESTS_FOUND = 4  # an exit status of bazel test


def read_cases(uri):
    """Yields (name, outcome) for each case of a test.xml."""
    path = urllib.parse.unquote(urllib.parse.urlparse(uri).path)
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        name = ".".join(
            filter(None, [case.get("classname"), case.get("name")]))
        if case.find("failure") is not None or case.find("error") is not None:
            yield name, "failed"
        elif case.get("status") == "notrun":  # DISABLED_
            continue
        elif case.find("skipped") is not None or (
                case.get("result") == "skipped"):
            yield name, "skipped"
        else:
            yield name, "passed"


def read_events(path):
    """Returns the last result of each test, and the targets not built."""
    results, broken = {}, set()
    with open(path, encoding="utf-8") as events:
        for line in events:
            event = json.loads(line)
            identity = event["id"]
            if "testResult" in identity and "testResult" in event:
                key = identity["testResult"]
                results[(key["label"], key.get("run"), key.get("shard"))] = (
                    event["testResult"])
            elif "targetCompleted" in identity:
                if not event.get("completed", {}).get("success"):
                    broken.add(identity["targetCompleted"]["label"])
    return results, broken - {label for label, _, _ in results}


def count(results, broken, say):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for (label, _, _), result in sorted(
            results.items(), key=lambda item: item[0][0]):
        xml = [output["uri"] for output in result.get("testActionOutput", [])
               if output["name"] == "test.xml"]
        cases = []
        try:
            for uri in xml:
                cases += read_cases(uri)
        except (OSError, ElementTree.ParseError) as error:
            cases = [("unreadable test.xml: %s" % error, "failed")]
        passed = result.get("status") == "PASSED"
        if not passed and all(outcome != "failed" for _, outcome in cases):
            cases.append((result.get("status", "no status"), "failed"))
        for name, outcome in cases:
            counts[outcome] += 1
            if outcome == "failed":
                say("FAILED %s %s" % (label, name))
    for label in sorted(broken):
        counts["failed"] += 1
        say("FAILED %s did not build" % label)
    return counts


def main():
    run, path, status = sys.argv[1], sys.argv[2], int(sys.argv[3])

    def say(text):
        print("%s: %s" % (run, text), file=sys.stderr)

    try:
        results, broken = read_events(path)
    except (OSError, ValueError) as error:
        say("FAILED no build events: %s" % error)
        results, broken = {}, {"bazel"}
    counts = count(results, broken, say)
    if status == NO_TESTS_FOUND:
        say("no tests among these targets")
        counts["failed"] += 1
    elif status != 0 and counts["failed"] == 0:
        say("FAILED bazel ended with %d" % status)
        counts["failed"] += 1
    say("%d passed, %d failed, %d skipped, in %d test targets" % (
        counts["passed"], counts["failed"], counts["skipped"], len(results)))
    print(counts["passed"], counts["failed"], counts["skipped"])


if __name__ == "__main__":
    main()
