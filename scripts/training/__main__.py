"""scripts/train codebook|verdict --photos DIR."""

from __future__ import annotations

import argparse
from pathlib import Path

from scripts.training.codebook import train_codebook
from scripts.training.verdict import train_verdict


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/train", description=__doc__)
    parser.add_argument("what", choices=("codebook", "verdict"))
    parser.add_argument("--photos", type=Path, required=True, help="folder with manifest.tsv")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without", nargs="*", default=[], help="photos whose role in the manifest is wrong")
    options = parser.parse_args()
    if options.what == "codebook":
        print(train_codebook(options.photos, options.seed))
    else:
        print(train_verdict(options.photos, options.seed, frozenset(options.without)))


if __name__ == "__main__":
    main()
