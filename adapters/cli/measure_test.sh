#!/usr/bin/env bash
# `extgate measure` against others: systemd-measure, openssl, a TPM of swtpm
# that tpm2-tools speak to, a token of SoftHSM, FATs of mtools, and another hand
# at the stub's archives.
#
#   measure_test.sh EXTGATE REFERENCE PCR_LOG PAGE
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

extgate=$PWD/$1 reference=$PWD/$2 log=$PWD/$3 page=$PWD/$4
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
cd "$work"

# values PCR [BANK]: what the last JSON has of a register.
value() {
  python3 -c '
import json, sys
print(json.load(open(sys.argv[1]))["pcrs"][sys.argv[2]][sys.argv[3]])
' "$work/out" "$1" "${2-sha256}"
}
same() { [ "$2" = "$3" ] || fail "$1: $2, not $3"; }

# ---- a kernel image, and systemd-measure -------------------------------------

stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub
head -c 300000 /dev/urandom >linux
head -c 70000 /dev/urandom >initrd
printf 'ID=kairos\nVERSION_ID=4\n' >osrel
printf 'quiet splash' >cmdline
objcopy --add-section .osrel=osrel --change-section-vma .osrel=0x20000 \
  --add-section .cmdline=cmdline --change-section-vma .cmdline=0x30000 \
  --add-section .linux=linux --change-section-vma .linux=0x2000000 \
  --add-section .initrd=initrd --change-section-vma .initrd=0x3000000 \
  "$stub" uki.efi
for phase in enter-initrd enter-initrd:leave-initrd:sysinit:ready; do
  # That of 252 knows the sections of 252; what the stub itself brings is not
  # among them.
  /usr/lib/systemd/systemd-measure calculate --linux=linux --initrd=initrd \
    --osrel=osrel --cmdline=cmdline --phase=$phase >theirs
  exits 0 --json measure predict --uki uki.efi --stub 252 --phase $phase
  for bank in sha1 sha256 sha384 sha512; do
    same "register 11, $bank" "11:$bank=$(value 11 $bank)" \
      "$(grep "^11:$bank=" theirs)"
  done
done
exits 0 measure predict --uki uki.efi # the version is in the stub
printf 'MZ and no more' >broken.efi
exits 1 measure predict --uki broken.efi --stub 257
complains 'no PE file'
exits 1 measure predict --uki osrel
complains 'say --stub'
exits 2 measure predict --uki uki.efi --bank md5
exits 2 measure predict --uki uki.efi --stub 251

# ---- what the page says ----------------------------------------------------------

printf one >k3s.sysext.raw
exits 0 measure predict --bank sha256 k3s.sysext.raw
python3 -c '
import sys
sys.exit(open(sys.argv[1]).read() not in open(sys.argv[2]).read())
' out "$page" || fail "not so in $page"

# ---- sets of files, and another hand ------------------------------------------

