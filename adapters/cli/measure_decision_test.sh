#!/usr/bin/env bash
# `measure: {pcr: N}`: what `apply` extends into a TPM of swtpm, what systemd's
# log then has, and what `measure verify` makes of it, here and elsewhere, with
# quotes by tpm2-tools.
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2 firmware_log=$PWD/$3
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
"$make_images" "$work" >/dev/null

short=$(mktemp -d /tmp/XXXXXX) # a socket's path is short
tpm=
trap '[ -z "$tpm" ] || kill "$tpm" 2>/dev/null || true; rm -rf -- "$short"' EXIT
swtpm socket --tpm2 --tpmstate "dir=$short" --flags startup-clear \
  --server "type=unixio,path=$short/tpm" --ctrl "type=unixio,path=$short/tpm.ctrl" &
tpm=$!
for _ in $(seq 50); do [ -S "$short/tpm" ] && break || sleep 0.1; done
export TPM2TOOLS_TCTI=swtpm:path=$short/tpm

root=$work/root
policy=$root/oem/90_extgate.yaml
log=$root/run/log/systemd/tpm2-measure.log
mkdir -p "$root"/{oem,run,usr/lib,dev,var/lib/extensions,proc/sys/kernel/random}
echo ID=debian >"$root/usr/lib/os-release"
echo 12345678-0000-4000-8000-000000000001 >"$root/proc/sys/kernel/random/boot_id"
cp "$work/images/good.sysext.raw" "$root/var/lib/extensions/"
write_policy() {  # MEASURE
  printf '#cloud-config\nextension_policy:\n  mode: enforcing\n%s' "$1" >"$policy"
  printf '  trust:\n    certificates:\n      - |\n' >>"$policy"
  sed 's/^/        /' "$work/keys/vendor.crt" >>"$policy"
}
apply() { exits 0 --root "$root" apply; }
register() { tpm2_pcrread "sha256:$1" | sed -n 's/.*0x//p' | tr A-F a-f; }
records() { grep -c extgate-decision "$log"; }
verify() {  # STATUS ARGUMENT...: on this machine
  local want=$1
  shift
  exits "$want" --root "$root" measure verify --decision \
    --tpm "$TPM2TOOLS_TCTI" "$@"
}

# ---- without a TPM, and without the key ----------------------------------------

write_policy $'  measure: {pcr: 14}\n'
apply
complains '(not-measured)'
complains 'into PCR 14: there is no TPM in `/dev`'
[ ! -e "$log" ] || fail 'a log of nothing'
verify 3
says 'no decision of extgate was measured'
ln -s "$short/tpm" "$root/dev/tpmrm0"
write_policy ''
apply
[ ! -e "$log" ] || fail 'measured without being asked to'

# ---- measured --------------------------------------------------------------------

write_policy $'  measure: {pcr: 14}\n'
apply
[ "$(records)" = 1 ] || fail "$(records) records"
# By another hand: the text, its digest, and what the register makes of it.
python3 - "$log" "$root/run/extgate/report.json" "$(register 14)" <<'PY'
import hashlib, json, sys
sha = lambda data: hashlib.sha256(data).digest()
log, report, register = open(sys.argv[1]).read(), open(sys.argv[2], "rb").read(), sys.argv[3]
record = json.loads(log.lstrip("\x1e"))
text = record["content"]["string"]
decided = json.loads(report)
assert text == "extgate-decision:enforcing:ok:%s:%s" % (
    decided["policy"]["sha256"], sha(report).hex()), text
assert record["content"]["bootId"] == "12345678000040008000000000000001"
digest = {d["hashAlg"]: d["digest"] for d in record["digests"]}["sha256"]
assert digest == sha(text.encode()).hex()
assert register.strip() == sha(bytes(32) + bytes.fromhex(digest)).hex(), register
PY
verify 0
says 'PCR 14  kept      enforcing  ok'
says 'the same'
exits 0 --json --root "$root" measure verify --decision --tpm "$TPM2TOOLS_TCTI"
says '"standing": "kept"'
# A decision that stands is not measured again; another one is.
cp "$work/images/unsigned.sysext.raw" "$root/var/lib/extensions/"
apply
[ "$(records)" = 2 ] || fail "$(records) records"
verify 0
says 'PCR 14  measured  enforcing  ok'
says 'PCR 14  kept      enforcing  violations'

