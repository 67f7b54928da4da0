#!/bin/bash
# A module for dracut, installed in /usr/lib/dracut/modules.d/90extgate/ beside the
# files of this directory, and extgate-initrd.conf of tmpfiles.d/. It runs where the
# initrd is made, and adds files to it, no command: in the initrd
# systemd-tmpfiles-setup.service carries /.extra over, nothing merges, and
# extgate-pcr-signature.service hands on a signature. dracut.modules(7).

# Part of each initrd with a systemd in it.
check() {
  require_binaries systemd-tmpfiles || return 1
}

depends() {
  echo systemd systemd-tmpfiles
}

install() {
  # shellcheck disable=SC2154  # dracut sets moddir and initdir
  inst_simple "$moddir/extgate-initrd.conf" \
    /usr/lib/tmpfiles.d/extgate-initrd.conf
  inst_simple "$moddir/run-extgate-incoming.mount" \
    /usr/lib/systemd/system/run-extgate-incoming.mount
  inst_simple "$moddir/pcr-signature.conf" /usr/lib/extgate/pcr-signature.conf
  inst_simple "$moddir/extgate-pcr-signature.service" \
    /usr/lib/systemd/system/extgate-pcr-signature.service
  systemctl -q --root "$initdir" enable \
    run-extgate-incoming.mount extgate-pcr-signature.service
  # Up to 257 the units without a suffix merge in an initrd; their drop-ins keep
  # them from that too.
  inst_multiple \
    /usr/lib/systemd/system/systemd-{sysext,confext}{,-initrd,-sysroot}.service.d/zzz-extgate.conf
}
