#!/usr/bin/env bash
# What `explain` says of real images, against testdata/explain; and that every
# change it offers, made as it says, turns the verdict. Goldens are updated by
#   UPDATE_GOLDENS=$PWD/testdata/explain bazel run //adapters/cli:explain_test
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2 goldens=$PWD/$3
work=$(mktemp -d "${TEST_TMPDIR:-/tmp}/explain.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
"$make_images" "$work"
images=$work/images
store=var/lib/kairos/extensions/common
export PATH=$PATH:/usr/sbin

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

policy() {  # [LINE...]: trusts the vendor
  echo "extension_policy:"
  printf '  %s\n' "$@"
  printf '  trust:\n    certificates:\n      - |\n'
  sed 's/^/        /' "$work/keys/vendor.crt"
}

make_root() {  # ROOT IMAGE [LINE...]
  mkdir -p "$1"/{etc/extgate/policy.d,usr/lib/systemd,run,$store}
  printf 'ID=debian\nVERSION_ID=13\n' >"$1/etc/os-release"
  touch "$1/usr/lib/systemd/libsystemd-shared-257.so"
  cp "$images/$2.sysext.raw" "$1/$store/"
  policy "${@:3}" >"$1/etc/extgate/policy.d/50.yaml"
}

# What differs from run to run.
scrub() {
  sed -E -e 's/[0-9a-f]{64}/HEX/g' -e 's/[0-9a-f]{12}…/HEX…/g' \
    -e 's/, [0-9]+ bytes\)/, N bytes)/' -e 's/count=[0-9]+/count=N/' \
    -e 's/ [0-9]+ min ago \([^)]*\)/ N min ago (TIME)/' |
    awk '/BEGIN CERTIFICATE/ { print; print "       PEM"; pem = 1 }
         /END CERTIFICATE/ { pem = 0 } !pem'
}

golden() {  # NAME ROOT SUBJECT
  "$extgate" --root "$2" explain "$3" 2>/dev/null | scrub >"$work/out" ||
    fail "$1: exit status"
  if [ -n "${UPDATE_GOLDENS-}" ]; then
    cp "$work/out" "$UPDATE_GOLDENS/$1.txt"
  else
    diff -u "$goldens/$1.txt" "$work/out" || fail "$1 differs from its golden"
  fi
}

# Makes each offer about the one image of ROOT and asks again.
holds() {  # ROOT NAME
  python3 - "$extgate" "$work" "$1" "$2" "$store" <<'PYTHON' || fail "offers on $2"
import json, os, shutil, subprocess, sys
extgate, work, root, name, store = sys.argv[1:]

def explain(root, subject):
    out = subprocess.run([extgate, "--root", root, "--json", "explain", subject],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         check=True)
    return json.loads(out.stdout)

def verdict(root, subject):
    return explain(root, subject)["now"]["images"][0]["verdict"]

offers = explain(root, name)["remedies"][0]["offers"]
assert offers, "no offer"
for number, offer in enumerate(offers):
    kinds = [change["kind"] for change in offer["changes"]]
    if {"good-copy", "other-build", "remove-rule", "narrow-rule"} & set(kinds):
        continue  # another's to do, or by hand
    mended = f"{work}/mended"
    shutil.rmtree(mended, ignore_errors=True)
    shutil.copytree(root, mended)
    if offer["policy"]:
        path = mended + offer["path"]
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w").write(offer["policy"])
    if offer["rebuild"]:
        build = f"{work}/build"
        shutil.rmtree(build, ignore_errors=True)
        os.mkdir(build)
        image = f"/{store}/{name}.sysext.raw"
        script = "\n".join(offer["rebuild"]).replace(image, mended + image)
        # Mounts of its own, where it makes any.
        shell = ["unshare", "--mount"] if "mount" in name else []
        shell.append("sh")
        subprocess.run([*shell, "-eu"], input=script.encode(), cwd=build,
                       env=dict(os.environ, KEY=f"{work}/keys/vendor.key",
                                CERT=f"{work}/keys/vendor.crt"),
                       stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)
        shutil.copy(f"{build}/{name}.sysext.raw", mended + image)
    assert verdict(mended, name) == "allow", (number, kinds)
    print(name, "+".join(kinds), "holds")
PYTHON
}

tree_of() {  # NAME TOP [FILE]: below TOP an extension NAME, whose /usr is TOP
  mkdir -p "$2"/{lib/extension-release.d,share/doc}
  echo ID=_any >"$2/lib/extension-release.d/extension-release.$1"
  echo "$1" >"$2/share/doc/${3-file}"
}

disk() {  # NAME TYPE=FILESYSTEM...: an image of these partitions
  local definitions=$work/$1.repart.d number=0 part
  mkdir "$definitions"
  for part in "${@:2}"; do
    number=$((number + 1))
    printf '[Partition]\nType=%s\nCopyBlocks=%s\n' \
      "${part%%=*}" "${part#*=}" >"$definitions/$number.conf"
  done
  systemd-repart --definitions="$definitions" --empty=create --size=auto \
    --dry-run=no --seed=random "$images/$1.sysext.raw" >/dev/null 2>&1
}

# What cannot be taken as it lies: two roots, root and usr, lzo.
tree_of two-roots "$work/two/usr"
mkfs.erofs "$work/two.erofs" "$work/two" >/dev/null 2>&1
disk two-roots root="$work/two.erofs" root="$work/two.erofs"
tree_of root-usr "$work/upper"
tree_of hidden "$work/lower/usr" hidden
mkfs.erofs "$work/upper.erofs" "$work/upper" >/dev/null 2>&1
mksquashfs "$work/lower" "$work/lower.squashfs" >/dev/null 2>&1
disk root-usr root="$work/lower.squashfs" usr="$work/upper.erofs"
tree_of lzo "$work/lzo/usr"
mksquashfs "$work/lzo" "$work/lzo.squashfs" -comp lzo >/dev/null 2>&1
disk lzo root="$work/lzo.squashfs"

# What no tool but the kernel reads: its offer mounts.
tree_of mounted "$work/ext4/usr"
truncate -s 4M "$work/mounted.ext4"
mkfs.ext4 -q -O encrypt -d "$work/ext4" "$work/mounted.ext4"
disk mounted root="$work/mounted.ext4"

for name in wrong-key unsigned bare bit-flipped noise other-os usr-only good \
  two-roots root-usr lzo; do
  root=$work/$name
  make_root "$root" "$name" "mode: enforcing"
  "$extgate" --root "$root" apply >/dev/null 2>&1
  # A name that is a reason code is taken for that: the path then.
  case $name in
    unsigned) subject=/$store/unsigned.sysext.raw ;;
    *) subject=$name ;;
  esac
  golden "$name" "$root" "$subject"
