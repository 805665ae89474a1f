#!/usr/bin/env bash
# Builds what people install who have no Swift: nightshift_VERSION_ARCH.deb, nightshift-VERSION-linux-ARCH.tar.gz and SHA256SUMS,
# in .build-package/dist or the folder that is named. Two builds of one commit on one machine give the same bytes.
#
# Needs Debian or Ubuntu for dpkg-deb and dpkg-shlibdeps; on the oldest release that the packages shall run on, since the C library
# of the builder is the oldest one that the executable accepts. Scripts/package-test.sh tries what came out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

complain() { echo "package: $*" >&2; exit 1; }

# What `nightshift schema NAME` prints goes into the packages; the manifest's is printed without a name.
schemas=(manifest)
# The newest C and C++ libraries that the executable may ask for: Debian 12's.
newest_glibc=2.36
newest_glibcxx=3.4.30
largest_package=$((40 << 20))

for tool in swift git strip objdump dpkg-deb dpkg-shlibdeps gzip python3; do
    command -v "$tool" >/dev/null || complain "'$tool' is needed; on Debian: apt-get install binutils dpkg-dev git python3"
done
Scripts/prepare.sh

work=$PWD/.build-package
dist=${1:-$work/dist}
version=$(sed -n 's/.*public static let version = "\([^"]*\)".*/\1/p' Sources/Replicate/ClientVersion.swift)
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || complain "no version in Sources/Replicate/ClientVersion.swift"
# A version before a release sorts before it in Debian only with a tilde.
debian_version=${version/-/\~}
arch=$(dpkg --print-architecture)
commit=$(git rev-parse --short=12 HEAD)
# A build of other files than the commit's must not carry its name.
[ -z "$(git status --porcelain --untracked-files=no)" ] || commit+=-dirty
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH NIGHTSHIFT_COMMIT=$commit
NIGHTSHIFT_TOOLCHAIN=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
export NIGHTSHIFT_TOOLCHAIN
date=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%d)

# SwiftPM passes the traits in the order of a hashed set, which would otherwise be another one, and compile all anew, each time.
export SWIFT_DETERMINISTIC_HASHING=1

echo "Building nightshift $version of commit $commit for $arch"
# All traits but `URLSession`: the executable does not use it, and its library would need libcurl.
build=(swift build -c release --static-swift-stdlib --traits "Engine,Observability" --product nightshift)
"${build[@]}"
bin=$("${build[@]}" --show-bin-path)

# The plugin `swift package generate-manual` would build every target of the package in release mode to make pages for one
# executable; its tool makes them of the executable that is there.
manual=$work/manual
swift build --package-path .build/checkouts/swift-argument-parser --scratch-path "$manual" --product generate-manual

rm -rf "$work/tree" "$work/deb" "$dist"
tree=$work/tree/nightshift-$version-linux-$arch
mkdir -p "$dist" "$tree"/{bin,share/doc/nightshift/examples,share/nightshift,share/man/man1} \
    "$tree"/share/{bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}

nightshift=$tree/bin/nightshift
strip --strip-all -o "$nightshift" "$bin/nightshift"
chmod 755 "$nightshift"
size=$(stat -c %s "$nightshift")

newest() { # newest PREFIX: the newest version of a library's symbols that the executable asks for
    objdump -T "$nightshift" | sed -n "s/.*($1_\([0-9.]*\)).*/\1/p" | sort -uV | tail -n 1
}
for limit in "GLIBC $newest_glibc" "GLIBCXX $newest_glibcxx"; do
    read -r library allowed <<<"$limit"
    asked=$(newest "$library")
    [ "$(printf '%s\n' "$asked" "$allowed" | sort -V | tail -n 1)" = "$allowed" ] ||
        complain "the executable needs $library $asked; build it where that is at most $allowed, such as on Debian 12"
    echo "The executable needs $library ${asked:-of any version}, at most $allowed is allowed"
done

"$nightshift" --version | grep -qF "$version (commit $commit" || complain "'--version' does not name version and commit"

# Each page is called nightshift-COMMAND, as `man nightshift COMMAND` looks for it, and not by the dots of the tool.
"$manual/debug/generate-manual" "$nightshift" --multi-page --date "$date" --authors "The Nightshift authors" \
    --output-directory "$work/tree"
