#!/usr/bin/env bash
# `extgate install` on real images: beside the kernel images of a machine with
# systemd-boot, and in the store of Kairos; what it puts there a boot of that
# entry stages, and a blessed entry is counted again.
#
#   install_test.sh EXTGATE MAKE_IMAGES UKI PAGE
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2 uki=$PWD/$3 page=$PWD/$4
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
"$make_images" "$work" >/dev/null
images=$work/images

root=$work/root
entries=$root/efi/loader/entries
efivars=$root/sys/firmware/efi/efivars
policy=$root/etc/extgate/policy.d/50-test.yaml
active=$root/efi/EFI/kairos/active.efi.extra.d
passive=$root/efi/EFI/kairos/passive.efi.extra.d

write_policy() {  # [LINE...]
  printf 'extension_policy:\n  mode: enforcing\n'
  [ $# -eq 0 ] || printf '  %s\n' "$@"
  printf '  trust:\n    certificates:\n'
  local name
  for name in $trusted; do
    printf '      - |\n'
    sed 's/^/        /' "$work/keys/$name.crt"
  done
}
trusted=vendor
lay_out() {
  local name number=0
  rm -rf "$root"
  mkdir -p "$entries" "$root/efi/EFI/kairos" "$efivars" "$root/usr/lib" \
    "$root/run/extgate/incoming" "$root/proc/sys/kernel/random" \
    "$(dirname "$policy")"
  echo 6a1f8a7e-0000-4000-8000-000000000001 \
    >"$root/proc/sys/kernel/random/boot_id"
  echo ID=debian >"$root/usr/lib/os-release"
  for name in active passive recovery; do
    number=$((number + 1))
    printf 'title Kairos %s\nsort-key 000%d\nefi /EFI/kairos/%s.efi\n' \
      $name $number $name >"$entries/$name.conf"
    cp "$uki" "$root/efi/EFI/kairos/$name.efi"
  done
  write_policy >"$policy"
  set_var LoaderInfo 'systemd-boot 257.13-1~deb13u1'
  set_var LoaderEntrySelected active.conf
}
install_exits() { # STATUS ARGUMENT...
  local status=$1
  shift
  exits "$status" --root "$root" install "$@"
}
lie() { # DIRECTORY FILE...: what lies there, hidden files too
  local directory=$1 are
  shift
  are=$(cd "$directory" && ls -A | tr '\n' ' ')
  [ "${are% }" = "$*" ] || fail "in $directory lie $are, not $*"
}
# On the page stands what the program says.
on_page() {
  python3 - "$work/out" "$page" <<'PY' || fail "not so in $page"
import sys
out = open(sys.argv[1]).read()
sys.exit(out not in open(sys.argv[2]).read())
PY
}

# ---- beside the kernel images ------------------------------------------------

lay_out
install_exits 0 --dry-run "$images/good.sysext.raw"
says 'dry run: nothing was changed'
[ ! -e "$active" ] || fail "a dry run made $active"

install_exits 0 "$images/good.sysext.raw"
on_page
lie "$active" good.sysext.raw
cmp "$images/good.sysext.raw" "$passive/good.sysext.raw"
[ ! -e "$root/efi/EFI/kairos/recovery.efi.extra.d" ] ||
  fail "it is not for recovery"

# By another spelling it is the same image.
cp "$images/good.sysext.raw" "$work/good.raw"
install_exits 0 --entry active "$work/good.raw"
says replace
lie "$active" good.sysext.raw

# What is refused keeps nothing else from being installed.
install_exits 3 "$images/unsigned.sysext.raw" "$images/good.sysext.raw"
on_page
install_exits 3 "$images/wrong-key.sysext.raw" "$images/bit-flipped.sysext.raw"
says 'its data contradicts its hash tree'
lie "$active" good.sysext.raw
# It is for another OS than this one; that of passive may be another.
install_exits 3 "$images/other-os.sysext.raw"
lie "$active" good.sysext.raw
lie "$passive" good.sysext.raw other-os.sysext.raw
install_exits 3 --json "$images/noise.sysext.raw"
says '"code": "not-a-disk-image"'

# ---- what a boot of the entry makes of it ------------------------------------

# As systemd-stub hands it over.
mkdir -p "$root/run/extgate/incoming/sysext"
cp "$active"/*.raw "$root/run/extgate/incoming/sysext/"
exits 0 --root "$root" apply
staged=$(cd "$root/run/extensions" && echo *)
[ "$staged" = good.raw ] || fail "staged $staged"

install_exits 0 --list
on_page
exits 0 --root "$root" install --list --json
python3 -c 'import json, sys
reports = json.load(open(sys.argv[1]))
assert [r["entry"] for r in reports] == ["active", "passive", "recovery"]
assert [i["name"] for i in reports[0]["images"]] == ["good"]
assert [i["verdict"] for i in reports[1]["images"]] == ["allow",
                                                        "not-applicable"]
' "$work/out" || fail "--list --json is another"

# ---- by the policy's map, and media ------------------------------------------

trusted='vendor stranger'
lay_out
write_policy 'entries:' '  - {match: "good", entries: [recovery]}' >"$policy"
mkdir "$work/medium"
cp "$images/good.sysext.raw" "$images/usr-only.sysext.raw" "$work/medium/"
cp "$images/noise.sysext.raw" "$work/medium/noise.img"
install_exits 0 --media "$work/medium"
lie "$root/efi/EFI/kairos/recovery.efi.extra.d" good.sysext.raw
lie "$active" usr-only.sysext.raw
install_exits 3 --entry nowhere "$images/good.sysext.raw"
says 'nowhere'

# ---- away again ---------------------------------------------------------------

install_exits 0 --remove usr-only --entry active
lie "$active"
lie "$passive" usr-only.sysext.raw
install_exits 3 --remove nothing
says 'no image of that name is installed'
write_policy 'rules:' '  - id: needed' '    match: {name: [usr-only]}' \
  '    verdict: allow' '    required: true' >"$policy"
install_exits 3 --remove usr-only
says 'a rule requires it in a boot of `passive`'
lie "$passive" usr-only.sysext.raw

# ---- a blessed entry that is another one now is counted again -------------------

lay_out
mkdir -p "$root/run/systemd/system"
exits 0 --root "$root" apply
exits 0 --root "$root" status --gate
install_exits 0 --entry passive "$images/good.sysext.raw"
[ -e "$entries/active.conf" ] || fail "active is as it was"
install_exits 0 "$images/good.sysext.raw"
says 'active.conf is counted again: 3 tries'
[ -e "$entries/active+3.conf" ] || fail "active is not counted again"

# ---- the store of Kairos --------------------------------------------------------

lay_out
printf 'ID=kairos\nKAIROS_VERSION="v4.3.0"\n' >"$root/usr/lib/os-release"
store=$root/var/lib/kairos/extensions
mkdir -p "$store/active"
# As kairos-agent leaves it: one file, a link an entry.
cp "$images/usr-only.sysext.raw" "$store/good.sysext.raw"
ln -s ../good.sysext.raw "$store/active/good.sysext.raw"
install_exits 0 "$images/good.sysext.raw"
cmp "$images/good.sysext.raw" "$store/active/good.sysext.raw"
cmp "$images/usr-only.sysext.raw" "$store/good.sysext.raw"
[ "$(stat -c %h "$store/passive/good.sysext.raw")" = 2 ] ||
  fail "two entries have two copies"
[ ! -e "$active" ] || fail "immucore would move it away from there"
install_exits 0 --place esp "$images/good.sysext.raw"
lie "$active" good.sysext.raw

# ---- what cannot be done --------------------------------------------------------

rm -r "$root/efi/EFI/kairos" "$root/var"
mkdir "$root/efi/EFI/kairos"
echo ID=debian >"$root/usr/lib/os-release"
install_exits 1 "$images/good.sysext.raw"
complains 'unified kernel image'
install_exits 2
complains 'name images, --media, --pcr-signature or --list'
install_exits 1 --media "$work/nothing"
printf 'extension_policy: {mode: strange}\n' >"$policy"
install_exits 2 "$images/good.sysext.raw"
echo PASSED
