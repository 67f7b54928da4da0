# A guest's disk: an ESP with Debian 13's systemd-boot, a unified kernel image and extension images beside it, and a root
# file system. Needs lib.bash.

esp_mib=48 root_mib=512

# make_esp OUT UKI IMAGE...: the images are what the stub hands the initrd in /.extra.
make_esp() {
  local esp=$1 uki=$2 image
  shift 2
  truncate -s "${esp_mib}M" "$esp"
  mkfs.fat -F 32 -n ESP "$esp" >/dev/null
  export MTOOLS_SKIP_CHECK=1
  mmd -i "$esp" ::/EFI ::/EFI/BOOT ::/EFI/Linux ::/EFI/Linux/active.efi.extra.d ::/loader
  mcopy -i "$esp" "$cache/tree/usr/lib/systemd/boot/efi/systemd-bootx64.efi" ::/EFI/BOOT/BOOTX64.EFI
  mcopy -i "$esp" "$uki" ::/EFI/Linux/active+3.efi
  mcopy -i "$esp" - ::/loader/loader.conf <<<'timeout 0'
  for image; do
    mcopy -i "$esp" "$image" ::/EFI/Linux/active.efi.extra.d/
  done
}

# make_disk OUT UKI TREE IMAGE...
make_disk() {
  local out=$1 uki=$2 tree=$3 esp=$1.esp root=$1.root esp_end=$((1 + esp_mib))
  shift 3
  make_esp "$esp" "$uki" "$@"
  truncate -s "${root_mib}M" "$root"
  mkfs.ext4 -q -F -L root -O ^has_journal -d "$tree" "$root"

  truncate -s "$((esp_end + root_mib + 1))M" "$out"
  sgdisk --new "1:1M:+${esp_mib}M" --typecode 1:ef00 --new "2:${esp_end}M:+${root_mib}M" --typecode 2:8304 "$out" >/dev/null
  dd if="$esp" of="$out" bs=1M seek=1 conv=notrunc,sparse status=none
  dd if="$root" of="$out" bs=1M seek="$esp_end" conv=notrunc,sparse status=none
  rm "$esp" "$root"
}
