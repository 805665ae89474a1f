#!/usr/bin/env bash
# Tries what Scripts/package.sh has made as people have it: in a Debian 12 that has no Swift, no compiler and no file of this
# repository. Installs the package, runs the job that it ships, loads completions, reads the manual, looks at the page, removes it.
#
# The Debian is made once, in .build-package/root, or taken from the folder that is named; it is not changed, what is installed goes
# to a layer above it. Needs root for that, and debootstrap; ends with 77 and the reason where something is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

complain() { echo "package-test: $*" >&2; exit 1; }
skip() { echo "package-test: $*; nothing was tried"; exit 77; }

root=${1:-$PWD/.build-package/root}
dist=$PWD/.build-package/dist
shopt -s nullglob
debs=("$dist"/*.deb)
archives=("$dist"/*.tar.gz)
if [ ${#debs[@]} -ne 1 ] || [ ${#archives[@]} -ne 1 ]; then complain "run Scripts/package.sh first"; fi
[ "$(id -u)" = 0 ] || skip "only root can make a root folder of its own"

if [ "${NIGHTSHIFT_PACKAGE_TEST:-}" != inside ]; then
    # Mounts of this script are seen by nobody else and end with it.
    unshare -m true 2>/dev/null || skip "this system allows no mounts of its own"
    if [ ! -x "$root/bin/bash" ]; then
        command -v debootstrap >/dev/null || skip "debootstrap is missing, and no root folder was named"
        mirror=$(sed -n 's/^deb [^h]*\(http[^ ]*\).*/\1/p; s/^URIs: *//p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
        echo "Making a Debian 12 in $root"
        # What the package needs is there already, so that installing it needs no network; the rest is what tries it.
        debootstrap --variant=minbase \
            --include=libsqlite3-0,libyaml-0-2,zlib1g,libstdc++6,ca-certificates,man-db,bash-completion,zsh,fish,curl \
            bookworm "$root" "$mirror" >"$root.log" 2>&1 || complain "no Debian could be made: $(tail -n 3 "$root.log")"
    fi
    (cd "$dist" && sha256sum --check --quiet SHA256SUMS) || complain "the packages do not agree with SHA256SUMS"
    if command -v lintian >/dev/null; then
        # A bug of Debian's that is closed by the first version is asked of Debian's own packages alone.
        lintian --allow-root --fail-on error --suppress-tags initial-upload-closes-no-bugs "${debs[0]}" ||
            complain "lintian found errors"
    else
        echo "lintian is not here, so it did not look at the package"
    fi
    NIGHTSHIFT_PACKAGE_TEST=inside exec unshare -m "$0" "$root"
fi

work=$(mktemp -d)
cleanup() {
    umount -l "$work/root/proc" "$work/root/dev" "$work/root" "$work/layer" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
mkdir "$work/root" "$work/layer"
# In memory, because an overlay cannot lie upon another one, which containers have as their root.
mount -t tmpfs -o size=1g none "$work/layer"
mkdir "$work/layer/upper" "$work/layer/work"
mount -t overlay overlay -o "lowerdir=$root,upperdir=$work/layer/upper,workdir=$work/layer/work" "$work/root"
mount -t proc proc "$work/root/proc"
mount --rbind /dev "$work/root/dev"
cp "${debs[0]}" "$work/root/tmp/nightshift.deb"
cp "${archives[0]}" "$work/root/tmp/nightshift.tar.gz"

cat >"$work/root/tmp/try.sh" <<'END'
set -euo pipefail
complain() { echo "package-test: $*" >&2; exit 1; }
files() { find / -xdev \( -path /proc -o -path /dev -o -path /tmp -o -path /home -o -path /var/cache -o -path /var/lib/dpkg -o -path /var/log \) -prune -o -print | sort; }

! command -v swift swiftc gcc cc >/dev/null || complain "there is a compiler in this root"
files >/tmp/before
dpkg -i /tmp/nightshift.deb >/tmp/dpkg.log 2>&1 || complain "it could not be installed: $(cat /tmp/dpkg.log)"
echo "installed: $(nightshift --version)"
useradd -m ada
END
cat >"$work/root/tmp/ada.sh" <<'END'
set -euo pipefail
complain() { echo "package-test: $*" >&2; exit 1; }
cd
cp -r /usr/share/doc/nightshift/examples jobs
nightshift run jobs/hello.yaml 2>run.log || complain "hello did not run: $(cat run.log)"
greetings=$(grep -l '^hello ' jobs/out/hello/*.txt | wc -l)
[ "$greetings" -eq 10 ] || complain "found $greetings greetings, expected 10"
echo "ran jobs/hello.yaml: $greetings greetings, $(grep -m 1 succeeded run.log)"

man -P cat nightshift >page.txt 2>man.log || complain "no manual: $(cat man.log)"
man -P cat nightshift run >run.txt 2>>man.log || complain "no manual of 'run': $(cat man.log)"
grep -q 'leaves every' page.txt && grep -q -e '--canary' run.txt || complain "the manual does not say what it should"
[ ! -s man.log ] || complain "man complained: $(cat man.log)"
echo "read $(man -w nightshift) and $(man -w nightshift-run)"

bash -c '
    source /usr/share/bash-completion/bash_completion
    _completion_loader nightshift || [ $? -eq 124 ]
    function=$(complete -p nightshift | sed "s/.*-F \([^ ]*\).*/\1/")
    COMP_LINE="nightshift re" COMP_POINT=13 COMP_CWORD=1 COMP_WORDS=(nightshift re)
    "$function" nightshift re nightshift
    printf "%s\n" "${COMPREPLY[@]}"' >bash.txt 2>bash.log || complain "completion failed in bash: $(cat bash.log)"
fish -c 'complete -C "nightshift re"' >fish.txt 2>fish.log || complain "completion failed in fish: $(cat fish.log)"
for shell in bash fish; do
    for word in report resume retry; do grep -q "^$word" "$shell.txt" || complain "$shell does not complete '$word': $(cat "$shell.txt" "$shell.log")"; done
done
zsh -c 'autoload -Uz compinit && compinit -D && print -r -- ${_comps[nightshift]}' >zsh.txt 2>zsh.log
grep -q '^_nightshift$' zsh.txt || complain "zsh does not complete: $(cat zsh.txt zsh.log)"
zsh -n /usr/share/zsh/vendor-completions/_nightshift || complain "zsh cannot read its completions"
echo "completions: bash, zsh, fish"

nightshift view --no-open jobs/hello.yaml >view.txt 2>view.log &
viewer=$!
for _ in $(seq 100); do [ -s view.txt ] && break; sleep 0.1; done
address=$(head -n 1 view.txt)
curl -sS -L -c cookies -b cookies "$address" >page.html || complain "no page at $address: $(cat view.log)"
grep -qi '<title>' page.html || complain "the page is none: $(head -c 300 page.html)"
status=$(curl -sS -b cookies -o jobs.json -w '%{http_code}' "${address%%/\?*}/api/jobs")
kill "$viewer"
wait "$viewer" || true
echo "the page has $(wc -c <page.html) bytes, its jobs were answered with $status"
[ "$status" = 200 ] && grep -q hello jobs.json || complain "the page knows no job: $(head -c 300 jobs.json)"
END
cat >>"$work/root/tmp/try.sh" <<'END'
su ada -c "bash /tmp/ada.sh"
userdel -r ada 2>/dev/null

dpkg -P nightshift >/tmp/dpkg.log 2>&1 || complain "it could not be removed: $(cat /tmp/dpkg.log)"
files >/tmp/after
left=$(diff /tmp/before /tmp/after | grep '^>' | grep -v -e ' /etc/.*-$' -e ' /etc/subuid' -e ' /var/mail' -e ' /var/lib/systemd' || true)
[ -z "$left" ] || complain "removing it leaves: $left"
echo "removed: nothing is left"

tar -xzf /tmp/nightshift.tar.gz -C /usr/local --strip-components=1
[ "$(command -v nightshift)" = /usr/local/bin/nightshift ] && echo "unpacked: $(nightshift --version)"
END
env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb \
    chroot "$work/root" bash /tmp/try.sh
echo "The packages work on a Debian $(cat "$root/etc/debian_version") without Swift."
