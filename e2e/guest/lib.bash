# What the scenarios in the guest share: a clean state, what is merged and by which dm-verity device, and the rows.
# Every process costs some 50 ms in an emulated guest, so what bash can do itself, it does.

dir=/usr/lib/extgate-e2e
images=$dir/images
strict='root=signed+absent:usr=signed+absent'
open='root=verity+signed+unprotected+absent:usr=verity+signed+unprotected+absent'
none='merged nothing, dm-verity nothing'
read -r _ systemd release < <(systemctl --version)
. "$dir/rows.bash"

# note WORD...: a line for the log, not for the table.
note() {
  local uptime
  read -r uptime _ </proc/uptime
  printf '  note %7s s: %s\n' "$uptime" "$*"
}

# finish: prints the count, and ends the guest.
finish() {
  note 'finished'
  printf '%d passed, %d failed\n' "$passed" "$failed"
  sync
  exec poweroff -f
}

# list NAME...: sets `listed` to the names with commas, `nothing` for none.
list() {
  local IFS=,
  listed=${*:-nothing}
}

# look: sets `state` to the test images that are in /usr now, and those that have a dm-verity device. Which device is
# whose, its table says: its name need not.
look() {
  local -a merged=() verity=()
  local file hash tables='' devices=0
  shopt -s nullglob
  for file in /usr/share/extgate-test/*; do
    merged+=("${file##*/}")
  done
  for file in /sys/block/dm-*; do
    devices=$((devices + 1))
  done
  [ $devices -eq 0 ] || tables=$(dmsetup table --target verity)
  for file in "$images"/*.roothash; do
    [[ $file != *.confext.roothash ]] || continue
    read -r hash <"$file"
    [[ $tables == *" $hash "* ]] || continue
    file=${file##*/}
    verity+=("${file%.roothash}")
  done
  list "${merged[@]}"
  state="merged $listed"
  list "${verity[@]}"
  state+=", dm-verity $listed"
}

# look_confexts: sets `state` to the test images that are in /etc now, and those that have a dm-verity device.
look_confexts() {
  local -a merged=() verity=()
  local file hash tables
  shopt -s nullglob
  for file in /etc/extgate-test/*; do
    merged+=("${file##*/}")
  done
  tables=$(dmsetup table --target verity)
  for file in "$images"/*.confext.roothash; do
    read -r hash <"$file"
    [[ $tables == *" $hash "* ]] || continue
    file=${file##*/}
    verity+=("${file%.confext.roothash}")
  done
  list "${merged[@]}"
  state="merged $listed"
  list "${verity[@]}"
  state+=", dm-verity $listed"
}

# look_claims: sets `claims` to what extgate's last report says protects each image that it had merged.
look_claims() {
  local -a found=()
  local line name
  while read -r line; do
    case $line in
      '"name": '*) name=${line#*: \"} name=${name%%\"*} ;;
      '"runtime_enforcement": "",') ;;
      '"runtime_enforcement": '*) line=${line#*: \"} found+=("$name ${line%%\"*}") ;;
    esac
  done </run/extgate/report.json
  mapfile -t found < <(printf '%s\n' "${found[@]}" | sort)
  list "${found[@]}"
  claims=$listed
}

# settle STATE: looks until this is the state, or will not be. Devices go a little after their mounts; but udevd maps its
# module and hardware indexes anew now and then, and if it did so from a merged /usr, that stays alive until it reloads.
settle() {
  local tries
  for tries in {1..50}; do
    look
    [ "$state" != "$1" ] || return 0
    [ $tries -ne 10 ] || udevadm control --reload
    sleep 0.1
  done
  note "not settled, still in use: $(holders)"
}

# holders: prints what still runs from a /usr that is gone, which is on another device than the one this script is from.
holders() {
  local own
  own=$(awk '$6 ~ "/bash$" {print $4; exit}' /proc/$$/maps)
  awk -v own="$own" '$6 ~ "^/usr/" && $4 != own {print FILENAME, $6}' /proc/[0-9]*/maps 2>/dev/null | sort -u | tr '\n' ';'
}

# clean: back to a machine without extensions; a row says so if something stays.
clean() {
  [ ! -d /usr/share/extgate-test ] || systemd-sysext unmerge >/dev/null 2>&1
  rm -rf /run/extensions /var/lib/extensions
  settle "$none"
  [ "$state" = "$none" ] || row 'clean state' "$none" "$state"
}

# since VERSION WORDS ELSE: prints what holds from that version of systemd on, or what did before.
since() {
  if [ "$systemd" -ge "$1" ]; then echo "$2"; else echo "$3"; fi
}

# offer NAME...: links the images where systemd looks for them. Before 255 `.sysext` is part of an image's name.
offer() {
  local name suffix=.sysext.raw
  [ "$systemd" -ge 255 ] || suffix=.raw
  mkdir /run/extensions
  for name; do
    ln -s "$images/$name.sysext.raw" "/run/extensions/$name$suffix"
  done
}

# refresh POLICY [NAME=VALUE...]: systemd's own refresh. Sets `status`, `state`, and `words`, its last words.
# Before 254 there are no image policies, and none is passed.
refresh() {
  local -a policy=(--image-policy="$1")
  [ "$systemd" -ge 254 ] || policy=()
  shift
  words=$(
    [ $# -eq 0 ] || export "$@"
    exec timeout 60 systemd-sysext refresh "${policy[@]}" 2>&1 </dev/null
  )
  status=$?
  words=${words//$'\n'/; }
  look
}
