#!/usr/bin/env bash
# Bad input, each kind by the program: `policy lint`, `policy show` and `check`
# refuse it with its place, and `apply` drops that source alone: what it last
# said when it was good stands in for it, the good source beside it counts, and
# the gate stays shut. Every bad text says `mode: disabled` too, or means to, so that
# one of which any part counts stages what is unsigned.
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2
work=${TEST_TMPDIR:?}
. adapters/cli/testing.bash
"$make_images" "$work"
good=$work/images/good.sysext.raw
crt=$work/keys/vendor.crt
cd "$work"

root=$work/root
etc=$root/etc/extgate/policy.d
store=$root/var/lib/kairos/extensions/common
mkdir -p "$etc" "$root/run" "$root/oem" "$store"
cp /etc/os-release "$root/etc/"
cp "$good" "$work/images/unsigned.sysext.raw" "$store/"
{
  printf 'extension_policy:\n  mode: enforcing\n  trust:\n    certificates:\n'
  printf '      - |\n'
  sed 's/^/        /' "$crt"
} >"$etc/50-good.yaml"
staged() { (cd "$root/run/extensions" && echo *); }

# refused NAME PLACE MESSAGE: the source is on standard input. PLACE is behind
# its path (":3:5", ":extension_policy.mode"), MESSAGE a part of the line.
refused() {
  local file=$1 verb
  cat >"$file"
  echo "$file" >>cases
  for verb in "policy lint" "policy show" "check $good --policy"; do
    exits 2 $verb "$file"
    cat out err >said
    grep -F -- "$file$2: error: " said | grep -qF -- "$3" ||
      fail "$verb $file: no error at $2 with: $3"
  done
}

# The same, and it is a source of a machine, too.
bad() {
  local file=$1 at=$etc/60-$1
  case $1 in oem-*) at=$root/oem/$1 ;; esac
  refused "$@"
  # A first boot on which it is bad: the good source alone counts.
  rm -rf "$root/run/extensions" "$root/var/lib/kairos/extgate"
  cp "$file" "$at"
  exits 0 --root "$root" apply
  [ "$(staged)" = good.raw ] || fail "$file: staged $(staged)"
  grep -F -- "${at#"$root"}$2: error: " err | grep -qF -- "$3" ||
    fail "apply: no error at $2 with: $3"
  exits 2 --root "$root" check "$good"
  exits 2 --root "$root" policy lint
  exits 2 --root "$root" policy show
  # It was good, and denied everything: that stands.
  write_deny "$at"
  exits 0 --root "$root" apply
  [ "$(staged)" = "*" ] || fail "$file: its good text does not count"
  cp "$file" "$at"
  exits 0 --root "$root" apply
  complains "stands in for it"
  [ "$(staged)" = "*" ] || fail "$file: staged $(staged) over its last good text"
  rm "$at"
}

write_deny() {  # FILE: a source that denies everything
  local deny='extension_policy: {default: deny}'
  case $1 in
    *.textproto) echo 'extension_policy { default: "deny" }' >"$1" ;;
    *.binpb)
      echo "$deny" >deny.yaml
      "$extgate" policy show deny.yaml --format=binpb >"$1" 2>err
      ;;
    *) echo "$deny" >"$1" ;;
  esac
}

bad aliases.yaml :3:17 "(yaml-alias)" <<'END'
extension_policy:
  mode: disabled
  sources: [/a, &a /b]
END

# A bomb of 10^9 nodes, where an alias were followed.
{
  printf 'extension_policy:\n  mode: disabled\n  a0: &a0 [x, x, x]\n'
  for i in 1 2 3 4 5 6 7 8 9; do
    a="*a$((i - 1))"
    echo "  a$i: &a$i [$a, $a, $a, $a, $a, $a, $a, $a, $a, $a]"
  done
} | bad bomb.yaml :4:12 "(yaml-alias)"

printf 'extension_policy:\n\tmode: disabled\n' |
  bad tab.yaml :2:1 "illegal tab when looking for indentation (yaml-syntax)"

bad duplicate.yaml :4:3 "the key \`mode\` is given twice" <<'END'
extension_policy:
  mode: disabled
  default: allow
  mode: enforcing
END

{
  printf 'extension_policy:\n  mode: disabled\n'
  head -c 10485760 /dev/zero | tr '\0' '#'
} | bad big.yaml "" "longer than 4194304 bytes (file-unreadable)"

