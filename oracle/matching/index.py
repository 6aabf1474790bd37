"""The works of the register as an index; every picture found on the web is a query.

Two tiers give candidates: perceptual hashes in 8 orientations (near-exact copies), and local descriptors that vote for
works (everything else). Both are searched exhaustively, which serves some ten thousand works.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.matching.features import Features
from oracle.matching.fingerprint import Fingerprint
from oracle.matching.hashes import distances, orientations, pdq, phash, small
from oracle.matching.normalise import Pixels

# Chance agreement of 64 bits has mean 32, deviation 4; 10 is more than five deviations off.
PHASH_LIMIT = 10
# The threshold that PDQ's authors recommend for 256 bits.
PDQ_LIMIT = 31
# A descriptor votes when its neighbour is closer than this share of the next one in another work (Lowe's ratio).
RATIO = 0.85
MIN_VOTES = 4
MAX_DISTANCE = 230.0
VOTE_BLOCK = 256
MAX_CANDIDATES = 10


@dataclass(frozen=True)
class IndexedWork:
    """A work as matching needs it."""

    work_id: str
    fingerprint: Fingerprint
    thumbnail: Pixels


@dataclass(frozen=True)
class Candidate:
    """A work that may be in the picture. `orientation` is set by the hash tier: index into `orientations`."""

    work: IndexedWork
    mirrored: bool
    votes: int
    orientation: int | None = None


class WorkIndex:
    """Works by id; adding a work again replaces it."""

    def __init__(self) -> None:
        self._works: dict[str, IndexedWork] = {}
        self._stale = True
        self._order: list[IndexedWork] = []
        self._phashes: NDArray[np.uint8] = np.zeros((0, 8), np.uint8)
        self._pdqs: NDArray[np.uint8] = np.zeros((0, 32), np.uint8)
        self._descriptors: NDArray[np.float32] = np.zeros((0, 128), np.float32)
        self._norms: NDArray[np.float32] = np.zeros(0, np.float32)
        # Works that have descriptors, and where those of each begin.
        self._filled: NDArray[np.int64] = np.zeros(0, np.int64)
        self._starts: NDArray[np.int64] = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self._works)

    def add(self, work: IndexedWork) -> None:
        self._works[work.work_id] = work
        self._stale = True

    def remove(self, work_id: str) -> None:
        if self._works.pop(work_id, None):
            self._stale = True

    def work(self, work_id: str) -> IndexedWork:
        return self._works[work_id]

    def candidates(self, grey: Pixels, features: Features) -> list[Candidate]:
        """Works that may be in the picture, most promising first."""
        if not self._works:
            return []
        if self._stale:
            self._build()
        return self._near_exact(grey) + self._by_votes(features)

    def _build(self) -> None:
        self._order = [self._works[key] for key in sorted(self._works)]
        prints = [work.fingerprint for work in self._order]
        self._phashes = np.array([p.phash for p in prints], np.uint8).reshape(-1, 8)
        self._pdqs = np.array([p.pdq for p in prints], np.uint8).reshape(-1, 32)
        counts = np.array([len(p.features) for p in prints], np.int64)
        self._filled = np.flatnonzero(counts)
        self._starts = (np.cumsum(counts) - counts)[self._filled]
        self._descriptors = np.concatenate([p.features.descriptors for p in prints]).astype(np.float32)
        self._norms = (self._descriptors**2).sum(axis=1)
        self._stale = False

    def _near_exact(self, grey: Pixels) -> list[Candidate]:
        found: dict[int, Candidate] = {}
        for number, view in enumerate(orientations(small(grey))):
            close = distances(phash(view), self._phashes) <= PHASH_LIMIT
            close |= distances(pdq(view), self._pdqs) <= PDQ_LIMIT
            for at in np.flatnonzero(close):
                found.setdefault(int(at), Candidate(self._order[at], bool(number % 2), 0, number))
        return list(found.values())[:MAX_CANDIDATES]

    def _by_votes(self, features: Features) -> list[Candidate]:
        if len(features) < MIN_VOTES or not len(self._descriptors):
            return []
        votes = []
        for mirrored in (False, True):
            asked = (features.mirrored(1) if mirrored else features).descriptors.astype(np.float32)
            counts = np.bincount(self._votes(asked), minlength=len(self._order))
            votes += [(int(n), int(at), mirrored) for at, n in enumerate(counts) if n >= MIN_VOTES]
        votes.sort(reverse=True)
        return [Candidate(self._order[at], mirrored, n) for n, at, mirrored in votes[:MAX_CANDIDATES]]

    def _votes(self, asked: NDArray[np.float32]) -> NDArray[np.int64]:
        """Work for which each descriptor votes; those that fit two works alike do not vote."""
        norms = (asked**2).sum(axis=1)
        nearest = np.empty((len(asked), len(self._filled)), np.float32)  # squared distance to each work
        for start in range(0, len(self._filled), VOTE_BLOCK):
            works = slice(start, start + VOTE_BLOCK)
            first = self._starts[start]
            last = self._starts[start + VOTE_BLOCK] if start + VOTE_BLOCK < len(self._starts) else None
            block = self._descriptors[first:last]
            square = self._norms[first:last][None, :] - 2 * (asked @ block.T)
            nearest[:, works] = np.minimum.reduceat(square, self._starts[works] - first, axis=1)
        nearest += norms[:, None]
        best = nearest.argmin(axis=1)
        rows = np.arange(len(asked))
        found = nearest[rows, best]
        nearest[rows, best] = np.inf
        # Without another work to compare with, the absolute bound keeps noise out.
        sure = (found < RATIO**2 * nearest.min(axis=1)) & (found < MAX_DISTANCE**2)
        voted: NDArray[np.int64] = self._filled[best[sure]]
        return voted


def pair_up(query: Features, work: Features, ratio: float = 0.88) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """One-to-one pairs: each the other's nearest, and clearly nearer than the work's next."""
    if len(query) < 2 or len(work) < 2:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    asked, known = query.descriptors.astype(np.float32), work.descriptors.astype(np.float32)
    square = (asked**2).sum(axis=1)[:, None] + (known**2).sum(axis=1)[None, :] - 2 * (asked @ known.T)
    rows = np.arange(len(asked))
    nearest = square.argmin(axis=1)
    mutual = square.argmin(axis=0)[nearest] == rows
    distance = square[rows, nearest].copy()
    square[rows, nearest] = np.inf
    kept = np.flatnonzero(mutual & (distance < ratio**2 * square.min(axis=1)))
    return kept, nearest[kept]
