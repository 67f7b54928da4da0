#!/usr/bin/env bash
# `policy diff`: its first word, its exit status, its witnesses, and a thousand
# rules against a thousand.
set -euo pipefail

extgate=$PWD/$1
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
cd "$work"

begins() { [ "$(head -n 1 "$work/out" | cut -d: -f1)" = "$1" ] || fail "not $1"; }

policy() {  # FILE: keys on standard input
  { echo extension_policy:; sed 's/^/  /'; } >"$1"
}
policy old.yaml <<'YAML'
default: deny
rules:
  - {id: k3s, match: {name: ["k3sv1.*"]}, verdict: allow}
YAML
policy narrow.yaml <<'YAML'
default: deny
rules:
  - {id: k3s, match: {name: ["k3sv1.3*"]}, verdict: allow}
YAML
policy same.yaml <<'YAML'
default: deny
rules:
  - {id: b, match: {name: ["k3sv1.3*"]}, verdict: allow}
  - {id: a, match: {name: ["k3sv1.*"]}, verdict: allow}
YAML
policy other.yaml <<'YAML'
mode: enforcing
default: deny
rules:
  - {id: k3s, match: {name: ["rke2*"]}, verdict: allow}
YAML
policy expression.yaml <<'YAML'
default: deny
rules:
  - {id: k3s, match: {name: ["re:k3sv1[.].*"]}, verdict: allow}
YAML
policy unread.yaml <<'YAML'
default: deny
rules:
  - {id: k3s, match: {name: ['re:k3sv1[.]\pN+']}, verdict: allow}
YAML

exits 0 policy diff old.yaml old.yaml
begins equivalent
exits 0 policy diff old.yaml same.yaml
begins equivalent
exits 0 policy diff old.yaml narrow.yaml
begins stricter
says "stricter: OLD alone allows: k3sv1."
says "OLD: allow, rule k3s"
says "NEW: deny, rule default; no-matching-rule: "
exits 3 policy diff narrow.yaml old.yaml
begins looser
says "looser: NEW alone allows: k3sv1."
exits 3 policy diff old.yaml other.yaml
begins incomparable
says "stricter: mode: enforcing, was permissive"
exits 0 policy diff old.yaml expression.yaml
begins equivalent
exits 3 policy diff old.yaml unread.yaml
says 'undecided: the names of `re:k3sv1[.]\pN+` are tried by example'

exits 3 --json policy diff narrow.yaml other.yaml
python3 - out <<'PY' || fail "not the JSON that is wanted"
import json, sys
diff = json.load(open(sys.argv[1]))
assert list(diff) == ["relation", "keys", "looser", "stricter", "undecided"]
assert diff["relation"] == "incomparable" and diff["undecided"] == []
assert diff["keys"] == [{"key": "mode", "relation": "stricter",
                         "before": "permissive", "after": "enforcing"}]
looser = diff["looser"]
assert looser["facts"]["name"].startswith("rke2")
assert looser["before"]["verdict"] == "deny"
assert looser["before"]["reasons"][0]["code"] == "no-matching-rule"
assert looser["after"]["acting_verdict"] == "allow"
assert looser["after"]["rule"] == "k3s"
assert looser["after"]["standing"]["state"] in ("trusted", "untrusted", "none")
assert diff["stricter"]["before"]["verdict"] == "allow"
PY
exits 0 --json policy diff old.yaml same.yaml
says '"relation": "equivalent"'
exits 3 --json policy diff old.yaml unread.yaml
says 'are tried by example'

# The facts of a witness are facts.
exits 3 policy diff narrow.yaml old.yaml
sed -n 's/^  facts: //p' out >facts.json
python3 -c 'import json; assert json.load(open("facts.json"))["name"].startswith("k3sv1.")' ||
  fail "no facts"
mkdir cases
cp facts.json narrow.yaml cases
cat >cases/witness.yaml <<'YAML'
cases:
  - {name: denied, policy: narrow.yaml, facts: facts.json,
     want: {reasons: [no-matching-rule]}}
YAML
exits 0 policy test cases

thousand() {  # FIRST NAME
  echo "default: deny"
  echo "rules:"
  echo "  - {id: first, match: {name: [\"$1\"]}, verdict: allow}"
  for i in $(seq 1000 1998); do
    echo "  - {id: r$i, match: {name: [\"app-$i-*\"]}, verdict: allow}"
  done
}
thousand "k3s*" | policy thousand-old.yaml
thousand "k3sv*" | policy thousand-new.yaml
exits 0 policy diff thousand-old.yaml thousand-new.yaml
begins stricter

exits 2 policy diff old.yaml
exits 2 policy diff old.yaml none.yaml
echo 'extension_policy: {moode: x}' >broken.yaml
exits 2 policy diff broken.yaml old.yaml
grep -qF "broken.yaml:1:20: error: " err || fail "no place"
