#!/usr/bin/env bash
# Runs all tests. Options go to `swift test`, for example --filter LosslessJSONTests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

Scripts/prepare.sh
# Many of the tests talk to servers and wait for processes; a few hundred at a time would run into each other's time-outs.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=${SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH:-8}
if [ $# -gt 0 ]; then
    swift test "$@"
else
    # Simulated nights keep all cores busy with nothing but computing, so they do not run beside tests of time-outs.
    swift test --skip NightSimulatorTests
    swift test --skip-build --filter NightSimulatorTests
fi
