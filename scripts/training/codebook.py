"""The codebook of the descriptor index: k-means over descriptors of photographs, then a product quantiser of what is
left."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np

import oracle.matching
from oracle.matching.codebook import BITS, SUBSPACES
from oracle.matching.features import DIMENSIONS, extract
from oracle.matching.normalise import load_picture
from tests.benchmarks.matching.photos import read_photos

FILE = Path(oracle.matching.__file__).with_name("codebook.npz")
SIDE, EACH = 512, 500
# Some 50 descriptors a list are enough for k-means; more photographs do not move it.
LISTS, SAMPLE, ROUNDS = 4096, 220_000, 8


def train_codebook(folder: Path, seed: int) -> str:
    """Write the codebook; returns a line that says what it was made from."""
    photos = read_photos(folder)
    described = [
        extract(load_picture((folder / photo.path).read_bytes(), SIDE).grey, EACH).descriptors for photo in photos
    ]
    every = np.concatenate(described).astype(np.float32)
    chosen = every[np.random.default_rng(seed).permutation(len(every))[:SAMPLE]]
    means = faiss.Kmeans(DIMENSIONS, LISTS, niter=ROUNDS, seed=seed, max_points_per_centroid=64)
    means.train(chosen)
    coarse = np.rint(means.centroids)
    nearest = faiss.IndexFlatL2(DIMENSIONS)
    nearest.add(coarse)
    _, lists = nearest.search(chosen, 1)
    codes = faiss.ProductQuantizer(DIMENSIONS, SUBSPACES, BITS)
    codes.train(chosen - coarse[lists[:, 0]])
    table = faiss.vector_to_array(codes.centroids).reshape(SUBSPACES, 2**BITS, -1)
    np.savez_compressed(FILE, coarse=coarse.astype(np.uint8), codes=np.rint(table).astype(np.int16))
    return (
        f"{FILE.name}: {LISTS} lists from {len(chosen):,} of {len(every):,} descriptors of {len(photos):,} photographs"
    )
