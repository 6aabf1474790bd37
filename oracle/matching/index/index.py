"""The two tiers in memory: hashes of whole works, and their quantised descriptors, both asked by number."""

from __future__ import annotations

import threading
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from oracle.matching.describe.features import MIRROR, Features
from oracle.matching.describe.fingerprint import Fingerprint
from oracle.matching.index.codebook import new_segment, quantizer
from oracle.matching.index.votes import LEAST_WEIGHT, MAX_GROUPS, NAMED, Names, Vote, pack, tally

# Features of a work that are indexed; the rest of its fingerprint serves the verification.
INDEXED = 300
# Of the features of a picture this share, the first, is asked for in the mirror too: few pictures are mirrored, and
# those mostly as a whole. In 733 copies, among 835 and 100,000 works, it named as many works as asking for half.
MIRRORED = 1 / 3
# The nearest lists, those of them whose centroid is so much farther than the nearest one's (squared) left out. In the
# same copies two lists, or 1.1, named one or two works less; without the bound none more.
LISTS_LOOKED_AT, FARTHER = 3, 1.2
NEIGHBOURS = 8
# Squared distance beyond which a neighbour names nothing.
FAR = 270.0**2
# PDQ of unrelated pictures differs in 128 bits, give or take 8; its authors call 31 a match. Everything up to here is
# compared pixel by pixel afterwards.
NEAR_BITS = 60
MAX_NEAR = 4


class WorkIndex:
    """Numbered works. Numbers are given once, ascending, and never again. Safe for several threads."""

    def __init__(self) -> None:
        # faiss allows no search while something is added.
        self._lock = threading.RLock()
        self._sealed: list[faiss.IndexIVFPQFastScan] = []
        self.fresh = new_segment()
        self._hashes = faiss.IndexBinaryFlat(256)
        self._hashed = np.zeros(1024, np.int64)
        self._sizes = np.zeros((1024, 2), np.float32)
        self._alive = np.zeros(1024, np.bool_)

    def add(self, number: int, fingerprint: Fingerprint) -> None:
        """Index a work under a new number."""
        some = fingerprint.features.taken(slice(0, INDEXED))
        payload = pack(some, fingerprint.thumbnail_size, number)
        with self._lock:
            self.revive(number, fingerprint.thumbnail_size, fingerprint.pdq)
            if len(some):
                self.fresh.add_with_ids(some.descriptors.astype(np.float32), payload)

    def revive(self, number: int, size: tuple[int, int], pdq: NDArray[np.uint8]) -> None:
        """Enter a number whose descriptors lie in a sealed segment. `size` is that of the thumbnail."""
        with self._lock:
            self._sizes, self._alive = _grown(self._sizes, number), _grown(self._alive, number)
            self._hashed = _grown(self._hashed, self._hashes.ntotal)
            self._hashed[self._hashes.ntotal] = number
            self._hashes.add(pdq.reshape(1, -1))
            self._sizes[number] = size
            self._alive[number] = True

    def remove(self, number: int) -> None:
        self._alive[number] = False

    def reseal(self, segments: list[faiss.IndexIVFPQFastScan]) -> None:
        """From now on these segments hold what was fresh or sealed before."""
        with self._lock:
            self._sealed, self.fresh = segments, new_segment()

    def near(self, hashes: NDArray[np.uint8], limit: int = MAX_NEAR) -> list[tuple[int, int]]:
        """(number, orientation) of works near one of the PDQ hashes (8 × 32 bytes), nearest first."""
        with self._lock:
            found = self._near(hashes, 2 * limit)
        nearest = sorted(found.items(), key=lambda entry: (entry[1][0], entry[0]))[:limit]
        return [(number, orientation) for number, (_, orientation) in nearest]

    def _near(self, hashes: NDArray[np.uint8], each: int) -> dict[int, tuple[int, int]]:
        """(bits that differ, orientation) by number."""
        found: dict[int, tuple[int, int]] = {}
        if not self._hashes.ntotal:
            return found
        distances, rows = self._hashes.search(hashes, min(each, self._hashes.ntotal))
        for orientation, at in zip(*np.nonzero((distances <= NEAR_BITS) & (rows >= 0)), strict=True):
            number = int(self._hashed[rows[orientation, at]])
            bits = int(distances[orientation, at])
            if self._alive[number] and (number not in found or bits < found[number][0]):
                found[number] = bits, int(orientation)
        return found

    def votes(
        self,
        query: Features,
        width: int,
        neighbours: int = NEIGHBOURS,
        limit: int = MAX_GROUPS,
        wanted: int = NAMED,
    ) -> list[Vote]:
        """The `wanted` works whose features agree most with those of a picture `width` pixels wide, in either
        reflection: each feature names so many neighbours, and at most `limit` works are looked at."""
        if not len(query):
            return []
        mirrored = query.descriptors[: round(MIRRORED * len(query)), MIRROR]
        both = np.concatenate([query.descriptors, mirrored]).astype(np.float32)
        with self._lock:
            distances, payload = self._neighbours(both, neighbours)
            alive = payload >= 0
            alive[alive] = self._alive[payload[alive] >> 32]
        return tally(_names(distances, payload, alive, len(query)), query, width, self._sizes, limit, wanted)

    def _neighbours(self, asked: NDArray[np.float32], each: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        segments = [s for s in (*self._sealed, self.fresh) if s.ntotal]
        if not segments:
            return np.zeros((len(asked), 0), np.float32), np.zeros((len(asked), 0), np.int64)
        away, lists = quantizer().search(asked, LISTS_LOOKED_AT)
        lists[away > FARTHER * away[:, :1]] = -1
        found: list[tuple[NDArray[np.float32], NDArray[np.int64]]] = []
        for segment in segments:
            segment.nprobe = LISTS_LOOKED_AT
            found.append(segment.search_preassigned(asked, each, lists, away))
        distances = np.concatenate([d for d, _ in found], axis=1)
        payload = np.concatenate([p for _, p in found], axis=1)
        order = np.argsort(distances, axis=1, kind="stable")[:, :each]
        return np.take_along_axis(distances, order, axis=1), np.take_along_axis(payload, order, axis=1)


def _grown(values: NDArray[Any], at: int) -> NDArray[Any]:
    """The array, made longer until it has a place `at`."""
    if at < len(values):
        return values
    more = np.zeros((max(at + 1, 2 * len(values)), *values.shape[1:]), values.dtype)
    more[: len(values)] = values
    return more


def _names(distances: NDArray[np.float32], payload: NDArray[np.int64], alive: NDArray[np.bool_], asked: int) -> Names:
    """A name weighs the more the nearer it is compared with the last neighbour that was found."""
    near = alive & (distances < FAR)
    rows, columns = np.nonzero(near)
    last = np.where(alive, distances, 0).max(axis=1, initial=1.0)
    weight = LEAST_WEIGHT + 1.0 - np.sqrt(np.maximum(distances[rows, columns], 0) / np.maximum(last[rows], 1.0))
    kept = payload[rows, columns]
    return Names(
        feature=rows % asked,
        number=kept >> 32,
        payload=kept & 0xFFFFFFFF,
        mirrored=rows >= asked,
        weight=weight.astype(np.float32),
    )
