#!/usr/bin/env bash
# Looks at the page of `nightshift view` in a real Chromium: jobs that run, have run, are odd, or have 25,000 pictures. The package
# must have been built before. Exits with 77, and says why, where there is no Chromium or Python package to be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

skip() { echo "browser: skipped: $*"; exit 77; }
complain() { echo "browser: $*" >&2; exit 1; }

command -v python3 >/dev/null || skip "there is no python3"
if ! command -v chromium >/dev/null; then
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || skip "there is no chromium, and only root can install it"
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } >/dev/null 2>&1 \
        || skip "Debian's chromium cannot be installed"
fi
tools=.build-browser
if ! "$tools/bin/python" -c "import playwright, axe_playwright_python" 2>/dev/null; then
    rm -rf "$tools"
    python3 -m venv "$tools" >/dev/null 2>&1 || skip "python3 with the module venv is not here"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 \
        playwright axe-playwright-python >/dev/null 2>&1 || skip "the Python package index cannot be reached"
fi

nightshift="$(swift build --show-bin-path)/nightshift"
work=$(mktemp -d)
cleanup() {
    # shellcheck disable=SC2046 # one word a process
    kill $(jobs -p) 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

line() { # line FILE: waits for its first line
    local tries=0
    until [ -s "$1" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || complain "nothing was printed: $(cat "$1".err)"
        sleep 0.1
    done
    head -n 1 "$1"
}

python3 Tests/Browser/jobs.py write "$work"
"$nightshift" serve --port 0 --faults fail=0.1 --run-time 1 >"$work/serve" 2>"$work/serve.err" &
REPLICATE_BASE_URL="$(line "$work/serve")/v1"
export REPLICATE_BASE_URL REPLICATE_API_TOKEN=any NIGHTSHIFT_ACCOUNT_DIRECTORY="$work/account"
run() { "$nightshift" run "$work/$1.yaml" >"$work/$1.log" 2>&1; }
run night || [ $? -eq 1 ] || complain "the job of posters did not end: $(tail -n 3 "$work/night.log")"
run odd || complain "the job of odd outputs did not end: $(tail -n 3 "$work/odd.log")"
run many || complain "the job of one picture did not end: $(tail -n 3 "$work/many.log")"
python3 Tests/Browser/jobs.py spoil "$work"
python3 Tests/Browser/jobs.py multiply "$work"

"$nightshift" report "$work/night.yaml" "$work/odd.yaml" --to "$work/reports/night.html" >"$work/report.log" 2>&1 \
    || complain "no report was written: $(cat "$work/report.log")"

"$nightshift" run "$work/live.yaml" >"$work/live.log" 2>&1 &
live=$!
"$nightshift" view --no-open --port 0 "$work/live.yaml" "$work/night.yaml" "$work/odd.yaml" "$work/many.yaml" \
    >"$work/view" 2>"$work/view.err" &
viewer=$!
address=$(line "$work/view")
status=0
"$tools/bin/python" Tests/Browser/run.py --base "${address%%/\?*}" --token "${address##*token=}" \
    --run-pid "$live" --run-command "$nightshift run $work/live.yaml" --report "$work/reports/night.html" --jobs live=live,done=night,many=many,mixed=odd "$@" || status=$?
grep VmHWM "/proc/$viewer/status" 2>/dev/null | sed 's/VmHWM:[[:space:]]*/The viewer needed at most /' || true
exit "$status"
