#!/usr/bin/env bash
# `policy image-policy` as docs/image-policy.md shows it: every example there is
# run, in a folder with the images of the demo and a policy that trusts their
# vendor, and has to print what stands below it. Then exit statuses, JSON, and
# that compile says what apply hands over.
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2 page=$PWD/$3
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
"$make_images" "$work"
cd "$work/images"
for mode in enforcing permissive; do
  {
    printf 'extension_policy:\n  mode: %s\n  trust:\n    certificates:\n      - |\n' "$mode"
    sed 's/^/        /' "$work/keys/vendor.crt"
  } >"$mode.yaml"
done

# The page: in a fenced block, lines after `$ ` are commands, the others what
# they print, without blanks at the end of lines.
mkdir "$work/bin"
ln -s "$extgate" "$work/bin/extgate"
awk -v out="$work/page" '
  /^```/ {inside = !inside; next}
  inside && /^\$ extgate / {n++; print substr($0, 3) > (out "." n ".sh")
                            printf "" > (out "." n ".want"); next}
  inside && n {print > (out "." n ".want")}
' "$page"
examples=0
for script in "$work"/page.*.sh; do
  want=${script%.sh}.want
  PATH=$work/bin:$PATH bash "$script" >"$work/got" 2>"$work/err" || true
  grep -v -e '^note: EFI ' -e '^  help: enrol ' "$work/err" >>"$work/got" || true
  sed -i 's/ *$//' "$work/got"
  diff -u <(sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$want") \
    <(sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$work/got") ||
    fail "docs/image-policy.md: $(cat "$script")"
  examples=$((examples + 1))
done
[ "$examples" -ge 6 ] || fail "only $examples examples found in the page"

# The four kinds of error, each with exit 2.
for pair in pfft:EINVAL a=:EBADSLT root=grbl:EBADRQC; do
  exits 2 policy image-policy explain "${pair%%:*}"
  grep -qF "${pair##*:}" "$work/err" || fail "$pair: $(cat "$work/err")"
done
exits 2 policy image-policy explain root=verity:root=signed
grep -qF "designator-given-twice, ENOTUNIQ" "$work/err" || fail "twice"
exits 2 policy image-policy compare root=signed root=grbl
exits 2 policy image-policy normalise ro:ot
exits 2 policy image-policy explain root=erofs --systemd 257
exits 0 policy image-policy explain root=erofs --systemd 260
exits 2 policy image-policy explain root=signed --systemd 251
exits 2 policy image-policy compare root=signed
exits 2 policy image-policy
exits 2 policy image-policy compile
exits 2 policy image-policy compile --policy missing.yaml good.sysext.raw

# The first word of compare.
first_word() {  # WORD FIRST SECOND
  exits 0 policy image-policy compare "$2" "$3"
  [ "$(head -n 1 "$work/out" | cut -d' ' -f1)" = "$1" ] ||
    fail "compare $2 $3: $(cat "$work/out")"
}
first_word equivalent root=signed+absent 'root=absent+signed:root-verity=unprotected+absent'
first_word stricter root=signed+absent root=verity+signed+absent
first_word looser '*' root=verity+signed+absent
first_word incomparable root=signed usr=signed

# compile, version by version, is what apply hands over on this machine. Like
# check it does not read every data block, as apply does while it copies.
rm bit-flipped.sysext.raw
exits 0 --json policy image-policy compile --policy permissive.yaml ./*.sysext.raw
cp "$work/out" "$work/compiled.json"
root=$work/root
mkdir -p "$root/etc/extgate/policy.d" "$root/run" \
  "$root/var/lib/kairos/extensions/common"
cp /etc/os-release "$root/etc/"
cp ./*.sysext.raw "$root/var/lib/kairos/extensions/common/"
cp permissive.yaml "$root/etc/extgate/policy.d/50.yaml"
exits 0 --root "$root" apply
python3 - "$work/compiled.json" "$root/run/extgate/report.json" <<'PYTHON' || fail compile
import json, sys
compiled, report = (json.load(open(path)) for path in sys.argv[1:])
covered = []
for told in compiled["hand_overs"]:
    first, last = (int(told["systemd"].split(" ")[i]) for i in (0, -1))
    covered += range(first, last + 1)
    assert told["parts"] and all(part["why"] for part in told["parts"])
    names = sorted(image["name"] for image in told["staged"])
    staged = sorted(i["name"] for i in report["images"] if i["action"] == "stage")
    assert names == staged, (names, staged)
    # An unknown version (0) gets what works on all; this machine's is in range.
    if first <= report["systemd"] <= last:
        assert told["image_policy"] == report["image_policy"], told
        assert told["environment"] == report["environment"], told
assert sorted(covered) == list(range(252, 263)), covered
assert any(image["path"].endswith("noise.sysext.raw") for image in compiled["withheld"])
PYTHON
exits 0 --json policy image-policy compile --policy enforcing.yaml --systemd 262 ./*.sysext.raw
python3 - "$work/out" <<'PYTHON' || fail "compile, enforcing"
import json, sys
told, = json.load(open(sys.argv[1]))["hand_overs"]
assert told["image_policy"] == "root=signed+absent:usr=signed+absent", told
assert told["environment"] == [] and told["systemd"] == "262", told
assert [image["name"] for image in told["staged"]] == ["good"], told
PYTHON
