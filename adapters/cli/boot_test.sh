#!/bin/bash
# What boot status, bless and fail say and do, below another root; and that
# bootctl lists the same entries in the same order, and systemd-bless-boot makes
# the same names. The latter two mount, in a namespace of their own.
#
#   boot_test.sh EXTGATE UKI PAGE
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
extgate=$(realpath "$1") uki=$(realpath "$2") page=$(realpath "$3")
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
. "$(dirname "$0")/testing.bash"

# ---- a machine of Kairos, in the first try of active ------------------------

root=$work/root
entries=$root/efi/loader/entries
efivars=$root/sys/firmware/efi/efivars

lay_out() {
  local name number=0
  rm -rf -- "$root"
  mkdir -p "$entries" "$root"/efi/EFI/{kairos,Linux} "$efivars" \
    "$root/etc/extgate/policy.d" "$root/usr/lib"
  printf 'ID=kairos\nVERSION_ID=4.3\n' >"$root/usr/lib/os-release"
  for name in active passive recovery; do
    number=$((number + 1))
    printf 'title Kairos %s\nsort-key 000%d\nefi /EFI/kairos/%s.efi\n' \
      $name $number $name >"$entries/$name+3.conf"
    cp "$uki" "$root/efi/EFI/kairos/$name.efi"
  done
  mv "$entries/active+3.conf" "$entries/active+2-1.conf"
  printf 'extension_policy:\n  mode: enforcing\n' \
    >"$root/etc/extgate/policy.d/50-test.yaml"
  set_var LoaderInfo 'systemd-boot 257.13-1~deb13u1'
  set_var LoaderEntrySelected active.conf
  set_var LoaderBootCountPath '\loader\entries\active+2-1.conf'
}

names() { (cd "$entries" && echo *); }
have() { [ "$(names)" = "$*" ] || fail "there is $(names), not $*"; }

# On the page stands what the program says.
on_page() {
  python3 - "$work/out" "$page" <<'PY' || fail "not so in $page"
import sys
out = open(sys.argv[1]).read()
sys.exit(out not in open(sys.argv[2]).read())
PY
}

lay_out
exits 0 --root "$root" boot status
says 'booted:    active.conf, 2 tries left, 1 done'
says 'if failed: passive.conf would come up'
on_page
exits 0 --root "$root" --json boot status
python3 -c '
import json, sys
status = json.load(open(sys.argv[1]))
assert [e["id"] for e in status["entries"]] == [
    "active.conf", "passive.conf", "recovery.conf"], status
assert status["after_failure"] == "passive.conf" and status["counted"]
' "$work/out" || fail 'JSON is something else'
have active+2-1.conf passive+3.conf recovery+3.conf

# ---- bless ------------------------------------------------------------------

exits 0 --root "$root" boot bless
says 'active.conf is good: its boots are not counted any more'
have active.conf passive+3.conf recovery+3.conf
exits 0 --root "$root" boot bless
says 'active.conf is good already'
rm "$entries/active.conf"
exits 1 --root "$root" boot bless
complains 'extgate: boot bless: the counted entry `/loader/entries/active+2-1.conf` is not there any more'
rm "$efivars"/LoaderBootCountPath-*
exits 1 --root "$root" boot bless
complains 'extgate: boot bless: this boot is not counted'

# ---- fail -------------------------------------------------------------------

lay_out
exits 0 --root "$root" boot fail
says 'passive.conf comes up with the next boot: systemctl reboot'
on_page
have active+0-1.conf passive+3.conf recovery+3.conf
exits 0 --root "$root" boot status
on_page
says 'next:      passive.conf, the first in order'
# As systemd-bless-boot good does.
exits 0 --root "$root" boot bless
have active.conf passive+3.conf recovery+3.conf

refuses_to_fail() { # WHY
  exits 1 --root "$root" boot fail
  complains "extgate: boot fail: $1"
  exits 0 --root "$root" boot status
  says "if failed: would not be failed: $1"
}

