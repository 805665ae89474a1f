#!/usr/bin/env bash
# Runs the commands and manifests of README and documentation, checks their links, words and options, and that no error code lacks its page. The
# package must have been built, or NIGHTSHIFT must name an executable. Names of files limit it to these.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

nightshift=${NIGHTSHIFT:-$(swift build --show-bin-path)/nightshift}
[ -x "$nightshift" ] || { echo "check-docs: build the package first; there is no $nightshift" >&2; exit 1; }
if [ $# -eq 0 ]; then
    python3 Documentation/troubleshooting.py >/dev/null
    Scripts/docs.sh
fi
python3 Documentation/check.py "$nightshift" "$@"
