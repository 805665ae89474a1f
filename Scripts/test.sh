#!/usr/bin/env bash
# Runs all tests. Options go to `swift test`, for example --filter JSONTests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

Scripts/prepare.sh
swift test "$@"
