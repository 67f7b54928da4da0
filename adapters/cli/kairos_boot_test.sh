#!/usr/bin/env bash
# What immucore calls in place of its step enable-sysext-confext, before it
# changes to the root: for each state of a boot, with the files, the command line
# and the variables of the firmware that Kairos has then. Each runs in a chroot of
# its own, where extgate and systemd are the host's. Counts nothing by itself.
#
# From immucore's own source: which file in /run/cos belongs to which state, and
# that these are written before the step; that with a unified kernel image the
# root is `/`, whose /.extra stays, and else /sysroot, with /run, /proc, /sys and
# /dev not in it yet; that images in active/, passive/, … are symlinks.
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2
work=${TEST_TMPDIR:?}
PATH=$PATH:/usr/sbin:/sbin
"$make_images" "$work" >/dev/null
images=$work/images

fail() {
  echo "FAILED: ${now-}: $*" >&2
  cat "$work/out" "$work/err" >&2
  exit 1
}

: >"$work/out" 2>"$work/err"
mkdir "$work/probe"
unshare --mount bash -euc 'mount --rbind /usr "$1"; mount --bind "$2" /proc/cmdline' \
  probe "$work/probe" "$work/out" 2>"$work/err" || {
  echo "SKIPPED: nobody may mount here: $(<"$work/err")" >&2
  exit 0
}

# ---- machines ----------------------------------------------------------------

policy() {  # MODE [LINE...]
  printf 'extension_policy:\n  mode: %s\n' "$1"
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@"
  printf '  trust:\n    certificates:\n      - |\n'
  sed 's/^/        /' "$work/keys/vendor.crt"
}

# system DIRECTORY: the image that Kairos boots, its store of extensions mounted.
system() {
  local root=$1 folder store=$1/var/lib/kairos/extensions
  mkdir -p "$root"/{dev,proc,sys,run,usr,etc,oem,system/oem,tmp} \
    "$store"/{active,passive,recovery,common}
  for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done
  printf 'ID=debian\n' >"$root/etc/os-release"
  cp "$images"/{good,unsigned,bare,wrong-key,noise}.sysext.raw "$store/"
  link "$store" active good noise
  link "$store" passive unsigned
  link "$store" recovery bare
  link "$store" common wrong-key
  policy permissive >"$root/oem/90_extgate.yaml"
}
link() {  # STORE FOLDER NAME...: as kairos-agent and immucore link them
  local name
  for name in "${@:3}"; do
    ln -s "/var/lib/kairos/extensions/$name.sysext.raw" "$1/$2/$name.sysext.raw"
  done
}

# A variable of the boot loader: four bytes of attributes, then UTF-16.
variable() {  # DIRECTORY NAME VALUE
  mkdir -p "$1"
  { printf '\6\0\0\0'; printf '%s\0' "$3" | iconv -t UTF-16LE; } \
    >"$1/$2-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
}

# machine NAME uki|grub COMMAND_LINE SENTINEL...: one that has come to that step.
# Sets `top`, where immucore runs, and `root`, what the machine changes to.
machine() {
  now=$1 kind=$2 top=$work/$1 root=$work/$1 cmdline=$3
  local sentinel
  if [ "$kind" = grub ]; then
    root=$top/sysroot
    mkdir -p "$top"/{dev,proc,sys,run,usr,etc,tmp}
    for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$top/$folder"; done
    : >"$top/etc/initrd-release"
  fi
  system "$root"
  : >"$top/dev/kmsg"
  mkdir -p "$top/run/cos"
  for sentinel in "${@:4}"; do echo -n 1 >"$top/run/cos/$sentinel"; done
  cp "$extgate" "$top/extgate"
}

# enable STATUS [ARGUMENT...]: the call. --root and --run are what immucore knows:
# s.Rootdir, and the /run that goes over to it.
enable() {
  local want=$1 got=0 words=(apply)
  shift
  [ "$kind" = uki ] || words=(--root /sysroot --run /run --extra /.extra apply)
  inside "$top" /extgate "${words[@]}" "$@" || got=$?
  [ "$got" = "$want" ] || fail "exit $got, expected $want"
}
inside() {  # DIRECTORY COMMAND...
  printf '%s\n' "$cmdline" >"$work/cmdline"
  unshare --mount bash -euc '
    top=$1 cmdline=$2
    shift 2
    for each in usr proc; do mount --rbind "/$each" "$top/$each"; done
    mount --bind "$cmdline" "$top/proc/cmdline"
    if [ -d "$top/sysroot" ]; then mount --rbind /usr "$top/sysroot/usr"; fi
    exec chroot "$top" "$@"' inside "$1" "$work/cmdline" "${@:2}" \
    >"$work/out" 2>"$work/err"
}

