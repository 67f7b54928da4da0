#!/usr/bin/env bash
# What doctor says of a machine below --root, as it goes from well to ill, and
# of this one as far as it is allowed to look. Needs python3.
set -euo pipefail

extgate=$PWD/$1 probes=$PWD/$2
work=${TEST_TMPDIR:?}
. "${0%/*}/testing.bash"

root=$work/root
units=$root/usr/lib/systemd/system
mkdir -p "$root"/{etc/extgate/policy.d,usr/lib/extgate/{policy.d,probes},run} \
  "$root"/{boot/loader,var/lib} "$units/boot-complete.target.requires" \
  "$units"/systemd-{sysext,confext}.service.d \
  "$root/etc/systemd/system/sysinit.target.wants"
printf 'ID=debian\nVERSION_ID=12\n' >"$root/etc/os-release"
cp -L "$probes"/extgate-probe-*.raw "$root/usr/lib/extgate/probes/"
chmod u+w "$root"/usr/lib/extgate/probes/*
for class in sysext confext; do
  printf '[Service]\nExecStart=systemd-%s refresh\n' $class \
    >"$units/systemd-$class.service"
  printf '[Service]\nExecStart=\nExecStart=/usr/bin/extgate merge %s\n' $class \
    >"$units/systemd-$class.service.d/zzz-extgate.conf"
  ln -s "/usr/lib/systemd/system/systemd-$class.service" \
    "$root/etc/systemd/system/sysinit.target.wants/"
done
printf '[Service]\nExecStart=/usr/bin/extgate status --gate\n' \
  >"$units/extgate-gate.service"
ln -s ../extgate-gate.service "$units/boot-complete.target.requires/"
printf '[Service]\nExecStop=/usr/bin/extgate boot rearm\n' \
  >"$units/extgate-rearm.service"
policy() { printf 'extension_policy:\n  mode: %s\n%s' "$1" "${2-}" \
  >"$root/etc/extgate/policy.d/50.yaml"; }
printf 'extension_policy:\n  mode_floor: permissive\n' \
  >"$root/usr/lib/extgate/policy.d/00.yaml"
strict='  image_policy: root=signed+absent:usr=signed+absent
'

# finds STATUS WHAT STATE WORDS: what doctor now says of WHAT.
finds() {
  exits "$1" --root "$root" doctor --json
  python3 - "$work/out" "${@:2}" <<'PYTHON' || fail "doctor on $2"
import json, sys
found = {c["what"]: c for c in json.load(open(sys.argv[1]))["checkups"]}
checkup = found[sys.argv[2]]
assert checkup["health"] == sys.argv[3], checkup
assert sys.argv[4] in checkup["why"], checkup
PYTHON
}

policy enforcing "$strict"
exits 0 --root "$root" doctor
says "WHAT"
finds 0 policy ok "/etc/extgate/policy.d/50.yaml (local)"
finds 0 trust warn "nobody is trusted"
finds 0 mode ok enforcing
finds 0 floor ok permissive
finds 0 drop-in-sysext ok "/usr/bin/extgate merge sysext"
finds 0 drop-in-confext ok "/usr/bin/extgate merge confext"
finds 0 systemd-sysext.service ok enabled
finds 0 extgate-gate.service ok enabled
finds 0 extgate-rearm.service warn "not enabled"
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -s /usr/lib/systemd/system/extgate-rearm.service \
  "$root/etc/systemd/system/multi-user.target.wants/"
finds 0 extgate-rearm.service ok enabled
finds 0 secure-boot not-known "no EFI variables"
finds 0 boot-counting not-known "no boot loader"
finds 0 dm-verity not-known "another root"
finds 0 decides-unsigned ok "withheld: unsigned"
finds 0 decides-wrong-key ok "withheld: signer-untrusted"
finds 0 decides-bit-flipped ok "withheld: data block 51"
finds 0 systemd-unsigned not-known "another root"

# Each thing that is not as it should be is found.
policy permissive "$strict"
finds 0 mode warn "permissive"
finds 0 decides-unsigned warn "would be denied, and merged: unsigned"
policy disabled
finds 0 mode warn "permissive"  # the floor
rm "$root/usr/lib/extgate/policy.d/00.yaml"
finds 0 mode warn "disabled"
finds 0 floor warn "none"
finds 0 decides-bit-flipped warn "disabled"
policy enforcing '  image_policy: root=signed+verity+unprotected+absent:usr=absent
'
finds 0 decides-unsigned warn "policy admits it"
finds 0 decides-bit-flipped ok "withheld"
policy enforcing '  mood: bad
'
finds 3 policy bad "50.yaml:3:3: "
policy enforcing "$strict"

later=$root/etc/systemd/system/systemd-sysext.service.d/zzzz.conf
mkdir -p "${later%/*}"
printf '[Service]\nExecStart=\nExecStart=/usr/bin/other\n' >"$later"
finds 3 drop-in-sysext bad "runs \`/usr/bin/other\` (/etc/systemd/system/"
rm "$later"
ln -s /dev/null "$root/etc/systemd/system/extgate-gate.service"
finds 0 extgate-gate.service warn "not enabled"
rm "$root/etc/systemd/system/extgate-gate.service"

# Secure Boot and boot counting, by variables as efivarfs has them.
variable() {  # NAME-VENDOR BYTES
  mkdir -p "$root/sys/firmware/efi/efivars"
  printf '\6\0\0\0%b' "$2" >"$root/sys/firmware/efi/efivars/$1"
}
utf16() { printf %s "$1" | iconv -t utf-16le | od -An -v -tx1 |
  tr -d ' \n' | sed 's/../\\x&/g'; printf '\\0\\0'; }
loader=4a67b082-0a4c-41cf-b6c7-440b29bb8c4f
efi=8be4df61-93ca-11d2-aa0d-00e098032b8c
variable "SecureBoot-$efi" '\0'
finds 0 secure-boot warn off
variable "SecureBoot-$efi" '\1'
variable "SetupMode-$efi" '\0'
finds 0 secure-boot ok on
variable "LoaderInfo-$loader" "$(utf16 'systemd-boot 257')"
finds 0 boot-counting warn "not counted"
variable "LoaderBootCountPath-$loader" "$(utf16 '\EFI\Linux\active+2-1.efi')"
finds 0 boot-counting ok 'active+2-1.efi'
echo 'default active*' >"$root/boot/loader/loader.conf"
finds 0 boot-counting warn 'pins an entry'

# Probes that somebody changed, and that are not there.
flipped=$root/usr/lib/extgate/probes/extgate-probe-bit-flipped.raw
cp "$flipped" "$work/kept"
cp "$root/usr/lib/extgate/probes/extgate-probe-wrong-key.raw" "$flipped"
finds 3 decides-bit-flipped bad "the probe is intact"
rm "$flipped"
finds 0 decides-bit-flipped not-known "no such file"
cp "$work/kept" "$flipped"

# It could not look.
exits 1 --root "$work/none" doctor
exits 2 doctor --frobnicate
exits 0 doctor --help
says "Examples:"

# This machine itself: it ends, and what it cannot know it says.
status=0
"$extgate" doctor --json >"$work/out" 2>"$work/err" || status=$?
[ "$status" = 0 ] || [ "$status" = 3 ] || fail "doctor exited $status"
python3 - "$work/out" <<'PYTHON' || fail "doctor on this machine"
import json, sys
found = {c["what"]: c for c in json.load(open(sys.argv[1]))["checkups"]}
assert len(found) == 22, len(found)
for c in found.values():
    assert c["why"] or c["health"] == "ok", c
PYTHON
# Of mounting nothing stays.
! grep -q extgate-probe /proc/self/mountinfo || fail "a probe is mounted"
