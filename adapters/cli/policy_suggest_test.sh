#!/usr/bin/env bash
# `policy suggest` on the report of `check` about the images of the demo: what
# it prints is a policy by which they are allowed, and no others.
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
"$make_images" "$work"
cd "$work/images"
{
  printf 'extension_policy:\n  mode: enforcing\n  trust:\n    certificates:\n      - |\n'
  sed 's/^/        /' "$work/keys/vendor.crt"
} >policy.yaml

exits 3 --json check --policy policy.yaml ./*.sysext.raw
cp "$work/out" report.json
exits 3 policy suggest --policy policy.yaml report.json
cp "$work/out" suggested.yaml
grep -qF "noise.sysext.raw: no rule: no rule is to allow what is not-a-disk-image" \
  "$work/err" || fail "noise"
grep -qF "#   ./wrong-key.sysext.raw: rule allow-wrong-key, by root_hash " \
  suggested.yaml || fail "no comment about wrong-key"
! grep -qE '^ *name:' suggested.yaml || fail "a rule by name"
[ "$(grep -c 'id: "allow-' suggested.yaml)" = 3 ] || fail "not three rules"

# The same for programs.
exits 3 --json policy suggest --policy policy.yaml report.json
python3 - "$work/out" suggested.yaml <<'PY' || fail "not the JSON that is wanted"
import json, sys
said = json.load(open(sys.argv[1]))
assert list(said) == ["path", "authority", "policy", "rules", "left"]
assert open(sys.argv[2]).read().endswith(said["policy"]) and said["policy"]
assert said["authority"] == "local" and said["path"]
assert len(said["rules"]) == 3
assert "allow-wrong-key" in [rule["rule"] for rule in said["rules"]]
assert all(rule["allows"].startswith("by ") for rule in said["rules"])
assert "./noise.sysext.raw" in [left["path"] for left in said["left"]]
PY

exits 0 check --policy policy.yaml --policy suggested.yaml good.sysext.raw \
  wrong-key.sysext.raw unsigned.sysext.raw usr-only.sysext.raw
exits 3 check --policy policy.yaml --policy suggested.yaml noise.sysext.raw
# Another image of that name, by the same stranger.
mkdir other
cp usr-only.sysext.raw other/wrong-key.sysext.raw
exits 3 check --policy policy.yaml --policy suggested.yaml \
  other/wrong-key.sysext.raw

# Nothing is denied; no report; a policy with errors.
exits 0 --json check --policy policy.yaml good.sysext.raw
cp "$work/out" fine.json
exits 0 policy suggest --policy policy.yaml fine.json
[ ! -s "$work/out" ] || fail "something suggested for nothing"
exits 0 --json policy suggest --policy policy.yaml fine.json
says '"policy": ""'
exits 2 policy suggest none.json
exits 2 policy suggest policy.yaml
echo 'extension_policy: {moode: x}' >broken.yaml
exits 2 policy suggest --policy broken.yaml report.json
exits 2 policy suggest --format=json report.json
exits 2 policy suggest
