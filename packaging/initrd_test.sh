#!/bin/bash
# What the initrd carries over to the root, by systemd-tmpfiles and by the script of
# initramfs-tools: the same images, and what each does where /run is too small.
set -euo pipefail

work=${TEST_TMPDIR:?}
PATH=$PATH:/usr/sbin:/sbin

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

unshare --mount true 2>/dev/null || {
  echo "SKIPPED: nobody may mount here" >&2
  exit 0
}

# ---- an initrd: the host's programs, and what the stub left in /.extra -------

root=$work/root
extra=$root/.extra
mkdir -p "$root"/{dev,proc,run,usr,etc} "$extra"/{sysext,global_confext,credentials}
for folder in bin sbin lib lib64; do
  ln -s "usr/$folder" "$root/$folder"
done
head -c 400000 /dev/urandom >"$extra/sysext/a name.raw"
head -c 700000 /dev/urandom >"$extra/sysext/b.sysext.raw"
head -c 300000 /dev/urandom >"$extra/sysext/c.sysext.raw"
echo conf >"$extra/global_confext/-c.confext.raw"
echo secret >"$extra/credentials/secret"
ln -s /etc/shadow "$extra/sysext/link.raw"
chmod 0555 "$extra"/*
script=packaging/initramfs-tools/scripts/init-top/extgate
cp -L "$script" "$root/script"
mkdir -p "$root/etc/tmpfiles.d"
cp -L packaging/tmpfiles.d/extgate-initrd.conf "$root/etc/tmpfiles.d/"

# carry SIZE HOW: runs it with a /run of that size. What is in it then is in
# $work/run, and what was said to the kernel in $work/kmsg.
carry() {
  local ran=0
  : >"$root/dev/kmsg"
  rm -rf "$work/run"
  unshare --mount bash -euc '
    root=$1 size=$2 kept=$3
    shift 3
    mount --rbind /usr "$root/usr"
    mount --rbind /proc "$root/proc"
    mount -t tmpfs -o "size=$size,mode=0755" tmpfs "$root/run"
    status=0
    chroot "$root" "$@" || status=$?
    cp -a "$root/run" "$kept"
    exit $status' carry "$root" "$1" "$work/run" "${@:2}" 2>"$work/said" || ran=$?
  cp "$root/dev/kmsg" "$work/kmsg"
  [[ -d $work/run ]] || fail "carry: $(<"$work/said")"
  return $ran
}
by_script=(/bin/sh /script)
by_tmpfiles=(systemd-tmpfiles --create extgate-initrd.conf)

# carried NAME...: that these are there, whole, and nothing else.
incoming=$work/run/extgate/incoming
carried() {
  local got name
  got=$(cd "$incoming" && find . -type f -size +0 -printf '%P\n' | sort)
  [[ $got == "$(printf '%s\n' "$@")" ]] || fail "carried: $got"
  for name; do
    cmp "$incoming/$name" "$extra/$name" || fail "$name is another"
  done
  [[ $(stat -c %a "$work/run/extgate") == 700 ]] || fail 'others may look'
}

all=(global_confext/-c.confext.raw 'sysext/a name.raw' sysext/b.sysext.raw
  sysext/c.sysext.raw)
# The first needs more than this /run has.
carry 1m "${by_script[@]}" || fail "the script: $(<"$work/said")"
carried "${all[@]}"
[[ ! -s $work/kmsg && ! -s $work/said ]] || fail "says $(<"$work/kmsg")"
[[ ! -e $incoming/sysext/link.raw ]] || fail 'a symlink is carried'
carry 4m "${by_tmpfiles[@]}" || fail "systemd-tmpfiles: $(<"$work/said")"
carried "${all[@]}"

# Without an /.extra both do nothing.
mv "$extra" "$root/extra"
carry 4m "${by_script[@]}" || fail "the script, without: $(<"$work/said")"
[[ ! -e $incoming ]] || fail 'there is something without /.extra'
carry 4m "${by_tmpfiles[@]}" || fail "tmpfiles, without: $(<"$work/said")"
carried
mv "$root/extra" "$extra"

# ---- no room of its own, and a /run that is too small: what fits goes over -----

# Without this capability nobody can mount.
unable=(setpriv --bounding-set=-sys_admin)
carry 1m "${unable[@]}" "${by_script[@]}" || fail 'the script stops the boot'
carried global_confext/-c.confext.raw 'sysext/a name.raw' sysext/c.sysext.raw
diff "$work/kmsg" - <<<'<3>extgate: /.extra/sysext/b.sysext.raw is not carried to the root: no space in /run' ||
  fail 'what is said'
[[ ! -s $incoming/part ]] || fail 'space is lost'

# A /run that is full.
carry 4k "${unable[@]}" "${by_script[@]}" || fail 'the script stops the boot: full'
[[ $(<"$work/kmsg") == *'is not carried'* ]] || fail 'nothing is said: full'

# systemd-tmpfiles does not even say so, hence run-extgate-incoming.mount.
carry 1m "${by_tmpfiles[@]}" || fail "systemd-tmpfiles stops the boot"
for image in "$incoming"/sysext/*.raw; do
  cmp "$image" "$extra/sysext/${image##*/}" || fail "$image is carried in part"
