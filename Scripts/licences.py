"""Writes the copyright file of a package: every library that the executable is linked with, and its licence.

Which packages are linked is read from the build (`python3 Scripts/licences.py FOLDER_OF_THE_EXECUTABLE`): from the list of objects that
the linker got, and from where their sources lie. Versions are those of Package.resolved, licences those of the checkouts. A licence
that this script does not know ends it, so that none is passed on unread.
"""

import json
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
binary_folder = pathlib.Path(sys.argv[1])
checkouts = root / ".build" / "checkouts"

APACHE = "Apache-2.0"
APACHE_SWIFT = "Apache-2.0 with Swift-exception"
SWIFT_EXCEPTION = """\
As an exception, if you use this Software to compile your source code and portions of this Software are embedded into the binary
product as a result, you may redistribute such product without providing attribution as would otherwise be required by Sections 4(a),
4(b) and 4(d) of the License."""


def complain(text):
    sys.exit(f"licences: {text}")


def linked_checkouts():
    """The folders in .build/checkouts that objects of the executable come from."""
    objects = (binary_folder / "nightshift.product" / "Objects.LinkFileList").read_text()
    modules = set(re.findall(r"/([^/\s]+\.build)/", objects.replace("/.build/", "/")))
    found = set()
    for module in sorted(modules):
        folder = binary_folder / module
        if (folder / "output-file-map.json").exists():
            sources = (folder / "output-file-map.json").read_text()
        else:
            # Of a C file's dependencies, the first one is the file itself.
            sources = "\n".join(path.read_text().replace("\\\n", " ").split()[1] for path in folder.rglob("*.d"))
        packages = set(re.findall(r"/checkouts/([^/\"]+)/", sources))
        if not packages and not re.search(r"/Sources/|nightshift\.product|DerivedSources", sources):
            complain(f"cannot tell which package {module} is of")
        found |= packages
    return sorted(found, key=str.lower)


def versions():
    pins = json.loads((root / "Package.resolved").read_text())["pins"]
    return {pin["identity"]: (pin["state"].get("version") or pin["state"]["revision"], pin["location"]) for pin in pins}


def licence(text, name):
    if "Apache License" in text and "Version 2.0" in text:
        return APACHE_SWIFT if "Runtime Library Exception" in text else APACHE
    if "Permission is hereby granted, free of charge" in text:
        return "Expat"
    complain(f"the licence of {name} is none that this script knows; read it and add it")


def copyright_of(folder, texts):
    for text in texts:
        for line in text.splitlines():
            found = re.match(r"\s*Copyright (?:\(c\)|\(C\)|©)?\s*(\d{4}.*)", line)
            if found:
                return found[1].strip()
    # Where only the sources say whose they are, each says the same but for the year.
    for source in sorted(folder.glob("Sources/**/*.swift")):
        found = re.search(r"Copyright \((?:c|C)\) ((?:\d{4})[^\n]*)", source.read_text(errors="replace"))
        if found:
            return found[1].strip()
    complain(f"{folder.name} does not say whose it is")


def indented(text):
    return "\n".join(" " + line.rstrip() if line.strip() else " ." for line in text.strip().splitlines())


def paragraph(files, holders, name, body="", comment=""):
    parts = [f"Files: {files}", "Copyright: " + holders, f"License: {name}"]
    if body:
        parts.append(indented(body))
    if comment:
        parts.append("Comment:\n" + indented(comment))
    return "\n".join(parts)


def main():
    known = versions()
    paragraphs = [
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        "Upstream-Name: nightshift\n"
        "Comment:\n"
        + indented(
            "The executable is one file, in which the libraries below that are called 'linked' are contained. 'Needed' are those of the\n"
            "system that it loads."
        ),
        paragraph("*", "2026 The Nightshift authors", APACHE),
    ]
    for name in linked_checkouts():
        folder = checkouts / name
        version, location = known.get(name.lower(), (None, None))
        if version is None:
            complain(f"{name} is not in Package.resolved")
        licences = [path for path in sorted(folder.iterdir()) if re.match(r"(?i)(licen[sc]e|copying)", path.name)]
        if not licences:
            complain(f"{name} has no licence file")
        notices = [path.read_text() for path in sorted(folder.iterdir()) if re.match(r"(?i)notice", path.name)]
        text = licences[0].read_text()
        kind = licence(text, name)
        comment = f"Linked: {name} {version}, {location}"
        if notices:
            comment += "\n\nIts notices:\n\n" + "\n".join(notices)
        # Code of others that a package brings has a licence of its own beside it.
        inner = [path for path in sorted(folder.glob("Sources/**/LICENSE*")) if path.is_file()]
        for path in inner:
            comment += f"\n\nThe licence of {path.parent.name}:\n\n" + path.read_text(errors="replace")
        body = text if kind == "Expat" else ""
        paragraphs.append(paragraph(f"linked/{name}/*", copyright_of(folder, notices + [text]), kind, body, comment))
    paragraphs += [
        paragraph(
            "linked/swift-runtime/*",
            "2014-2026 Apple Inc. and the Swift project authors",
            APACHE_SWIFT,
            comment="Linked: the Swift runtime, its standard library, Foundation and Dispatch, https://swift.org. Foundation contains data\n"
            "and code of ICU, copyright 1991-2026 Unicode, Inc., under the Unicode License V3: https://www.unicode.org/license.txt",
        ),
        paragraph(
            "needed/sqlite3/*", "none", "public-domain", "SQLite is in the public domain: https://www.sqlite.org/copyright.html",
            "Needed: SQLite, as libsqlite3.so.0 of the system",
        ),
        paragraph("needed/libyaml/*", "2006-2020 Kirill Simonov and Ingy döt Net", "Expat", comment="Needed: libyaml, as libyaml-0.so.2 of the system"),
        paragraph(
            "needed/zlib/*", "1995-2026 Jean-loup Gailly and Mark Adler", "Zlib",
            "https://zlib.net/zlib_license.html",
            "Needed: zlib, as libz.so.1 of the system. Linked: the copy of it in swift-nio-extras",
        ),
        f"License: {APACHE}\n" + indented("On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0; elsewhere it is the file LICENSE beside this one,\nor https://www.apache.org/licenses/LICENSE-2.0."),
        f"License: {APACHE_SWIFT}\n" + indented(f"The Apache License 2.0, as above, with the Runtime Library Exception:\n\n{SWIFT_EXCEPTION}"),
        "License: Expat\n"
        + indented(
            "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files\n"
            "(the \"Software\"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify,\n"
            "merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished\n"
            "to do so, subject to the following conditions:\n\n"
            "The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.\n\n"
            "THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF\n"
            "MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE\n"
            "FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN\n"
            "CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."
        ),
    ]
    print("\n\n".join(paragraphs))


main()
