# What the tests of the program share; sourced with `extgate` (its path) and
# `work` (a folder, for out and err) set.

fail() {  # WHY: with what the program said last
  echo "FAILED: $*" >&2
  local said
  for said in "$work/out" "$work/err"; do
    if [ -e "$said" ]; then cat "$said" >&2; fi
  done
  exit 1
}
exits() {  # STATUS ARGUMENT...: output is then in out and err
  local want=$1 got=0
  shift
  "$extgate" "$@" >"$work/out" 2>"$work/err" || got=$?
  [ "$got" = "$want" ] || fail "extgate $* exited $got, expected $want"
}
says() { grep -qF -- "$1" "$work/out" || fail "no \`$1\` in the output"; }
complains() { grep -qF -- "$1" "$work/err" || fail "no \`$1\` in the errors"; }

# With `efivars` set, a folder.
set_var() {  # NAME TEXT: as systemd-boot writes it
  {
    printf '\6\0\0\0'
    printf %s "$2" | iconv -f UTF-8 -t UTF-16LE
    printf '\0\0'
  } >"$efivars/$1-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
}
