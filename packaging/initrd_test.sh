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

# ---- that mount ---------------------------------------------------------------

unit=run-extgate-incoming.mount
units=$work/units/usr/lib/systemd/system
mkdir -p "$units"
cp -L "packaging/dracut/90extgate/$unit" "$units/"
printf '[Unit]\nDefaultDependencies=no\n' >"$units/sysinit.target"
said=$(systemd-analyze verify --root="$work/units" --man=no "$unit" 2>&1) ||
  fail "$unit: $said"
[[ -z $said ]] || fail "$unit: $said"
systemctl --root="$work/units" enable "$unit" 2>/dev/null
[[ -L $work/units/etc/systemd/system/sysinit.target.wants/$unit ]] ||
  fail "$unit is not enabled"