lay_out
printf 'default act*\n' >"$root/efi/loader/loader.conf"
refuses_to_fail '`active.conf` is pinned by default of loader.conf, so it would be booted again'
says 'pinned by default of loader.conf'
on_page
have active+2-1.conf passive+3.conf recovery+3.conf

lay_out
rm "$entries"/{passive,recovery}*
refuses_to_fail 'there is no other entry that could be booted'

lay_out
set_var LoaderEntrySelected passive.conf
refuses_to_fail '`passive` is not one of fail_boot.entries'

lay_out
mkdir -p "$root/var/lib/kairos/extensions/passive"
printf 'no image' >"$root/var/lib/kairos/extensions/passive/bad.sysext.raw"
refuses_to_fail 'the images of the next entry, `passive.conf`, would not pass either'
printf 'extension_policy:\n  mode: permissive\n' \
  >"$root/etc/extgate/policy.d/50-test.yaml"
exits 0 --root "$root" boot fail
have active+0-1.conf passive+3.conf recovery+3.conf

# ---- what is started next ---------------------------------------------------

lay_out
one_shot=$efivars/LoaderEntryOneShot-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f
exits 0 --root "$root" boot next passive
says 'next: passive.conf, pinned by LoaderEntryOneShot'
[ "$(od -An -v -tx1 "$one_shot" | tr -d ' \n')" = \
  0700000070006100730073006900760065002e0063006f006e0066000000 ] ||
  fail 'LoaderEntryOneShot says something else'
exits 0 --root "$root" boot status
says 'next:      passive.conf, pinned by LoaderEntryOneShot'
exits 0 --root "$root" boot next RECOVERY.conf
says 'next: recovery.conf, pinned by LoaderEntryOneShot'
exits 0 --root "$root" boot next --clear
says 'next: active.conf, the first in order'
[ ! -e "$one_shot" ] || fail 'LoaderEntryOneShot is still there'
exits 1 --root "$root" boot next pasive
complains 'boot next: there is no entry `pasive`; there are `active.conf`, `passive.conf`, `recovery.conf`'
exits 2 --root "$root" boot next
exits 2 --root "$root" boot next passive --clear

set_var LoaderEntryDefault active.conf
refuses_to_fail '`active.conf` is pinned by LoaderEntryDefault, so it would be booted again'
exits 0 --root "$root" boot unpin
says 'next: active.conf, the first in order'
exits 0 --root "$root" boot unpin
exits 0 --root "$root" boot status
says 'if failed: passive.conf would come up'
printf 'default act*\n' >"$root/efi/loader/loader.conf"
exits 1 --root "$root" boot unpin
complains 'boot unpin: `active.conf` is pinned by `default` of loader.conf on the ESP, too: take that line out'

# ---- what is broken ---------------------------------------------------------

lay_out
printf abc >"$efivars/LoaderEntryDefault-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
printf '\6\0\0\0abc' \
  >"$efivars/LoaderBootCountPath-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
exits 0 --root "$root" boot status
says 'booted:    active.conf, this boot is not counted'
says 'LoaderEntryDefault is taken for not set'
says 'LoaderBootCountPath is taken for not set'
exits 1 --root "$root" boot bless

# A counted file without counters, which no boot loader says.
lay_out
mv "$entries/active+2-1.conf" "$entries/active.conf"
set_var LoaderBootCountPath '\loader\entries\active.conf'
exits 0 --root "$root" boot bless
says 'active.conf is good already'
exits 0 --root "$root" boot fail
have active+0.conf passive+3.conf recovery+3.conf

# Two files of one entry: an interrupted bless is done again.
lay_out
cp "$entries/active+2-1.conf" "$entries/active.conf"
: >"$entries/passive.conf"
exits 0 --root "$root" boot status
says '`/loader/entries/active+2-1.conf` and `/loader/entries/active.conf` are one boot entry'
exits 0 --root "$root" boot bless
complains 'removed `/loader/entries/active.conf`: it is a copy of `active+2-1.conf`'
complains 'removed `/loader/entries/passive.conf`: it is empty'
have active.conf passive+3.conf recovery+3.conf

