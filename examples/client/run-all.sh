#!/usr/bin/env bash
# Runs every example against the embedded server and checks what it prints.
#
#   examples/client/run-all.sh          builds first
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

swift build
bin=$(swift build --show-bin-path)
work=$(mktemp -d)
cleanup() {
    # shellcheck disable=SC2046 # one word a process
    kill $(jobs -p) 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

complain() {
    echo "$1: $2; it printed:" >&2
    sed 's/^/    /' "$work/$1.txt" >&2
    exit 1
}

await_line() { # await_line NAME PATTERN: until a line of the output fits
    local tries=0
    until grep -q -- "$2" "$work/$1.txt"; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || complain "$1" "no line with '$2' in 30 s"
        sleep 0.1
    done
}

sizes='python3 -c "import json, os, sys; print(json.dumps([os.path.getsize(p) for p in json.load(sys.stdin)[\"pages\"]]))"'
"$bin/nightshift" serve --port 0 --model sizes="$sizes" >"$work/serve.txt" 2>&1 &
await_line serve 'http://127.0.0.1:'
REPLICATE_BASE_URL=$(grep -o -m 1 'http://127.0.0.1:[0-9]*' "$work/serve.txt")
export REPLICATE_BASE_URL REPLICATE_API_TOKEN=any

example() { # example NAME PATTERN [ARGUMENT…]: runs it and looks for the pattern
    local name=$1 pattern=$2
    shift 2
    (cd "$work" && timeout 60 "$bin/example-$name" "$@" >"$work/$name.txt" 2>&1) || complain "$name" "it failed"
    grep -q -- "$pattern" "$work/$name.txt" || complain "$name" "no line with '$pattern'"
    echo "$name: $(tail -n 1 "$work/$name.txt" | cut -c 1-100)"
}

example run 'hello Ada'
[ -s "$work/poster.png" ] || complain run "poster.png was not saved"
example background 'succeeded: good morning'
example wait 'succeeded: hello Barbara'
example file-input '\[32'
example progress 'rested'
example stream 'Good night.'
example paginate 'hello three, hello two, hello one'
example training 'trained '
example deployment 'release 2'
example transport 'nobody'
example observability 'spans: POST /models/{owner}/{name}/predictions'

"$bin/example-webhook-receiver" 0 >"$work/receiver.txt" 2>&1 &
await_line receiver 'listening on port'
port=$(grep -o '[0-9]*$' "$work/receiver.txt" | head -n 1)
example webhook 'started' "http://127.0.0.1:$port/replicate"
await_line receiver 'succeeded: hello Ada'
echo "webhook-receiver: $(tail -n 1 "$work/receiver.txt")"
