#!/usr/bin/env bash
# `extgate install --pcr-signature`: a signature beside the kernel images of an ESP,
# with what those carry, and register 12 as it is predicted then.
#
#   pcr_signature_test.sh EXTGATE PAGE
set -euo pipefail

extgate=$PWD/$1 page=$PWD/$2
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
cd "$work"

root=$work/root
kairos=$root/efi/EFI/kairos
file=extgate.tpm2-pcr-signature.cred
active=$kairos/active.efi.extra.d passive=$kairos/passive.efi.extra.d

same() { [ "$2" = "$3" ] || fail "$1: $2, not $3"; }
install_exits() { # STATUS ARGUMENT...
  local status=$1
  shift
  exits "$status" --root "$root" install "$@"
}
masks() { # FILE: what registers it has policies for, and how many
  python3 -c '
import collections, json, sys
entries = json.load(open(sys.argv[1]))["sha256"]
found = collections.Counter("+".join(map(str, e["pcrs"])) for e in entries)
print(*(f"{mask}:{found[mask]}" for mask in sorted(found)))
' "$1"
}

# ---- two kernel images, the second with a signature of its own -------------------

head -c 30000 /dev/urandom >linux
printf 'ID=debian\n' >osrel
objcopy --add-section .osrel=osrel --change-section-vma .osrel=0x20000 \
  --add-section .linux=linux --change-section-vma .linux=0x2000000 \
  /usr/lib/systemd/boot/efi/linuxx64.efi.stub plain.efi
for key in extensions kernel; do
  openssl genrsa -out $key.pem 2048 2>/dev/null
done
exits 0 measure sign --private-key kernel.pem --uki plain.efi --pcrs 11
cp out pcrsig
objcopy --add-section .pcrsig=pcrsig --change-section-vma .pcrsig=0x40000 \
  plain.efi signed.efi

mkdir -p "$root/efi/loader/entries" "$kairos" "$root/usr/lib"
echo ID=debian >"$root/usr/lib/os-release"
for entry in active passive recovery; do
  printf 'efi /EFI/kairos/%s.efi\n' $entry >"$root/efi/loader/entries/$entry.conf"
  cp plain.efi "$kairos/$entry.efi"
done
cp signed.efi "$kairos/passive.efi"
printf image >k3s.sysext.raw
exits 0 measure sign --private-key extensions.pem --uki plain.efi \
  --into tpm2-pcr-signature.json k3s.sysext.raw

# ---- there ------------------------------------------------------------------------

install_exits 0 --dry-run --pcr-signature tpm2-pcr-signature.json
says 'dry run: nothing was changed'
[ ! -e "$active" ] || fail "a dry run made $active"
install_exits 0 --pcr-signature tpm2-pcr-signature.json
cmp tpm2-pcr-signature.json "$active/$file" || fail 'it is another file'
python3 - out "$page" <<'PY' || fail "not so in $page"
import sys
sys.exit(open(sys.argv[1]).read() not in open(sys.argv[2]).read())
PY
# systemd looks at one file: what the kernel image carries is in it.
same 'policies for active' "$(masks "$active/$file")" 11+13:4
same 'policies for passive' "$(masks "$passive/$file")" '11:4 11+13:4'
[ ! -e "$kairos/recovery.efi.extra.d" ] || fail 'it is not for recovery'
same 'what is left beside it' "$(ls -A "$passive")" $file

# ---- register 12: this file, and nothing assumed ------------------------------------

exits 0 --json measure predict --esp "$root/efi" --entry active --no-cmdline
cp out there.json
cp "$active/$file" $file
exits 0 --json measure predict --uki plain.efi --no-cmdline --no-credentials $file
cmp out there.json || fail 'register 12 with the file is another'
says 'Credentials initrd'
exits 0 --json measure predict --uki plain.efi --no-cmdline --no-credentials
cmp -s out there.json && fail 'register 12 is as without the file'

# ---- another one, listed, removed --------------------------------------------------

exits 0 measure sign --private-key extensions.pem --uki plain.efi \
  --into tpm2-pcr-signature.json
exits 0 --root "$root" --json install --entry active \
  --pcr-signature tpm2-pcr-signature.json
python3 - out "$active/$file" <<'PY' || fail '--json is another'
import json, os, sys
row, = json.load(open(sys.argv[1]))["images"]
assert row["class"] == "credential" and row["placement"] == "replace", row
assert row["size"] == str(os.path.getsize(sys.argv[2])), row
PY
same 'policies for active' "$(masks "$active/$file")" 11+13:8
install_exits 0 --list
says "active    $file  credential  -        -       /efi/EFI/kairos/active.efi.extra.d/$file"
exits 0 --root "$root" --json install --list
python3 - out <<'PY' || fail '--list --json is another'
import json, sys
reports = json.load(open(sys.argv[1]))
found = {r["entry"]: [s["path"] for s in r["pcr_signatures"]] for r in reports}
name = "/extgate.tpm2-pcr-signature.cred"
assert found == {"active": ["/efi/EFI/kairos/active.efi.extra.d" + name],
                 "passive": ["/efi/EFI/kairos/passive.efi.extra.d" + name],
                 "recovery": []}, found
PY
install_exits 0 --remove $file --entry active
[ ! -e "$active/$file" ] || fail 'it is there'
[ -e "$passive/$file" ] || fail 'that of passive is gone'
install_exits 3 --remove $file nothing --entry active
says 'no signature is installed for `active`'
says 'no image of that name is installed'

# ---- what cannot be done changes nothing ---------------------------------------------

cp "$passive/$file" before
for what in '' hello '{}' '{"sha256":{}}' '{"sha256":[{"pcrs":["x"]}]}'; do
  printf '%s' "$what" >odd.json
  install_exits 1 --pcr-signature odd.json
  complains '`odd.json`: '
done
exits 0 measure sign --private-key kernel.pem --pcrs 12+13 --no-cmdline \
  --no-credentials k3s.sysext.raw
cp out twelve.json
install_exits 1 --pcr-signature twelve.json
complains 'that changes register 12'
install_exits 1 --pcr-signature gone.json
install_exits 3 --entry nowhere --pcr-signature tpm2-pcr-signature.json
cp "$root/usr/lib/os-release" debian
printf 'ID=kairos\nKAIROS_VERSION="v4.3.0"\n' >"$root/usr/lib/os-release"
mkdir -p "$root/var/lib/kairos"
install_exits 3 --entry passive --pcr-signature tpm2-pcr-signature.json
says 'in Kairos'
cmp before "$passive/$file" || fail 'something was changed'
[ ! -e "$active/$file" ] || fail 'something is there'
install_exits 0 --place esp --entry passive --pcr-signature tpm2-pcr-signature.json
install_exits 2 --pcr-signature tpm2-pcr-signature.json k3s.sysext.raw
install_exits 2 --pcr-signature tpm2-pcr-signature.json --list
echo PASSED