# Two UKIs of one entry may be one file.
lay_out
cp "$uki" "$root/efi/EFI/Linux/os+2-1.efi"
cp "$uki" "$root/efi/EFI/Linux/os.efi"
set_var LoaderBootCountPath '\EFI\Linux\os+2-1.efi'
exits 1 --root "$root" boot bless
complains '`os+2-1.efi` and `os.efi` are one boot entry and may be one file: run fsck.vfat'

rm -rf "$root/efi"
exits 1 --root "$root" boot status
complains 'extgate: boot status: none of /efi, /boot/efi and /boot has /loader or /EFI'
exits 1 --root "$root" boot status --esp /nowhere
exits 1 --root "$root" boot status --esp nowhere
complains '`nowhere` is not an absolute path'
exits 2 boot
exits 2 boot good

# ---- a machine of Kairos that GRUB started -----------------------------------

state=$root/run/initramfs/cos-state
grub_says() { # FILE LINE...: as grub-editenv writes them
  local file=$1
  shift
  {
    printf '# GRUB Environment Block\n'
    printf '%s\n' '# WARNING: Do not edit this file by tools other than grub-editenv!!!'
    printf '%s\n' "$@"
    printf '#%.0s' {1..1024}
  } | head -c 1024 >"$file"
}
lay_out_grub() {
  lay_out
  rm -rf "$root/efi" "$root/sys"
  mkdir -p "$state/cOS" "$root"/run/cos "$root/oem"
  : >"$state/cOS/passive.img"
  : >"$root/run/cos/active_mode"
}
lay_out_grub
grub_says "$state/boot_assessment" enable_boot_assessment=yes \
  boot_assessment_tentative=yes
exits 0 --root "$root" boot status
says 'if failed: passive would come up'
on_page
exits 0 --root "$root" --json boot status
python3 -c '
import json, sys
status = json.load(open(sys.argv[1]))
assert status["grub"] and status["grub_armed"], status
assert status["after_failure"] == "passive" and not status["upgrade_failure"]
' "$work/out" || fail 'JSON is something else'
exits 0 --root "$root" boot rearm
grub_says "$root/oem/grubenv" next_entry=recovery
exits 0 --root "$root" boot status
says 'assessed:  armed, but GRUB was told to start `recovery` next'
rm "$root/oem/grubenv"
grub_says "$state/boot_assessment" enable_boot_assessment_always=yes \
  boot_assessment_tentative=
exits 0 --root "$root" boot status
says 'assessed:  over, or not begun'
says 'if failed: would not be failed: GRUB'
# The fallback itself, whose marks stay.
rm "$root/run/cos/active_mode"
: >"$root/run/cos/passive_mode"
: >"$root/run/cos/upgrade_failure"
grub_says "$state/boot_assessment" enable_boot_assessment=yes \
  boot_assessment_tentative=yes
exits 0 --root "$root" boot status
on_page
rm "$state/boot_assessment"
exits 0 --root "$root" boot status
says 'assessed:  off until an upgrade'
head -c 1024 /dev/zero >"$state/boot_assessment"
exits 1 --root "$root" boot status
complains '/boot_assessment`: GRUB'

# ---- systemd's own tools ----------------------------------------------------

bless=/lib/systemd/systemd-bless-boot
if ! unshare -m true 2>/dev/null; then
  echo 'nobody may mount here: not compared with systemd'
  exit 0
fi
command -v bootctl >/dev/null || fail 'no bootctl: tools/install-deps'
[ -x $bless ] || fail 'no systemd-bless-boot: tools/install-deps'

