"""The codebook of the descriptor index: coarse centroids, and the product quantiser of what is left (Jégou et al. 2011;
the 4-bit codes that are scanned in registers: André et al. 2015, as faiss has them).

It is trained once (`scripts/train codebook`) and shipped, so that an index opens at once, works from the first work on,
and gives the same answers on every machine.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import faiss
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from oracle.matching.describe.features import DIMENSIONS

# faiss brings a library of its own for products of matrices; see `linear` for why it keeps to one thread.
threadpool_limits(limits=1, user_api="blas")
faiss.omp_set_num_threads(1)

# 32 numbers of 4 bits: 16 bytes a descriptor.
SUBSPACES, BITS = 32, 4
# Graph of the coarse centroids: neighbours each, and how many are looked at to find the nearest lists. 32 and 8 find
# the nearest for .978 of descriptors in 4.1 ms a picture; 24 and 12 for .983 in 6, 16 and 8 for .924 in 3.
LINKS, LOOKED_AT = 32, 8


@cache
def _trained() -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Coarse centroids, in whole numbers, and those of the codes."""
    with files("oracle.matching.index").joinpath("codebook.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        return arrays["coarse"].astype(np.uint8), arrays["codes"].astype(np.float32)


@cache
def quantizer() -> faiss.IndexHNSWSQ:
    """Finds the coarse centroids nearest to a descriptor; shared by all segments of a process."""
    coarse = _trained()[0].astype(np.float32)
    # A byte a number loses nothing and is compared faster.
    graph = faiss.IndexHNSWSQ(DIMENSIONS, faiss.ScalarQuantizer.QT_8bit_direct, LINKS)
    graph.train(coarse)
    graph.add(coarse)  # by one thread, so that it is the same graph on every run
    graph.hnsw.efSearch = LOOKED_AT
    return graph


def new_segment() -> faiss.IndexIVFPQFastScan:
    """An empty index of descriptors, ready to be filled."""
    coarse, codes = _trained()
    segment = faiss.IndexIVFPQFastScan(quantizer(), DIMENSIONS, len(coarse), SUBSPACES, BITS)
    segment.own_fields = False
    segment.by_residual = True
    faiss.copy_array_to_vector(codes.reshape(-1), segment.pq.centroids)
    segment.is_trained = True
    return without_tables(segment)


def without_tables(segment: faiss.IndexIVFPQFastScan) -> faiss.IndexIVFPQFastScan:
    """Tables of distances between centroids and codes would take 33 MB a segment and save no time."""
    segment.use_precomputed_table = -1
    segment.precomputed_table.resize(0)
    return segment
