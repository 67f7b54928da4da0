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

# A sidecar beside an image changes nothing.
mkdir "$work/side"
cp "$images/unsigned.sysext.raw" "$work/side/"
printf '%064d' 0 >"$work/side/unsigned.sysext.roothash"
exits 3 check --policy "$policy" "$work/side/unsigned.sysext.raw"
says "unsigned"

# Usage and policy errors.
exits 2 frobnicate
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

# explain
exits 0 explain signer-untrusted
exits 2 explain no-such-thing
complains "signer-untrusted"

# apply below a root of its own
root=$work/root
mkdir -p "$root/etc/extgate/policy.d" "$root/run" \
  "$root/var/lib/kairos/extensions/common"
cp /etc/os-release "$root/etc/"
cp "$images"/*.raw "$root/var/lib/kairos/extensions/common/"
staged() { (cd "$root/run/extensions" && echo *); }
write_policy enforcing >"$root/etc/extgate/policy.d/50.yaml"
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
exits 3 --root "$root" apply
[ "$(staged)" = "*" ] || fail "staged $(staged) though the boot is to fail"

# Somebody else's entries are decided like the others, and never lost.
write_policy enforcing >"$root/etc/extgate/policy.d/50.yaml"
cp "$images/noise.sysext.raw" "$root/run/extensions/loud.raw"
exits 0 --root "$root" apply
[ "$(staged)" = "good.raw" ] || fail "staged $(staged)"
find "$root/run/extgate/foreign" -name loud.raw | grep -q . || fail "lost loud"

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
echo "all as expected"
