"""The codebook of the descriptor index: k-means over descriptors of photographs, then a product quantiser of what is
left."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np

import oracle.matching.index
from oracle.matching.describe.features import DIMENSIONS, extract
from oracle.matching.index.codebook import BITS, SUBSPACES
from oracle.pictures.normalise import load_picture
from tests.benchmarks.matching.photos import read_photos

FILE = Path(oracle.matching.index.__file__).with_name("codebook.npz")
SIDE, EACH = 512, 500
# So many that a list is short with 100,000 works (1,800 codes): what is scanned is what grows with the register.
LISTS, EACH_AT_MOST, ROUNDS = 16_384, 64, 8
SAMPLE = 200_000


def train_codebook(folder: Path, seed: int) -> str:
    """Write the codebook; returns a line that says what it was made from."""
    photos = read_photos(folder)
    described = [
        extract(load_picture((folder / photo.path).read_bytes(), SIDE).grey, EACH).descriptors for photo in photos
    ]
    every = np.concatenate(described).astype(np.float32)
    every = every[np.random.default_rng(seed).permutation(len(every))]
    means = faiss.Kmeans(DIMENSIONS, LISTS, niter=ROUNDS, seed=seed, max_points_per_centroid=EACH_AT_MOST)
    means.train(every)
    coarse = np.rint(means.centroids)
    nearest = faiss.IndexFlatL2(DIMENSIONS)
    nearest.add(coarse)
    chosen = every[:SAMPLE]
    _, lists = nearest.search(chosen, 1)
    codes = faiss.ProductQuantizer(DIMENSIONS, SUBSPACES, BITS)
    codes.train(chosen - coarse[lists[:, 0]])
    table = faiss.vector_to_array(codes.centroids).reshape(SUBSPACES, 2**BITS, -1)
    np.savez_compressed(FILE, coarse=coarse.astype(np.uint8), codes=np.rint(table).astype(np.int16))
    return f"{FILE.name}: {LISTS} lists from {len(every):,} descriptors of {len(photos):,} photographs"
