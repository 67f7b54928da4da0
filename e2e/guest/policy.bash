# The policy of the scenarios, for the machine before it boots and for the guest when it changes its mind.

# policy CERTIFICATE MODE [RULES] [MERGE]: prints a policy file that trusts the certificate alone.
policy() {
  local certificate=$1 mode=$2 rules=${3:-[]} merge=${4:-\{\}} line
  printf 'extension_policy:\n  mode: %s\n  rules: %s\n  merge: %s\n' "$mode" "$rules" "$merge"
  printf '  trust:\n    verity_d: none\n    certificates:\n      - |\n'
  while read -r line; do
    printf '        %s\n' "$line"
  done <"$certificate"
}