bad types.yaml :3:10 "(wrong-type)" <<'END'
extension_policy:
  mode: disabled
  rules: {id: a, match: {name: b}, verdict: allow}
END

bad unknown.yaml :3:3 "the key \`defualt\`" <<'END'
extension_policy:
  mode: disabled
  defualt: allow
END
exits 2 policy lint unknown.yaml
says "did you mean \`default\`?"

bad word.yaml :2:9 "(unknown-value)" <<'END'
extension_policy:
  mode: disable
END

# What RE2 refuses to make: too large, and not to be read.
bad regex-size.yaml :5:22 "(bad-pattern)" <<'END'
extension_policy:
  mode: disabled
  rules:
    - id: a
      match: {name: ["re:(((\\pL{9}){10}){10}){10}"]}
      verdict: allow
END
bad regex-repeat.yaml :5:22 "invalid repetition size" <<'END'
extension_policy:
  mode: disabled
  rules:
    - id: a
      match: {name: ["re:((a{1,100}){1,100}){1,100}"]}
      verdict: allow
END

# The second of three certificates: in a list, in one text, in a set, in a
# cloud-config, and in the other spellings.
indented() { sed "s/^/$1/" "$crt"; }
lines=$(wc -l <"$crt")
broken='-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
disabled='extension_policy:\n  mode: disabled\n  trust:\n'
{
  printf "$disabled    certificates:\n      - |\n"
  indented '        '
  printf '      - |\n'
  printf -- "$broken" | sed 's/^/        /'
  printf '      - |\n'
  indented '        '
} | bad pem-list.yaml ":$((7 + lines)):9" \
  "not an X.509 certificate in DER (bad-certificate)"
{
  printf "$disabled    certificates:\n      - |\n"
  indented '        '
  printf -- "$broken" | sed 's/^/        /'
  indented '        '
} | bad pem-text.yaml ":$((6 + lines)):9" \
  "the second of three certificates: not an X.509 certificate in DER"
{
  printf "$disabled    sets:\n      acme:\n        certificates:\n          - |\n"
  indented '            '
  sed "s/^/            /;\$d" "$crt"
  indented '            '
} | bad pem-set.yaml ":$((8 + lines)):13" \
  "the second of three certificates: it has no end"
{
  printf '#cloud-config\nextension_policy: {mode: disabled}\nsysext_cert: |\n'
  indented '  '
  printf -- "$broken" | sed 's/^/  /;s/AAAA/A*A/'
  indented '  '
} | bad oem-pem.yaml ":$((4 + lines)):3" \
  "the second of three certificates: it is not base64"
escaped=$(sed 's/$/\\n/' "$crt" | tr -d '\n')
{
  printf 'extension_policy {\n mode: "disabled" trust {\n'
  printf '  certificates: "%s"\n  certificates: "%s"\n  certificates: "%s"\n}}\n' \
    "$escaped" "$broken" "$escaped"
} | bad pem.textproto :4:17 "not an X.509 certificate in DER (bad-certificate)"
printf '{"extension_policy": {"mode": "disabled", "trust": {"certificates":
  ["%s",\n   "%s"]}}}' "$escaped" "$broken" |
  refused pem.json :3:4 "not an X.509 certificate in DER (bad-certificate)"

# Unknown fields, which protobuf itself passes over.
bad unknown.textproto :3:3 "the key \`mod\`" <<'END'
extension_policy {
  mode: "disabled"
  mod: "enforcing"
}
END
printf 'extension_policy: {mode: disabled}\n' >disabled.yaml
{
  "$extgate" policy show disabled.yaml --format=binpb 2>err
  printf '\170\001'
} | bad unknown.binpb ":field 15" "(unknown-key)"
# In extension_policy: its mode, and a field 99.
printf '\012\015\032\010disabled\230\006\001' |
  bad unknown-inside.binpb ":extension_policy.field 99" "(unknown-key)"

# Rules of one class that overlap are no error: any one of them suffices, and
# lint says which of them makes no difference.
cat >overlap.yaml <<'END'
extension_policy:
  rules:
    - id: all-of-k3s
      match: {name: ["k3s*"]}
      verdict: allow
    - id: some-of-k3s
      match: {name: ["k3sv1.30*"]}
      verdict: allow
END
exits 0 policy lint overlap.yaml
says "overlap.yaml:6:11: warning: the rule \`some-of-k3s\` makes no difference"
exits 0 policy show overlap.yaml

[ "$(wc -l <cases)" = 19 ] || fail "cases are missing: $(cat cases)"