# ---- what is not as it was measured ------------------------------------------------

cp "$root/run/extgate/report.json" "$work/report.json"
sed -i 's/"verdict": "deny"/"verdict": "allow"/' "$root/run/extgate/report.json"
verify 3
says 'is not that of the last decision that was measured'
rm "$root/run/extgate/report.json"
verify 3
says 'there is no report of the last decision that was measured'
cp "$work/report.json" "$root/run/extgate/report.json"
cp "$log" "$work/log"
head -n 1 "$work/log" >"$log"
verify 3
cp "$work/log" "$log"
verify 0
tpm2_pcrextend "14:sha256=$(printf x | sha256sum | cut -d' ' -f1)"
verify 3
says 'kept'

# ---- from elsewhere, by what the TPM signs -------------------------------------------

# The firmware's log is of another boot: its events of 14 are none.
apply_here() { rm -rf "$root/run"; mkdir "$root/run"; apply; }
kill "$tpm" && wait "$tpm" 2>/dev/null || true
rm -rf "$short"/*
swtpm socket --tpm2 --tpmstate "dir=$short" --flags startup-clear \
  --server "type=unixio,path=$short/tpm" --ctrl "type=unixio,path=$short/tpm.ctrl" &
tpm=$!
for _ in $(seq 50); do [ -S "$short/tpm" ] && break || sleep 0.1; done
apply_here
{
  tpm2_createek -G ecc -c "$work/ek"
  tpm2_createak -C "$work/ek" -G ecc -g sha256 -s ecdsa -c "$work/ak" -f pem \
    -u "$work/ak.pem"
  tpm2_flushcontext -t
  tpm2_quote -c "$work/ak" -l sha256:14 -g sha256 -q c0ffee -m "$work/q" -s "$work/q.sig"
} >/dev/null
cp "$log" "$work/log"
cp "$root/run/extgate/report.json" "$work/report.json"
elsewhere() {  # STATUS ARGUMENT...
  local want=$1
  shift
  exits "$want" measure verify --decision --log "$firmware_log" \
    --system-log "$work/log" --report "$work/report.json" --quote "$work/q" \
    --quote-signature "$work/q.sig" --quote-key "$work/ak.pem" "$@"
}
elsewhere 0 --nonce c0ffee
says 'PCR 14  kept      enforcing  violations'
says 'the quote is of sha256:14'
elsewhere 3 --nonce c0ffee --decision-pcr 15
says 'no decision of extgate was measured into register 15'
# What the quote does not cover is nowhere but in a log that they wrote, who are
# asked: as the machine would have it, there is nothing beside its kernel image.
elsewhere 3 --nonce c0ffee --stub 257 --no-cmdline --no-credentials --pcrs 13
says 'nothing tells what register 13 holds'
elsewhere 2 --nonce ''
elsewhere 0
says 'without --nonce nobody knows when the quote was made'
elsewhere 3 --nonce c0ffef
says 'made for another nonce'
elsewhere 2 --nonce xyz
cp "$work/q.sig" "$work/q.good"
python3 - "$work/q.sig" <<'PY'
import sys
signature = bytearray(open(sys.argv[1], "rb").read())
signature[20] ^= 1
open(sys.argv[1], "wb").write(signature)
PY
elsewhere 3 --nonce c0ffee
says 'not the signature of that key'
cp "$work/q.good" "$work/q.sig"
sed 's/:violations:/:ok:/' "$work/log" >"$work/nicer" && mv "$work/nicer" "$work/log"
elsewhere 3 --nonce c0ffee
says 'not of its text'
cp "$log" "$work/log"
head -c 100 "$log" >"$work/log"
elsewhere 1 --nonce c0ffee
complains 'record 1: it does not end with a newline'
: >"$work/log"
elsewhere 3 --nonce c0ffee
says 'by its quote the TPM held other values than these logs make'
cp "$log" "$work/log"
cp "$work/keys/vendor.key" "$work/ak.pem"
elsewhere 1 --nonce c0ffee
complains 'a public key or a certificate is asked for'
# Half of what belongs together.
exits 2 measure verify --decision --log "$firmware_log" --quote "$work/q"
exits 2 measure verify --decision --report "$work/report.json"
exits 2 measure verify --decision --system-log "$work/log"
echo 'measure decision: all checks passed'
