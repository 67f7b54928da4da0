# What the scenarios in the guest share: a clean state, what is merged and by which dm-verity device, and the rows.
# Every process costs some 50 ms in an emulated guest, so what bash can do itself, it does.

dir=/usr/lib/extgate-e2e
images=$dir/images
strict='root=signed+absent:usr=signed+absent'
open='root=verity+signed+unprotected+absent:usr=verity+signed+unprotected+absent'
none='merged nothing, dm-verity nothing'
passed=0 failed=0

# row NAME EXPECTED GOT: prints one line of the table.
row() {
  if [ "$2" = "$3" ]; then
    passed=$((passed + 1))
    printf 'PASS %s | %s\n' "$1" "$3"
  else
    failed=$((failed + 1))
    printf 'FAIL %s | expected %s | got %s\n' "$1" "$2" "$3"
  fi
}

# note WORD...: a line for the log, not for the table.
note() {
  local uptime
  read -r uptime _ </proc/uptime
  printf '  note %7s s: %s\n' "$uptime" "$*"
}

# list NAME...: sets `listed` to the names with commas, `nothing` for none.
list() {
  local IFS=,
  listed=${*:-nothing}
}

# look: sets `state` to the test images that are in /usr now, and those that have a dm-verity device.
# systemd names that device after the root hash.
look() {
  local -a merged=() devices=() verity=()
  local file name hash
  shopt -s nullglob
  for file in /usr/share/extgate-test/*; do
    merged+=("${file##*/}")
  done
  for file in /sys/block/dm-*/dm/name; do
    read -r name <"$file" 2>/dev/null && devices+=("$name")
  done
  for file in "$images"/*.roothash; do
    read -r hash <"$file"
    [[ " ${devices[*]} " == *" $hash-verity "* ]] || continue
    file=${file##*/}
    verity+=("${file%.roothash}")
  done
  [ ${#verity[@]} -eq ${#devices[@]} ] || verity+=("unknown of ${devices[*]}")
  list "${merged[@]}"
  state="merged $listed"
  list "${verity[@]}"
  state+=", dm-verity $listed"
}

# clean: back to a machine without extensions. Devices go a little after their mounts; a row says so if they stay.
clean() {
  local tries
  [ ! -d /usr/share/extgate-test ] || systemd-sysext unmerge >/dev/null 2>&1
  rm -rf /run/extensions /var/lib/extensions
  for tries in {1..50}; do
    look
    [ "$state" != "$none" ] || return 0
    sleep 0.1
  done
  row 'clean state' "$none" "$state"
}

# offer NAME...: links the images where systemd looks for them.
offer() {
  local -a files=("${@/#/$images/}")
  mkdir /run/extensions
  ln -s -t /run/extensions "${files[@]/%/.sysext.raw}"
}

# refresh POLICY [NAME=VALUE...]: systemd's own refresh. Sets `status`, `state`, and `words`, its last words.
refresh() {
  local policy=$1
  shift
  words=$(
    [ $# -eq 0 ] || export "$@"
    exec timeout 60 systemd-sysext refresh --image-policy="$policy" 2>&1 </dev/null
  )
  status=$?
  words=${words//$'\n'/; }
  look
}
