"""Writes the page 'Troubleshooting': every error code with its message, its cause and its cure.

Codes, exit codes, messages and advice come from the source, causes and cures from Errors.md. A code that only one of the two knows ends the
script with an error, so that the page lacks none.
"""

import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parent.parent
sources = {path: path.read_text() for path in sorted((root / "Sources").rglob("*.swift"))}


def source(name):
    return next(text for path, text in sources.items() if path.name == name)


def cases(text):
    """Names and raw values of the cases of a Swift enumeration."""
    return {name: value or name for name, value in re.findall(r"^ +case (\w+)(?: = \"(\w+)\")?$", text, re.MULTILINE)}


def body(text, start):
    """The text between the braces that follow."""
    begin = text.index("{", text.index(start))
    depth = 0
    for place in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[begin + 1 : place]
    raise ValueError(start)


def readable(literal):
    """A Swift string literal as a person may see it: what is put in is an ellipsis."""
    while True:
        found = literal.find("\\(")
        if found < 0:
            break
        depth, place = 0, found + 1
        while place < len(literal):
            depth += {"(": 1, ")": -1}.get(literal[place], 0)
            place += 1
            if depth == 0:
                break
        literal = literal[:found] + "…" + literal[place:]
    return literal.replace('\\"', '"').replace("\\n", " ").strip()


STRING = r'"((?:[^"\\\n]|\\\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\\.)*)"'


def messages(case):
    """What is thrown with a cause, as far as it is written beside it."""
    found = []
    for text in sources.values():
        for match in re.finditer(rf"(?:EngineError|StoreError|ProviderSetupError)\(\s*\.{case},\s*(?:message:\s*)?{STRING}", text):
            message = readable(match[1])
            if re.search(r"[a-z]{3}", message) and message not in found:
                found.append(message)
    return found


def advice():
    """The lines of ErrorAdvice, by the names of the cases."""
    found = {}
    text = body(source("ErrorAdvice.swift"), "func lines(")
    for match in re.finditer(r"case ((?:\.\w+,?\s*)+):(.*?)(?=\n +(?:case \.|//)|\Z)", text, re.DOTALL):
        lines = []
        rest = match[2]
        for call in re.finditer(r'command\("([^"]+)"((?:, *"[^"]+")*)', rest):
            words = " ".join(re.findall(r'"([^"]+)"', call[2]))
            command, _, options = words.partition(" ")
            lines.append(f"{call[1]}: nightshift {command} JOB {options}".strip())
        if not lines:
            joined = re.sub(r'"\s*\+\s*"', "", rest)
            lines = [readable(m[1]).lstrip("; ") for m in re.finditer(STRING, joined) if " " in m[1].strip()]
        for case in re.findall(r"\.(\w+)", match[1]):
            found[case] = lines
    return found


def hand_written():
    """The tables of Errors.md, each from codes to causes and cures."""
    tables, table = [], None
    for line in (root / "Documentation" / "Errors.md").read_text().splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) != 3:
            table = None
        elif set(cells[0]) == {"-"}:
            table = {}
            tables.append(table)
        elif table is not None:
            table[cells[0]] = (cells[1], cells[2])
    return tables


def complain(kind, known, written):
    missing, unknown = sorted(set(known) - set(written)), sorted(set(written) - set(known))
    if missing:
        sys.exit(f"troubleshooting: Documentation/Errors.md has no row for the {kind}: {', '.join(missing)}")
    if unknown:
        sys.exit(f"troubleshooting: Documentation/Errors.md has rows of {kind} that the source does not know: {', '.join(unknown)}")


def main():
    engine = source("EngineError.swift")
    causes = cases(body(engine, "enum Cause"))
    causes.pop("code", None)
    kinds = {}
    for names, kind in re.findall(r"case ((?:\.\w+,?\s*)+):\s*\.(\w+)", body(body(engine, "enum Cause"), "public var code: Code")):
        for name in re.findall(r"\.(\w+)", names):
            kinds[name] = kind
    exits = {"invalidManifest": 2, "usage": 2, "locked": 2, "store": 3, "disk": 3, "refused": 4, "canceled": 130}
    failures = cases(source("FailureClass.swift").split("package struct Rule")[0])
    errors, classes = hand_written()
    complain("error codes", causes.values(), errors)
    complain("failure classes", failures.values(), classes)
    told = advice()

    page = [
        "# Troubleshooting by message",
        "",
        "Every error of a command and every failure of an item: what it says, why it happens, and what to do.",
        "",
        "## Errors of a command",
        "",
        "Search this page for words of the message. An ellipsis stands for what differs from time to time.",
        "",
    ]
    for case, code in causes.items():
        cause, cure = errors[code]
        page += [f"### {code}", ""]
        # Not as quotations: DocC takes what stands before a colon in one for the name of an aside.
        if messages(case):
            page += ["```", *messages(case)[:4], "```", ""]
        page += [f"{cause} {cure}", ""]
        if told.get(case):
            page += ["The program says: " + "; ".join(f"`{line}`" for line in told[case]) + ".", ""]
        page += [f"Exit code {exits[kinds[case]]}.", ""]
    page += [
        "## Failures of an item",
        "",
        "The first word of the reason that `nightshift show` prints, and the column `class` of `nightshift items`. How often each is tried again is in <doc:Manifest>.",
        "",
        "| failure | why it happens | what to do |",
        "| --- | --- | --- |",
    ]
    page += [f"| `{code}` | {classes[code][0]} | {classes[code][1]} |" for code in failures.values()]
    print("\n".join(page))


main()
