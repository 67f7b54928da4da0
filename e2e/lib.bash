# What the scripts here share: where the cache is, what its parts are called, and when one is still good.

set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

e2e=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cache=${EXTGATE_E2E_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/extgate-e2e}

say() { printf 'e2e: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# The versions of systemd that can be booted. Keys, images and the boot loader are always made in the tree of 257.
versions=(252 254 257 262)

# Of the LUKS volume that the kernel image sealed.efi has its root on.
sealed_uuid=5ea1ed00-0000-4000-8000-000000000001

# named PART VERSION: what that part of a version is called in the cache. 257 has the plain name.
named() {
  [[ " ${versions[*]} " == *" $2 "* ]] || die "no such version of systemd: $2; there are ${versions[*]}"
  if [ "$2" = 257 ]; then echo "$1"; else echo "$1-$2"; fi
}

# part NAME INPUT...: calls `build OUT` unless $cache/NAME was made from these very inputs.
# $cache/NAME.recipe is the digest of the inputs; a part that needs another names its recipe as an input.
part() {
  local name=$1 recipe out
  shift
  mkdir -p "$cache"
  recipe=$(cat -- "$@" | sha256sum | cut -d' ' -f1)
  exec {lock}>"$cache/$name.lock"
  flock "$lock"
  if [ "$(cat "$cache/$name.recipe" 2>/dev/null)" != "$recipe" ]; then
    say "making $name"
    out=$cache/$name.new
    rm -rf -- "$out" "$cache/$name.recipe"
    build "$out" {lock}>&-
    rm -rf -- "${cache:?}/$name"
    mv "$out" "$cache/$name"
    echo "$recipe" >"$cache/$name.recipe"
  fi
  exec {lock}>&-
}
