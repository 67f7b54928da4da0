#!/bin/bash
# docs/kairos.md: its Dockerfile makes a tree that has all of what a package brings,
# and the examples are run in that tree, as a node with a unified kernel image, two
# images by systemd-repart in its store and the key of one in the firmware's db.
# `update=yes` writes them anew (outside of a sandbox).
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2 run=$PWD/$3 page=$PWD/$4
work=${TEST_TMPDIR:?}
"$make_images" "$work" >/dev/null

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# ---- the tree: what is Kairos' own, and the Dockerfile ------------------------

root=$work/root
store=/var/lib/kairos/extensions
efivars=$root/sys/firmware/efi/efivars
mkdir -p "$root"/{etc,oem,usr/lib/systemd/system,run/cos,proc/sys/kernel/random} \
  "$root$store/active" "$efivars"
printf 'ID=debian\nVERSION_ID=12\nKAIROS_VERSION=v4.3.0\n' >"$root/etc/os-release"
: >"$root/usr/lib/systemd/libsystemd-shared-257.so"
: >"$root/run/cos/active_mode" >"$root/run/cos/uki_boot_mode"
echo 00000001-0000-4000-8000-000000000001 >"$root/proc/sys/kernel/random/boot_id"
for class in sysext confext; do
  printf '[Service]\nExecStart=systemd-%s refresh\n[Install]\nWantedBy=%s\n' \
    $class sysinit.target >"$root/usr/lib/systemd/system/systemd-$class.service"
  systemctl --root="$root" enable systemd-$class.service 2>/dev/null
done
put() {  # NAME: an image of the store, linked as kairos-agent and immucore do
  cp "$work/images/$1.sysext.raw" "$root$store/"
  ln -s "$store/$1.sysext.raw" "$root$store/active/"
}
put good
put wrong-key
python3 - "$efivars" "$work/keys/vendor.crt" <<'END'
import ssl, struct, sys, uuid
folder, certificate = sys.argv[1:]
firmware = "8be4df61-93ca-11d2-aa0d-00e098032b8c"
databases = "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
x509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072").bytes_le
with open(certificate) as file:
    der = bytes(16) + ssl.PEM_cert_to_DER_cert(file.read())
db = x509 + struct.pack("<III", 28 + len(der), 0, len(der)) + der
for name, vendor, value in (("SecureBoot", firmware, b"\1"),
                            ("SetupMode", firmware, b"\0"),
                            ("db", databases, db)):
    with open(f"{folder}/{name}-{vendor}", "wb") as file:
        file.write(b"\7\0\0\0" + value)
END

sed -n '/^```text Dockerfile$/,/^```$/p' "$page" | sed '1d;$d' >"$work/Dockerfile"
while read -r word from to rest; do
  case $word in
    COPY)
      [[ -n $to && -z $rest ]] || fail "not one file: COPY $from $to $rest"
      [[ $to != */ ]] || to+=${from##*/}
      mkdir -p "$root${to%/*}"
      if [[ $from = extgate ]]; then from=$extgate; fi
      cp -L "$from" "$root$to"
      ;;
    RUN)
      read -ra words <<<"$to $rest"
      case $from in
        mkdir | ln) "$from" "${words[@]/#\/usr/$root/usr}" ;;
        extgate) "$root/usr/bin/extgate" "${words[@]}" >/dev/null ;;
        *) fail "no command of the page's: $from" ;;
      esac
      ;;
    *) fail "nothing of a Dockerfile: $word" ;;
  esac
done <"$work/Dockerfile"

# In /etc, which Kairos keeps, is nothing of extgate's.
found=$(find "$root/etc" -name '*extgate*')
[[ -z $found ]] || fail "an image without extgate would find $found"

# All that a package brings and that is not for an initrd of another kind.
for from in packaging/*.service packaging/*.service.d/*.conf \
  packaging/catalog/*.catalog packaging/probes/*.raw; do
  grep -qF "COPY $from " "$work/Dockerfile" || fail "$page does not copy $from"
done

# ---- the examples -------------------------------------------------------------

mkdir "$work/files"
cp -L packaging/profiles/kairos-uki.yaml "$work/files/"
# The machine of the page: its digests, times and room are always the same.
steady() {
  sed -E -e 's/sha256:[0-9a-f]{64}/sha256:000000000000…/' \
    -e 's/sha256:[0-9a-f]{12}…/sha256:000000000000…/' \
    -e 's/[0-9a-f]{64}/18a840cb…/' -e 's/[0-9]+ bytes/22056960 bytes/' \
    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/2026-11-28T21:00:00Z/g' \
    -e 's/[0-9]+ (s|min) ago/0 min ago/' \
    -e 's/[0-9]+ MiB free/900 MiB free/'
}
{
  echo '#!/bin/bash'
  declare -p extgate root work
  declare -f steady
  cat <<'END'
cp -n "$work"/files/*.yaml .
"$extgate" --root "$root" "$@" | steady
END
} >"$work/on-the-node"
chmod +x "$work/on-the-node"
mkdir "$work/nothing"
if [[ -n ${update-} ]]; then
  python3 "$run" --update "$work/on-the-node" "$work/nothing" "$page" || true
fi
python3 "$run" "$work/on-the-node" "$work/nothing" "$page" ||
  fail "examples of $page: see ${0##*/}"
