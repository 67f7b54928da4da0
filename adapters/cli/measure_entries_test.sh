#!/usr/bin/env bash
# `extgate measure predict --install` and `measure sign --install` on real
# images: what is predicted is what is predicted after a real `install` of them,
# and what another hand makes of it.
#
#   measure_entries_test.sh EXTGATE REFERENCE MAKE_IMAGES UKI
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

extgate=$PWD/$1 reference=$PWD/$2 make_images=$PWD/$3 uki=$PWD/$4
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
cd "$work"
"$make_images" "$work" >/dev/null

root=$work/root
efivars=$root/sys/firmware/efi/efivars
esp=$root/efi
policy=$root/etc/extgate/policy.d/50-test.yaml
known=(--stub 257 --no-cmdline)

# A machine with systemd-boot: active, passive and recovery by descriptions, one
# more kernel image by itself, and one entry that no stub starts.
lay_out() {
  local name number=0
  rm -rf "$root"
  mkdir -p "$esp/loader/entries" "$esp/EFI/kairos" "$esp/EFI/Linux" "$efivars" \
    "$root/usr/lib" "$(dirname "$policy")"
  echo ID=debian >"$root/usr/lib/os-release"
  for name in active passive recovery; do
    number=$((number + 1))
    printf 'title Kairos %s\nsort-key 000%d\nefi /EFI/kairos/%s.efi\n' \
      $name $number $name >"$esp/loader/entries/$name.conf"
    cp "$uki" "$esp/EFI/kairos/$name.efi"
  done
  cp "$uki" "$esp/EFI/Linux/custom+3.efi"
  printf 'title Plain\nlinux /vmlinuz\n' >"$esp/loader/entries/plain.conf"
  cp /usr/lib/systemd/boot/efi/systemd-bootx64.efi "$esp/vmlinuz"  # no UKI
  set_var LoaderInfo 'systemd-boot 257.13-1~deb13u1'
  set_var LoaderEntrySelected active.conf
}
write_policy() {  # [LINE...]
  local name
  {
    printf 'extension_policy:\n'
    [ $# -eq 0 ] || printf '  %s\n' "$@"
    printf '  trust:\n    certificates:\n'
    for name in vendor stranger; do
      printf '      - |\n'
      sed 's/^/        /' "$work/keys/$name.crt"
    done
  } >"$policy"
}
# Of each entry of the last --install --json: what a prediction for that entry
# says of the partition as it is now.
as_installed() {  # WHAT
  local id
  cp out predicted
  for id in $(python3 -c '
import json
for entry in json.load(open("predicted"))["entries"]: print(entry["id"])'); do
    exits 0 --json measure predict --esp "$esp" --entry "$id" "${known[@]}"
    python3 - "$id" <<'PY' || fail "$1: $id is another one once it is installed"
import json, sys
by_id = {e["id"]: e for e in json.load(open("predicted"))["entries"]}
sys.exit(by_id[sys.argv[1]]["prediction"] != json.load(open("out")))
PY
  done
}
install_both() {  # STATUS WHAT IMAGE...: predicted, then done
  local status=$1 what=$2
  shift 2
  exits "$status" --root "$root" --json measure predict --install --esp "$esp" \
    "${known[@]}" "$@"
  cp out before
  exits "$status" --root "$root" install "$@"
  cp before out
  as_installed "$what"
}

# ---- predicted, then installed ------------------------------------------------

images=$work/images
lay_out
write_policy 'mode: enforcing' 'entries:' \
  '  - {match: "wrong*", entries: [recovery, custom]}'
all=("$images"/{good,wrong-key,unsigned,other-os,bit-flipped,noise}.sysext.raw)
install_both 3 'the first set' "${all[@]}"
python3 - <<'PY'
import json
predicted = json.load(open("predicted"))
files = {e["id"]: [f for event in e["prediction"]["events"] for f in event["files"]]
         for e in predicted["entries"]}
assert files == {
    "active.conf": ["good.sysext.raw"],
    "custom.efi": ["wrong-key.sysext.raw"],
    "passive.conf": ["good.sysext.raw", "other-os.sysext.raw"],
    "recovery.conf": ["wrong-key.sysext.raw"]}, files
refused = {(i["name"], i["why"]) for i in predicted["installation"]["images"]
           if i["placement"] == "refused"}
assert len({name for name, why in refused}) == 4 and all(w for n, w in refused), refused
assert predicted["remarks"] == [
    "`plain.conf` starts no unified kernel image: no stub measures anything for it"]
PY
# By other names, over what lies there; one that was laid there by hand goes.
cp "$images/good.sysext.raw" good.raw
cp "$images/wrong-key.sysext.raw" wrong-key.raw
cp good.raw "$esp/EFI/kairos/passive.efi.extra.d/"
printf hand >"$esp/EFI/kairos/passive.efi.extra.d/hand.raw"
printf 'a credential' >"$esp/EFI/kairos/active.efi.extra.d/x.cred"
install_both 0 'the second set' good.raw wrong-key.raw
[ ! -e "$esp/EFI/kairos/passive.efi.extra.d/good.raw" ] || fail 'good.raw stays'
# What policy says changes, and so does what is predicted.
write_policy 'mode: permissive' 'entries:' \
  '  - {match: "*", entries: [common]}'
install_both 3 'a permissive policy' "${all[@]}"

# ---- a partition in a file, one entry, none -------------------------------------

truncate -s 1G esp.img
mkfs.vfat -F 32 esp.img >/dev/null
MTOOLS_SKIP_CHECK=1 mcopy -s -i esp.img "$esp"/* ::/
predict=(measure predict --install --policy "$policy" "${known[@]}")
for partition in "$esp" esp.img; do
  exits 3 --json "${predict[@]}" --esp "$partition" "${all[@]}"
  cp out "${partition##*/}.json"
done
cmp efi.json esp.img.json || fail 'a FAT is planned as something else'
exits 0 "${predict[@]}" --bank sha256 --esp esp.img --entry recovery good.raw
says 'recovery.conf:'
if grep -q active out; then fail 'more than the entry that was named'; fi
exits 1 "${predict[@]}" --esp esp.img --entry gone good.raw
complains 'no such entry'
exits 1 "${predict[@]}" --pcrlock --esp esp.img good.raw
complains 'name it by --entry'
exits 0 "${predict[@]}" --pcrlock --esp esp.img --entry active good.raw
says '{"pcr":13,"digests":[{"hashAlg":"sha1"'
exits 2 measure predict --policy "$policy" good.raw
exits 2 measure predict --entry active good.raw
printf 'extension_policy:\n  mode: nonsense\n' >broken.yaml
exits 2 measure predict --install --policy broken.yaml good.raw

# Without a partition: the entries that the policy knows.
write_policy 'mode: enforcing' 'entries:' \
  '  - {match: "wrong*", entries: [recovery]}'
known+=(--no-credentials)
predict=(measure predict --install --policy "$policy" "${known[@]}")
exits 0 --json "${predict[@]}" good.raw wrong-key.raw
cp out predicted
for word in active passive recovery; do
  image=good
  [ $word != recovery ] || image=wrong-key
  exits 0 --json measure predict "${known[@]}" "$images/$image.sysext.raw"
  python3 - $word <<'PY' || fail "the set of $word is another one"
import json, sys
by_word = {e["entry"]: e for e in json.load(open("predicted"))["entries"]}
assert sorted(by_word) == ["active", "passive", "recovery"], sorted(by_word)
sys.exit(by_word[sys.argv[1]]["prediction"] != json.load(open("out")))
PY
done

# A Kairos that moves images away: nothing is measured but for recovery.
printf 'KAIROS_VERSION="v3.4.2"\n' >"$root/etc/kairos-release"
rm -rf "$esp"/EFI/*/*.extra.d
exits 0 --root "$root" "${predict[@]}" --esp "$esp" good.raw wrong-key.raw
says 'where no stub looks: it is not measured'
says 'immucore of this Kairos moves images'
exits 0 --root "$root" --json "${predict[@]}" --esp "$esp" good.raw wrong-key.raw
python3 - <<'PY'
import json
files = {e["id"]: [f for event in e["prediction"]["events"] for f in event["files"]]
         for e in json.load(open("out"))["entries"]}
assert files == {"active.conf": [], "custom.efi": [], "passive.conf": [],
                 "recovery.conf": ["wrong-key.sysext.raw"]}, files
PY
rm "$root/etc/kairos-release"

# ---- another hand, on random sets -------------------------------------------------

# Whatever the files are: policy lets all of them in, and only names count.
for seed in 1 2 3 4 5 6; do
  python3 - $seed <<'PY'
import json, os, random, shutil, sys
r = random.Random(int(sys.argv[1]))
shutil.rmtree("random", ignore_errors=True)
words = ["active", "passive", "recovery", "custom"]
def write(folder, names):
    os.makedirs(folder)
    for name in names:
        with open(os.path.join(folder, name), "wb") as file:
            file.write(r.randbytes(r.choice((1, 4, 5000))))
stems = ["a", "ab", "b c", "k3s-1", "k3s-2", "Z", "long" * 50]
def some():
    return {s + r.choice((".raw", ".sysext.raw", ".confext.raw"))
            for s in r.sample(stems, r.randrange(0, len(stems)))}
for word in words:
    write(f"random/lying/{word}", some() | {"x.cred"})
write("random/given",
      {n for n in some() if not n.startswith("k3s-1.")} | {"k3s-1.raw"})
patterns = r.sample(["a*", "k3s-*", "*", "Z", "b c"], r.randrange(0, 4))
mapping = [[p, r.sample(words + ["common"], r.randrange(1, 4))] for p in patterns]
json.dump(mapping, open("random/map.json", "w"))
with open("random/policy.yaml", "w") as file:
    file.write("extension_policy:\n  mode: permissive\n  unmergeable: stage\n")
    if mapping:
        file.write("  entries:\n")
    for pattern, entries in mapping:
        file.write("    - {match: %s, entries: %s}\n" %
                   (json.dumps(pattern), json.dumps(entries)))
PY
  lay_out
  mv "$esp/EFI/Linux/custom+3.efi" "$esp/EFI/Linux/custom.efi"
  for word in active passive recovery custom; do
    folder=$esp/EFI/kairos
    [ $word != custom ] || folder=$esp/EFI/Linux
    cp -r random/lying/$word "$folder/$word.efi.extra.d"
  done
  python3 "$reference" --entries "$(cat random/map.json)" \
    active=random/lying/active passive=random/lying/passive \
    recovery=random/lying/recovery custom=random/lying/custom \
    -- random/given/* >theirs
  exits 0 --root "$root" --json measure predict --install --bank sha256 \
    --policy random/policy.yaml --stub 257 --no-cmdline --esp "$esp" random/given/*
  python3 - <<'PY' >ours
import json
for entry in sorted(json.load(open("out"))["entries"], key=lambda e: e["entry"]):
    for pcr in ("12", "13"):
        print(entry["entry"], pcr, entry["prediction"]["pcrs"][pcr]["sha256"])
PY
  cmp ours theirs || fail "set $seed is another one to another hand"
done

# ---- signatures for a release ------------------------------------------------------

openssl genrsa -out ext.pem 2048 2>/dev/null
lay_out
write_policy 'mode: enforcing' 'entries:' \
  '  - {match: "good*", entries: [active, passive, recovery]}' \
  '  - {match: "wrong*", entries: [active, custom]}' \
  'rules:' \
  '  - {id: base, match: {name: [good], entries: [active, passive]}, verdict: allow, required: true}'
policies() { # FILE: the digests that are signed
  python3 -c '
import json, sys
print("\n".join(sorted(e["pol"] for e in json.load(open(sys.argv[1]))["sha256"])))
' "$1"
}
sign=(measure sign --private-key ext.pem --pcrs 13 --stub 257)
exits 0 "${sign[@]}" --install --combinations --policy "$policy" --esp "$esp" \
  good.raw wrong-key.raw
policies out >ours
# The same of a FAT in a file, and with an image that lies there already.
mkdir -p "$esp/EFI/kairos/active.efi.extra.d"
cp "$images/good.sysext.raw" "$esp/EFI/kairos/active.efi.extra.d/"
truncate -s 64M esp.img
mkfs.vfat -F 32 esp.img >/dev/null
MTOOLS_SKIP_CHECK=1 mcopy -s -i esp.img "$esp"/* ::/
exits 0 "${sign[@]}" --install --combinations --policy "$policy" --esp esp.img \
  good.raw wrong-key.raw
policies out >of-fat
cmp ours of-fat || fail 'a FAT is signed for as something else'
rm -r "$esp/EFI/kairos/active.efi.extra.d"
# active: with good, wrong-key or not. passive: good. recovery: good or not.
# custom: wrong-key or not. Each set once.
good=$images/good.sysext.raw wrong=$images/wrong-key.sysext.raw
: >theirs
for set in "$good $wrong" "$good" "$wrong" ""; do
  exits 0 "${sign[@]}" $set
  policies out >>theirs
done
sort -o theirs theirs
cmp ours theirs || fail 'other sets are signed for'
# Without combinations: of each entry the set that it will have.
exits 0 "${sign[@]}" --install --policy "$policy" --esp "$esp" good.raw wrong-key.raw
same_count=$(policies out | wc -l)
[ "$same_count" = 3 ] || fail "$same_count sets in place of 3"
# By the kernel images too; offline as ever.
exits 0 measure sign --private-key ext.pem --stub 257 --install --combinations \
  --policy "$policy" --esp "$esp" --into sig.json good.raw wrong-key.raw
says '16 policies for 11+13 in sig.json'
mkdir to-sign
exits 0 measure sign --digest-only to-sign --pcrs 13 --stub 257 --install --combinations \
  --policy "$policy" --esp "$esp" good.raw wrong-key.raw
[ "$(find to-sign -name '*.policy' | wc -l)" = 4 ] || fail 'not 4 to sign'
# What policy does not allow is not signed for, given or found there.
cp sig.json before.json
exits 3 "${sign[@]}" --install --policy "$policy" --esp "$esp" \
  "$images/unsigned.sysext.raw" good.raw
says unsigned
mkdir "$esp/EFI/Linux/custom.efi.extra.d"
cp "$images/unsigned.sysext.raw" "$esp/EFI/Linux/custom.efi.extra.d/"
exits 3 "${sign[@]}" --install --policy "$policy" --esp "$esp" --into sig.json good.raw
says unsigned
exits 3 "${sign[@]}" --policy "$policy" --esp "$esp" --entry custom.efi
says unsigned
cmp sig.json before.json || fail 'a refused release changed the file'
rm -r "$esp/EFI/Linux/custom.efi.extra.d"
# Permissive installs it; it is not signed for all the same.
sed 's/mode: enforcing/mode: permissive/' "$policy" >permissive.yaml
exits 3 "${sign[@]}" --install --policy permissive.yaml --esp "$esp" \
  "$images/unsigned.sysext.raw"

# ---- what is signed is what policy allows ---------------------------------------------

rm -rf "$esp"/EFI/*/*.extra.d
sign+=(--policy "$policy")
write_policy 'mode: enforcing' 'entries:' \
  '  - {match: "noise*", entries: [passive]}' \
  '  - {match: "odd*", entries: [passive]}'
# Each block of it, and not the table and the tree alone.
exits 3 "${sign[@]}" "$images/bit-flipped.sysext.raw"
says verity-corrupt
# What the policy gives to another entry is in the register all the same.
exits 3 "${sign[@]}" "$images/noise.sysext.raw"
complains 'noise.sysext.raw` is measured and not allowed'
mkdir "$esp/EFI/kairos/active.efi.extra.d"
cp "$images/noise.sysext.raw" "$esp/EFI/kairos/active.efi.extra.d/"
exits 3 "${sign[@]}" --install --esp "$esp" --entry active good.raw
complains 'noise.sysext.raw` is measured and not allowed'
exits 3 "${sign[@]}" --esp "$esp" --entry active good.raw
rm -r "$esp/EFI/kairos/active.efi.extra.d"
exits 3 "${sign[@]}" --esp "$esp" --entry passive "$images/noise.sysext.raw"
says not-a-disk-image
# For another OS: of another entry than this boot's it is not known which it has.
other=$images/other-os.sysext.raw
exits 3 "${sign[@]}" "$other"
complains 'other-os.sysext.raw` is measured and not allowed'
exits 3 --root "$root" "${sign[@]}" --esp "$esp" --entry active "$other"
exits 0 --root "$root" "${sign[@]}" --esp "$esp" --entry passive "$other"

# What `extra` lines name, which systemd-boot measures from 261 on.
mkdir -p extras/{EFI/kairos,loader/entries,evil}
cp "$uki" extras/EFI/kairos/x.efi
cp "$images/unsigned.sysext.raw" extras/evil/unsigned.sysext.raw
printf 'title x\nuki /EFI/kairos/x.efi\nextra /evil/unsigned.sysext.raw\nextra /gone.sysext.raw\n' \
  >extras/loader/entries/x.conf
with_extras=("${sign[@]}" --esp extras)
exits 3 "${with_extras[@]}" --boot-loader 261 good.raw
says unsigned
exits 3 "${with_extras[@]}" good.raw
says unsigned
exits 3 "${with_extras[@]}" --install --entry x --boot-loader 261
says unsigned
exits 0 "${with_extras[@]}" --boot-loader 260 good.raw
cp "$good" extras/evil/good.sysext.raw
sed -i 's/unsigned/good/' extras/loader/entries/x.conf
exits 0 "${with_extras[@]}" --boot-loader 261
