#!/usr/bin/env bash
# Renders scans, starts real Cog servers, reads the scans with Nightshift and scores the texts.
set -euo pipefail
# Every background job gets a process group of its own, so that a server goes with its workers.
set -m
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'END'
usage: run.sh [options]
  --count N      how many scans (default 1000)
  --seed N       another seed renders other scans (default 1)
  --servers K    how many Cog servers, on ports following each other (default 1)
  --port P       port of the first server (default 5997)
  --fresh        forget an earlier run and start over (otherwise it is continued)
  --kill-once    start over, kill nightshift with SIGKILL once a third is done, resume it

environment: NIGHTSHIFT (the executable; otherwise the one of this repository is built),
PYTHON (default python3, 3.11 or newer). Exit code 77: skipped, Python or its packages are missing.
END
}

fail() { echo "run.sh: $*" >&2; exit 1; }
skip() { echo "run.sh: skipped: $*" >&2; exit 77; }
number() { [[ "$2" =~ ^[1-9][0-9]*$ ]] || { echo "run.sh: $1 needs a number from 1 on, found '$2'" >&2; exit 2; }; }

count=1000 seed=1 servers=1 port=5997 fresh=no kill_once=no
while [ $# -gt 0 ]; do
    case "$1" in
        --count | --seed | --servers | --port)
            number "$1" "${2:-}"
            case "$1" in
                --count) count=$2 ;;
                --seed) seed=$2 ;;
                --servers) servers=$2 ;;
                --port) port=$2 ;;
            esac
            shift 2
            ;;
        --fresh) fresh=yes; shift ;;
        --kill-once) kill_once=yes; fresh=yes; shift ;;
        -h | --help) usage; exit 0 ;;
        *) echo "run.sh: unknown option $1" >&2; usage >&2; exit 2 ;;
    esac
done

# --- Python and its packages -----------------------------------------------------------------------------------------

python=${PYTHON:-python3}
command -v "$python" >/dev/null || skip "$python was not found; install Python 3.11 or newer"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    skip "Python 3.11 or newer is needed, $python is $("$python" --version 2>&1)"
if ! cmp -s requirements.txt .venv/requirements.txt; then
    echo "Making the virtual environment .venv"
    rm -rf .venv
    "$python" -m venv .venv || skip "$python -m venv failed (on Debian: apt-get install python3-venv)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --retries 2 --no-deps -r requirements.txt ||
        skip "the packages of requirements.txt could not be installed; PyPI must be reachable"
    cp requirements.txt .venv/requirements.txt
fi
# Cog starts its worker as plain "python".
export PATH="$PWD/.venv/bin:$PATH"

# --- Nightshift ------------------------------------------------------------------------------------------------------

if [ -z "${NIGHTSHIFT:-}" ]; then
    repository=$(cd ../.. && pwd)
    echo "Building nightshift"
    swift build --package-path "$repository" --product nightshift
    NIGHTSHIFT="$(swift build --package-path "$repository" --show-bin-path)/nightshift"
fi
[ -x "$NIGHTSHIFT" ] || fail "no executable at $NIGHTSHIFT"

# --- Scans and the job -----------------------------------------------------------------------------------------------

python render.py --count "$count" --seed "$seed"

job=job.yaml
urls=http://127.0.0.1:$port
for ((i = 1; i < servers; i++)); do urls+=", http://127.0.0.1:$((port + i))"; done
if [ "$urls" != http://127.0.0.1:5997 ]; then
    job=job.local.yaml
    sed "s|servers: \[.*\]|servers: [$urls]|" job.yaml >"$job"
fi
again=()
if [ "$fresh" = yes ]; then
    rm -rf out
    again=(--fresh)
fi

# --- The Cog servers -------------------------------------------------------------------------------------------------

pids=()
run=
stop() {
    local pid
    trap - EXIT
    for pid in ${run:+"$run"} ${pids[@]+"${pids[@]}"}; do kill -TERM -- "-$pid" 2>/dev/null || true; done
    for pid in ${pids[@]+"${pids[@]}"}; do
        for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null || break; sleep 0.3; done
        kill -KILL -- "-$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Prints the status of a server's health check, or nothing while nobody answers.
health() {
    python - "$1" <<'END' 2>/dev/null || true
import json, sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(json.load(opener.open(f"http://127.0.0.1:{sys.argv[1]}/health-check", timeout=5))["status"])
END
}

cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
threads=$((cores > servers ? cores / servers : 1))
mkdir -p logs
for ((i = 0; i < servers; i++)); do
    p=$((port + i))
    [ -z "$(health "$p")" ] || fail "port $p is taken by another Cog server; choose another one with --port"
    PORT=$p OCR_THREADS=$threads COG_PREDICT_TYPE_STUB=predict.py:Predictor LOG_FORMAT=console \
        python -m cog.server.http --host 127.0.0.1 >"logs/cog-$p.log" 2>&1 </dev/null &
    pids+=($!)
done
for ((i = 0; i < servers; i++)); do
    p=$((port + i))
    deadline=$((SECONDS + 180))
    until [ "$(health "$p")" = READY ]; do
        kill -0 "${pids[i]}" 2>/dev/null || { tail -n 20 "logs/cog-$p.log" >&2; fail "the Cog server on port $p stopped"; }
        if [ "$(health "$p")" = SETUP_FAILED ] || [ $SECONDS -ge $deadline ]; then
            tail -n 20 "logs/cog-$p.log" >&2
            fail "the Cog server on port $p did not get ready"
        fi
        sleep 0.2
    done
    echo "Cog server ready on port $p"
done

# --- The run ---------------------------------------------------------------------------------------------------------

texts() { find out/ocr -type f ! -name '*.part' 2>/dev/null | wc -l | tr -d ' '; }

start=$SECONDS
if [ "$kill_once" = yes ]; then
    "$NIGHTSHIFT" run "$job" "${again[@]}" </dev/null &
    run=$!
    while [ "$(texts)" -lt $(((count + 2) / 3)) ]; do
        kill -0 "$run" 2>/dev/null || { run=; fail "nightshift ended before a third of the items was done"; }
        sleep 0.1
    done
    kill -KILL "$run" || fail "nightshift ended before it could be killed"
    wait "$run" 2>/dev/null || true
    run=
    done_before=$(texts)
    [ "$done_before" -lt "$count" ] || fail "nightshift had finished before it was killed"
    echo "Killed nightshift with $done_before of $count texts written; resuming"
    again=()
fi
"$NIGHTSHIFT" run "$job" ${again[@]+"${again[@]}"} </dev/null
rm -rf out/export
"$NIGHTSHIFT" export "$job" --to out/export </dev/null
echo "Read $count scans in $((SECONDS - start)) s with $servers Cog server(s)"

python score.py out/export/results.jsonl
