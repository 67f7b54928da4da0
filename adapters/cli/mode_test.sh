#!/usr/bin/env bash
# `mode`: what it shows, what it sets until the next boot, the floor, and that a
# `merge` that keeps the last decision sees it change.
set -euo pipefail

extgate=$PWD/$1
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash

root=$work/root
mkdir -p "$root/oem" "$root/usr/lib/extgate/policy.d" "$root/run"
echo ID=debian >"$root/usr/lib/os-release"
mode() {  # STATUS ARGUMENT...
  local want=$1
  shift
  exits "$want" --root "$root" mode "$@"
}

mode 0
says 'mode   permissive  built-in default'
says 'floor  none'

printf '#cloud-config\nextension_policy:\n  mode: enforcing\n' \
  >"$root/oem/90.yaml"
mode 0
says 'mode   enforcing   /oem/90.yaml:3'

# Set: it is what apply decides by, and gone with /run.
mode 0 permissive
says 'mode   permissive  /run/extgate/mode'
says 'It counts from the next apply or merge on.'
exits 0 --root "$root" --json apply
says '"mode": "permissive"'
says '"path": "/run/extgate/mode"'
rm -r "$root/run"
mkdir "$root/run"
mode 0
says 'mode   enforcing   /oem/90.yaml:3'

# With an end.
mode 0 permissive --until 2h
says 'until  20'
mode 0 --json
says '"set_by": "/run/extgate/mode"'
says '"until": "20'
exits 0 --root "$root" policy show
says 'mode: permissive'
# Over, by whatever clock: it says so, and what is written counts again.
echo 'permissive until 2001-01-01' >"$root/run/extgate/mode"
mode 0
says 'mode   enforcing   /oem/90.yaml:3'
complains 'the running mode does not count: it was to end at 2001-01-01'
# Broken.
echo 'off' >"$root/run/extgate/mode"
mode 0
says 'mode   enforcing   /oem/90.yaml:3'
complains '`off` is no mode'
# Of another boot, where /run outlives one.
echo 'permissive boot 6a1f8a7e' >"$root/run/extgate/mode"
mode 0
says 'mode   enforcing   /oem/90.yaml:3'
complains 'it was set in another boot'

mode 0 disabled
mode 0 --reset
says 'mode   enforcing   /oem/90.yaml:3'
[ ! -e "$root/run/extgate/mode" ] || fail "it is still there"

# Without the policy that the command line asks for there is nothing to toggle.
mkdir -p "$work/empty"/{usr/lib,run,proc}
echo ID=debian >"$work/empty/usr/lib/os-release"
echo extgate.policy_required >"$work/empty/proc/cmdline"
exits 2 --root "$work/empty" mode disabled
complains 'not-authorised: `disabled` would count for nothing'

# Bad usage changes nothing.
mode 2 strict
mode 2 --until 2h
complains '--until wants a mode'
mode 2 permissive --reset
mode 2 permissive --until soon
complains '`soon` is neither a length of time'
mode 2 permissive --until 2001-01-01
complains 'is over'
[ ! -e "$root/run/extgate/mode" ] || fail "bad usage wrote a mode"

# Within the floor, which is the vendor's.
printf 'extension_policy:\n  mode_floor: enforcing\n' \
  >"$root/usr/lib/extgate/policy.d/10.yaml"
mode 2 permissive
complains 'not-authorised: `permissive` is looser than what'
complains 'the floor `enforcing` of /usr/lib/extgate/policy.d/10.yaml:2'
mode 2 disabled
[ ! -e "$root/run/extgate/mode" ] || fail "a mode below the floor was written"
# A floor below the mode of the vendor: what is local may only tighten.
printf 'extension_policy:\n  mode_floor: permissive\n  mode: enforcing\n' \
  >"$root/usr/lib/extgate/policy.d/10.yaml"
mode 2 permissive
complains 'the floor `permissive` of /usr/lib/extgate/policy.d/10.yaml:2'
[ ! -e "$root/run/extgate/mode" ] || fail "a mode that counts for nothing was written"
printf 'extension_policy:\n  mode_floor: enforcing\n' \
  >"$root/usr/lib/extgate/policy.d/10.yaml"
# Whoever writes the file is held to it too.
mkdir -p "$root/run/extgate"
echo disabled >"$root/run/extgate/mode"
mode 0
says 'mode   enforcing   /usr/lib/extgate/policy.d/10.yaml:2'
says 'floor  enforcing   /usr/lib/extgate/policy.d/10.yaml:2'
echo "mode: all checks passed"
