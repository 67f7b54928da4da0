#!/bin/bash
# A module for dracut, installed in /usr/lib/dracut/modules.d/90extgate/ beside
# run-extgate-incoming.mount, and extgate-initrd.conf of tmpfiles.d/. It runs where
# the initrd is made, and adds files to it, no command: in the initrd
# systemd-tmpfiles-setup.service carries /.extra over, and nothing merges.
# dracut.modules(7).

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
  systemctl -q --root "$initdir" enable run-extgate-incoming.mount
  # Up to 257 the units without a suffix merge in an initrd; their drop-ins keep
  # them from that too.
  inst_multiple \
    /usr/lib/systemd/system/systemd-{sysext,confext}{,-initrd,-sysroot}.service.d/zzz-extgate.conf
}
