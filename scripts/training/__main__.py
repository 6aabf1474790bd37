"""scripts/train codebook|verdict --photos DIR."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import faiss

from scripts.training.codebook import train_codebook
from scripts.training.verdict import train_verdict


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/train", description=__doc__)
    parser.add_argument("what", choices=("codebook", "verdict"))
    parser.add_argument("--photos", type=Path, required=True, help="folder with manifest.tsv")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    train = train_codebook if options.what == "codebook" else train_verdict
    print(train(options.photos, options.seed))


if __name__ == "__main__":
    main()
