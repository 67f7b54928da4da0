#!/bin/bash
# The source tree has no name twice; and the check finds one that was planted.
set -euo pipefail

check=$PWD/tools/checks/type_names.sh
root=$(dirname "$(readlink -f WORKSPACE)")
failures=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

plant() { # FILE TEXT
  mkdir -p "$(dirname "$TEST_TMPDIR/tree/$1")"
  printf 'namespace extgate {\n%s\n' "$2" >"$TEST_TMPDIR/tree/$1"
}

plant policy/a.h $'class Line {\n};\nstruct Only;\ntemplate <>\nstruct Words<A> {'
plant engine/b.h $'struct Only {\n};\ntemplate <>\nstruct Words<B> {'
plant adapters/c.h $'class Line;\nstruct Other {'
"$check" "$TEST_TMPDIR/tree" || fail "a clean tree does not pass"

plant adapters/c.h 'struct Line {'
found=$("$check" "$TEST_TMPDIR/tree") && fail "a planted name passes"
[[ $found == *'extgate::Line: defined in adapters/c.h too'* ||
  $found == *'extgate::Line: defined in policy/a.h too'* ]] ||
  fail "the planted name is not told: $found"

"$check" "$root" || fail "the source tree at $root"

((failures == 0))
