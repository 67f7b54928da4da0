#!/usr/bin/env bash
# A run of apply that is killed at a random instant, 20 times: what is staged is the
# old set or the new one, whole, and the next run makes the set that one without a
# kill makes. KILLED_SEED repeats a failure. Counts nothing by itself.
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2
work=${TEST_TMPDIR:?}
"$make_images" "$work" 16 >/dev/null
images=$work/images root=$work/root
seed=${KILLED_SEED:-$((SRANDOM % 32768))}
RANDOM=$seed
echo "seed $seed"

fail() {
  echo "FAILED: seed $seed, round ${round-0}: $*" >&2
  exit 1
}

store=$root/var/lib/kairos/extensions/common
mkdir -p "$root"/{etc/extgate/policy.d,run} "$store"
cp /etc/os-release "$root/etc/"
cp "$images"/{good,unsigned,wrong-key,bit-flipped}.sysext.raw "$store/"
# choose MODE: each mode has another set.
choose() {
  {
    printf 'extension_policy:\n  mode: %s\n  trust:\n    certificates:\n      - |\n' "$1"
    sed 's/^/        /' "$work/keys/vendor.crt"
  } >"$root/etc/extgate/policy.d/50.yaml"
}
declare -A sets=([enforcing]='good.raw' [permissive]='good.raw unsigned.raw wrong-key.raw')

apply() { "$extgate" --root "$root" apply >"$work/out" 2>&1; }

# staged: prints the set; each of it is there, and what it was made from.
staged() {
  local file names=()
  for file in "$root"/run/extensions/*; do
    cmp -s "$file" "$images/$(basename "$file" .raw).sysext.raw" ||
      fail "$file is not what it was made from"
    names+=("$(basename "$file")")
  done
  echo "${names[*]}"
}

choose enforcing
apply || fail "$(<"$work/out")"
choose permissive
start=${EPOCHREALTIME/[.,]/}
apply || fail "$(<"$work/out")"
whole=$((${EPOCHREALTIME/[.,]/} - start))  # microseconds

died=0
for round in {1..20}; do
  if ((round % 2)); then mode=enforcing; else mode=permissive; fi
  choose $mode
  "$extgate" --root "$root" apply >/dev/null 2>&1 &
  pid=$!
  at=$(((RANDOM * 32768 + RANDOM) % whole))
  sleep "$(printf '%d.%06d' $((at / 1000000)) $((at % 1000000)))"
  kill -KILL $pid 2>/dev/null || true
  if ! wait $pid 2>/dev/null; then died=$((died + 1)); fi
  got=$(staged) || exit 1
  [[ $got == "${sets[enforcing]}" || $got == "${sets[permissive]}" ]] ||
    fail "after $at us there is $got"
  apply || fail "the next run: $(<"$work/out")"
  got=$(staged) || exit 1
  [[ $got == "${sets[$mode]}" ]] || fail "the next run stages $got"
done
# Nothing is left of those that died.
left=$(find "$root/run/extgate" -name '*.raw' | wc -l)
((left == 3)) || fail "$left copies"
[[ $(find "$root/run/extgate/sets" -mindepth 1 -printf '%f ') == 'sysext.record ' ]] ||
  fail "$(ls "$root/run/extgate/sets")"
((died >= 5)) || fail "only $died of 20 died in the middle"
echo "$died of 20 died in the middle, of $whole us"
