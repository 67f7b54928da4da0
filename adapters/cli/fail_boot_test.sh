#!/usr/bin/env bash
# `on_violation: fail-boot` on a machine of Kairos, boot by boot: the entry is
# marked bad and the next one says why; where that would not help the good images
# are staged. What systemd-boot does between is done by hand.
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
"$make_images" "$work" >/dev/null

root=$work/root
entries=$root/efi/loader/entries
efivars=$root/sys/firmware/efi/efivars
store=$root/var/lib/kairos/extensions
policy=$root/oem/90_extgate.yaml

write_policy() {  # [LINE...]
  printf '#cloud-config\nextension_policy:\n  mode: enforcing\n'
  [ $# -eq 0 ] || printf '  %s\n' "$@"
  printf '  trust:\n    certificates:\n      - |\n'
  sed 's/^/        /' "$work/keys/vendor.crt"
}
# A machine whose `active` has a good image and one by a stranger, and whose
# `passive` has the good one alone.
lay_out() {
  local name number=0
  rm -rf "$root"
  mkdir -p "$entries" "$root/efi/EFI/kairos" "$efivars" "$root"/{oem,run} \
    "$root"/{usr/lib,proc/sys/kernel/random} "$store"/{active,passive}
  echo ID=debian >"$root/usr/lib/os-release"
  for name in active passive; do
    number=$((number + 1))
    printf 'title Kairos %s\nsort-key 000%d\nefi /EFI/kairos/%s.efi\n' \
      $name $number $name >"$entries/$name+3.conf"
    : >"$root/efi/EFI/kairos/$name.efi"
    cp "$work/images/good.sysext.raw" "$store/$name/"
  done
  cp "$work/images/wrong-key.sysext.raw" "$store/active/"
  set_var LoaderInfo 'systemd-boot 257.13-1~deb13u1'
  boot active 1
}
# boot ENTRY NUMBER: systemd-boot starts it, and counts down if it is counted.
boot() {
  local file left done
  rm -rf "$root/run" && mkdir "$root/run"
  printf '%08d-0000-4000-8000-000000000001\n' "$2" \
    >"$root/proc/sys/kernel/random/boot_id"
  rm -f "$efivars"/LoaderBootCountPath-*
  set_var LoaderEntrySelected "$1.conf"
  for file in "$entries/$1"+*; do
    [ -e "$file" ] || continue
    left=${file##*+} left=${left%.conf} done=0
    [[ $left != *-* ]] || done=${left#*-} left=${left%-*}
    left=$((left > 0 ? left - 1 : 0)) done=$((done + 1))
    mv "$file" "$entries/$1+$left-$done.conf"
    set_var LoaderBootCountPath "\\loader\\entries\\$1+$left-$done.conf"
  done
}
entries_are() {
  local are
  are=$(cd "$entries" && echo *)
  [ "$are" = "$*" ] || fail "there are the entries $are, not $*"
}
staged() {
  mkdir -p "$root/run/extensions"
  (cd "$root/run/extensions" && echo *)
}
is_staged() { [ "$(staged)" = "$1" ] || fail "staged $(staged), not $1"; }

# ---- one reboot, and the next entry says why -------------------------------------

lay_out
write_policy 'on_violation: fail-boot' >"$policy"
exits 3 --root "$root" apply
is_staged '*'
entries_are active+0-1.conf passive+3.conf
exits 3 --root "$root" status

boot passive 2
exits 0 --root "$root" apply
is_staged good.raw
says '`active` was failed at 20'
says 'signer-untrusted'
exits 0 --root "$root" --json apply
says '"outcome": "boot-failed"'
grep -q '`active` was failed' "$root/run/motd.d/extgate" ||
  fail 'the login message does not say it'
# One that cannot read the other's state finds it on the ESP.
rm -r "$root/var/lib/kairos/extgate"
exits 0 --root "$root" apply
says '`active` was failed at 20'

# Somebody boots the bad one all the same: it is not failed again.
boot active 3
exits 0 --root "$root" apply
is_staged good.raw
complains 'the boot is not failed: `active` was given up before'
exits 0 --root "$root" boot status
says 'if failed: would not be failed: `active` was given up before'
entries_are active+0-2.conf passive+2-1.conf

# Mended, it comes up well, and is forgiven. Nobody merges here: what is staged is
# not in force, so the image is taken away too.
rm "$store/active"/*
boot active 4
exits 0 --root "$root" apply
exits 0 --root "$root" status --gate
boot passive 5
exits 0 --root "$root" apply
if grep -q 'was failed' "$work/out"; then fail 'it is not forgiven'; fi

# ---- with its tries --------------------------------------------------------------

lay_out
write_policy 'on_violation: fail-boot' 'fail_boot: {when: retry}' >"$policy"
for try in 1 2 3; do
  [ $try = 1 ] || boot active $try
  exits 3 --root "$root" apply
  entries_are "active+$((3 - try))-$try.conf" passive+3.conf
done
boot passive 4
exits 0 --root "$root" apply
is_staged good.raw

# ---- where it would not help -----------------------------------------------------

not_failed() {  # WHY
  exits 0 --root "$root" apply
  is_staged good.raw
  complains "the boot is not failed: $1"
}
lay_out
write_policy 'on_violation: fail-boot' >"$policy"
echo 'default active*' >"$root/efi/loader/loader.conf"
not_failed '`active.conf` is pinned by default of loader.conf'
entries_are active+2-1.conf passive+3.conf

lay_out
write_policy 'on_violation: fail-boot' >"$policy"
rm "$entries"/passive*
not_failed 'there is no other entry that could be booted'

lay_out
write_policy 'on_violation: fail-boot' >"$policy"
cp "$work/images/unsigned.sysext.raw" "$store/passive/"
not_failed 'the images of the next entry, `passive.conf`, would not pass either'

lay_out
write_policy 'on_violation: fail-boot' >"$policy"
rm -r "$root/efi"
not_failed ''

# Nobody is trusted: by a certificate that is not there, and by one that signed
# nothing.
distrust() {  # TRUST
  printf '%s\n' '#cloud-config' extension_policy: '  mode: enforcing' \
    '  on_violation: fail-boot' "  trust: $1" >"$policy"
  exits 0 --root "$root" apply
  is_staged '*'
  entries_are active+2-1.conf passive+3.conf
}
lay_out
distrust '{efi: [], files: [/etc/extgate/trust/acme.crt]}'
complains 'the boot is not failed: `trust` of the policy cannot be read: '
exits 0 --root "$root" boot status
says 'if failed: would not be failed: `trust` of the policy cannot be read: '
rm "$store/passive"/*
distrust '{efi: []}'
complains 'nothing would be merged in the next entry, `passive.conf`, either'
exits 0 --root "$root" boot status
says 'nothing would be merged in the next entry, `passive.conf`, either'

# ---- a new policy that would fail the boot ---------------------------------------

lay_out
rm "$store"/*/*
write_policy >"$policy"
exits 0 --root "$root" apply
exits 0 --root "$root" status --gate
boot active 2
write_policy 'on_violation: fail-boot' 'rules:' \
  '  - {id: more, match: {name: more}, verdict: allow, required: true}' >"$policy"
exits 0 --root "$root" apply
complains 'the one of the last good boot holds'
exits 0 --root "$root" status
says '(policy-rejected)'
grep -q 'the one of the last good boot holds' "$root/run/motd.d/extgate" ||
  fail 'the login message does not say that the policy is rejected'
grep -qxF 'extgate_troubles{code="policy-rejected"} 1' \
  "$root/run/extgate/metrics.prom" || fail 'no number of it'
entries_are active+1-2.conf passive+3.conf
# ---- GRUB ------------------------------------------------------------------------

state=$root/run/initramfs/cos-state
# boot_grub ENTRY NUMBER [TENTATIVE]: its assessment is armed by an upgrade.
boot_grub() {
  rm -rf "$root/run"
  mkdir -p "$state/cOS" "$root/run/cos"
  : >"$state/cOS/passive.img"
  : >"$root/run/cos/$1_mode"
  printf '%s\n' '# GRUB Environment Block' enable_boot_assessment=yes \
    "boot_assessment_tentative=${3-yes}" '####' >"$state/boot_assessment"
  printf '%08d-0000-4000-8000-000000000001\n' "$2" \
    >"$root/proc/sys/kernel/random/boot_id"
}
lay_out_grub() {
  lay_out
  rm -rf "$root/efi" "$root/sys"
  write_policy 'on_violation: fail-boot' >"$policy"
}
lay_out_grub
boot_grub active 1
exits 3 --root "$root" apply
is_staged '*'
# GRUB falls back; Kairos takes its marks away in the other entry alone.
boot_grub passive 2
exits 0 --root "$root" apply
is_staged good.raw
says '`active` was failed at 20'
# Somebody picks the bad one from the menu.
boot_grub active 3
not_failed '`active` was given up before'

lay_out_grub
boot_grub active 1 ''
not_failed "GRUB's assessment of this boot is not armed"
boot_grub active 1
printf 'boot_assessment_tentative=yes' >"$state/boot_assessment"
not_failed '`/run/initramfs/cos-state/boot_assessment`: GRUB'
boot_grub active 1
cp "$work/images/unsigned.sysext.raw" "$store/passive/"
not_failed 'the images of the next entry, `passive`, would not pass either'
echo "fail-boot: all checks passed"
