"""Renders lines of text.txt as scans: several fonts and sizes, crooked, blurred and noisy, the same ones for the same seed.

Writes scans/line-0001.png … and truth.csv with the columns stem and text.
"""

import argparse
import csv
import random
import re
from importlib.util import find_spec
from pathlib import Path

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

HERE = Path(__file__).resolve().parent

FONTS = [
    ("font_caladea", "Caladea-Regular.ttf"),
    ("font_caladea", "Caladea-Italic.ttf"),
    ("font_caladea", "Caladea-Bold.ttf"),
    ("font_lato", "Lato-Regular.ttf"),
    ("font_lato", "Lato-Italic.ttf"),
    ("font_roboto", "Roboto-Regular.ttf"),
    ("font_roboto", "Roboto-Light.ttf"),
    ("font_source_sans_pro", "SourceSansPro-Regular.ttf"),
    ("font_source_sans_pro", "SourceSansPro-It.ttf"),
    ("font_source_serif_pro", "SourceSerifPro-Regular.ttf"),
    ("font_source_serif_pro", "SourceSerifPro-It.ttf"),
    ("font_source_serif_pro", "SourceSerifPro-Semibold.ttf"),
]


def text_lines(text: str, seed: int) -> list[str]:
    """The text set in lines of 22 to 46 characters, each of them once."""
    chance = random.Random(f"{seed}:lines")
    lines: dict[str, None] = {}
    for paragraph in re.split(r"\n\s*\n", text):
        words = paragraph.split()
        while words:
            width, line = chance.randint(22, 46), words.pop(0)
            while words and len(line) + 1 + len(words[0]) <= width:
                line += " " + words.pop(0)
            if len(line) >= 4:
                lines[line] = None
    return list(lines)


def font(package: str, file: str, size: int) -> ImageFont.FreeTypeFont:
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SystemExit(f"render.py: the font package {package} is not installed: pip install -r requirements.txt")
    return ImageFont.truetype(str(Path(found.submodule_search_locations[0]) / "files" / file), size)


def scan(line: str, chance: random.Random) -> Image.Image:
    """One line as a scanner would see it: uneven paper, grey ink, a little crooked, out of focus and noisy."""
    face = font(*chance.choice(FONTS), chance.randint(22, 44))
    left, top, right, bottom = face.getbbox(line)
    margin = chance.randint(4, 8)
    size = (right - left + 2 * margin, bottom - top + 2 * margin)

    ink = Image.new("L", size, 0)
    ImageDraw.Draw(ink).text((margin - left, margin - top), line, fill=255, font=face)
    ink = ink.rotate(chance.uniform(-0.8, 0.8), resample=Image.Resampling.BICUBIC)
    ink = ink.filter(ImageFilter.GaussianBlur(chance.uniform(0.0, 0.8)))

    grain = numpy.random.default_rng(chance.getrandbits(64))
    height, width = size[1], size[0]
    paper = chance.uniform(205, 250) + chance.uniform(-18, 18) * numpy.linspace(-0.5, 0.5, width)[None, :]
    darkness = chance.uniform(0.6, 1.0) * numpy.asarray(ink, dtype=numpy.float64) / 255
    page = paper * (1 - darkness) + chance.uniform(10, 60) * darkness
    page = page + grain.normal(0, chance.uniform(2, 14), (height, width))
    specks = grain.random((height, width))
    page[specks < 0.001] = 60
    page[specks > 0.999] = 255
    return Image.fromarray(page.clip(0, 255).astype(numpy.uint8))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=1000, help="how many scans (default 1000)")
    options.add_argument("--seed", type=int, default=1, help="another seed gives other scans (default 1)")
    options = options.parse_args()
    if options.count < 1:
        raise SystemExit("render.py: --count must be at least 1")

    lines = text_lines((HERE / "text.txt").read_text(encoding="utf-8"), options.seed)
    random.Random(f"{options.seed}:order").shuffle(lines)
    scans = HERE / "scans"
    scans.mkdir(exist_ok=True)
    for old in scans.glob("*.png"):
        old.unlink()
    with open(HERE / "truth.csv", "w", encoding="utf-8", newline="") as file:
        truth = csv.writer(file, lineterminator="\n")
        truth.writerow(["stem", "text"])
        for number in range(options.count):
            # More scans than lines: the same lines again, each in another look.
            line = lines[number % len(lines)]
            stem = f"line-{number + 1:04}"
            scan(line, random.Random(f"{options.seed}:{number}")).save(scans / f"{stem}.png")
            truth.writerow([stem, line])
    print(f"{options.count} scans of {min(options.count, len(lines))} lines in {scans}")


if __name__ == "__main__":
    main()
