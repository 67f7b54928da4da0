#!/bin/bash
# Checks that no two headers define a type of one name in one namespace, which
# the linker would take for one type without a word: it keeps one of the two
# destructors, for both.
#
#   type_names.sh ROOT     prints each name that is defined twice, and where
#
# Exit status: 0 clean, 1 a name is there twice, 2 bad usage.
set -euo pipefail

if (($# != 1)) || [[ ! -d $1 ]]; then
  echo "usage: type_names.sh ROOT" >&2
  exit 2
fi
cd "$1"

# Definitions begin in the first column in this house, within `namespace
# extgate`; a declaration ends in `;` on its line.
awk '
  /^namespace / { space = $2 }
  /^(class|struct|enum class) / && !/;[[:space:]]*(\/\/.*)?$/ {
    name = $0
    sub(/^(class|struct|enum class) /, "", name)
    sub(/^(\[\[[^]]*\]\]|alignas\([^)]*\)) /, "", name)
    sub(/^ABSL_[A-Z_]+ /, "", name)
    if (match(name, /^[A-Za-z0-9_]+/) == 0) next
    rest = substr(name, RLENGTH + 1)
    if (rest ~ /^</) next # a specialisation
    name = space "::" substr(name, 1, RLENGTH)
    if (name in first && first[name] != FILENAME) {
      print FILENAME ":" FNR ": " name ": defined in " first[name] " too"
      twice = 1
    }
    first[name] = FILENAME
  }
  END { exit twice }
' $(find adapters engine fuzz policy -name '*.h' 2>/dev/null | sort)
