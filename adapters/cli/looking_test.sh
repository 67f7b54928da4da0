#!/usr/bin/env bash
# What the program keeps for those who look later, on real images below --root:
# the history across boots, the numbers for a monitoring system, and the examples
# of docs/looking.md, which `update=yes` writes anew (outside of a sandbox).
set -euo pipefail

extgate=$PWD/$1 make_images=$PWD/$2 run=$PWD/$3 page=$PWD/$4
probes=$PWD/packaging/probes
work=${TEST_TMPDIR:?}
. "${0%/*}/testing.bash"
"$make_images" "$work"
images=$work/images

root=$work/root
store=$root/var/lib/kairos/extensions/common
mkdir -p "$store" "$root/etc/extgate/policy.d" "$root/usr/lib/systemd" \
  "$root/proc/sys/kernel/random" "$root/run/extgate"
chmod 700 "$root/run/extgate"
printf 'ID=debian\nVERSION_ID=12\n' >"$root/etc/os-release"
boot() { printf '%08d-0000-4000-8000-000000000001\n' "$1" \
  >"$root/proc/sys/kernel/random/boot_id"; rm -rf "$root"/run/ext*; }
policy() {  # MODE [WHO IS TRUSTED]
  {
    printf 'extension_policy:\n  mode: %s\n  trust:\n    certificates:\n' "$1"
    printf '      - |\n'
    sed 's/^/        /' "$work/keys/${2-vendor}.crt"
  } >"$root/etc/extgate/policy.d/50.yaml"
}
# json CODE: python with the last output as `it`
json() { python3 -c "import json, sys
it = json.load(open(sys.argv[1]))
$1" "$work/out" || fail "not so: $1"; }
history=$root/var/lib/kairos/extgate/history
metrics=$root/run/extgate/metrics.prom
counts() { grep -qxF -- "$1" "$metrics" || fail "no \`$1\`: $(cat "$metrics")"; }

# ---- history ----------------------------------------------------------------

exits 0 --root "$root" history
says "no run is recorded"
exits 0 --root "$root" history --json
json 'assert it == {"runs": [], "unreadable": 0}'

boot 1
policy enforcing
cp "$images"/good.sysext.raw "$images"/unsigned.sysext.raw "$store/"
exits 0 --root "$root" apply --dry-run
[ ! -e "$history" ] || fail "a dry run is in the history"
exits 0 --root "$root" apply
boot 2
policy permissive stranger
mv "$store/unsigned.sysext.raw" "$work/"
cp "$images/noise.sysext.raw" "$store/"
exits 0 --root "$root" apply
exits 0 --root "$root" history
[ "$(wc -l <"$work/out")" = 3 ] || fail "not a line a run"
says "good: allow -> deny; noise: new, unmergeable; unsigned: gone, was deny"
exits 0 --root "$root" history --last 1 --json
json 'assert len(it["runs"]) == 1
run = it["runs"][0]
assert run["boot_id"].startswith("00000002"), run
assert run["mode"] == "permissive" and run["outcome"] == "violations", run
assert len(run["policy_sha256"]) == 64, run
assert {c["verdict"]: c["count"] for c in run["images"]} == {"deny": 1, "unmergeable": 1}, run
assert {"name": "good", "class": "sysext", "before": "allow", "after": "deny"} in run["changes"], run'
exits 2 --root "$root" history --last 0
exits 2 --root "$root" history --last many

# A broken record costs itself; none costs the run.
sed -i '2s/.*/{"time":/' "$history"
exits 0 --root "$root" history
complains "1 records cannot be read"
: >"$history"
exits 0 --root "$root" apply
exits 0 --root "$root" history
[ "$(wc -l <"$work/out")" = 2 ] || fail "not a head and a run"
head -c 300000 /dev/urandom >"$history"
exits 0 --root "$root" apply
[ "$(stat -c %s "$history")" -le 65536 ] || fail "the history is too long"
rm -rf "$history" && mkdir "$history"
exits 0 --root "$root" apply
complains "this run is not in the history: "
exits 1 --root "$root" history
rmdir "$history"

# ---- metrics ----------------------------------------------------------------

[ "$(stat -c %a "$metrics")" = 644 ] || fail "who may read the metrics"
counts 'extgate_mode{mode="permissive"} 1'
counts 'extgate_mode{mode="enforcing"} 0'
counts 'extgate_images{class="sysext",verdict="deny"} 1'
counts 'extgate_images{class="sysext",verdict="unmergeable"} 1'
counts 'extgate_images_staged{class="sysext"} 1'
counts 'extgate_violations 2'
! grep -q in_force "$metrics" || fail "nobody looked whether it is in force"
sha=$(sed -n '/"policy": {/,/}/s/^ *"sha256": "\(.*\)",$/\1/p' \
  "$root/run/extgate/report.json")
counts "extgate_policy_info{sha256=\"$sha\"} 1"
exits 0 --root "$root" status --gate
counts 'extgate_in_force 0'
counts 'extgate_bypasses 0'
printf 'extension_policy:\n  mood: x\n' >"$root/etc/extgate/policy.d/60.yaml"
exits 0 --root "$root" apply
counts 'extgate_policy_errors 1'
# As a whole by the tool of those who read it, where it is installed.
if command -v promtool >/dev/null; then
  promtool check metrics <"$metrics" || fail "promtool"
fi
# A place that cannot be written to costs the numbers alone.
rm "$metrics" && mkdir -p "$metrics/in-the-way"
exits 0 --root "$root" apply
complains "metrics: "

# ---- docs/looking.md --------------------------------------------------------

rm -rf "$root" && mkdir -p "$store" "$root/etc/extgate/policy.d" \
  "$root/proc/sys/kernel/random" "$root/usr/lib/extgate/probes" \
  "$root"/usr/lib/systemd/system/systemd-{sysext,confext}.service.d \
  "$root/etc/systemd/system/sysinit.target.wants"
cp /etc/os-release "$root/etc/"
cp -L "$probes"/*.raw "$root/usr/lib/extgate/probes/"
units=$root/usr/lib/systemd/system
for class in sysext confext; do
  printf '[Service]\nExecStart=systemd-%s refresh\n' $class \
    >"$units/systemd-$class.service"
  cp -L "packaging/systemd-$class.service.d/zzz-extgate.conf" \
    "$units/systemd-$class.service.d/"
done
ln -s /usr/lib/systemd/system/systemd-sysext.service \
  "$root/etc/systemd/system/sysinit.target.wants/"
policy enforcing
cp "$images"/{good,other-os}.sysext.raw "$store/"
boot 1
exits 0 --root "$root" apply
first=$(sed -n '/"policy": {/,/}/s/^ *"sha256": "\(.*\)",$/\1/p' \
  "$root/run/extgate/report.json")
boot 2
cp "$images"/{unsigned,wrong-key}.sysext.raw "$store/"
exits 0 --root "$root" apply
boot 3
rm "$store/unsigned.sysext.raw"
policy enforcing stranger
exits 0 --root "$root" apply
exits 3 --root "$root" status --gate  # nobody merges anything here
# The machine of the page: its times, digests and space are always the same.
steady() {
  sed -E -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/2026-11-22T21:00:00Z/' \
    -e "s/$(digest)/$fixed/" -e "s/$(digest | cut -c1-12)/${fixed:0:12}/" \
    -e "s/${first:0:12}/7d1f0a5c93be/" \
    -e 's/(timestamp_seconds) [0-9]+/\1 1795381200/' \
    -e 's/[0-9]+ MiB free/900 MiB free/'
}
digest() { sed -n '/"policy": {/,/}/s/^ *"sha256": "\(.*\)",$/\1/p' \
  "$root/run/extgate/report.json"; }
fixed=18a840cb3f5e0d6c7b2a9f81e4d3c6b5a7980f1e2d3c4b5a69788796a5b4c3d2
{
  echo '#!/bin/bash'
  declare -p extgate root first fixed
  declare -f steady digest
  echo '"$extgate" --root "$root" "$@" 2>&1 | steady'
} >"$work/on-the-machine"
chmod +x "$work/on-the-machine"
mkdir "$work/nothing"
if [ "${update-}" ]; then
  python3 "$run" --update "$work/on-the-machine" "$work/nothing" "$page" || true
fi
python3 "$run" "$work/on-the-machine" "$work/nothing" "$page" ||
  fail "examples of $page: see docs/looking.md in ${0##*/}"
steady <"$root/run/extgate/metrics.prom" >"$work/metrics"
diff <(sed -n '/^```text metrics.prom$/,/^```$/p' "$page" | sed '1d;$d') \
  "$work/metrics" || fail "the metrics of $page"