done

# ---- the signature that unlocks disks -------------------------------------------

# What dracut's unit runs, then systemd's own line for what the kernel image carries.
credential=$root/run-credential
conf=pcr-signature.conf
cp -L "packaging/dracut/90extgate/$conf" "$root/etc/$conf"
grep -q "^ExecStart=-systemd-tmpfiles --create /usr/lib/extgate/$conf\$" \
  packaging/dracut/90extgate/extgate-pcr-signature.service ||
  fail "the unit does not run $conf"
cat >"$root/etc/tmpfiles.d/20-stub.conf" <<'CONF'
C /run/systemd/tpm2-pcr-signature.json 0444 root root - /.extra/tpm2-pcr-signature.json
CONF
cat >"$root/deliver" <<'SH'
mkdir -p /run/systemd /run/credentials/@encrypted
[ ! -e /run-credential ] ||
  cp /run-credential /run/credentials/@encrypted/extgate.tpm2-pcr-signature
[ -z "$1" ] || cp "$1" /run/filler
systemd-tmpfiles --create /etc/pcr-signature.conf
status=$?
[ ! -e /run/filler ] || rm /run/filler
systemd-tmpfiles --create 20-stub.conf
exit $status
SH
signature=$work/run/systemd/tpm2-pcr-signature.json
is_signature() { # FILE WHAT
  cmp "$signature" "$1" || fail "$2: another signature"
  [[ $(stat -c '%a %u' "$signature") == '444 0' ]] || fail "$2: who may write to it"
  [[ $(ls "$work/run/systemd") == tpm2-pcr-signature.json ]] || fail "$2: something is left"
}
from_image=$extra/tpm2-pcr-signature.json
echo '{"sha256": []}' >"$from_image"
carry 4m sh /deliver '' || true
is_signature "$from_image" 'without a credential'
head -c 300000 /dev/urandom >"$credential"
carry 4m sh /deliver '' || fail "a credential: $(<"$work/said")"
is_signature "$credential" 'with a credential'
# Not a part of it.
carry 700k sh /deliver /run-credential && fail 'all of it found room'
is_signature "$from_image" 'without room'

# The same without systemd.
by_script_is() { # FILE WHAT
  carry 4m "${by_script[@]}" || fail "the script, $2: $(<"$work/said")"
  [[ ! -s $work/said ]] || fail "the script, $2: $(<"$work/said")"
  is_signature "$1" "by the script, $2"
}
by_script_is "$from_image" 'without a credential'
mv "$credential" "$extra/credentials/extgate.tpm2-pcr-signature.cred"
by_script_is "$extra/credentials/extgate.tpm2-pcr-signature.cred" 'with a credential'
carry 200k "${by_script[@]}" || fail 'the script stops the boot: signature'
is_signature "$from_image" 'by the script, without room'
rm "$extra/credentials/extgate.tpm2-pcr-signature.cred" "$from_image"
carry 4m "${by_script[@]}" || fail "the script: $(<"$work/said")"
[[ ! -e $work/run/systemd ]] || fail 'a signature without any'

# ---- that mount, and that unit --------------------------------------------------

units=$work/units/usr/lib/systemd/system
mkdir -p "$units" "$work/units/usr/bin"
cp /bin/true "$work/units/usr/bin/systemd-tmpfiles"
for target in sysinit cryptsetup-pre shutdown; do
  printf '[Unit]\nDefaultDependencies=no\n' >"$units/$target.target"
done
for unit in run-extgate-incoming.mount extgate-pcr-signature.service; do
  cp -L "packaging/dracut/90extgate/$unit" "$units/"
  said=$(systemd-analyze verify --root="$work/units" --man=no "$unit" 2>&1) ||
    fail "$unit: $said"
  [[ -z $said ]] || fail "$unit: $said"
  systemctl --root="$work/units" enable "$unit" 2>/dev/null
  [[ -L $work/units/etc/systemd/system/sysinit.target.wants/$unit ]] ||
    fail "$unit is not enabled"
done
