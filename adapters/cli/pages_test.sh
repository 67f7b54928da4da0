#!/usr/bin/env bash
# The examples of the pages on policies by the program itself, and that a page
# with a wrong one is not let pass. Needs python3.
set -euo pipefail

extgate=$PWD/$1 run=$PWD/$2 cases=$PWD/$3
shift 3
work=${TEST_TMPDIR:?}
python3 "$run" "$extgate" "$cases" "$@" || {
  echo "to write what is printed now: $run --update EXTGATE $cases PAGE..."
  exit 1
}

refused() {  # WHY WORD: the page is on standard input
  cat >"$work/page.md"
  if python3 "$run" "$extgate" "$cases" "$work/page.md" >"$work/out"; then
    echo "FAILED: a page with $1 passed"
    exit 1
  fi
  grep -qF -- "$2" "$work/out" || {
    echo "FAILED: a page with $1: $(cat "$work/out")"
    exit 1
  }
}
fence='```'
refused "a fence without a kind" "no known kind" <<END
$fence
extgate --help
$fence
END
refused "a fence of another kind" "no known kind" <<END
${fence}yml
extension_policy: {}
$fence
END
refused "a fence that is indented" "no known kind" <<END
- one
  ${fence}yaml
END
refused "a block without end" "has no end" <<END
${fence}text
END
refused "a policy with an error" "unknown-key" <<END
${fence}yaml
extension_policy: {moode: enforcing}
$fence
END
refused "a textproto with an error" "textproto-syntax" <<END
${fence}textproto
extension_policy {
$fence
END
refused "another output" "-1" <<END
${fence}console
\$ extgate policy image-policy compare root=verity root=verity | head -n 1
1
$fence
END
refused "an output that is not there" "+equivalent" <<END
${fence}console
\$ extgate policy image-policy compare root=verity root=verity | head -n 1
$fence
END
refused "a console without a command" "no command" <<END
${fence}console
extgate --help
$fence
END
refused "a file that no command reads" "no command is about" <<END
${fence}yaml more/a.yaml
cases: []
$fence
END
