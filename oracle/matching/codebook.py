"""The codebook of the descriptor index: coarse centroids, and the product quantiser of what is left (Jégou et al. 2011;
the 4-bit codes that are scanned in registers: André et al. 2015, as faiss has them).

It is trained once (`scripts/train matching`) and shipped, so that an index opens at once, works from the first work on,
and gives the same answers on every machine.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import faiss
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from oracle.matching.features import DIMENSIONS

# The engine's matrices are small: further threads would only wait, spinning, and double the processor time. Whoever
# wants more cores takes more processes.
threadpool_limits(limits=1, user_api="blas")
faiss.omp_set_num_threads(1)

# 32 numbers of 4 bits: 16 bytes a descriptor.
SUBSPACES, BITS = 32, 4
# Graph of the coarse centroids: neighbours each, and how many are looked at to find the nearest lists.
LINKS, LOOKED_AT = 24, 12


@cache
def _trained() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    with files("oracle.matching").joinpath("codebook.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        return arrays["coarse"].astype(np.float32), arrays["codes"].astype(np.float32)


@cache
def quantizer() -> faiss.IndexHNSWFlat:
    """Finds the coarse centroids nearest to a descriptor; shared by all segments of a process."""
    coarse, _ = _trained()
    graph = faiss.IndexHNSWFlat(DIMENSIONS, LINKS)
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
    segment.precompute_table()
    return segment


def shared_quantizer(segment: faiss.IndexIVFPQFastScan) -> faiss.IndexIVFPQFastScan:
    """A segment that was read from disk, with the process's quantizer in place of its own copy."""
    segment.own_fields = False
    segment.quantizer = quantizer()
    segment.precompute_table()
    return segment
