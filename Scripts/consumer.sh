#!/usr/bin/env bash
# Builds a package that uses the client alone, checks what was fetched and built for it, and runs it against the embedded
# server. The package itself must have been built before.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

complain() { echo "consumer: $*" >&2; exit 1; }

scratch=.build-consumer
swift build --package-path Tests/ClientConsumer --scratch-path "$scratch"

fetched=$(cd "$scratch/checkouts" && printf '%s ' *)
[ "$fetched" = "swift-asn1 swift-crypto swift-log " ] \
    || complain "more or less was fetched than the client needs: $fetched"
built=$(cd "$scratch/debug/Modules" && printf '%s ' *.swiftmodule)
[ "$built" = "$(printf '%s.swiftmodule ' ClientConsumer Crypto CryptoBoringWrapper Logging LosslessJSON Replicate ReplicateAPI)" ] \
    || complain "more or less was built than the client needs: $built"
echo "Fetched: $fetched($(du -sh "$scratch/checkouts" | cut -f 1))"

work=$(mktemp -d)
cleanup() {
    # shellcheck disable=SC2046 # one word a process
    kill $(jobs -p) 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

sizes='python3 -c "import json, os, sys; print(json.dumps([os.path.getsize(p) for p in json.load(sys.stdin)[\"pages\"]]))"'
"$(swift build --show-bin-path)/nightshift" serve --port 0 --model echo=cat --model sizes="$sizes" >"$work/serve.txt" 2>&1 &
tries=0
until grep -q 'http://127.0.0.1:' "$work/serve.txt"; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || complain "the server did not start: $(cat "$work/serve.txt")"
    sleep 0.1
done
REPLICATE_BASE_URL=$(grep -o -m 1 'http://127.0.0.1:[0-9]*' "$work/serve.txt")
export REPLICATE_BASE_URL REPLICATE_API_TOKEN=any
timeout 120 "$scratch/debug/ClientConsumer"