for page in "$work"/tree/nightshift*.1; do
    name=${page##*/}
    name=${name%.1}
    # A blank line is an error in this language of manuals; it means a paragraph.
    sed 's/nightshift\.\([a-z]\)/nightshift-\1/g; s/NIGHTSHIFT\.\([A-Z]\)/NIGHTSHIFT-\1/; s/^$/.Pp/' "$page" | gzip -9n >"$tree/share/man/man1/${name//./-}.1.gz"
    rm "$page"
done

# It is sourced, not run.
"$nightshift" completions bash | sed '1{/^#!/d}' >"$tree/share/bash-completion/completions/nightshift"
"$nightshift" completions zsh >"$tree/share/zsh/site-functions/_nightshift"
"$nightshift" completions fish >"$tree/share/fish/vendor_completions.d/nightshift.fish"

for name in "${schemas[@]}"; do
    words=(schema)
    [ "$name" = manifest ] || words+=("$name")
    "$nightshift" "${words[@]}" >"$tree/share/nightshift/$name.schema.json"
    python3 -m json.tool "$tree/share/nightshift/$name.schema.json" >/dev/null || complain "the schema '$name' is no JSON"
done

doc=$tree/share/doc/nightshift
cp LICENSE README.md CHANGELOG.md "$doc"
cp jobs/*.yaml jobs/*.csv "$doc/examples"
python3 Scripts/licences.py "$bin" >"$doc/copyright"
find "$tree" -type d -exec chmod 755 {} +
find "$tree" -type f ! -path '*/bin/*' -exec chmod 644 {} +

name=${tree##*/}
tar -C "$work/tree" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu -cf - "$name" |
    gzip -9n >"$dist/$name.tar.gz"

deb=$work/deb/nightshift
mkdir -p "$deb/usr" "$deb/DEBIAN"
cp -a "$tree/bin" "$tree/share" "$deb/usr"
# What Debian has elsewhere: zsh's completions, the licence, and a changelog in its own form beside ours.
mv "$deb/usr/share/zsh/site-functions" "$deb/usr/share/zsh/vendor-completions"
rm "$deb/usr/share/doc/nightshift/LICENSE"
mv "$deb/usr/share/doc/nightshift/CHANGELOG.md" "$deb/usr/share/doc/nightshift/NEWS.md"
gzip -9n "$deb/usr/share/doc/nightshift/NEWS.md"
maintainer="The Nightshift authors <nightshift@users.noreply.github.com>"
gzip -9n >"$deb/usr/share/doc/nightshift/changelog.gz" <<END
nightshift ($debian_version) stable; urgency=medium

  * Commit $commit; what has changed is told in NEWS.md.gz.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
END
# swift-nio-extras contains zlib under names of its own, which a Swift package cannot take from the system.
mkdir -p "$deb/usr/share/lintian/overrides"
echo 'nightshift: embedded-library zlib [usr/bin/nightshift]' >"$deb/usr/share/lintian/overrides/nightshift"
# dpkg-shlibdeps looks for a source package around it.
mkdir -p "$work/deb/debian"
printf 'Source: nightshift\n\nPackage: nightshift\nArchitecture: any\n' >"$work/deb/debian/control"
depends=$(cd "$work/deb" && dpkg-shlibdeps -O --ignore-missing-info nightshift/usr/bin/nightshift | sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || complain "dpkg-shlibdeps found no dependencies"
cat >"$deb/DEBIAN/control" <<END
Package: nightshift
Version: $debian_version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size "$deb/usr" | cut -f 1)
Depends: $depends
Recommends: ca-certificates
Section: utils
Priority: optional
Description: runs thousands of model predictions overnight, from a YAML file
 Nightshift sends thousands of inputs through a model at Replicate, on Cog
 servers or on a small server of its own, and leaves every result on disk.
 Every step is a checkpoint in SQLite: whatever ends a run, the next one goes
 on where it was, and nothing is paid for twice. A page in the browser shows
 progress, costs, results and failures.
END
(cd "$deb" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
find "$deb" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
dpkg-deb --root-owner-group -Zxz --build "$deb" "$dist/nightshift_${debian_version}_$arch.deb" >/dev/null

for package in "$dist"/*; do
    bytes=$(stat -c %s "$package")
    [ "$bytes" -le "$largest_package" ] || complain "$package has $bytes bytes, more than the $largest_package allowed"
done
(cd "$dist" && sha256sum -- *.deb *.tar.gz >SHA256SUMS && cat SHA256SUMS)
echo "The executable has $((size >> 20)) MB. Depends: $depends"
ls -l "$dist"
