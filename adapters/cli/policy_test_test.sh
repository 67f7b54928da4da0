#!/usr/bin/env bash
# `policy test` on testdata/cases, whose cases all hold, and on cases that do
# not hold or cannot be read.
set -euo pipefail

extgate=$PWD/$1 cases=$PWD/$2
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash

exits 0 policy test "$cases"
says "9 cases, 0 failed"
says "ok    $cases/images.yaml:6: what the vendor signed is merged"
[ ! -s "$work/err" ] || fail "errors of cases that hold"
exits 0 policy test --format=tap "$cases"
says "1..9"
says "ok 9 - an image of another entry is not even read"
exits 0 policy test --format=junit "$cases"
python3 - "$work/out" <<'PYTHON' || fail "no XML"
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites" and root.get("tests") == "9", root.attrib
assert len(root.findall("./testsuite/testcase")) == 9
assert not root.findall(".//failure")
PYTHON

# One want turned: that case fails, the others are run.
cp -rL "$cases" "$work/turned"
chmod -R u+w "$work/turned"
sed -i '0,/verdict: allow/s//verdict: deny/' "$work/turned/images.yaml"
exits 3 policy test "$work/turned"
says "FAIL  $work/turned/images.yaml:6: what the vendor signed is merged"
says 'verdict: wanted `deny`, got `allow`'
says "9 cases, 1 failed"
exits 3 policy test --format=tap "$work/turned"
says "not ok 1 - what the vendor signed is merged"
exits 3 policy test --format=junit "$work/turned"
says "<failure message="
exits 3 --json policy test "$work/turned"
python3 - "$work/out" <<'PY' || fail "not the JSON that is wanted"
import json, sys
results = json.load(open(sys.argv[1]))
assert list(results) == ["cases", "passed", "failed", "not_run"]
assert results["failed"] >= 1 and results["not_run"] == 0
assert results["passed"] + results["failed"] == len(results["cases"])
first = results["cases"][0]
assert first["name"] == "what the vendor signed is merged"
assert first["outcome"] == "failed" and first["wrong"] and first["line"] > 0
PY
cp "$work/out" "$work/by-option"
exits 3 policy test --format=json "$work/turned"
cmp "$work/out" "$work/by-option"
# Without the policy's trust the vendor is a stranger too.
sed -i 's/^trust: .*//' "$work/turned/images.yaml"
exits 3 policy test "$work/turned"
says "signer-untrusted"

# What cannot be read is 2, whatever else fails, with its place.
rm "$work/turned/bare.json"
exits 2 policy test "$work/turned"
complains "$work/turned/images.yaml:20:12: error: \`facts\`: cannot open"
says "1 could not be run"
exits 2 --json policy test "$work/turned"
says '"outcome": "not-run"'
says '"not_run": 1'
cp -rL "$cases" "$work/broken"
chmod -R u+w "$work/broken"
echo 'extension_policy: {moode: x}' >"$work/broken/policy.yaml"
exits 2 policy test "$work/broken"
complains "policy.yaml:1:20: error: "
complains "did you mean \`mode\`"
printf 'cases:\n  - nam: x\n' >"$work/broken/images.yaml"
exits 2 policy test "$work/broken"
complains "$work/broken/images.yaml:2:5: error: "
exits 2 policy test "$work/none"
mkdir "$work/empty"
exits 2 policy test "$work/empty"
complains "there are no cases"
exits 2 policy test
exits 2 policy test --format=xml "$cases"
