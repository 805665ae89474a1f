#!/usr/bin/env bash
# Builds the documentation for people as a static site, in .build-docs/site or the folder that is named: copy it to any web server, or
# look at it with `python3 -m http.server -d .build-docs/site`, at /documentation/nightshift. Takes seconds and builds no code.
# BASE=/path is where on its server the site will be, if not at its root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v docc >/dev/null || { echo "docs: 'docc' is missing; it comes with Swift" >&2; exit 1; }
site=${1:-.build-docs/site}
catalog=.build-docs/Nightshift.docc
rm -rf "$catalog" "$site"
mkdir -p .build-docs "$(dirname "$site")"
cp -R Documentation/Nightshift.docc "$catalog"
# What is written elsewhere: the reference of the manifest, whose keys a test compares with the code, the pictures of the README, and
# the page that is made of the tables of errors.
cp Sources/NightshiftCore/Documentation.docc/Manifest.md "$catalog"
mkdir -p "$catalog/Resources"
cp images/*.jpg "$catalog/Resources"
python3 Documentation/troubleshooting.py >"$catalog/Troubleshooting.md"

options=()
[ -z "${BASE:-}" ] || options+=(--hosting-base-path "$BASE")
docc convert "$catalog" --output-path "$site" --transform-for-static-hosting --warnings-as-errors \
    --fallback-display-name Nightshift --fallback-bundle-identifier nightshift.documentation "${options[@]}"
# A server shows this for its root; the pages are below.
cat >"$site/index.html" <<END
<!doctype html>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0; url=${BASE:-}/documentation/nightshift">
<title>Nightshift</title>
<a href="${BASE:-}/documentation/nightshift">The documentation of Nightshift</a>
END
pages=$(find "$site/data/documentation" -name '*.json' | wc -l)
echo "$pages pages are in $site ($(du -sh "$site" | cut -f 1))"
