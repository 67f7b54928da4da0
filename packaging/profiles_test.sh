#!/bin/bash
# Each profile is a policy without a fault, and does what its head says to images
# made by systemd-repart: of each the verdict and the action.
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2
work=${TEST_TMPDIR:?}
"$make_images" "$work" >/dev/null

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

# decides PROFILE IMAGE VERDICT ACTION [TRUSTED]: TRUSTED is a certificate that the
# firmware would have, here one of the profile's own.
decides() {
  local policy=packaging/profiles/$1.yaml got
  if [[ -n ${5-} ]]; then
    policy=$work/$1.yaml
    {
      grep -v '^  trust:\|^    efi:' "packaging/profiles/$1.yaml"
      printf '  trust:\n    certificates:\n      - |\n'
      sed 's/^/        /' "$5"
    } >"$policy"
  fi
  got=$("$extgate" check --json --policy "$policy" \
    "$work/images/$2.sysext.raw" 2>/dev/null |
    sed -n 's/^ *"\(verdict\|action\)": "\(.*\)",$/\2/p' | tr '\n' ' ') || true
  [[ $got == "$3 $4 " ]] || fail "$1: $2: $got, expected $3 $4"
}

for profile in packaging/profiles/*.yaml; do
  said=$("$extgate" policy lint "$profile") || fail "$profile: $said"
  [[ $said == *'0 errors, 0 warnings'* ]] || fail "$profile: $said"
done

vendor=$work/keys/vendor.crt
decides generic good allow stage "$vendor"
decides generic unsigned deny stage
decides generic wrong-key deny stage
decides generic noise unmergeable withhold

decides kairos-uki good allow stage "$vendor"
decides kairos-uki good deny withhold
decides kairos-uki unsigned deny withhold
decides kairos-uki wrong-key deny withhold "$vendor"
decides kairos-uki bare deny withhold

decides kairos-grub unsigned allow stage
decides kairos-grub wrong-key allow stage
decides kairos-grub bare deny withhold
decides kairos-grub noise unmergeable withhold
