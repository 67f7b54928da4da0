#!/usr/bin/env bash
# Runs the program itself on images made by systemd-repart: exit statuses,
# what it writes below --root, two runs at once. Counts nothing by itself: the
# first check that fails ends the test.
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2
work=${TEST_TMPDIR:?}
"$make_images" "$work"
images=$work/images
policy=$work/policy.yaml

write_policy() {  # MODE [LINE...]
  echo "extension_policy:"
  echo "  mode: $1"
  shift
  printf '  %s\n' "$@"
  echo "  trust:"
  echo "    certificates:"
  echo "      - |"
  sed 's/^/        /' "$work/keys/vendor.crt"
}

fail() {
  echo "FAILED: $*" >&2
  cat "$work/out" "$work/err" >&2
  exit 1
}

# exits STATUS ARGUMENT...: output is then in out and err.
exits() {
  local want=$1 got=0
  shift
  "$extgate" "$@" >"$work/out" 2>"$work/err" || got=$?
  [ "$got" = "$want" ] || fail "extgate $* exited $got, expected $want"
}
says() { grep -qF -- "$1" "$work/out" || fail "no \`$1\` in the output"; }
complains() { grep -qF -- "$1" "$work/err" || fail "no \`$1\` among errors"; }

write_policy enforcing >"$policy"

# check: one image of each kind.
exits 0 check --policy "$policy" "$images/good.sysext.raw"
says "signed by CN=Acme extensions"
for pair in wrong-key:signer-untrusted unsigned:unsigned bare:unsigned \
  noise:not-a-disk-image usr-only:signer-untrusted; do
  exits 3 check --policy "$policy" "$images/${pair%%:*}.sysext.raw"
  says "${pair##*:}"
done
exits 0 check --policy "$policy" "$images/other-os.sysext.raw"
says "not-applicable"
exits 3 check --policy "$policy" "$work/none.raw"
says "unreadable"
exits 3 check --json --policy "$policy" "$images/wrong-key.sysext.raw"
says '"code": "signer-untrusted"'

# Without libcrypto nothing signed is known to be good, or to be bad.
mkdir "$work/no-libcrypto"
: >"$work/no-libcrypto/libcrypto.so.3"
LD_LIBRARY_PATH=$work/no-libcrypto exits 3 check --policy "$policy" \
  "$images/good.sysext.raw"
says "unreadable"
says "no signature can be verified: "
LD_LIBRARY_PATH=$work/no-libcrypto exits 3 check --policy "$policy" \
  "$images/unsigned.sysext.raw"
says "unsigned"

# A sidecar beside an image changes nothing.
mkdir "$work/side"
cp "$images/unsigned.sysext.raw" "$work/side/"
printf '%064d' 0 >"$work/side/unsigned.sysext.roothash"
exits 3 check --policy "$policy" "$work/side/unsigned.sysext.raw"
says "unsigned"

# Usage and policy errors.
exits 2 frobnicate
# The version that systemd would pick, and a plain directory.
mkdir -p "$work/good.sysext.raw.v"
cp "$images/wrong-key.sysext.raw" "$work/good.sysext.raw.v/good_1.9.sysext.raw"
cp "$images/good.sysext.raw" "$work/good.sysext.raw.v/good_1.10.sysext.raw"
exits 0 check --policy "$policy" "$work/good.sysext.raw.v"
exits 0 inspect "$work/good.sysext.raw.v/"
plain=$work/plain
mkdir -p "$plain/usr/lib/extension-release.d"
echo ID=_any >"$plain/usr/lib/extension-release.d/extension-release.plain"
exits 3 check --policy "$policy" "$plain"
says unsigned
exits 0 inspect "$plain"
exits 2 check
exits 2 check --policy "$work/missing.yaml" "$images/good.sysext.raw"
complains "missing.yaml"
printf 'extension_policy:\n  mode: lenient\n  defualt: deny\n' >"$work/bad.yaml"
exits 2 check --policy "$work/bad.yaml" "$images/good.sysext.raw"
complains "bad.yaml:2:9: error: "
complains "bad.yaml:3:3: error: "
exits 2 apply --policy "$work/bad.yaml"
exits 0 --help
exits 0 check --help
says "Examples:"

