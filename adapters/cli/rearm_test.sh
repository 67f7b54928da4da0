#!/usr/bin/env bash
# A blessed entry that is changed is counted again, by `boot rearm`, and one that
# is not stays blessed: boot by boot on a machine of Kairos, with images beside its
# kernel image, for all entries, and in its store. What systemd-boot, its stub and
# systemd-sysext do between is done by hand.
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2 page=$PWD/$3
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
"$make_images" "$work" >/dev/null
images=$work/images
release=$work/k3s/usr/lib/extension-release.d
mkdir -p "$release"
echo ID=_any >"$release/extension-release.k3s"
mkfs.erofs --quiet "$images/k3s.raw" "$work/k3s" >/dev/null

root=$work/root
entries=$root/efi/loader/entries
efivars=$root/sys/firmware/efi/efivars
beside=$root/efi/EFI/kairos/active.efi.extra.d
for_all=$root/efi/loader/extensions
store=$root/var/lib/kairos/extensions
policy=$root/oem/90_extgate.yaml
boots=0

write_policy() {  # [LINE...]
  printf '#cloud-config\nextension_policy:\n  mode: enforcing\n'
  printf '  on_violation: fail-boot\n'
  [ $# -eq 0 ] || printf '  %s\n' "$@"
  printf '  rules:\n    - id: bare\n      match: {name: [bare, k3s]}\n'
  printf '      verdict: allow\n'
  printf '      image_policy: root=unprotected+absent:usr=absent\n'
  printf '  trust:\n    certificates:\n      - |\n'
  sed 's/^/        /' "$work/keys/vendor.crt"
}
# A blessed `active` with an image of each place, and one by a systemd-stub that
# knows those for all entries.
lay_out() {
  local name number=0
  rm -rf "$root"
  mkdir -p "$entries" "$beside" "$for_all" "$efivars" "$root"/{oem,run,opt,layers} \
    "$root"/{usr/lib,proc/sys/kernel/random} "$store"/{active,passive,common}
  echo ID=debian >"$root/usr/lib/os-release"
  for name in active passive; do
    number=$((number + 1))
    printf 'title Kairos %s\nsort-key 000%d\nefi /EFI/kairos/%s.efi\n' \
      $name $number $name >"$entries/$name.conf"
    : >"$root/efi/EFI/kairos/$name.efi"
  done
  set_var LoaderInfo 'systemd-boot 258.1'
  set_var StubInfo 'systemd-stub 258.1'
  cp "$images/good.sysext.raw" "$beside/"
  cp "$images/good.sysext.raw" "$store/passive/"  # of another entry
  cp "$images/bare.sysext.raw" "$store/common/"
  cp "$images/other-os.sysext.raw" "$for_all/"
  write_policy >"$policy"
  boot active
}
# boot ENTRY: systemd-boot starts it, and its stub brings images, which the initrd
# carries on: those for all entries are left in /.extra, as Kairos does it.
boot() {
  boots=$((boots + 1))
  rm -rf "$root/run" "$root/.extra"
  mkdir -p "$root/run/extgate/incoming/sysext" "$root/.extra/global_sysext"
  printf '%08d-0000-4000-8000-000000000001\n' "$boots" \
    >"$root/proc/sys/kernel/random/boot_id"
  rm -f "$efivars"/LoaderBootCountPath-*
  set_var LoaderEntrySelected "$1.conf"
  if [ -e "$entries/$1+3.conf" ]; then
    mv "$entries/$1+3.conf" "$entries/$1+2-1.conf"
    set_var LoaderBootCountPath "\\loader\\entries\\$1+2-1.conf"
  fi
  cp "$root/efi/EFI/kairos/$1.efi.extra.d"/*.raw \
    "$root/run/extgate/incoming/sysext/" 2>/dev/null || true
  cp "$for_all"/*.raw "$root/.extra/global_sysext/" 2>/dev/null || true
  # Somebody links to one, as immucore does.
  mkdir -p "$root/run/extensions"
  ln -s /var/lib/kairos/extensions/common/bare.sysext.raw \
    "$root/run/extensions/bare.raw"
}
# good NAMES: it comes up well, with these merged, and is blessed.
good() {
  exits 0 --root "$root" apply
  # shellcheck disable=SC2016
  unshare --mount bash -euc '
    root=$1 names=$2
    shift 2
    mount -t tmpfs layers "$root/layers"
    mkdir "$root/layers/upper" "$root/layers/work"
    mount -t overlay overlay "$root/opt" -o \
      "lowerdir=$root/opt,upperdir=$root/layers/upper,workdir=$root/layers/work"
    mkdir "$root/opt/.systemd-sysext"
    printf "%s\n" $names >"$root/opt/.systemd-sysext/extensions"
    stat -c "%Hd:%Ld" "$root/opt" >"$root/opt/.systemd-sysext/dev"
    exec "$@"
  ' good "$root" "$1" "$extgate" --root "$root" status --gate \
    >"$work/out" 2>"$work/err" || fail "the boot is not in force"
  [ ! -e "$entries/active+2-1.conf" ] || exits 0 --root "$root" boot bless
}
entries_are() {
  local are
  are=$(cd "$entries" && echo *)
  [ "$are" = "$*" ] || fail "there are the entries $are, not $*"
}
stays() {
  exits 0 --root "$root" boot rearm
  says "no entry is counted again: ${1-none that may be failed}"
  entries_are active.conf passive.conf
}
is_counted_again() {  # WHY
  exits 0 --root "$root" boot rearm
  says "active.conf is counted again, with 3 tries: $1"
  entries_are active+3.conf passive.conf
  exits 0 --root "$root" boot status
  says "active.conf is counted again: $1"
}
# On the page stands what the program says.
on_page() {
  python3 - "$work/out" "$page" <<'PY' || fail "not so in $page"
import sys
out = open(sys.argv[1]).read()
sys.exit(out not in open(sys.argv[2]).read())
PY
}

lay_out
if ! unshare --mount mount -t tmpfs x "$root/layers" 2>/dev/null; then
  echo 'SKIPPED: nobody may mount here' >&2
  exit 0
fi

# ---- what is not known, and what is as it was, stay blessed ------------------

stays
for try in 1 2 3; do
  [ $try = 1 ] || boot active
  good 'bare good'
  stays
done
# Of the same image the file is another one.
cp "$images/good.sysext.raw" "$work/again" && mv "$work/again" "$beside/good.sysext.raw"
stays
# Seen from the other entry it is the same.
boot passive
stays
boot active
good 'bare good'

# ---- each change, and the boot after it --------------------------------------

cp "$images/wrong-key.sysext.raw" "$beside/"
is_counted_again 'the image `wrong-key` is new'
# A boot that is being failed: its counter stays as it is.
boot active
exits 3 --root "$root" apply
entries_are active+0-1.conf passive.conf
exits 0 --root "$root" boot rearm
says 'no entry is counted again'
entries_are active+0-1.conf passive.conf
boot passive
exits 0 --root "$root" boot rearm
entries_are active+0-1.conf passive.conf

changed() {  # WHY NAMES COMMAND...: and it comes up well, and stays so
  local why=$1 names=$2
  shift 2
  lay_out
  good 'bare good'
  "$@"
  is_counted_again "$why"
  boot active
  entries_are active+2-1.conf passive.conf
  exits 0 --root "$root" boot status
  says "active.conf is counted again: $why"
  exits 0 --root "$root" --json boot status
  says "\"rearmed\": \"$why\""
  good "$names"
  entries_are active.conf passive.conf
  exits 0 --root "$root" boot status
  if grep -q 'counted again' "$work/out"; then fail 'it is still said'; fi
  stays
}
changed 'the image `good` is gone' bare rm "$beside/good.sysext.raw"
changed 'the image `other-os` is gone' 'bare good' rm "$for_all/other-os.sysext.raw"
changed 'the image `k3s` is new' 'bare good k3s' cp "$images/k3s.raw" "$for_all/"
mkdir -p "$work/other" && "$make_images" "$work/other" >/dev/null
cp "$work/keys/"* "$work/other/keys/" && rm "$work/other/images"/*
"$make_images" "$work/other" >/dev/null
changed 'the image `good` is another one' 'bare good' \
  cp "$work/other/images/good.sysext.raw" "$beside/"
replace_bare() {  # of the same size, by one bit: its payload is random
  local image=$store/common/bare.sysext.raw last
  last=$(tail -c 1 "$image" | od -An -tu1)
  # shellcheck disable=SC2059
  printf "\\x$(printf %02x $((last ^ 1)))" | dd of="$image" bs=1 \
    seek=$(($(stat -c %s "$image") - 1)) conv=notrunc status=none
}
changed 'the image `bare` is another one' 'bare good' replace_bare
change_policy() { write_policy 'sources: [/more]' >"$policy"; }
changed 'the policy is another one' 'bare good' change_policy

# The same on the page.
lay_out
good 'bare good'
cp "$images/k3s.raw" "$for_all/"
exits 0 --root "$root" boot rearm
on_page
exits 0 --root "$root" boot status
on_page

# ---- where nothing is to be done, and where it cannot be ---------------------

lay_out
good 'bare good'
rm "$beside/good.sysext.raw"
exits 0 --root "$root" --json boot rearm
says '"active.conf": "the image `good` is gone"'

lay_out
good 'bare good'
rm "$beside/good.sysext.raw"
boot recovery
stays 'this is `recovery`'
boot active
printf '#cloud-config\nextension_policy:\n  mode: permissive\n' >"$policy"
stays 'the next boot is permissive'
write_policy >"$policy"
mv "$root/efi" "$root/away"
# The ESP is not mounted: what may have changed is not counted again.
exits 1 --root "$root" boot rearm
complains 'extgate: boot rearm: none of /efi, /boot/efi and /boot has /loader or /EFI'
# No boot loader counts here.
mv "$efivars" "$work/efivars"
exits 0 --root "$root" boot rearm
says 'no entry is counted again: none of /efi, /boot/efi and /boot has /loader or /EFI'
exits 0 --root "$root" --json boot rearm
says '"why_none": "none of /efi'
mv "$work/efivars" "$efivars"
mv "$root/away" "$root/efi"
# A file that cannot be replaced by one of that name.
mkdir "$entries/active+3.conf"
exits 1 --root "$root" boot rearm
complains 'extgate: boot rearm: '
echo 'rearm: all checks passed'