says() {
  grep -qF -- "$1" "$work/out" "$work/err" || fail "no \`$1\` in the output"
}
# staged NAME...: that these are what systemd will find, whole.
staged() {
  local got name
  got=$(cd "$top/run/extensions" 2>/dev/null && ls) || got=
  [ "$got" = "$(printf '%s\n' "$@")" ] || fail "staged ${got//$'\n'/ }"
  for name; do
    [ -z "$name" ] ||
      cmp "$top/run/extensions/$name" "$images/${name%.raw}.sysext.raw" || fail "$name"
  done
}
# searched ENTRY: which entry it took itself for.
searched() {
  grep -qF "\"entry\": \"$1\"" "$top/run/extgate/report.json" || fail "not $1"
}
# kept_in DIRECTORY: where its state is.
kept_in() {
  [ -e "$root$1/last-good-policy" ] || fail "no state in $1"
  [ "$(find "$root/var/lib" -name last-good-policy | wc -l)" = 1 ] ||
    fail "state elsewhere too"
}
store=/var/lib/kairos/extgate

# ---- a unified kernel image: root `/` ------------------------------------------

uki='console=tty1 rd.immucore.uki net.ifnames=1 panic=5 rd.shell=0'

# uki_machine NAME ENTRY SENTINEL...
uki_machine() {
  local entry=$2
  machine "$1" uki "$uki" "${@:3}"
  efivars=$top/sys/firmware/efi/efivars
  variable "$efivars" LoaderEntrySelected "$entry"
  variable "$efivars" LoaderDevicePartUUID 0b0e5a3c-1d9b-4d5c-9f3a-000000000001
}

uki_machine uki-active active+2-1.conf active_mode uki_boot_mode
mkdir -p "$top/.extra/sysext" "$top/run/verity.d"
cp "$images/usr-only.sysext.raw" "$top/.extra/sysext/"
cp "$work/keys/vendor.crt" "$top/run/verity.d/DB0.crt"  # immucore's, of the db
enable 0
staged good.raw usr-only.raw wrong-key.raw
searched active
kept_in $store
says "would deny"
says "not-a-disk-image"
[ -e "$top/run/verity.d/DB0.crt" ] || fail "immucore's certificate is gone"
grep -q extgate "$top/dev/kmsg" || fail "the kernel's log has nothing"

uki_machine uki-passive passive.conf passive_mode uki_boot_mode
enable 0
staged unsigned.raw wrong-key.raw
searched passive

uki_machine uki-recovery recovery.conf recovery_mode uki_boot_mode
enable 0
staged bare.raw wrong-key.raw
searched recovery
kept_in $store

# Its own cloud-configs mount no persistent store then.
uki_machine uki-recovery-bare recovery.conf recovery_mode uki_boot_mode
rm -r "$root/var/lib/kairos"
enable 0
staged ''
kept_in /var/lib/extgate

uki_machine uki-autoreset statereset.conf autoreset_mode uki_boot_mode
enable 0
staged bare.raw wrong-key.raw
searched recovery

# Removable media: no LoaderDevicePartUUID, so a live system that installs.
uki_machine uki-install active.conf live_mode uki_install_mode
rm "$efivars"/LoaderDevicePartUUID-*
enable 0
[ ! -e "$top/run/extensions" ] || fail "live media have a set"
searched live
says "live media"

# In memory, from the same media, but installed.
uki_machine uki-ram active.conf active_mode in_ram_mode uki_boot_mode
cmdline="$uki kairos.ram"
enable 0
staged good.raw wrong-key.raw
searched active

# What immucore does not know has at least its place in systemd-boot.
uki_machine uki-unknown customEntry.conf unknown uki_boot_mode
mkdir "$root/var/lib/kairos/extensions/customEntry"
link "$root/var/lib/kairos/extensions" customEntry good
enable 0
staged good.raw wrong-key.raw
searched customEntry

# ---- GRUB: a root that the machine has yet to change to --------------------------

grub='cos-img/filename=/cOS/active.img rd.cos.oemlabel=COS_OEM panic=5'

# untouched: nothing lies where /run will be mounted over it.
untouched() {
  [ -z "$(ls -A "$root/run")" ] || fail "$(ls "$root/run") in the root's own /run"
}

