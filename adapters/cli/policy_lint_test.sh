#!/usr/bin/env bash
# `policy lint`: the formats, exit statuses, and the machine's own policies. What
# docs/policy-verbs.md shows of it is run by pages_test.
set -euo pipefail

extgate=$PWD/$1 policies=$PWD/testdata/policies/lint
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
mkdir "$work/dir"
cd "$work/dir"

# Exit statuses: errors alone count.
printf 'extension_policy: {mode: loud}\n' >bad.yaml
printf 'extension_policy: {trust: {efi: [db, MOK]}}\n' >warned.yaml
printf 'extension_policy: {mode: enforcing}\n' >good.yaml
exits 0 policy lint good.yaml
grep -qxF "0 errors, 0 warnings (systemd 252 to 262)" "$work/out" || fail "good"
exits 0 policy lint warned.yaml
grep -qF "warned.yaml:1:33: warning:" "$work/out" || fail "$(cat "$work/out")"
exits 2 policy lint bad.yaml
grep -qF "      |                          ^" "$work/out" || fail "$(cat "$work/out")"
exits 2 policy lint bad.yaml warned.yaml
grep -qF "1 error, 1 warning" "$work/out" || fail "$(cat "$work/out")"
exits 2 policy lint missing.yaml
exits 2 policy lint --format=xml good.yaml
exits 2 policy lint --systemd 251 good.yaml
exits 0 policy lint --systemd 257 good.yaml
grep -qF "usr-not-enforced" "$work/out" || fail "$(cat "$work/out")"

# What other verbs say of a policy with errors has the line in it too.
exits 2 check --policy bad.yaml good.yaml
grep -qF "    1 | extension_policy: {mode: loud}" "$work/err" || fail "$(cat "$work/err")"

# The machine's own, merged.
root=$work/root
mkdir -p "$root/etc/extgate/policy.d" "$root/oem" "$root/run"
cp good.yaml "$root/etc/extgate/policy.d/10.yaml"
printf '#cloud-config\nextensions:\n  - "k3s*": [active]\nextension_policy: {mode_floor: enforcing}\n' \
  >"$root/oem/90.yaml"
exits 0 --root "$root" policy lint
for code in kairos-extensions not-authorised; do
  grep -qF "($code)" "$work/out" || fail "$code: $(cat "$work/out")"
done

# JSON.
exits 2 --json policy lint bad.yaml "$policies/rules.yaml"
cp "$work/out" "$work/json"
exits 2 policy lint --format=json bad.yaml "$policies/rules.yaml"
cmp "$work/json" "$work/out" || fail "--json and --format=json differ"
exits 2 policy lint --format=sarif bad.yaml "$policies"/*.yaml
python3 - "$work/json" "$work/out" <<'PYTHON' || fail "JSON or SARIF"
import json, sys
lint, sarif = (json.load(open(path)) for path in sys.argv[1:])
codes = [finding["code"] for finding in lint["findings"]]
assert "unknown-value" in codes and "hidden-rule" in codes, codes
assert lint["errors"] == sum(f["severity"] == "error" for f in lint["findings"]) > 0
for finding in lint["findings"]:
    assert finding["line"] > 0 and finding["column"] > 0 and finding["message"]
    assert finding["snippet"].endswith("^\n"), finding

# What GitHub's code scanning reads of SARIF 2.1.0.
assert sarif["version"] == "2.1.0" and "2.1.0" in sarif["$schema"]
run, = sarif["runs"]
driver = run["tool"]["driver"]
assert driver["name"] == "extgate" and run["columnKind"] == "unicodeCodePoints"
for rule in driver["rules"]:
    for key in ("shortDescription", "fullDescription", "help"):
        assert rule[key]["text"], rule
assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
assert len(run["results"]) > 10
for result in run["results"]:
    assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert result["level"] in ("error", "warning", "note")
    assert result["message"]["text"]
    location, = result["locations"]
    physical = location["physicalLocation"]
    assert physical["artifactLocation"]["uri"].endswith(".yaml")
    assert physical["region"]["startLine"] >= 1
    assert physical["region"]["startColumn"] >= 1
PYTHON

# Every one of the policies with goldens is said something about, but one.
for policy in "$policies"/*.yaml; do
  "$extgate" policy lint "$policy" >"$work/out" || true
  case $policy in
    */nothing-to-say.yaml) ;;
    *) grep -qE ': (error|warning|note): ' "$work/out" || fail "$policy" ;;
  esac
done
