#!/usr/bin/env bash
# Ten greetings on the embedded server: builds nightshift, runs jobs/hello.yaml and shows the results.
# Options go to `nightshift run`, for example --fresh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

Scripts/prepare.sh
swift run nightshift run jobs/hello.yaml "$@"

echo
echo "The results are in jobs/out/hello:"
for file in jobs/out/hello/*.txt; do
    echo "  ${file##*/}: $(cat "$file")"
done
