#!/bin/bash
# The source tree is clean; and in a small tree of planted violations the
# check finds each of them, and nothing in one of what is allowed.
set -euo pipefail

check=$PWD/tools/checks/layering.sh
root=$(dirname "$(readlink -f WORKSPACE)")
failures=0

fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

plant() { # TREE FILE TEXT
  mkdir -p "$(dirname "$1/$2")"
  printf '%s\n' "$3" >"$1/$2"
}

bad=$TEST_TMPDIR/bad
violating=()
finds() { # FILE TEXT
  plant "$bad" "$1" "$2"
  violating+=("$1")
}

finds proto/a.proto 'import "policy/b.proto";'
finds proto/a.h '#include "engine/b.h"'
finds policy/a.h '#include "engine/b.h"'
finds policy/deep/a.cc '#include "adapters/b.h"'
finds policy/no_openssl.cc '#include <openssl/evp.h>'
finds engine/image/a.cc '  #  include "adapters/b.h"'
finds engine/image/a.h '#include <openssl/evp.h>'
finds engine/crypto/a.cc '#include <systemd/sd-bus.h>'
finds engine/pcr/a.cc '#include <tss2/tss2_esys.h>'
finds engine/a.cc '#include <yaml-cpp/yaml.h>'
finds adapters/a.cc '#include "adapters/cli/b.h"'
finds adapters/a.h '#include "openssl/evp.h"'
finds adapters/cli.cc '#include <CLI/CLI.hpp>'
finds engine/BUILD.bazel \
  'package(default_visibility = ["//visibility:public"])'

found=$("$check" "$bad" 2>/dev/null) && fail "planted violations pass"
for file in "${violating[@]}"; do
  grep -qE "^(\./)?$file:1:" <<<"$found" || fail "not found in $file"
done

good=$TEST_TMPDIR/good
plant "$good" proto/a.proto 'import "proto/b.proto";'
plant "$good" policy/a.h '#include "proto/b.pb.h"'
plant "$good" policy/a.cc '#include <yaml-cpp/yaml.h>'
plant "$good" engine/a.cc '#include "policy/b.h"'
plant "$good" engine/a.h '// #include "adapters/b.h" is not for this folder'
plant "$good" engine/crypto/a.cc '#include <openssl/evp.h>'
plant "$good" adapters/a.cc '#include "engine/b.h"'
plant "$good" adapters/a.h '#include <systemd/sd-bus.h>'
plant "$good" adapters/b.h '#include <tss2/tss2_esys.h>'
plant "$good" adapters/cli/a.h '#include "adapters/cli/b.h"'
plant "$good" adapters/cli/a.cc '#include <CLI/CLI.hpp>'
plant "$good" engine/BUILD.bazel \
  'package(default_visibility = ["//visibility:private"])'

"$check" "$good" || fail "a clean tree does not pass"
"$check" "$root" || fail "the source tree at $root"

((failures == 0))