done
for name in wrong-key bare other-os usr-only two-roots root-usr lzo; do
  holds "$work/$name" "$name"
done

# The kernel, and who may mount, differ from machine to machine; so no golden.
make_root "$work/mounted" mounted "mode: enforcing"
"$extgate" --root "$work/mounted" apply >/dev/null 2>&1
"$extgate" --root "$work/mounted" explain mounted >"$work/out" 2>/dev/null
grep -q 'mount -o ro,loop,nodev,nosuid,noexec data mounted' "$work/out" ||
  fail "no offer for mounted mounts"
mkdir "$work/mnt"
if unshare --mount mount -o ro,loop "$work/mounted.ext4" "$work/mnt"; then
  holds "$work/mounted" mounted
else
  echo "mounted: SKIPPED, nobody may mount an ext4 with a loop device here"
fi

# What is offered to be pasted, pasted.
"$extgate" --root "$work/wrong-key" explain wrong-key 2>/dev/null |
  sed -n '/^3\./,/^then/ { /^       /p }' >"$work/pasted"
mv "$work/pasted" "$work/wrong-key/etc/extgate/policy.d/90-pasted.yaml"
"$extgate" --root "$work/wrong-key" check \
  "$images/wrong-key.sysext.raw" >/dev/null 2>&1 || fail "pasted"

# Under a floor, denied by a rule, for another entry, gone, another boot.
make_root "$work/floor" wrong-key "mode: enforcing"
mkdir -p "$work/floor/usr/lib/extgate/policy.d"
mv "$work/floor"/{etc,usr/lib}/extgate/policy.d/50.yaml
sed -i '1a\  mode_floor: enforcing' \
  "$work/floor/usr/lib/extgate/policy.d/50.yaml"
golden floor "$work/floor" wrong-key
holds "$work/floor" wrong-key

make_root "$work/denied" good "mode: enforcing" "rules:" "  - id: old" \
  "    match: {name: [good, other]}" "    verdict: deny" "    reason: CVE-1"
golden denied "$work/denied" good

make_root "$work/entry" good "entries:" "  - match: good" \
  "    entries: [passive]"
mkdir -p "$work/entry/run/cos"
touch "$work/entry/run/cos/active_mode"
golden entry "$work/entry" good

make_root "$work/gone" good
mkdir -p "$work/gone/proc/sys/kernel/random"
echo 6a1f8a7e-0000-4000-8000-000000000001 \
  >"$work/gone/proc/sys/kernel/random/boot_id"
"$extgate" --root "$work/gone" apply >/dev/null 2>&1
echo 6a1f8a7e-0000-4000-8000-000000000002 \
  >"$work/gone/proc/sys/kernel/random/boot_id"
rm "$work/gone/$store/good.sysext.raw"
golden gone "$work/gone" good
echo "all as expected"