machine grub-active grub "root=LABEL=COS_ACTIVE $grub" active_mode
enable 0
staged good.raw wrong-key.raw
searched active
kept_in $store
untouched
grep -q extgate "$top/dev/kmsg" || fail "the kernel's log has nothing"
ls "$top"/run/systemd/system/systemd-sysext.service.d/zzz-extgate.conf >/dev/null ||
  fail "no drop-in, and no package brings one"
boot_id=$(</proc/sys/kernel/random/boot_id)
grep -q "\"boot_id\": \"$boot_id\"" "$top/run/extgate/report.json" ||
  fail "of another boot"

# What the kernel was told holds, though /sysroot has no /proc.
machine grub-enforcing grub "root=LABEL=COS_ACTIVE $grub extgate.mode=enforcing" \
  active_mode
enable 0
staged good.raw
machine grub-required grub "root=LABEL=COS_ACTIVE $grub extgate.policy_required" \
  active_mode
rm "$root"/oem/*
enable 0
staged ''

machine grub-passive grub "root=LABEL=COS_PASSIVE $grub" passive_mode
enable 0
staged unsigned.raw wrong-key.raw

machine grub-recovery grub "root=LABEL=COS_SYSTEM $grub recovery-mode" recovery_mode
enable 0
staged bare.raw wrong-key.raw
searched recovery

machine grub-autoreset grub "root=LABEL=COS_RECOVERY $grub kairos.reset" \
  autoreset_mode
enable 0
staged bare.raw wrong-key.raw
# The same where only the command line says so.
rm -r "$top"/run/{cos,extgate,extensions}
enable 0
staged bare.raw wrong-key.raw
searched recovery

for live in 'root=live:LABEL=COS_LIVE' 'root=live:CDLABEL=COS_LIVE' netboot; do
  machine "grub-live-${live//[^a-zA-Z]/}" grub "$live rd.live.dir=/" live_mode
  enable 0
  [ ! -e "$top/run/extensions" ] || fail "live media have a set"
  searched live
done

machine grub-ram grub "root=live:LABEL=COS_LIVE kairos.ram" active_mode in_ram_mode
enable 0
staged good.raw wrong-key.raw
searched active

# ---- exit status -----------------------------------------------------------------

# GRUB counts its boots in its own way: to fail this one leads nowhere. Where
# systemd-boot counts it is fail_boot_test's.
machine fail-boot grub "root=LABEL=COS_ACTIVE $grub" active_mode
policy enforcing 'on_violation: fail-boot' >"$root/oem/90_extgate.yaml"
enable 0
staged good.raw

machine broken-policy grub "root=LABEL=COS_ACTIVE $grub" active_mode
printf 'extension_policy:\n  mode: enforcng\n' >"$root/oem/95_extgate.yaml"
enable 0
staged good.raw wrong-key.raw

machine full grub "root=LABEL=COS_ACTIVE $grub" active_mode
rm -r "$top/run/cos" && rmdir "$top/run" && : >"$top/run"
enable 1

# ---- decided once: what runs after the change keeps it ----------------------------

machine once grub "root=LABEL=COS_ACTIVE $grub" active_mode
for class in sysext confext; do
  folder=$root/etc/systemd/system/systemd-$class.service.d
  mkdir -p "$folder"
  printf '[Service]\nExecStart=\nExecStart=/extgate merge %s\n' $class \
    >"$folder/zzz-extgate.conf"
done
enable 0
staged good.raw wrong-key.raw
[ ! -e "$top/run/systemd/system" ] || fail "a drop-in beside that of the package"
before=$(<"$top/run/extgate/report.json")
printf '#!/bin/sh\necho "runs $0 $*"\n' >"$work/tool"
chmod +x "$work/tool"
rmdir "$root/run" && mv "$top/run" "$root/run"
cp "$extgate" "$root/extgate"
kind=uki top=$root
unshare --mount bash -euc 'mount --bind "$1" /usr/bin/systemd-sysext; shift; exec "$@"' \
  merge "$work/tool" "$BASH" -c "$(declare -f inside fail)"'
    set -euo pipefail
    work=$1 cmdline=$2 now=merge
    inside "$3" /extgate merge sysext' merge "$work" "$cmdline" "$root" ||
  fail "merge"
says "refresh"
[ "$before" = "$(<"$root/run/extgate/report.json")" ] || fail "decided again"
echo "all as expected"
