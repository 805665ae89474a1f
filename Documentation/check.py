"""Runs what the documentation tells its readers to run, and checks what it shows them.

`Scripts/check-docs.sh` calls this with the executable. A comment before a fenced block says what the block is; DocC and other
readers of Markdown do not show it:

    <!-- file: NAME -->     the block is written to a file of that name; with `= PATH`, it must be what the repository has there
    <!-- run -->            the block is run by bash, in one temporary folder for the whole page; it must end with 0
    <!-- run exit=N -->     it must end with N
    <!-- shows -->          what the last run printed, line by line in this order; … stands for anything, a line of its own for any lines
    <!-- elsewhere -->      needs what is not here (another service, another machine): commands and options in it are checked only

A manifest that no command of its page names is planned offline. A block of shell or YAML without such a comment is an error, so that none
is forgotten.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
nightshift = pathlib.Path(sys.argv[1]).resolve()
chosen = sys.argv[2:]
problems = []

# Words of an earlier vocabulary of the code, which say nothing to a reader, and words that belong into a poem.
BANNED = re.compile(
    r"\b(toldTroubles|told troubles|lookWake|nextLook|unsharedThrottle|giveUp|heldUp|isFruitless|RequestOutline|ControlDesk|JobPlace"
    r"|LoadPlace|StandingOrders|RunLedger|ControlMistake|books|desk|fate|the house|its word|beats|quietly|silently weeps|whisper\w*"
    r"|dream\w*|magic\w*|journey|embark\w*|realm|tapestry|seamless\w*|effortless\w*|delightful\w*|blazing\w*|leverage\w*|whilst|alas)\b",
    re.IGNORECASE,
)


def complain(place, text):
    problems.append(f"{place}: {text}")


class Block:
    def __init__(self, place, language, directive, text):
        self.place, self.language, self.directive, self.text = place, language, directive, text


def blocks(path):
    """The fenced blocks of a file, and its text without them."""
    found, prose = [], []
    lines = path.read_text().splitlines()
    number, directive = 0, None
    while number < len(lines):
        line = lines[number]
        fence = re.match(r"^( *)(```+)\s*(\S*)", line)
        comment = re.match(r"^\s*<!--\s*((?:file|run|shows|elsewhere)\b.*?)\s*-->\s*$", line)
        if fence:
            start, indent = number, len(fence[1])
            number += 1
            body = []
            while number < len(lines) and not re.match(rf"^ *{fence[2]}\s*$", lines[number]):
                body.append(lines[number][indent:])
                number += 1
            found.append(Block(f"{path.relative_to(root)}:{start + 1}", fence[3], directive, "\n".join(body) + "\n"))
            directive = None
        elif comment:
            directive = comment[1]
        else:
            prose.append((number + 1, line))
            if line.strip():
                directive = None
        number += 1
    return found, prose


def options_by_command():
    """Every command with its options, as the executable itself tells them."""
    dump = json.loads(subprocess.run([nightshift, "--experimental-dump-help"], capture_output=True, check=True).stdout)

    def names(command):
        found = set()
        for argument in command.get("arguments", []):
            for name in argument.get("names", []):
                found.add(("-" if name["kind"] == "short" else "--") + name["name"])
        return found

    commands = {command["commandName"]: names(command) for command in dump["command"].get("subcommands", [])}
    commands[""] = names(dump["command"]) | {"--generate-completion-script"}
    return commands


def check_commands(place, text, commands):
    text = re.sub(r"\\\n\s*", " ", text)
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            continue
        for call in re.finditer(r"(?:^|[\s;&|(=/])nightshift((?: +(?:\"[^\"]*\"|'[^']*'|[^\s;&|)<>#'\"]+))*)", line):
            words = re.findall(r"\"[^\"]*\"|'[^']*'|[^\s]+", call[1])
            if not words or words[0].startswith("-"):
                command = ""
            else:
                command = words.pop(0)
                if command not in commands:
                    if re.fullmatch(r"[a-z]+", command) and not call[0].startswith("/"):
                        complain(place, f"there is no command 'nightshift {command}'")
                    continue
            for word in words:
                option = word.split("=")[0]
                if re.fullmatch(r"--[a-z-]+|-[a-z]", option) and option not in commands[command]:
                    complain(place, f"'nightshift {command}' has no option {option}")


def shown(expected, printed):
    """The first line of what is expected that was not printed in this order; `None` if all were."""
    rest = [line.rstrip() for line in printed.splitlines()]
    for line in expected.splitlines():
        line = line.rstrip()
        if line.strip() in ("", "…", "..."):
            continue
        pattern = re.compile(".*".join(re.escape(re.sub(r" +", " ", part)) for part in line.split("…")))
        while rest and not pattern.fullmatch(re.sub(r" +", " ", rest[0])):
            rest.pop(0)
        if not rest:
            return line
        rest.pop(0)
    return None


def run_page(path, commands):
    found, prose = blocks(path)
    for number, line in prose:
        for word in BANNED.findall(line):
            complain(f"{path.relative_to(root)}:{number}", f"'{word}' is a word that this project does not use")
    for block in found:
        if block.language in ("sh", "bash", "shell", "yaml") and not block.directive:
            complain(block.place, f"a block of {block.language} without <!-- run -->, <!-- file: … --> or <!-- elsewhere -->")
        if block.language in ("sh", "bash", "shell"):
            check_commands(block.place, block.text, commands)
    check_links(path, prose)
    if not any(block.directive and re.match(r"run|file", block.directive) for block in found):
        return 0

    folder = pathlib.Path(tempfile.mkdtemp(prefix="nightshift-docs-"))
    tools = folder / ".bin"
    tools.mkdir()
    (tools / "nightshift").symlink_to(nightshift)
    # A server that takes the place of Replicate: nothing that is documented here may reach the real one.
    server = subprocess.Popen(
        [nightshift, "serve", "--port", "0", "--run-time", "0.2"]
        + [part for name in ("black-forest-labs/flux-schnell", "black-forest-labs/flux-dev", "stability-ai/sdxl")
           for part in ("--model", f"{name}=python3 {root / 'Documentation' / 'picture.py'}")],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    address = server.stdout.readline().strip()
    environment = {
        "PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(folder / ".home"), "LANG": "C.UTF-8", "TERM": "dumb",
        "NIGHTSHIFT_ACCOUNT_DIRECTORY": str(folder / ".account"), "NIGHTSHIFT_REPOSITORY": str(root),
        "REPLICATE_BASE_URL": address, "REPLICATE_API_TOKEN": "any",
    }
    (folder / ".home").mkdir()
    printed, ran, named = "", 0, ""
    manifests = []
    try:
        for block in found:
            directive = block.directive or ""
            if directive.startswith("file:"):
                name, _, original = (part.strip() for part in directive[5:].partition("="))
                target = folder / name
                if original and (root / original).read_text() != block.text:
                    complain(block.place, f"{original} is not what is shown here")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(block.text)
                if block.language == "yaml" and block.text.lstrip().startswith(("job:", "#")):
                    manifests.append((block.place, target))
            elif directive.startswith("run"):
                wanted = int((re.search(r"exit=(\d+)", directive) or [0, 0])[1])
                ran += 1
                named += block.text
                result = subprocess.run(
                    ["bash", "-euo", "pipefail", "-c", block.text], cwd=folder, env=environment, text=True,
                    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, start_new_session=True)
                printed = result.stdout
                if result.returncode != wanted:
                    complain(block.place, f"ended with {result.returncode}, not {wanted}:\n{printed[-3000:]}")
                    break
            elif directive == "shows":
                missing = shown(block.text, printed)
                if missing is not None:
                    complain(block.place, f"this line was not printed: {missing}\nbut this was:\n{printed[-3000:]}")
        for place, manifest in manifests:
            if manifest.name in named or str(manifest.relative_to(folder)) in named:
                continue
            ran += 1
            result = subprocess.run(
                [nightshift, "plan", "--offline", manifest], cwd=folder, env=environment, capture_output=True, text=True)
            if result.returncode != 0:
                complain(place, f"'nightshift plan --offline' ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)
    return ran


def check_links(path, prose):
    text = "\n".join(line for _, line in prose)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://[a-z0-9.-]+\.[a-z]+(/|$)", link):
            continue
        if link.startswith("#"):
            heading = link[1:]
            slugs = [re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-") for _, line in prose if line.startswith("#")]
            if heading not in slugs:
                complain(path.relative_to(root), f"there is no heading for {link}")
        elif link.startswith(("mailto:", "doc:")):
            continue
        elif not (path.parent / link.split("#")[0]).exists() and path.suffix == ".md":
            # Pictures of the site are named without a folder.
            if not any((path.parent / folder / link).exists() for folder in ("Resources",)) and not (root / "images" / link).exists():
                complain(path.relative_to(root), f"there is nothing at {link}")
    for name in re.findall(r"<doc:([A-Za-z0-9-]+)>", text):
        if not (root / "Documentation" / "Nightshift.docc" / f"{name}.md").exists() and name not in ("Manifest", "Troubleshooting"):
            complain(path.relative_to(root), f"there is no page {name}")


def main():
    commands = options_by_command()
    pages = [pathlib.Path(name).resolve() for name in chosen] or (
        [root / "README.md", root / "CHANGELOG.md"] + sorted((root / ".github").glob("*.md"))
        + sorted((root / "Documentation" / "Nightshift.docc").glob("*.md")))
    ran = 0
    for page in pages:
        if not page.exists():
            continue
        start = time.monotonic()
        before = len(problems)
        count = run_page(page, commands)
        ran += count
        print(f"{page.relative_to(root)}: {count} blocks run in {time.monotonic() - start:.0f} s"
              + (f", {len(problems) - before} problems" if len(problems) > before else ""), flush=True)
    if not chosen:
        reference = root / "Documentation" / "Nightshift.docc" / "Commands.md"
        text = reference.read_text() if reference.exists() else ""
        for command, options in commands.items():
            if command not in ("", "help") and f"nightshift {command}" not in text:
                complain(reference.relative_to(root), f"'nightshift {command}' is not in the reference")
            for option in options - {"--version", "--help", "-h"}:
                if command and option not in text:
                    complain(reference.relative_to(root), f"{option} of 'nightshift {command}' is not in the reference")
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"{len(pages)} pages, {ran} blocks run, no problem found.")


main()