# inspect
exits 0 inspect "$images/wrong-key.sysext.raw"
says "root hash: "
exits 3 inspect --trust "$work/keys/vendor.crt" "$images/wrong-key.sysext.raw"
exits 0 inspect --trust "$work/keys/vendor.crt" --full "$images/good.sysext.raw"
says "every block agrees with the hash tree"
exits 0 inspect --full "$images/bit-flipped.sysext.raw"
says "contradicts the hash tree at byte"

# scrub
exits 0 scrub "$images"/{good,unsigned,wrong-key,usr-only}.sysext.raw
says "intact"
exits 3 scrub "$images"/{good,bit-flipped,bare}.sysext.raw
says "data block"
says "of level 0 at byte"
exits 1 scrub "$images"/{bare,noise}.sysext.raw "$work/none.raw"
says "no hash tree"
says "no such file"
exits 3 --json scrub "$images/bit-flipped.sysext.raw"
says '"bad_block":{"level":"0",'
exits 2 scrub

# explain
exits 0 explain signer-untrusted
exits 2 explain no-such-thing
complains "signer-untrusted"

# apply below a root of its own
make_root() {  # DIRECTORY IMAGE...
  local store=$1/var/lib/kairos/extensions/common
  mkdir -p "$1/etc/extgate/policy.d" "$1/run" "$store"
  cp /etc/os-release "$1/etc/"
  cp "${@:2}" "$store/"
  write_policy enforcing >"$1/etc/extgate/policy.d/50.yaml"
}
staged() { (cd "${1:-$root}/run/extensions" && echo *); }
root=$work/root
make_root "$root" "$images"/*.raw
exits 1 --root "$root" status
complains "has not run since boot"
exits 0 --root "$root" apply --dry-run
says "would stage /run/extensions/good.raw"
[ ! -e "$root/run/extensions" ] || fail "a dry run staged something"
exits 0 --root "$root" apply
[ "$(staged)" = "good.raw" ] || fail "staged $(staged)"
cmp "$root/run/extensions/good.raw" "$images/good.sysext.raw"
[ "$(ls "$root/run/extgate/images" | wc -l)" = 1 ] || fail "copies left over"
exits 3 --root "$root" status
says "staged and not merged: good"
exits 0 --root "$root" explain wrong-key
says "signer-untrusted"

write_policy permissive >"$root/etc/extgate/policy.d/50.yaml"
exits 0 --root "$root" apply
[ "$(staged)" = "bare.raw good.raw unsigned.raw usr-only.raw wrong-key.raw" ] ||
  fail "staged $(staged)"
says "would deny"

write_policy enforcing "on_violation: fail-boot" \
  >"$root/etc/extgate/policy.d/50.yaml"
exits 0 --root "$root" apply
complains "the boot is not failed: "
[ "$(staged)" = "good.raw" ] || fail "staged $(staged)"
exits 3 --root "$root" apply --dry-run

# What is required and missing costs the boot its blessing, in enforcing, though
# what there is holds.
lacking=$work/lacking
make_root "$lacking" "$images/good.sysext.raw"
rm "$lacking/var/lib/kairos/extensions/common/good.sysext.raw"
lack() { write_policy "$1" "rules:" \
  "  - {id: more, match: {name: more}, verdict: allow, required: true}" \
  >"$lacking/etc/extgate/policy.d/50.yaml"; }
lack enforcing
exits 0 --root "$lacking" apply
exits 3 --root "$lacking" status --gate
complains "required-missing: rule \`more\` requires an image and none is staged"
lack permissive
exits 0 --root "$lacking" apply
exits 0 --root "$lacking" status --gate

# What is wrong with the policy is told by status, to who logs in, and as a number,
# whatever the outcome.
told() { grep -qF -- "$1" "$lacking/run/motd.d/extgate" ||
  fail "the login message lacks $1"; }
write_policy permissive >"$lacking/etc/extgate/policy.d/50.yaml"
printf 'extension_policy: [\n' >"$lacking/etc/extgate/policy.d/60.yaml"
exits 0 --root "$lacking" apply
exits 0 --root "$lacking" status
says "60.yaml\` is left out because of its errors (policy-invalid)"
told "60.yaml\` is left out because of its errors"
grep -qxF 'extgate_troubles{code="policy-invalid"} 1' \
  "$lacking/run/extgate/metrics.prom" || fail "no number of it"
rm "$lacking/etc/extgate/policy.d/60.yaml"
exits 0 --root "$lacking" apply
[ ! -e "$lacking/run/motd.d/extgate" ] || fail "the login message stays"
printf 'extension_policy: {trust: {files: [/none/*.crt, /none/a.crt], verity_d: none, efi: []}}\n' \
  >"$lacking/etc/extgate/policy.d/50.yaml"
exits 0 --root "$lacking" apply
exits 0 --root "$lacking" status
says "warning: no file matches \`/none/*.crt\`: nobody is trusted by it (file-unreadable)"
says "/none/a.crt"
says "(entry-unknown)"
exits 2 --root "$lacking" policy lint
says "a trusted signature is asked for, and nobody is trusted (lock-out)"
exits 0 --root "$lacking" explain policy-rejected
says "a new policy would fail this boot"
exits 0 --root "$lacking" explain --json no-space
says '"kind": "diagnostic"'

# On Kairos /etc is gone after a reboot: what to write goes to /oem, and counts
# there.
kairos=$work/kairos
make_root "$kairos" "$images/unsigned.sysext.raw"
advised() { "$extgate" --root "$kairos" --json explain \
  /var/lib/kairos/extensions/common/unsigned.sysext.raw >"$work/out"
  python3 -c 'import json, sys
offer = [o for o in json.load(open(sys.argv[1]))["remedies"][0]["offers"] if o["policy"]][0]
print(offer["path"])
open(sys.argv[2], "w").write(offer["policy"])' "$work/out" "$work/offer"; }
[ "$(advised)" = /etc/extgate/policy.d/90-unsigned.yaml ] || fail "$(advised)"
mkdir "$kairos/oem"
echo KAIROS_VERSION=v3.5.0 >"$kairos/etc/kairos-release"
[ "$(advised)" = /oem/90-extgate-unsigned.yaml ] || fail "$(advised)"
exits 3 --root "$kairos" check "$images/unsigned.sysext.raw"
cp "$work/offer" "$kairos/oem/90-extgate-unsigned.yaml"
exits 0 --root "$kairos" check "$images/unsigned.sysext.raw"

# Without room in /run a required image is lost: that is told, with why, and costs
# no boot its blessing.
crammed=$work/crammed
make_root "$crammed" "$images/good.sysext.raw"
write_policy enforcing "rules:" \
  "  - {id: need, match: {name: good}, verdict: allow, required: true}" \
  >"$crammed/etc/extgate/policy.d/50.yaml"
if unshare --mount mount -t tmpfs x "$crammed/run" 2>/dev/null; then
  unshare --mount bash -euc '
    mount -t tmpfs -o size=200k small "$1/run"
    "$2" --root "$1" apply >/dev/null
    "$2" --root "$1" status || echo "exit $?"
    "$2" --root "$1" explain good
    cat "$1/run/motd.d/extgate" "$1/run/extgate/metrics.prom"
    "$2" --root "$1" status --gate >/dev/null
    echo blessed' crammed "$crammed" "$extgate" >"$work/out" 2>"$work/err" ||
    fail "without room"
  says "good   sysext  allow    no      no      no        no        no-space: "
  says "exit 3"
  says "it was not staged: no-space: \`good\` is withheld: no space for"
  says "do: make room in /run"
  says "; \`good\` is withheld: no space for"
  says 'extgate_images_hindered{class="sysext"} 1'
  says "blessed"
else
  echo "SKIPPED: no room in /run: nobody may mount here" >&2
fi

# Somebody else's entries are decided like the others, and never lost.
write_policy enforcing >"$root/etc/extgate/policy.d/50.yaml"
cp "$images/noise.sysext.raw" "$root/run/extensions/loud.raw"
exits 0 --root "$root" apply
[ "$(staged)" = "good.raw" ] || fail "staged $(staged)"
find "$root/run/extgate/foreign" -name loud.raw | grep -q . || fail "lost loud"

# status: what is merged though it was not staged is a bypass. systemd lists what
# it merged in each overlay; here real ones are laid out as it does, in a mount
# namespace of their own.
merged=$work/merged
make_root "$merged" "$images/good.sysext.raw"
exits 0 --root "$merged" apply
mkdir -p "$merged"/{usr,etc,layers}
exits 0 --root "$merged" status
says "staged and not merged: good: \`extgate apply --now\` merges it"
exits 3 --root "$merged" status --gate  # in enforcing
complains "what is merged is not what was decided"

# overlaid CLASS PLACE NAMES STATUS ARGUMENT...: the program exits with STATUS
# while systemd says that NAMES, of the class, are merged there.
overlaid() {
  local class=$1 place=$2 names=$3 want=$4 got=0 list=extensions
  shift 4
  [ "$class" = sysext ] || list=confexts
  # shellcheck disable=SC2016
  unshare --mount bash -euc '
    at=$1 notes=$2 list=$3 names=$4 layers=$5
    shift 5
    mount -t tmpfs layers "$layers"
    mkdir "$layers/upper" "$layers/work"
    mount -t overlay overlay "$at" \
      -o "lowerdir=$at,upperdir=$layers/upper,workdir=$layers/work"
    mkdir "$at/$notes"
    printf "%s\n" $names >"$at/$notes/$list"
    stat -c "%Hd:%Ld" "$at" >"$at/$notes/dev"
    exec "$@"
  ' overlaid "$merged/$place" ".systemd-$class" "$list" "$names" \
    "$merged/layers" "$extgate" --root "$merged" "$@" \
    >"$work/out" 2>"$work/err" || got=$?
  [ "$got" = "$want" ] || fail "$place with $names: exit $got, expected $want"
}
if unshare --mount mount -t tmpfs x "$merged/layers" 2>/dev/null; then
  overlaid sysext usr good 0 status
  says "what was staged is merged"
  overlaid sysext usr good 0 status --gate
  overlaid sysext usr good 0 status --json
  says '"not_merged": []'
  overlaid sysext usr "good stranger" 3 status
  says "bypass: \`stranger\` is merged and was not staged"
  overlaid sysext usr "good stranger" 3 status --gate
  overlaid sysext usr "good stranger" 3 status --json
  says '"code": "bypass"'
  cp "$merged/run/extgate/report.json" "$work/report"
  rm "$merged/run/extgate/report.json"
  overlaid sysext usr stranger 3 status --gate
  complains "merged without a decision: stranger"
  cp "$work/report" "$merged/run/extgate/report.json"
  overlaid confext etc stranger 3 status
  says "bypass: \`stranger\` is merged and was not staged"
else
  echo "SKIPPED: status over overlays: nobody may mount here" >&2
fi

# The gate of a boot without any decision: a crash costs no boot, and what is
# merged past it does, in enforcing.
bootless=$work/bootless
make_root "$bootless" "$images/good.sysext.raw"
exits 1 --root "$bootless" status
exits 0 --root "$bootless" status --gate
complains "has not run since boot"
complains "nothing was decided in this boot"
mkdir -p "$bootless/run/extgate" && chmod 700 "$bootless/run/extgate"
echo '{' >"$bootless/run/extgate/report.json"
exits 0 --root "$bootless" status --gate
complains "nothing was decided in this boot"
rm "$bootless/run/extgate/report.json"
write_policy permissive >"$bootless/etc/extgate/policy.d/50.yaml"
exits 0 --root "$bootless" status --gate

# By files beside an image, and by its extended attributes, systemd would take
# another root hash, hash tree or signature. They change nothing, and none is
# staged.
plain=$work/plain beside=$work/beside
make_root "$plain" "$images"/*.raw
make_root "$beside" "$images"/*.raw
root_hash_of() {
  "$extgate" inspect "$1" | sed -n 's/^ *root hash: //p'
}
add_sidecars() {  # IMAGE ROOT_HASH: by them, an image that is well signed
  local kind
  for kind in roothash usrhash; do
    printf %s "$2" >"${1%.raw}.$kind"
    openssl smime -sign -nocerts -noattr -binary -outform der \
      -in "${1%.raw}.$kind" -out "${1%.raw}.$kind.p7s" \
      -signer "$work/keys/vendor.crt" -inkey "$work/keys/vendor.key"
  done
  python3 - "$1" "$2" <<'PYTHON'
import os, sys
for name in "roothash", "usrhash":
    os.setxattr(sys.argv[1], "user.verity." + name, sys.argv[2].encode())
PYTHON
}
store=$beside/var/lib/kairos/extensions/common
for name in unsigned wrong-key usr-only; do
  add_sidecars "$store/$name.sysext.raw" \
    "$(root_hash_of "$images/$name.sysext.raw")"
done
PATH=$PATH:/usr/sbin veritysetup format "$store/bare.sysext.raw" \
  "$store/bare.sysext.verity" >"$work/veritysetup"
add_sidecars "$store/bare.sysext.raw" \
  "$(sed -n 's/^Root hash:[[:space:]]*//p' "$work/veritysetup")"
