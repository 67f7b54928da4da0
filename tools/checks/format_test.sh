#!/bin/bash
# Every C++ source is formatted (tools/format), and a badly formatted one
# would be found.
set -euo pipefail

root=$(dirname "$(readlink -f WORKSPACE)")

if ! command -v clang-format >/dev/null; then
  echo "clang-format not found: run tools/install-deps"
  exit 1
fi

check() { # ROOT
  (
    cd "$1"
    find . '(' -name 'bazel-*' -o -name .git ')' -prune -o \
      '(' -name '*.h' -o -name '*.cc' ')' -type f -print0 |
      xargs -0 -r clang-format --dry-run --Werror --style=file
  )
}

bad=$TEST_TMPDIR/bad
mkdir -p "$bad/engine"
cp "$root/.clang-format" "$bad/"
echo 'int   main( ) {return 0 ;}' >"$bad/engine/a.cc"
if check "$bad" 2>/dev/null; then
  echo "FAILED: a badly formatted file passes"
  exit 1
fi

if ! check "$root"; then
  echo "FAILED: run tools/format"
  exit 1
fi
