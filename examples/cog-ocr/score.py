"""Compares the texts of an export with truth.csv and prints the character error rate.

The character error rate is the sum of the edit distances divided by the number of characters in the truth. An item
that is missing or did not succeed counts with all its characters. Exits with 1 when the rate reaches the limit.
"""

import argparse
import csv
import json
from pathlib import Path

HERE = Path(__file__).resolve().parent


def edit_distance(one: str, other: str) -> int:
    previous = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        current = [row]
        for column, right in enumerate(other, 1):
            current.append(min(previous[column] + 1, current[-1] + 1, previous[column - 1] + (left != right)))
        previous = current
    return previous[-1]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("results", help="results.jsonl of the export")
    options.add_argument("--truth", default=str(HERE / "truth.csv"))
    options.add_argument("--limit", type=float, default=5.0, help="percent from which on it fails (default 5)")
    options = options.parse_args()

    texts: dict[str, str] = {}
    with open(options.results, encoding="utf-8") as file:
        for line in file:
            item = json.loads(line)
            if item["state"] == "succeeded":
                if item["name"] in texts:
                    print(f"score.py: {item['name']} is in the results twice")
                    return 1
                texts[item["name"]] = item["output"]

    with open(options.truth, encoding="utf-8", newline="") as file:
        truth = {row["stem"]: row["text"] for row in csv.DictReader(file)}

    errors = sum(edit_distance(texts.get(stem, ""), text) for stem, text in truth.items())
    characters = sum(map(len, truth.values()))
    exact = sum(texts.get(stem) == text for stem, text in truth.items())
    read = sum(stem in texts for stem in truth)
    rate = 100 * errors / characters
    print(
        f"{read} of {len(truth)} scans read, {exact} without a mistake; "
        f"{errors} errors in {characters} characters: character error rate {rate:.2f} %"
    )
    if read < len(truth):
        print(f"score.py: {len(truth) - read} scans have no text")
        return 1
    if rate >= options.limit:
        print(f"score.py: the character error rate must be below {options.limit:g} %")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