random_set() { # FOLDER SEED
  python3 - "$1" "$2" <<'PY'
import os, random, sys
folder, seed = sys.argv[1], int(sys.argv[2])
r = random.Random(seed)
os.makedirs(folder)
names = {"a.raw", "A.raw", "b c.raw", "k3s+1.2.sysext.raw", "Z.RAW", "c.confext.raw",
         "C.CONFEXT.raw", "x.cred", "X.CRED", "é.raw", ".hidden.raw", "notes.txt",
         "n" * 251 + ".raw", "empty.raw"}
names |= {f"{r.randrange(10**9)}.raw" for _ in range(r.choice((0, 3, 300)))}
for name in sorted(r.sample(sorted(names), r.randrange(1, len(names) + 1))):
    size = 0 if name == "empty.raw" else r.choice((1, 3, 4, 4096, 70001))
    with open(os.path.join(folder, name), "wb") as file:
        file.write(r.randbytes(size))
PY
}
for seed in 1 2 3 4 5 6 7 8; do
  random_set "set$seed" $seed
  python3 "$reference" "set$seed"/* "set$seed"/.[!.]* 2>/dev/null >theirs ||
    python3 "$reference" "set$seed"/* >theirs
  exits 0 --json measure predict --stub 257 --no-cmdline --no-credentials \
    "set$seed"/*
  for pcr in 12 13; do
    same "set $seed, register $pcr" "$pcr $(value $pcr)" \
      "$(grep "^$pcr " theirs)"
  done
done
exits 0 --json measure predict --stub 257 set1/*
says '"part": "credentials"'
exits 1 measure predict gone.raw
complains 'gone.raw'
exits 0 measure predict set1
says '`set1` is not measured: it is no image and no credential'
mkdir twins
printf 1 >twins/one.raw
printf 2 >one.raw
exits 1 measure predict one.raw twins/one.raw
complains 'two files are called `one.raw`'
exits 1 measure predict --stub 258 --global one.raw --global twins/one.raw
complains 'two files are called `one.raw`'
printf x >c.confext.raw
exits 1 measure predict c.confext.raw
complains 'say --stub'
truncate -s 4G huge.raw
exits 1 measure predict huge.raw --bank sha256
complains 'the stub packs none of 4 GiB'
rm huge.raw

# ---- an entry on a partition: a directory, a FAT -------------------------------

mkdir -p esp/EFI/Linux/active.efi.extra.d esp/loader/{extensions,credentials}
cp uki.efi esp/EFI/Linux/active+3.efi
printf one >esp/EFI/Linux/active.efi.extra.d/one.sysext.raw
printf two >esp/loader/extensions/two.sysext.raw
printf three >esp/loader/credentials/three.cred
truncate -s 64M esp.img
mkfs.vfat -F 32 esp.img >/dev/null
MTOOLS_SKIP_CHECK=1 mcopy -s -i esp.img esp/* ::/
for esp in esp esp.img; do
  exits 0 --json measure predict --esp $esp --stub 258 --no-cmdline
  cp out $esp.json
  says 'Global system extension initrd'
  exits 0 --json measure predict --esp $esp --entry active --no-cmdline
  says '`two.sysext.raw` is not measured: the stub of systemd 252'
  exits 1 measure predict --esp $esp --entry passive
  complains 'the ESP has no such entry; it has `active.efi`'
done
cmp esp.json esp.img.json || fail 'a FAT is read as something else'
exits 0 --json measure predict --stub 258 --no-cmdline --no-credentials \
  esp/EFI/Linux/active.efi.extra.d/one.sysext.raw --uki uki.efi \
  --global esp/loader/extensions/two.sysext.raw \
  --global esp/loader/credentials/three.cred
cmp out esp.json || fail 'files named one by one are something else'
exits 1 measure predict --esp /etc
complains 'the ESP has no such entry; it has none'
exits 1 measure predict --esp linux
complains '`linux`: '
exits 1 measure predict --esp nowhere
exits 2 measure predict --entry active

# ---- add-ons, and what `extra` lines name -----------------------------------------

printf ' debug\n' >line
printf 'more' >line2
head -c 5000 /dev/urandom >more
objcopy --add-section .cmdline=line2 --change-section-vma .cmdline=0x20000 \
  --add-section .initrd=more --change-section-vma .initrd=0x30000 \
  "$stub" b.addon.efi
objcopy --add-section .cmdline=line --change-section-vma .cmdline=0x20000 \
  "$stub" a.addon.efi
exits 0 --json measure predict --stub 257 --no-cmdline --no-credentials \
  --addons-accepted b.addon.efi a.addon.efi
python3 - <<'PY' >theirs
import hashlib
value = bytes(32)
for data in ("debug more\0".encode("utf-16-le"), open("more", "rb").read()):
    value = hashlib.sha256(value + hashlib.sha256(data).digest()).digest()
print(value.hex())
PY
same 'register 12 with add-ons' "$(value 12)" "$(cat theirs)"
exits 0 measure predict --stub 257 --no-cmdline --no-credentials a.addon.efi
says 'PCR 12 is not predicted: not given is whether the firmware accepts the add-on `a.addon.efi`'
exits 1 measure predict --no-cmdline a.addon.efi
complains 'say --stub'

mkdir -p esp2/{EFI/kairos,loader/{entries,addons},extras,EFI/BOOT}
cp uki.efi esp2/EFI/kairos/
cp a.addon.efi esp2/loader/addons/
printf two >esp2/extras/b.sysext.raw
printf secret >esp2/extras/x.cred
printf one >esp2/extras/a.SYSEXT.raw
printf 'title x\nuki /EFI/kairos/uki.efi\nextra /extras/b.sysext.raw\nextra \\extras\\x.cred\nextra /extras/gone.cred\nextra /EXTRAS/a.sysext.raw\n' \
  >esp2/loader/entries/x.conf
exits 0 measure predict --esp esp2 --stub 257 --no-cmdline
says 'PCR 12 is not predicted: not given is whether the firmware accepts'
says 'PCR 13 is not predicted: not given is whether systemd-boot is of 261'
rm -r esp2/loader/addons
cp /usr/lib/systemd/boot/efi/systemd-bootx64.efi esp2/EFI/BOOT/BOOTX64.EFI
exits 0 --json measure predict --esp esp2 --stub 257 --no-cmdline
same 'before 261' "$(value 13)" "$(printf '0%.0s' $(seq 64))"
# The same program, by its mark one of 261.
sed -i 's/LoaderInfo: systemd-boot 252/LoaderInfo: systemd-boot 261/' \
  esp2/EFI/BOOT/BOOTX64.EFI
exits 0 --json measure predict --esp esp2 --stub 257 --no-cmdline
says '`gone.cred` is not measured: it is not there'
python3 "$reference" --extra esp2/extras/{b.sysext.raw,x.cred,a.SYSEXT.raw} >theirs
for pcr in 12 13; do
  same "register $pcr with extras" "$pcr $(value $pcr)" "$(grep "^$pcr " theirs)"
done

# What its boot loader passes: systemd-boot measures it too.
passed() {  # [KEY VALUE]: the entry with that line
  printf 'title x\nefi /EFI/kairos/uki.efi\n%s\n' "${1-}" >esp2/loader/entries/x.conf
}
passed 'options debug'
exits 0 measure predict --esp esp2 --stub 257
says 'PCR 12 is not predicted: not given is whether Secure Boot is on'
exits 0 --json measure predict --esp esp2 --stub 257 --no-secure-boot
python3 - >theirs <<'PY'
import hashlib
value = bytes(32)
for text in ("debug\0", "debug\0"):
    value = hashlib.sha256(value + hashlib.sha256(text.encode("utf-16-le")).digest()).digest()
    print(value.hex())
PY
same 'register 12 with options' "$(value 12)" "$(tail -n 1 theirs)"
exits 0 --json measure predict --esp esp2 --stub 257 --no-secure-boot --boot-loader 0
same 'by another boot loader' "$(value 12)" "$(head -n 1 theirs)"
exits 0 --json measure predict --esp esp2 --stub 257 --secure-boot --no-cmdline
same 'with Secure Boot' "$(value 12)" "$(head -n 1 theirs)"
passed
exits 0 --json measure predict --esp esp2 --stub 257 --no-secure-boot --cmdline debug
same 'typed by hand' "$(value 12)" "$(tail -n 1 theirs)"
exits 0 measure predict --uki uki.efi --no-credentials --no-secure-boot --cmdline debug
says 'not given is whether systemd-boot measures what it passes'
passed 'profile 1'
exits 1 measure predict --esp esp2 --stub 257
complains 'has `profile 1`, which systemd-boot of 259 and later starts, and none before: say --profile'
exits 0 measure predict --esp esp2 --stub 257 --profile 0 --no-cmdline

# ---- signatures -----------------------------------------------------------------

for key in ext other; do
  openssl genrsa -out $key.pem 2048 2>/dev/null
  openssl rsa -in $key.pem -pubout -out $key.pub 2>/dev/null
done
one=esp/EFI/Linux/active.efi.extra.d/one.sysext.raw
exits 0 measure sign --private-key ext.pem --uki uki.efi --into sig.json $one
says '4 policies for 11+13 in sig.json'
# A new set: what there was stays.
exits 0 measure sign --private-key ext.pem --uki uki.efi --into sig.json $one \
  esp/loader/extensions/two.sysext.raw
python3 - sig.json ext.pub <<'PY' || fail 'openssl says no'
import base64, hashlib, json, subprocess, sys
entries = json.load(open(sys.argv[1]))["sha256"]
assert len(entries) == 8, len(entries)
der = subprocess.run(["openssl", "rsa", "-pubin", "-in", sys.argv[2],
                      "-RSAPublicKey_out", "-outform", "DER"],
                     check=True, capture_output=True).stdout
for entry in entries:
    assert entry["pcrs"] == [11, 13]
    assert entry["pkfp"] == hashlib.sha256(der).hexdigest()
    open("pol", "wb").write(bytes.fromhex(entry["pol"]))
    open("one.sig", "wb").write(base64.b64decode(entry["sig"]))
    subprocess.run(["openssl", "dgst", "-sha256", "-verify", sys.argv[2],
                    "-signature", "one.sig", "pol"],
                   check=True, capture_output=True)
PY
# One key signs for one set of registers, that of the kernel image included.
cp sig.json before.json
exits 1 measure sign --private-key ext.pem --pcrs 13 --into sig.json $one
complains 'this key has signed for 11+13 and must not sign for 13'
exits 0 measure sign --private-key other.pem --uki uki.efi --pcrs 11
cp out pcrsig
objcopy --add-section .pcrsig=pcrsig --change-section-vma .pcrsig=0x40000 \
  --add-section .pcrpkey=other.pub --change-section-vma .pcrpkey=0x50000 \
  uki.efi signed.efi
exits 1 measure sign --private-key other.pem --uki signed.efi $one
complains 'this key has signed for 11 and must not sign for 11+13'
mkdir not-to-sign
exits 1 measure sign --digest-only not-to-sign --public-key other.pub --uki signed.efi $one
complains 'this key has signed for 11 and must not sign for 11+13'
exits 1 measure sign --digest-only not-to-sign --public-key ext.pub --pcrs 13 \
  --into sig.json $one
complains 'this key has signed for 11+13 and must not sign for 13'
[ -z "$(ls not-to-sign)" ] || fail 'what the key must not sign was written'
# A signature that is none does not keep the new one out: a machine takes the
# first of those that differ in nothing else.
python3 - <<'PY'
import json
signed = json.load(open("sig.json"))
for entry in signed["sha256"]:
    entry["sig"] = "AAAA"
json.dump(signed, open("bad.json", "w"))
PY
exits 0 measure sign --private-key ext.pem --uki uki.efi --into bad.json $one
python3 - <<'PY' || fail 'the bad signature is the first'
import json
good = {e["pol"]: e["sig"] for e in json.load(open("sig.json"))["sha256"]}
entries = json.load(open("bad.json"))["sha256"]
first = {}
for entry in entries:
    first.setdefault(entry["pol"], entry["sig"])
assert len(entries) == 12 and len(first) == 8, (len(entries), len(first))
assert sum(first[pol] == sig for pol, sig in good.items()) == 4, first
PY
# What the kernel image carries is not lost.
exits 0 measure sign --private-key ext.pem --uki signed.efi $one
python3 -c '
import json, sys
masks = [entry["pcrs"] for entry in json.load(open(sys.argv[1]))["sha256"]]
assert masks.count([11]) == 4 and masks.count([11, 13]) == 4, masks
' out || fail 'the signature of the kernel image is lost'
# What cannot be done changes no file.
for what in 'hello' '{"sha256":{}}' '{"sha256":[{"pcrs":["x"]}]}'; do
  printf '%s' "$what" >odd.json
  exits 1 measure sign --private-key ext.pem --into odd.json $one
  same 'a file of another shape' "$(cat odd.json)" "$what"
done
exits 1 measure sign --private-key gone.pem $one
exits 1 measure sign --private-key ext.pub $one
complains 'no private key'
exits 0 measure sign --private-key other.pem --pcrs 12 --uki uki.efi \
  --no-credentials --secure-boot --boot-loader 0 --cmdline debug $one
exits 1 measure sign --private-key other.pem --pcrs 12+13 $one
complains 'register 12 cannot be signed for: not given is'
exits 2 measure sign $one
cmp sig.json before.json || fail 'the file was changed'

# By somebody who has the key elsewhere.
mkdir to-sign
two=esp/loader/extensions/two.sysext.raw
exits 0 measure sign --digest-only to-sign --combinations $one $two
same 'policies to sign' "$(find to-sign -name '*.policy' | wc -l)" 4
exits 1 measure sign --public-key other.pub --attach to-sign --combinations $one $two
for policy in to-sign/*.policy; do
  openssl dgst -sha256 -sign other.pem -out "${policy%.policy}.sig" "$policy"
done
exits 0 measure sign --public-key other.pub --attach to-sign --combinations \
  --into offline.json $one $two
exits 0 measure sign --private-key other.pem --combinations $one $two
cmp out offline.json || fail 'signed elsewhere is something else'
exits 1 measure sign --public-key ext.pub --attach to-sign --combinations $one $two
complains 'is not of this key'

# By a token.
export SOFTHSM2_CONF=$work/softhsm2.conf
printf 'directories.tokendir = %s\nlog.level = ERROR\n' "$work/tokens" \
  >"$SOFTHSM2_CONF"
mkdir tokens
softhsm2-util --init-token --free --label t --pin 1234 --so-pin 1234 >/dev/null
openssl pkcs8 -topk8 -nocrypt -in other.pem -out other.p8
softhsm2-util --import other.p8 --token t --label k --id 01 --pin 1234 >/dev/null
export PKCS11_MODULE_PATH=/usr/lib/softhsm/libsofthsm2.so
# What a token's library leaves behind at the end is none of ours.
options=${ASAN_OPTIONS-}
export ASAN_OPTIONS=${options:+$options:}detect_leaks=0
token='pkcs11:token=t;object=k;type=private?pin-value=1234'
exits 0 measure sign --private-key "$token" --private-key-source engine:pkcs11 \
  --combinations $one $two
cmp out offline.json || fail 'a token signs something else'
exits 1 measure sign --private-key 'pkcs11:token=gone?pin-value=1' \
  --private-key-source engine:pkcs11 $one
export ASAN_OPTIONS=$options
exits 1 measure sign --private-key x --private-key-source provider:none $one
complains 'no provider `none`'
exits 2 measure sign --private-key x --private-key-source token $one

# ---- a TPM -----------------------------------------------------------------------

short=$(mktemp -d /tmp/XXXXXX) # a socket's path is short
trap 'kill $tpm 2>/dev/null || true; rm -rf -- "$short"' EXIT
swtpm socket --tpm2 --tpmstate "dir=$short" --flags startup-clear \
  --server "type=unixio,path=$short/tpm" --ctrl "type=unixio,path=$short/tpm.ctrl" &
tpm=$!
export TPM2TOOLS_TCTI="swtpm:path=$short/tpm"
for _ in $(seq 50); do [ -S "$short/tpm" ] && break || sleep 0.1; done

exits 0 measure sign --private-key other.pem $one
cp out tpm.json
exits 0 --json measure predict --bank sha256 $one
python3 - out tpm.json <<'PY'
import base64, json, sys
open("event", "w").write("13:sha256=" + json.load(open(sys.argv[1]))["events"][0]["digest"]["sha256"])
entry = json.load(open(sys.argv[2]))["sha256"][0]
open("pol", "wb").write(bytes.fromhex(entry["pol"]))
open("pol.sig", "wb").write(base64.b64decode(entry["sig"]))
PY
# Nobody manages its memory: each command leaves it empty.
tpm() {
  "tpm2_$@"
  tpm2_flushcontext -t
}
{
  tpm loadexternal -C o -G rsa -u other.pub -c key.ctx -n key.name
  tpm startauthsession -S trial.ctx
  tpm policyauthorize -S trial.ctx -L authorized -i pol -n key.name
  tpm2_flushcontext trial.ctx
  tpm createprimary -C o -c primary.ctx
  printf secret | tpm create -C primary.ctx -L authorized -i - -u s.pub -r s.priv
  tpm load -C primary.ctx -u s.pub -r s.priv -c sealed.ctx
} >/dev/null
unseal() {
  tpm startauthsession --policy-session -S session.ctx >/dev/null
  tpm policypcr -S session.ctx -l sha256:13 >/dev/null
  tpm verifysignature -c key.ctx -g sha256 -m pol -s pol.sig -f rsassa -t ticket
  local status=0
  tpm2_policyauthorize -S session.ctx -i pol -n key.name -t ticket >/dev/null 2>tpm.err &&
    tpm2_unseal -p session:session.ctx -c sealed.ctx 2>>tpm.err || status=$?
  tpm2_flushcontext -t
  tpm2_flushcontext session.ctx
  return $status
}
if unseal >/dev/null; then fail 'the TPM opens without the image'; fi
tpm2_pcrextend "$(cat event)"
same 'what the TPM opens' "$(unseal)" secret
exits 0 measure verify --tpm "$TPM2TOOLS_TCTI" --stub 257 --pcrs 13 $one
says 'the same'
exits 3 measure verify --tpm "$TPM2TOOLS_TCTI" --stub 257 --pcrs 13 $two
# What is not known of another register is no reason to be content.
exits 3 measure verify --tpm "$TPM2TOOLS_TCTI" --stub 257 $one
says 'register 12 is not verified: not given is the command line'
exits 3 measure verify --tpm "$TPM2TOOLS_TCTI" --stub 257 --pcrs 11+13 $one
says 'register 11 is not verified: not given is the kernel image'
exits 1 measure verify --tpm "swtpm:path=$short/none" --stub 257 $one
exits 2 measure verify --tpm x --log y $one
tpm2_pcrextend "$(cat event)"
if unseal >/dev/null; then fail 'the TPM opens with another image'; fi

# ---- a boot, and its log ----------------------------------------------------------

exits 3 measure verify --log "$log" --stub 257 $one
says 'not predicted'
says 'not measured'
exits 1 measure verify --log linux --stub 257 $one
exits 1 --root "$work/esp" measure verify --stub 257 $one
root=$work/machine
mkdir -p "$root/sys/class/tpm/tpm0/pcr-sha256"
exits 0 --json measure predict --stub 257 --no-cmdline --no-credentials $one
for pcr in 12 13; do
  value $pcr >"$root/sys/class/tpm/tpm0/pcr-sha256/$pcr"
done
exits 0 --root "$root" measure verify --stub 257 --no-cmdline --no-credentials $one
says 'the same'
exits 3 --root "$root" measure verify --stub 257 --no-cmdline --no-credentials $two
printf 'ab\n' >"$root/sys/class/tpm/tpm0/pcr-sha256/13"
exits 1 --root "$root" measure verify --stub 257 $one
complains 'holds no value of sha256'

# ---- a disk -------------------------------------------------------------------------

exits 0 measure enroll --public-key ext.pub --signature sig.json '/dev/my disk'
same 'the call' "$(cat out)" "systemd-cryptenroll --tpm2-device=auto --tpm2-pcrs=7 --tpm2-public-key=ext.pub --tpm2-public-key-pcrs=11+13 --tpm2-signature=sig.json '/dev/my disk'"
sed 's/"sig":/"ref": "initrd", "sig":/' sig.json >for-initrd.json
exits 1 measure enroll --public-key ext.pub --signature for-initrd.json /dev/x
complains 'has no policy by this key'
exits 0 measure enroll --public-key ext.pub --without-secure-boot --pcrs 13 /dev/x
says '--tpm2-pcrs= --tpm2-public-key=ext.pub --tpm2-public-key-pcrs=13 /dev/x'
exits 1 measure enroll --public-key other.pub --signature sig.json /dev/x
complains 'has no policy by this key'
exits 1 measure enroll --public-key ext.pub --signature sig.json --pcrs 13 /dev/x
complains 'must not sign for 13'
mkdir -p "$root/etc"
printf 'KAIROS_VERSION="v3.4.2"\n' >"$root/etc/kairos-release"
exits 1 --root "$root" measure enroll --public-key ext.pub /dev/x
complains 'immucore of this Kairos moves images'
exits 0 --root "$root" measure enroll --public-key ext.pub --pcrs 11 /dev/x
exits 1 measure enroll --run --public-key ext.pub --signature sig.json /dev/nowhere
exits 2 measure enroll /dev/x
