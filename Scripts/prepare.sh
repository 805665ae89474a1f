#!/usr/bin/env bash
# Makes sure that Swift and the system libraries, SQLite, libyaml and zlib, are there. Says nothing when they are;
# installs the libraries with the system's package manager when they are not.
set -euo pipefail

if ! command -v swift >/dev/null; then
    echo "Swift was not found. Install Swift 6.2 or newer from https://www.swift.org/install and try again." >&2
    exit 1
fi

has() { # has HEADER PKG_CONFIG_NAME
    local folder
    if command -v pkg-config >/dev/null && pkg-config --exists "$2" 2>/dev/null; then return 0; fi
    for folder in /usr/include /usr/local/include /opt/homebrew/include; do
        [ -f "$folder/$1" ] && return 0
    done
    # A Mac has SQLite in its SDK.
    [ "$(uname -s)" = Darwin ] && [ -f "$(xcrun --show-sdk-path 2>/dev/null)/usr/include/$1" ]
}

missing=()
has sqlite3.h sqlite3 || missing+=(sqlite)
has yaml.h yaml-0.1 || missing+=(yaml)
has zlib.h zlib || missing+=(zlib)
[ ${#missing[@]} -gt 0 ] || exit 0

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif [ -t 0 ] && command -v sudo >/dev/null; then
        sudo "$@"
    elif command -v sudo >/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

give_up() {
    echo "Could not install: $packages. Install them by hand ($1) and try again." >&2
    exit 1
}

name() { # name SQLITE_PACKAGE YAML_PACKAGE ZLIB_PACKAGE
    packages=
    local each
    for each in "${missing[@]}"; do
        case $each in
            sqlite) packages+=" $1" ;;
            yaml) packages+=" $2" ;;
            zlib) packages+=" $3" ;;
        esac
    done
    packages=${packages# }
    echo "Installing $packages"
}

# shellcheck disable=SC2086 # $packages is up to three words, split on purpose.
if command -v apt-get >/dev/null; then
    name libsqlite3-dev libyaml-dev zlib1g-dev
    install="env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages"
    as_root $install </dev/null >/dev/null 2>&1 ||
        { as_root apt-get update -qq </dev/null && as_root $install </dev/null >/dev/null; } ||
        give_up "sudo apt-get install $packages"
elif command -v dnf >/dev/null; then
    name sqlite-devel libyaml-devel zlib-devel
    as_root dnf install -y -q $packages </dev/null || give_up "sudo dnf install $packages"
elif command -v apk >/dev/null; then
    name sqlite-dev yaml-dev zlib-dev
    as_root apk add -q $packages </dev/null || give_up "sudo apk add $packages"
elif command -v brew >/dev/null; then
    name sqlite libyaml zlib
    brew install -q $packages </dev/null || give_up "brew install $packages"
else
    name SQLite libyaml zlib
    give_up "with their headers; no apt-get, dnf, apk or brew was found"
fi
