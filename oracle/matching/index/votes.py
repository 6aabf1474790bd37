"""Candidates by vote: each feature of the picture names the features of works that it resembles, and the works for
which many names agree on one turn, one scale and one place are looked at (Jégou, Douze & Schmid 2008, "weak geometric
consistency", with the place as well).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.matching.describe.features import Features
from oracle.matching.verify.geometry import Matrix, similarity, squared_misses, turned_alike

# Places of work features are kept as shares of the work's sides, in bytes.
PLACE = 255.0
OCTAVE_STEPS, SMALLEST_OCTAVE = 20.0, -1.0
DEGREE_STEPS = 256.0 / 360.0
# A name that is no nearer than its last neighbour still counts this much.
LEAST_WEIGHT = 0.25
# How far two names may disagree on the place, as a share of the work's long side.
PLACE_TOLERANCE = 0.10
MAX_GROUPS = 48
# Works that a view names at most.
NAMED = 8
# Patterns name the same work thousands of times; the surest are enough.
MAX_NAMES = 200
MIN_AGREEING = 3
# Names that agree by less weight hint at nothing.
HINT = 1.15


@dataclass(frozen=True)
class Names:
    """What the index answered: row i of `number`, `mirrored` … is one name; `feature` is the picture's feature."""

    feature: NDArray[np.intp]
    number: NDArray[np.int64]
    payload: NDArray[np.int64]
    mirrored: NDArray[np.bool_]
    weight: NDArray[np.float32]


@dataclass(frozen=True)
class Vote:
    """A work for which names agree: their summed weight, the picture's features that gave them, and where they put it.

    `to_work` 3 × 3 maps pixels of the picture (mirrored, if so) onto pixels of the thumbnail.
    """

    number: int
    mirrored: bool
    weight: float
    features: NDArray[np.intp]
    to_work: Matrix


def pack(features: Features, size: tuple[int, int], number: int) -> NDArray[np.int64]:
    """What the index keeps beside each code: the work's number, and place, size and direction of the feature."""
    x = np.clip(np.rint(features.points[:, 0] / size[0] * PLACE), 0, 255).astype(np.int64)
    y = np.clip(np.rint(features.points[:, 1] / size[1] * PLACE), 0, 255).astype(np.int64)
    octave = (np.log2(np.maximum(features.sizes, 0.1)) - SMALLEST_OCTAVE) * OCTAVE_STEPS
    scale = np.clip(np.rint(octave), 0, 255).astype(np.int64)
    turn = np.rint(features.angles * DEGREE_STEPS).astype(np.int64) % 256
    return np.asarray((np.int64(number) << 32) | (x << 24) | (y << 16) | (scale << 8) | turn, np.int64)


def tally(names: Names, query: Features, width: int, sizes: NDArray[np.float32], limit: int, wanted: int) -> list[Vote]:
    """The `wanted` works that most agreeing names hint at, most first. `width` of the picture in pixels; `sizes`
    thumbnail size by number; at most `limit` works are looked at."""
    if not len(names.feature):
        return []
    group = names.number * 2 + names.mirrored
    order = np.lexsort((-names.weight, names.feature, group))
    starts = np.flatnonzero(np.r_[True, group[order][1:] != group[order][:-1]])
    # Each feature of the picture speaks once.
    speaks = np.r_[True, names.feature[order][1:] != names.feature[order][:-1]]
    speaks[starts] = True
    sums = np.add.reduceat(np.where(speaks, names.weight[order], 0), starts)
    features = np.add.reduceat(speaks.astype(np.intp), starts)
    counts = np.diff(np.r_[starts, len(order)])
    worth = np.flatnonzero((features >= MIN_AGREEING) & (sums >= HINT))
    worth = worth[np.argsort(-sums[worth], kind="stable")][:limit]
    turns = _turns(names, query)
    votes: list[Vote] = []
    needed = HINT
    for at in worth:
        # All features that name a work weigh at least what those that agree do.
        if sums[at] < needed:
            break
        rows = order[starts[at] : starts[at] + counts[at]]
        if len(rows) > MAX_NAMES:
            rows = rows[np.argsort(-names.weight[rows], kind="stable")[:MAX_NAMES]]
        vote = _agreed(names, rows, turns, query, width, sizes, needed)
        if vote is not None and vote.weight >= needed:
            votes.append(vote)
            if len(votes) >= wanted:
                needed = max(HINT, sorted(vote.weight for vote in votes)[-wanted])
    return sorted(votes, key=lambda v: -v.weight)[:wanted]


@dataclass(frozen=True)
class _Turns:
    """By how many octaves and degrees each name scales and turns the picture."""

    octaves: NDArray[np.float64]
    degrees: NDArray[np.float64]


def _turns(names: Names, query: Features) -> _Turns:
    octaves = ((names.payload >> 8) & 255) / OCTAVE_STEPS + SMALLEST_OCTAVE
    before = query.angles[names.feature].astype(np.float64)
    before = np.where(names.mirrored, 180.0 - before, before)
    octaves = octaves - np.log2(np.maximum(query.sizes[names.feature], 0.1))
    return _Turns(octaves, (names.payload & 255) / DEGREE_STEPS - before)


def _agreed(
    names: Names,
    rows: NDArray[np.intp],
    turns: _Turns,
    query: Features,
    width: int,
    sizes: NDArray[np.float32],
    needed: float,
) -> Vote | None:
    """The largest set of names that agree with one of them, each feature of the picture counted once. None also where
    it surely weighs less than `needed`."""
    octaves, degrees = turns.octaves[rows], turns.degrees[rows]
    agree = turned_alike(octaves, degrees, len(rows))
    if np.count_nonzero(agree, axis=1).max() < MIN_AGREEING or (agree @ names.weight[rows]).max() < needed:
        return None
    number, mirrored = int(names.number[rows[0]]), bool(names.mirrored[rows[0]])
    payload, feature = names.payload[rows], names.feature[rows]
    size = sizes[number]
    w = np.column_stack([(payload >> 24) & 255, (payload >> 16) & 255]) * (size / PLACE)
    q = query.points[feature].astype(np.float64)
    if mirrored:
        q = np.column_stack([width - 1 - q[:, 0], q[:, 1]])
    agree &= squared_misses(q, w, octaves, degrees, len(rows)) < (PLACE_TOLERANCE * size.max()) ** 2
    weights = agree @ names.weight[rows]
    best = int(np.argmax(weights))
    if weights[best] < needed:
        return None
    mine = np.flatnonzero(agree[best])
    # One place of the picture, and one of the work, speaks once.
    spots = np.rint(q[mine] / 3).astype(np.int64) @ np.array([100_003, 1])
    _, first = np.unique(spots, return_index=True)
    mine = mine[first]
    _, first = np.unique(payload[mine] >> 16, return_index=True)
    mine = mine[first]
    if len(mine) < MIN_AGREEING:
        return None
    to_work = similarity(q[best], w[best], octaves[best], degrees[best])
    return Vote(number, mirrored, float(names.weight[rows][mine].sum()), feature[mine], to_work)
