#!/usr/bin/env bash
# `policy show`: there and back, what a machine's sources say together, and exit
# statuses. What docs/policy-verbs.md shows of it is run by pages_test.
set -euo pipefail

extgate=$PWD/$1 policies=$PWD/$2
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
cd "$work"

# There and back through each spelling; JSON is what python3 reads too.
for name in content minimal-enforcing newer-version one-for-a-list \
  quoted-and-unicode empty; do
  exits 0 policy show "$policies/good/$name.yaml"
  cp out "$name.yaml"
  for format in textproto binpb json yaml; do
    exits 0 policy show "$name.yaml" --format="$format"
    cp out "back.$format"
    exits 0 policy show "back.$format"
    cmp out "$name.yaml" || fail "$name by $format"
  done
  python3 -c 'import json, sys; json.load(open(sys.argv[1]))' back.json ||
    fail "$name is no JSON"
done
exits 0 --json policy show newer-version.yaml
grep -qF '"version": 7' out || fail "--json: $(cat out)"

# What a machine's sources say together: the vendor's in bytes, with a floor.
root=$work/root
mkdir -p "$root/usr/lib/extgate/policy.d" "$root/etc/extgate/policy.d" \
  "$root/oem" "$root/run"
printf 'extension_policy { mode_floor: "enforcing" rules { id: "vendor"
  match { name: "*" } verdict: "allow" } }' >vendor.textproto
exits 0 policy show vendor.textproto --format=binpb
cp out "$root/usr/lib/extgate/policy.d/10.binpb"
printf 'extension_policy {\n  mode: "disabled"\n  rules {
    id: "site"\n    match { name: "gdb*" }\n    verdict: "deny"\n  }\n}\n' \
  >"$root/etc/extgate/policy.d/20.textproto"
printf 'extension_policy: {rules: [{id: oem, match: {name: x}, verdict: deny}]}' \
  >"$root/oem/90.yaml"
exits 0 --root "$root" policy show
complains "20.textproto:2:9: warning: "
cat >want <<'END'
# /usr/lib/extgate/policy.d/10.binpb (vendor)
# /etc/extgate/policy.d/20.textproto (local)
# /oem/90.yaml (local)
END
head -n 3 out | diff -u want - || fail "the sources"
grep -A1 '^    # ' out >rules
cat >want <<'END'
    # /usr/lib/extgate/policy.d/10.binpb:extension_policy.rules[0].id
    - id: "vendor"
--
    # /etc/extgate/policy.d/20.textproto:4:9
    - id: "site"
--
    # /oem/90.yaml:1:33
    - id: "oem"
END
diff -u want rules || fail "the rules"
cp out merged.yaml
exits 0 policy show merged.yaml

# Everything that is wrong is said, and nothing shown.
printf 'extension_policy {\n mode: "x"\n nope: 1\n}' \
  >"$root/etc/extgate/policy.d/20.textproto"
exits 2 --root "$root" policy show
complains "20.textproto:2:8: error: "
complains "20.textproto:3:2: error: "
[ ! -s out ] || fail "shown: $(cat out)"
printf '\012\003\032\001x' >bad.binpb
exits 2 policy show bad.binpb
complains "bad.binpb:extension_policy.mode: error: "
exits 2 policy show missing.yaml
exits 2 policy show site.yaml --format=xml
printf '{"extension_policy": {"trust": {"certificates": ["-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n"]}}}' >bad.json
exits 2 policy show bad.json
complains "bad-certificate"
