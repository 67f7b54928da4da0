#!/bin/bash
# What a package installs, held against systemd's own tools.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# ---- drop-ins: systemd reads every line of them -----------------------------

for drop_in in packaging/*.service.d/zzz-extgate.conf; do
  folder=${drop_in%/*}
  unit=${folder##*/}
  unit=${unit%.d}
  units=$work/$unit/usr/lib/systemd/system
  mkdir -p "$units/$unit.d" "$work/$unit/usr/bin"
  cp /bin/true "$work/$unit/usr/bin/extgate"
  cp /bin/true "$work/$unit/usr/bin/stock"
  printf '[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\n%s\n' \
    ExecStart=/usr/bin/stock >"$units/$unit"
  cp -L "$drop_in" "$units/$unit.d/"
  said=$(systemd-analyze verify --root="$work/$unit" --man=no "$unit" 2>&1) ||
    fail "$drop_in: $said"
  [[ -z $said ]] || fail "$drop_in: $said"
done

# In an initrd nothing is merged, whatever is there.
for unit in systemd-{sysext,confext}-{initrd,sysroot}.service; do
  condition=$(grep '^Condition' "packaging/$unit.d/zzz-extgate.conf")
  ! systemd-analyze condition "$condition" >/dev/null 2>&1 ||
    fail "$unit: $condition holds"
done

# ---- the gate ---------------------------------------------------------------

units=$work/gate/usr/lib/systemd/system
mkdir -p "$units" "$work/gate/usr/bin"
cp /bin/true "$work/gate/usr/bin/extgate"
cp -L packaging/extgate-gate.service "$units/"
for target in sysinit basic shutdown; do  # what systemd itself adds to it
  printf '[Unit]\nDefaultDependencies=no\n' >"$units/$target.target"
done
said=$(systemd-analyze verify --root="$work/gate" --man=no \
  extgate-gate.service 2>&1) || fail "extgate-gate.service: $said"
[[ -z $said ]] || fail "extgate-gate.service: $said"
systemctl --root="$work/gate" enable extgate-gate.service 2>/dev/null
[[ -L $work/gate/etc/systemd/system/boot-complete.target.requires/extgate-gate.service ]] ||
  fail 'extgate-gate.service is not required by boot-complete.target'

# ---- the unit that ends a failed boot: by failing ---------------------------

cp -L packaging/extgate-failed-boot.service "$units/"
mkdir -p "$work/gate/bin"
cp /bin/false "$work/gate/bin/false"
said=$(systemd-analyze verify --root="$work/gate" --man=no \
  extgate-failed-boot.service 2>&1) || fail "extgate-failed-boot.service: $said"
[[ -z $said ]] || fail "extgate-failed-boot.service: $said"
grep -qx 'FailureAction=reboot' packaging/extgate-failed-boot.service ||
  fail 'extgate-failed-boot.service does not reboot'
! grep -q '^\[Install\]' packaging/extgate-failed-boot.service ||
  fail 'extgate-failed-boot.service can be enabled'

# ---- the unit that counts changed entries again: at the end ------------------

cp -L packaging/extgate-rearm.service "$units/"
printf '[Unit]\nDefaultDependencies=no\nConflicts=shutdown.target\n' \
  >"$units/local-fs.target"
said=$(systemd-analyze verify --root="$work/gate" --man=no \
  extgate-rearm.service 2>&1) || fail "extgate-rearm.service: $said"
[[ -z $said ]] || fail "extgate-rearm.service: $said"
systemctl --root="$work/gate" enable extgate-rearm.service 2>/dev/null
[[ -L $work/gate/etc/systemd/system/multi-user.target.wants/extgate-rearm.service ]] ||
  fail 'extgate-rearm.service is not wanted by multi-user.target'
# It acts when it is stopped, which is before what it is ordered after, and does
# nothing at boot that could fail or be waited for: without default dependencies a
# target that wants it is not ordered after it.
! grep -q '^Exec\(Start\|Condition\|Reload\)' packaging/extgate-rearm.service ||
  fail 'extgate-rearm.service does something at boot'
for line in 'ExecStop=/usr/bin/extgate boot rearm' RemainAfterExit=yes \
  DefaultDependencies=no Conflicts=shutdown.target Before=shutdown.target \
  'After=extgate-gate.service local-fs.target' Requires=extgate-gate.service; do
  grep -qx "$line" packaging/extgate-rearm.service ||
    fail "extgate-rearm.service has no $line"
done

# ---- the catalog: an entry for each message id ------------------------------

mkdir -p "$work/catalog/usr/lib/systemd/catalog"
cp -L packaging/catalog/extgate.catalog "$work/catalog/usr/lib/systemd/catalog/"
mkdir -p "$work/catalog/var/lib/systemd/catalog"
journalctl --root="$work/catalog" --update-catalog ||
  fail 'journalctl does not take the catalog'
mapfile -t ids < <(grep -o '"[0-9a-f]\{32\}"' engine/notices.h | tr -d '"')
((${#ids[@]} == 5)) || fail "${#ids[@]} message ids"
for id in "${ids[@]}"; do
  journalctl --root="$work/catalog" --dump-catalog "$id" >"$work/entry" 2>&1 ||
    fail "no entry for $id: $(<"$work/entry")"
  grep -q '^Subject: ' "$work/entry" || fail "no subject for $id"
done
