#!/usr/bin/env bash
# Checks that every target of the package, tests too, declares each module that it imports.
#
# A module that comes in through another dependency compiles as well, but then the compiler does not rebuild the file
# when that module changes: tests hang or crash without a reason to be seen. `swift build` does not report it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Modules of the toolchain and of the system, which nobody declares.
system="Swift _Concurrency Foundation FoundationEssentials FoundationNetworking Dispatch CDispatch Glibc Musl Darwin Synchronization RegexBuilder Testing XCTest"

# Products that hold other modules than the one of their name: "Product=Module Module;…"
products="Collections=Collections BitCollections DequeModule HashTreeCollections HeapModule OrderedCollections"

description=$(mktemp)
list=$(mktemp)
trap 'rm -f "$description" "$list"' EXIT
swift package describe --type json >"$description"

# One line a target: its path, its name, and the modules it may import.
awk -v products="$products" '
    function value(line) {
        sub(/^[^:]*: "/, "", line)
        sub(/",?$/, "", line)
        return line
    }
    BEGIN {
        count = split(products, entries, ";")
        for (i = 1; i <= count; i++) {
            split(entries[i], pair, "=")
            modules[pair[1]] = pair[2]
        }
    }
    /^  "targets" : \[/ { inside = 1; next }
    /^  \]/ { inside = 0 }
    !inside { next }
    /^    \{/ { name = path = allowed = type = "" }
    /^      "name" : / { name = value($0) }
    /^      "path" : / { path = value($0) }
    /^      "module_type" : / { type = value($0) }
    /^      "(target|product)_dependencies" : \[/ { declared = 1; next }
    /^      \]/ { declared = 0 }
    declared {
        gsub(/[ ",]/, "")
        allowed = allowed " " (($0 in modules) ? modules[$0] : $0)
    }
    /^    \}/ && type == "SwiftTarget" { print path "\t" name "\t" allowed }
' "$description" >"$list"

if [ ! -s "$list" ]; then
    echo "check-imports: no target found in the output of swift package describe" >&2
    exit 1
fi

failed=0 targets=0 files=0
while IFS=$'\t' read -r path name allowed; do
    targets=$((targets + 1))
    while IFS= read -r -d '' file; do
        files=$((files + 1))
        # Text in """…""" and in comments is left out: a program quoted there may have imports of its own.
        awk -v allowed="$system $name $allowed" -v target="$name" '
            BEGIN {
                count = split(allowed, names, " ")
                for (i = 1; i <= count; i++) known[names[i]] = 1
            }
            {
                line = $0
                quotes = gsub(/"""/, "\"\"\"", line)
                if (text) {
                    if (quotes % 2 == 1) text = 0
                    next
                }
                if (comment) {
                    if (index(line, "*/")) comment = 0
                    next
                }
                if (quotes % 2 == 1) text = 1
                if (line ~ /^[ \t]*\/\*/ && !index(line, "*/")) { comment = 1; next }
                while (sub(/^[ \t]*@[A-Za-z_]+(\([^)]*\))?[ \t]+/, "", line)) {}
                sub(/^[ \t]*(public|package|internal|fileprivate|private)[ \t]+/, "", line)
                while (sub(/^[ \t]*@[A-Za-z_]+(\([^)]*\))?[ \t]+/, "", line)) {}
                if (line !~ /^[ \t]*import[ \t]+[A-Za-z_]/) next
                sub(/^[ \t]*import[ \t]+/, "", line)
                sub(/^(struct|class|enum|protocol|typealias|func|let|var|actor)[ \t]+/, "", line)
                match(line, /^[A-Za-z_0-9]+/)
                module = substr(line, 1, RLENGTH)
                if (!(module in known)) {
                    printf "%s:%d: target %s imports %s, which Package.swift does not declare for it; add it to the dependencies of the target\n", FILENAME, FNR, target, module
                    bad = 1
                }
            }
            END { exit bad }
        ' "$file" >&2 || failed=1
    done < <(find -L "$path" -type f -name '*.swift' -print0)
done <"$list"

[ "$failed" = 0 ] || exit 1
echo "Every import of $files files in $targets targets is declared."