add_sidecars "$store/good.sysext.raw" "$(printf '%064d' 0)"
echo garbage >"$store/good.sysext.verity"
for file in "$store"/*.{roothash,usrhash,p7s,verity}; do
  [ -s "$file" ] || fail "no $file"  # else nothing would be shown below
done

decided() { sed '/^ *"\(time\|inputs\)": /d' "$1/run/extgate/report.json"; }
decides_alike() {
  [ "$(staged "$beside")" = "$(staged "$plain")" ] ||
    fail "sidecars: staged $(staged "$beside")"
  diff <(decided "$plain") <(decided "$beside") || fail "sidecars: the report"
}
for mode in enforcing permissive; do
  for each in "$plain" "$beside"; do
    write_policy "$mode" >"$each/etc/extgate/policy.d/50.yaml"
    exits 0 --root "$each" apply
  done
  decides_alike
  # Nor where systemd would look for them: beside what it merges.
  cp "$store/bare.sysext.roothash" "$beside/run/extensions/good.roothash"
  cp "$store/bare.sysext.verity" "$beside/run/extensions/good.verity"
  exits 0 --root "$beside" apply
  decides_alike
  for file in "$beside"/run/extensions/*; do
    python3 - "$file" <<'PYTHON' || fail "attributes on $file"
import os, sys
sys.exit(any(name.startswith("user.") for name in os.listxattr(sys.argv[1])))
PYTHON
  done
done
[ "$(staged "$plain")" = "bare.raw good.raw unsigned.raw usr-only.raw \
wrong-key.raw" ] || fail "staged $(staged "$plain")"

# What is asked for as JSON, and a policy that cannot be read.
has_json() {  # TEXT WITHOUT BLANKS
  tr -d ' \n' <"$work/out" | grep -qF -- "$1" || fail "no \`$1\` in the JSON"
}
asked=$work/asked
make_root "$asked" "$images/good.sysext.raw"
exits 0 --root "$asked" apply
exits 0 --root "$asked" status --json
has_json '"not_merged":["good"]'
has_json '"violations":[]'

exits 0 explain --json signer-untrusted
has_json '"code":"signer-untrusted","kind":"deny","help":"'
exits 0 --root "$asked" explain --json good
has_json '"mode":"enforcing"'
has_json '"path":"/etc/extgate/policy.d/50.yaml","authority":"local"'
has_json '"name":"good"'
exits 0 --root "$asked" explain --json "$images/wrong-key.sysext.raw"
has_json '"mode":"enforcing"'
has_json '"outcome":"violations"'
has_json '"path":"/etc/extgate/policy.d/50.yaml","authority":"local"'
has_json '"name":"wrong-key"'

# Of the running system alone, and by its policy.
for words in "--root $asked apply --now" 'apply --now --dry-run' \
  'apply --now --policy x'; do
  # shellcheck disable=SC2086
  exits 2 $words
  complains '--now'
done

# The refresh that merge becomes dies of the timer that merge set: 128 + SIGALRM.
limited=$work/limited
make_root "$limited" "$images/good.sysext.raw"
printf 'extension_policy: {merge: {timeout: 1ms}}\n' \
  >"$limited/etc/extgate/policy.d/60.yaml"
exits 142 --root "$limited" merge sysext

cp "$work/bad.yaml" "$asked/etc/extgate/policy.d/60.yaml"
for verb in check explain; do
  exits 2 --root "$asked" "$verb" "$images/good.sysext.raw"
  complains "60.yaml:2:9: error: "
  [ ! -s "$work/out" ] || fail "$verb decided by a broken policy"
done
exits 0 --root "$asked" apply
rm "$asked/etc/extgate/policy.d/60.yaml"
mkdir -p "$asked/usr/lib/extgate/policy.d"
touch "$asked/usr/lib/extgate/policy.d/50.textproto"
exits 2 --root "$asked" check "$images/good.sysext.raw"
complains "50.textproto:1:1: error: a policy file must hold"

# Facts to keep: a line an image, with the signature and without a judgement.
exits 0 inspect --facts "$images"/{good,unsigned}.sysext.raw
python3 - "$work/out" <<'PYTHON' || fail "the facts"
import json, sys
good, unsigned = [json.loads(line) for line in open(sys.argv[1])]
assert good["name"] == "good" and unsigned["name"] == "unsigned"
assert good["signature"]["pkcs7"] and "signature" not in unsigned
assert good["layout"]["data"]["size"] != "0"
assert "standing" not in good and "standing" not in unsigned
PYTHON

# Two at once, and one killed in the middle: the next run converges.
for _ in 1 2 3 4 5; do
  rm -rf "$root/run/extgate/images"
  "$extgate" --root "$root" apply >/dev/null 2>&1 & a=$!
  "$extgate" --root "$root" apply >/dev/null 2>&1 & b=$!
  wait "$a" && wait "$b" || fail "two at once"
  [ "$(staged)" = "good.raw" ] || fail "staged $(staged) by two at once"
  rm -rf "$root/run/extgate/images"
  timeout -s KILL "0.0$((RANDOM % 5 + 1))" "$extgate" --root "$root" apply \
    >/dev/null 2>&1 || true
  exits 0 --root "$root" apply
  [ "$(staged)" = "good.raw" ] || fail "staged $(staged) after a kill"
  cmp "$root/run/extensions/good.raw" "$images/good.sysext.raw"
done

# While systemd merges what was staged no other run changes it: the tool that
# `merge` becomes, here one that only looks, holds the lock until it ends.
cat >"$work/tool" <<TOOL
#!/bin/bash
flock --nonblock "$root/run/extgate/lock" true || echo "held by \$*"
TOOL
chmod +x "$work/tool"
if [ -x /usr/bin/systemd-sysext ] &&
  unshare --mount mount --bind "$work/tool" /usr/bin/systemd-sysext; then
  unshare --mount bash -euc 'mount --bind "$1" /usr/bin/systemd-sysext
    exec "$2" --root "$3" merge sysext' merge "$work/tool" "$extgate" "$root" \
    >"$work/out" 2>"$work/err" || fail "merge with another tool"
  says "held by refresh --image-policy=root=signed+absent:usr=signed+absent"
  flock --nonblock "$root/run/extgate/lock" true || fail "still locked"
else
  echo "SKIPPED: merge with another tool: nobody may mount here" >&2
fi
echo "all as expected"