# In a root of its own, since systemd-bless-boot refuses in a container, which
# it knows by files of the root.
cat >"$work/as-systemd" <<'SH'
set -euo pipefail
tree=$1 box=$2
shift 2
mkdir -p "$box"
mount -t tmpfs tmpfs "$box"
mkdir -p "$box"/{usr,proc,sys,dev,run,tmp,etc,efi}
for link in bin sbin lib lib64; do ln -s usr/$link "$box/$link"; done
for place in usr proc dev sys; do mount --rbind /$place "$box/$place"; done
mount -t tmpfs tmpfs "$box/sys/firmware"
mount -t tmpfs tmpfs "$box/efi"
cp -a "$tree/efi/." "$box/efi/"
cp -a "$tree/sys/firmware/." "$box/sys/firmware/"
export SYSTEMD_RELAX_ESP_CHECKS=1
chroot "$box" "$@"
find "$box/efi" -name '*+*' -o -name 'x.conf' -o -name 'x.efi' | sed "s|$box/efi||" | sort >&3
SH
as_systemd() { # COMMAND...: what is then on the ESP in `left`
  unshare -m bash "$work/as-systemd" "$root" "$work/box" "$@" \
    >"$work/systemd" 3>"$work/left"
}

listed() { # FILTER FILE: ids and counters by either program
  python3 -c '
import json, sys
text = open(sys.argv[2]).read()
decoder, at, found = json.JSONDecoder(), 0, []
while text[at:].strip():
  value, end = decoder.raw_decode(text[at:].lstrip())
  at += len(text[at:]) - len(text[at:].lstrip()) + end
  found += value if isinstance(value, list) else [value]
for e in found if sys.argv[1] == "systemd" else found[0]["entries"]:
  if e.get("id", "").startswith("auto-"): continue
  left, done = e.get("triesLeft", e.get("tries_left", 0)), e.get("triesDone", e.get("tries_done", 0))
  print(e["id"], left or 0, done or 0, e["title"])
' "$@"
}

# Entries of both kinds and all states, in one order.
lay_out
mv "$entries/recovery+3.conf" "$entries/recovery+0-3.conf"
for name in os+1-2 os-9 os-10 b+3- c++1; do
  cp "$uki" "$root/efi/EFI/Linux/$name.efi"
done
printf 'title plain\nefi /EFI/kairos/active.efi\n' >"$entries/plain.conf"
printf 'title old\nefi /EFI/kairos/active.efi\n' >"$entries/plain-1+0.conf"
as_systemd bootctl --esp-path=/efi list --json=short
listed systemd "$work/systemd" >"$work/theirs"
exits 0 --root "$root" --json boot status
listed extgate "$work/out" >"$work/ours"
[ "$(wc -l <"$work/ours")" = 10 ] || fail "$(cat "$work/ours")"
diff "$work/theirs" "$work/ours" || fail 'bootctl lists something else'

# The same names for the same counters.
for name in x+3 x+2-1 x+1-2 x+0-3 x+0 x+1-0 x++2-1 a+b+2-1; do
  for kind in conf efi; do
    for verb in good bad; do
      lay_out
      rm "$entries"/active*
      if [ $kind = conf ]; then
        path=/loader/entries/$name.conf
        printf 'title x\nsort-key 0001\nefi /EFI/kairos/active.efi\n' \
          >"$root/efi$path"
      else
        path=/EFI/Linux/$name.efi
        cp "$uki" "$root/efi$path"
      fi
      set_var LoaderBootCountPath "${path//\//\\}"
      set_var LoaderEntrySelected "${name%+*}.$kind"
      printf 'extension_policy:\n  mode: enforcing\n  fail_boot: {entries: ["%s"]}\n' \
        "${name%+*}" >"$root/etc/extgate/policy.d/50-test.yaml"
      as_systemd $bless --path=/efi $verb
      if [ $verb = good ]; then
        exits 0 --root "$root" boot bless
      else
        exits 0 --root "$root" boot fail
      fi
      (cd "$root/efi" && find . -name '*+*' -o -name x.conf -o -name x.efi) |
        sed 's|^\.||' | sort >"$work/ours"
      diff "$work/left" "$work/ours" ||
        fail "systemd-bless-boot $verb makes another name of $name.$kind"
    done
  done
done
