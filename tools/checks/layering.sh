#!/bin/bash
# Checks what no compiler does: who may include what.
#
#   layering.sh ROOT     prints each violation as FILE:LINE: TEXT: why
#
# Exit status: 0 clean, 1 violations, 2 bad usage.
set -euo pipefail

if (($# != 1)) || [[ ! -d $1 ]]; then
  echo "usage: layering.sh ROOT" >&2
  exit 2
fi
cd "$1"

violations=0

# forbid PATTERN WHY FIND-ARGUMENT...: no line of the files found may match.
forbid() {
  local pattern=$1 why=$2 line
  shift 2
  while IFS= read -r line; do
    echo "$line: $why"
    violations=$((violations + 1))
  done < <(find "$@" -type f -print0 2>/dev/null |
    xargs -0 -r grep -HnE -- "$pattern" || true)
}

# include FOLDER-PATTERN: the regular expression of such an #include.
include() {
  echo "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($1)"
}

cxx=('(' -name '*.h' -o -name '*.cc' ')')

# Direction: proto < policy < engine < adapters < adapters/cli.
forbid '^[[:space:]]*import .*"(policy|engine|adapters)/' \
  'proto/ depends on proto/ only' proto -name '*.proto'
forbid "$(include '(policy|engine|adapters)/')" \
  'proto/ depends on proto/ only' proto "${cxx[@]}"
forbid "$(include '(engine|adapters)/')" \
  'policy/ depends on proto/ only' policy "${cxx[@]}"
forbid "$(include 'adapters/')" \
  'engine/ depends on policy/ and proto/ only' engine "${cxx[@]}"
forbid "$(include 'adapters/cli/')" \
  'adapters/ does not depend on adapters/cli/' \
  adapters -path adapters/cli -prune -o "${cxx[@]}"

# Libraries that one folder keeps to itself.
sources=(adapters e2e engine fuzz policy proto testdata tools)
forbid "$(include 'openssl/')" 'OpenSSL is for engine/crypto/' \
  "${sources[@]}" -path engine/crypto -prune -o "${cxx[@]}"
forbid "$(include 'systemd/')" 'libsystemd is for adapters/' \
  "${sources[@]}" -path adapters -prune -o "${cxx[@]}"
forbid "$(include 'tss2/')" 'tpm2-tss is for adapters/' \
  "${sources[@]}" -path adapters -prune -o "${cxx[@]}"
forbid "$(include 'yaml-cpp/')" 'yaml-cpp is for policy/' \
  "${sources[@]}" -path policy -prune -o "${cxx[@]}"
forbid "$(include 'CLI/')" 'CLI11 is for adapters/cli/' \
  "${sources[@]}" -path adapters/cli -prune -o "${cxx[@]}"

# Packages are private by default.
forbid 'default_visibility *= *\[ *"//visibility:public"' \
  'packages are private by default' \
  . -name 'bazel-*' -prune -o -path ./.git -prune -o -name BUILD.bazel

if ((violations > 0)); then
  echo "$violations layering violations" >&2
  exit 1
fi
