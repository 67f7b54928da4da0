#!/usr/bin/env bash
# Runs `extgate check` and `inspect` on signed images of every format, made by
# the tools that make them on a real system. The first check that fails ends
# the test.
set -euo pipefail

extgate=$PWD/$1
work=${TEST_TMPDIR:?}
PATH=$PATH:/usr/sbin:/sbin
cd "$work"

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=vendor" \
  -keyout key -out crt 2>/dev/null
{
  printf 'extension_policy:\n  mode: enforcing\n  trust:\n'
  printf '    certificates:\n      - |\n'
  sed 's/^/        /' crt
} >policy.yaml

fail() {
  echo "FAILED: $*" >&2
  cat out err >&2
  exit 1
}

# exits STATUS ARGUMENT...: output is then in out and err.
exits() {
  local want=$1 got=0
  shift
  "$extgate" "$@" >out 2>err || got=$?
  [ "$got" = "$want" ] || fail "extgate $* exited $got, expected $want"
}
says() { grep -qF -- "$1" out || fail "no \`$1\` in the output"; }

# A tree of an extension; $2 is where its release file is.
make_tree() { # NAME FOLDER
  mkdir -p "tree/$1/$2/extension-release.d" "tree/$1/usr/share"
  echo ID=_any >"tree/$1/$2/extension-release.d/extension-release.$1"
  head -c 300000 /dev/urandom >"tree/$1/usr/share/noise"
  [ "$2" != etc ] || rm -r "tree/$1/usr"
}

# Signs filesystem FS into NAME.raw as systemd-repart does.
make_ddi() { # NAME FS
  local type
  rm -rf definitions "$1.raw"
  mkdir definitions
  for type in root root-verity root-verity-sig; do
    printf '[Partition]\nType=%s\nVerityMatchKey=x\n' "$type" \
      >"definitions/$type.conf"
  done
  printf 'Verity=data\nCopyBlocks=%s\n' "$work/$2" >>definitions/root.conf
  printf 'Verity=hash\nMinimize=best\n' >>definitions/root-verity.conf
  echo 'Verity=signature' >>definitions/root-verity-sig.conf
  systemd-repart --definitions="$work/definitions" --empty=create --size=auto \
    --dry-run=no --no-pager --private-key=key --certificate=crt \
    "$work/$1.raw" >log 2>&1 || { cat log >&2; exit 1; }
}

# allows NAME FILESYSTEM [ARGUMENT...]
allows() {
  local name=$1 filesystem=$2
  shift 2
  exits 0 check --policy policy.yaml "$@" "$name.raw"
  says "signed by CN=vendor"
  exits 0 inspect --full "$@" "$name.raw"
  says "$filesystem"
  says "every block agrees with the hash tree"
  # A changed byte of the release file is no longer what was signed.
  python3 - "$name.raw" <<'PYTHON'
import sys
with open(sys.argv[1], "r+b") as image:
    image.seek(1048576 + 1024)
    byte = image.read(64)
    image.seek(-64, 1)
    image.write(bytes(b ^ 1 for b in byte))
PYTHON
  exits 3 check --policy policy.yaml "$@" "$name.raw"
  says "verity-corrupt"
}

# ext4
make_tree ext4 usr/lib
for options in "-b 4096" "-b 1024 -O ^extent,^64bit" "-b 4096 -O inline_data"; do
  truncate -s 4M fs
  # shellcheck disable=SC2086
  mkfs.ext4 -q -F $options -d tree/ext4 fs 2>/dev/null
  make_ddi ext4 fs
  allows ext4 ext4
done

# squashfs, by every compressor of Debian's library, and those it lacks
make_tree squashfs usr/lib
for compression in gzip xz lz4 zstd; do
  rm -f fs
  mksquashfs tree/squashfs fs -quiet -no-progress -comp "$compression" >/dev/null
  make_ddi squashfs fs
  allows squashfs squashfs
done
for compression in lzma lzo; do
  rm -f fs
  mksquashfs tree/squashfs fs -quiet -no-progress -comp "$compression" >/dev/null
  make_ddi squashfs fs
  exits 3 check --policy policy.yaml squashfs.raw
  says "filesystem-unsupported"
  says "squashfs with $compression compression"
done

# confext
make_tree confext etc
mkdir -p tree/confext/etc/service
echo on >tree/confext/etc/service/setting
mkfs.erofs --quiet -zlz4 fs.erofs tree/confext >/dev/null
make_ddi confext fs.erofs
mkdir -p confexts
cp confext.raw confext.confext.raw
exits 0 check --policy policy.yaml confext.confext.raw
says "signed by CN=vendor"
exits 0 --json check --policy policy.yaml confext.confext.raw
tr -d ' \n' <out | grep -qF '"class":"confext"' || fail "not of class confext"
# As a sysext it has no release file.
cp confext.raw confext.sysext.raw
exits 3 check --policy policy.yaml confext.sysext.raw
says "release-missing"

# LUKS in the partition
for version in 1 2; do
  truncate -s 20M fs
  echo secret | cryptsetup -q luksFormat --type "luks$version" \
    --pbkdf pbkdf2 --pbkdf-force-iterations 1000 fs -
  make_ddi luks fs
  exits 3 check --policy policy.yaml luks.raw
  says "filesystem-unsupported"
  says "encryption by LUKS$version"
  cp fs bare.raw
  exits 3 check --policy policy.yaml bare.raw
  says "encryption by LUKS$version"
done
echo "all as expected"
