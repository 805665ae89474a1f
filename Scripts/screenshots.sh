#!/usr/bin/env bash
# Takes the pictures of the page that the README shows: images/overview.jpg and images/gallery.jpg. The package must have been built,
# and Scripts/browser.sh must have run once, which gets a Chromium and what drives it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=.build-browser/bin/python
[ -x "$python" ] || { echo "screenshots: run Scripts/browser.sh first" >&2; exit 1; }
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
    until [ -s "$1" ]; do sleep 0.1; done
    head -n 1 "$1"
}

python3 Tests/Browser/jobs.py write "$work"
"$nightshift" serve --port 0 --faults fail=0.05 --run-time 2 >"$work/serve" 2>/dev/null &
REPLICATE_BASE_URL="$(line "$work/serve")/v1"
export REPLICATE_BASE_URL REPLICATE_API_TOKEN=any NIGHTSHIFT_ACCOUNT_DIRECTORY="$work/account"
# Two sessions with a pause between, so that there is something to see.
root=$PWD
cd "$work" # so that the page shows no path of this machine
"$nightshift" run posters.yaml --limit 20 >/dev/null 2>&1 || [ $? -eq 1 ]
"$nightshift" run posters.yaml >/dev/null 2>&1 || [ $? -eq 1 ]
"$nightshift" view --no-open --port 0 posters.yaml >view 2>/dev/null &
"$root/$python" "$root/Tests/Browser/pictures.py" "$(line view)" "$root/images"
