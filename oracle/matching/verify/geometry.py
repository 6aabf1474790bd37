"""The geometric half of the decision: which transform lays the picture onto the work, and how many features say so.

Each pair of features proposes a whole similarity transform (place, scale, direction: Lowe 2004, §7), so that a few true
pairs are found among hundreds of false ones; the best one is widened to an affine transform or a homography, and looked
at again for pairs near where it puts them ("guided matching").
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.matching.describe.features import Features
from oracle.matching.verify.linear import products

Matrix = NDArray[np.float64]

# Descriptors further apart than this (of QUANTUM × √2 at most) are no pair, whatever else speaks for them.
MAX_DISTANCE = 250.0
# A pair is worth proposing a transform when it is nearer than this share of the next work feature elsewhere.
PROPOSING_RATIO = 0.92
MAX_PROPOSALS = 160
NEAREST = 2
# How far, as a share of the thumbnail's long side, in octaves and in degrees, another pair may be off a proposal.
LOOSE_PLACE, LOOSE_OCTAVES, LOOSE_DEGREES = 0.06, 0.75, 25.0
# How far a pair may be off a transform that was fitted.
TIGHT_PLACE, TIGHT_OCTAVES, TIGHT_DEGREES = 0.018, 0.6, 25.0
GUIDED_DISTANCE = 260.0
MIN_PAIRS = 3
# Rounds of RANSAC at most. Half of the pairs agree where a work was copied: 82 rounds find four of those with a
# probability of .995.
ROUNDS = 100
MIN_HOMOGRAPHY = 10


@dataclass(frozen=True)
class Alignment:
    """`to_work` 3 × 3 maps pixels of the picture onto pixels of the thumbnail; the pairs that agree with it."""

    to_work: Matrix
    at_query: NDArray[np.intp]
    at_work: NDArray[np.intp]
    distances: NDArray[np.float32]

    @property
    def inliers(self) -> int:
        return len(self.at_query)


def align(query: Features, work: Features, work_size: tuple[int, int], start: Matrix | None = None) -> Alignment | None:
    """The transform that most features agree with, or None. `work_size` is width and height of the thumbnail; with
    `start`, a transform that the vote or the hash proposed, only its surroundings are searched."""
    if len(query) < MIN_PAIRS or len(work) < MIN_PAIRS:
        return None
    square = squared_distances(query.descriptors, work.descriptors)
    side = float(max(work_size))
    matrix = _best_proposal(query, work, _pairs(square), side) if start is None else start
    if matrix is None:
        return None
    for tolerance in (LOOSE_PLACE, 1.7 * TIGHT_PLACE):
        aligned = _guided(query, work, square, matrix, tolerance * side)
        fitted = _fitted(query, work, aligned) if aligned.inliers >= MIN_PAIRS else None
        if fitted is None:
            return None
        matrix = fitted
    last = _guided(query, work, square, matrix, TIGHT_PLACE * side)
    return last if last.inliers >= MIN_PAIRS else None


def squared_distances(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float32]:
    """n × m squared Euclidean distances."""
    a, b = one.astype(np.float32), other.astype(np.float32)
    found = -2.0 * products(a, b)
    found += (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None, :]
    return np.asarray(np.maximum(found, 0), np.float32)


@dataclass(frozen=True)
class _Pairs:
    at_query: NDArray[np.intp]
    at_work: NDArray[np.intp]
    strength: NDArray[np.float32]


def _pairs(square: NDArray[np.float32]) -> _Pairs:
    """Each query feature with its nearest work features, the clearest first."""
    k = min(NEAREST + 1, square.shape[1])
    near = np.argpartition(square, k - 1, axis=1)[:, :k]
    values = np.take_along_axis(square, near, axis=1)
    order = np.argsort(values, axis=1)
    near, values = np.take_along_axis(near, order, axis=1), np.take_along_axis(values, order, axis=1)
    rows = np.repeat(np.arange(len(square)), k - 1)
    columns, distance = near[:, :-1].reshape(-1), values[:, :-1].reshape(-1)
    ratio = np.sqrt(distance / np.maximum(np.repeat(values[:, -1], k - 1), 1e-6))
    kept = np.flatnonzero((distance < MAX_DISTANCE**2) & (ratio < PROPOSING_RATIO))
    kept = kept[np.argsort(ratio[kept], kind="stable")]
    return _Pairs(rows[kept], columns[kept], (1.0 - ratio[kept]).astype(np.float32))


def _best_proposal(query: Features, work: Features, pairs: _Pairs, side: float) -> Matrix | None:
    """The similarity that most pairs at distinct places agree with."""
    q, w = query.points[pairs.at_query], work.points[pairs.at_work]
    octaves = np.log2(np.maximum(work.sizes[pairs.at_work], 0.1) / np.maximum(query.sizes[pairs.at_query], 0.1))
    degrees = work.angles[pairs.at_work] - query.angles[pairs.at_query]
    n = min(len(q), MAX_PROPOSALS)
    agree = turned_alike(octaves, degrees, n)
    agree &= squared_misses(q, w, octaves, degrees, n) < (LOOSE_PLACE * side) ** 2
    votes = agree @ (0.25 + pairs.strength)
    for at in np.argsort(-votes, kind="stable")[:3]:
        mine = agree[at]
        if min(_distinct(q[mine], 3.0), _distinct(w[mine], 2.0)) >= MIN_PAIRS:
            return similarity(q[at], w[at], octaves[at], degrees[at])
    return None


def similarity(here: NDArray[np.floating], there: NDArray[np.floating], octaves: float, degrees: float) -> Matrix:
    """3 × 3: scales and turns a picture by so much, and puts the one point (x, y) of it on the other one."""
    radians = np.deg2rad(degrees)
    turn = 2.0**octaves * np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]])
    return np.vstack([np.column_stack([turn, there - turn @ here]), [0, 0, 1]])


def turned_alike(octaves: NDArray[np.floating], degrees: NDArray[np.floating], first: int) -> NDArray[np.bool_]:
    """first × n: whether each of the first pairs scales and turns the picture as the others do."""
    radians = np.deg2rad(degrees)
    directions = np.column_stack([np.cos(radians), np.sin(radians)])
    alike = directions[:first] @ directions.T > np.cos(np.deg2rad(LOOSE_DEGREES))
    alike &= np.abs(octaves[None, :] - octaves[:first, None]) < LOOSE_OCTAVES
    return np.asarray(alike)


def squared_misses(
    q: NDArray[np.floating],
    w: NDArray[np.floating],
    octaves: NDArray[np.floating],
    degrees: NDArray[np.floating],
    first: int,
) -> NDArray[np.float64]:
    """first × n squared distances: by how much the similarity that each of the first pairs proposes misses the points
    `w` (n × 2) of the work, applied to those of the picture, `q`."""
    scale, radians = np.exp2(octaves[:first]), np.deg2rad(degrees[:first])
    cos, sin = scale * np.cos(radians), scale * np.sin(radians)
    shift_x = w[:first, 0] - cos * q[:first, 0] + sin * q[:first, 1]
    shift_y = w[:first, 1] - sin * q[:first, 0] - cos * q[:first, 1]
    ones = np.ones(len(q))
    miss_x = np.column_stack([cos, -sin, shift_x, -np.ones(first)]) @ np.stack([q[:, 0], q[:, 1], ones, w[:, 0]])
    miss_y = np.column_stack([sin, cos, shift_y, -np.ones(first)]) @ np.stack([q[:, 0], q[:, 1], ones, w[:, 1]])
    return np.asarray(miss_x**2 + miss_y**2, np.float64)


def _distinct(points: NDArray[np.float32], cell: float) -> int:
    """Points on different places: many pairs on one spot are one sign, not many."""
    return len(np.unique(np.rint(points / cell).astype(np.int64) @ np.array([1_000_003, 1])))


def _guided(
    query: Features, work: Features, square: NDArray[np.float32], matrix: Matrix, tolerance: float
) -> Alignment:
    """One-to-one pairs that lie where the transform puts them, turned and scaled as it says."""
    laid, local_octaves, local_degrees = _laid(query, matrix)
    x, y = laid[:, :1] - work.points[:, 0], laid[:, 1:] - work.points[:, 1]
    rows, columns = np.nonzero(x * x + y * y < tolerance**2)
    octaves = np.log2(np.maximum(work.sizes[columns], 0.1) / np.maximum(query.sizes[rows], 0.1))
    turn = work.angles[columns] - query.angles[rows] - local_degrees[rows]
    turn = np.abs((turn + 180.0) % 360.0 - 180.0)
    possible = (np.abs(octaves - local_octaves[rows]) < TIGHT_OCTAVES) & (turn < TIGHT_DEGREES)
    possible &= square[rows, columns] < GUIDED_DISTANCE**2
    rows, columns = rows[possible], columns[possible]
    cost = square[rows, columns]
    order = np.argsort(cost, kind="stable")
    spots_q, spots_w = _spots(query.points, 3.0)[rows[order]], _spots(work.points, 1.5)[columns[order]]
    used_q: set[int] = set()
    used_w: set[int] = set()
    kept = []
    for at, at_q, at_w in zip(order.tolist(), spots_q.tolist(), spots_w.tolist(), strict=True):
        if at_q in used_q or at_w in used_w:
            continue
        used_q.add(at_q)
        used_w.add(at_w)
        kept.append(at)
    chosen = np.array(kept, np.intp)
    return Alignment(matrix, rows[chosen], columns[chosen], np.sqrt(cost[chosen]))


def _spots(points: NDArray[np.float32], cell: float) -> NDArray[np.int64]:
    """A number for the cell of the grid in which each point lies."""
    return np.asarray((points / cell).astype(np.int64) @ np.array([1_000_003, 1]), np.int64)


def _laid(query: Features, matrix: Matrix) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Where the transform puts each feature, and by how many octaves and degrees it scales and turns there."""
    points = query.points.astype(np.float64)
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    z = homogeneous[:, 2:]
    z = np.where(np.abs(z) < 1e-9, 1e-9, z)
    laid = homogeneous[:, :2] / z
    # Derivative of the projection at each point.
    a = (matrix[0, :2][None, :] - laid[:, :1] * matrix[2, :2][None, :]) / z
    b = (matrix[1, :2][None, :] - laid[:, 1:] * matrix[2, :2][None, :]) / z
    determinant = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
    octaves = 0.5 * np.log2(np.maximum(determinant, 1e-9))
    radians = np.deg2rad(query.angles.astype(np.float64))
    x = a[:, 0] * np.cos(radians) + a[:, 1] * np.sin(radians)
    y = b[:, 0] * np.cos(radians) + b[:, 1] * np.sin(radians)
    return laid, octaves, np.rad2deg(np.arctan2(y, x)) - query.angles


def _fitted(query: Features, work: Features, aligned: Alignment) -> Matrix | None:
    """Least squares over the pairs: a similarity for few, an affine transform for more, a homography for many."""
    q = query.points[aligned.at_query].astype(np.float64)
    w = work.points[aligned.at_work].astype(np.float64)
    if len(q) < 6:
        found, _ = cv2.estimateAffinePartial2D(q, w, method=cv2.LMEDS if len(q) > 4 else cv2.RANSAC)
    else:
        found, _ = cv2.estimateAffine2D(q, w, method=cv2.RANSAC, ransacReprojThreshold=5.0, maxIters=ROUNDS)
    matrix = None if found is None else np.vstack([found, [0, 0, 1]])
    if len(q) >= MIN_HOMOGRAPHY:
        full, _ = cv2.findHomography(q, w, cv2.RANSAC, 4.0, maxIters=ROUNDS)
        if full is not None and _error(np.asarray(full, np.float64), q, w) < 0.85 * (
            np.inf if matrix is None else _error(matrix, q, w)
        ):
            matrix = np.asarray(full, np.float64)
    return matrix if matrix is not None and abs(np.linalg.det(matrix[:2, :2])) > 1e-5 else None


def _error(matrix: Matrix, q: Matrix, w: Matrix) -> float:
    laid = cv2.perspectiveTransform(q[None], matrix)[0]
    return float(np.median(np.hypot(*(laid - w).T)))


def outline(matrix: Matrix, work: tuple[int, int], picture: tuple[int, int]) -> NDArray[np.float32]:
    """n × 2 corners of what the picture (width, height) shows of the work, in pixels of the picture."""
    corners = np.array([[[0, 0]], [[work[0], 0]], [[work[0], work[1]]], [[0, work[1]]]], np.float64)
    laid = cv2.perspectiveTransform(corners, np.linalg.inv(matrix)).astype(np.float32)
    frame = np.array([[[0, 0]], [[picture[0], 0]], [[picture[0], picture[1]]], [[0, picture[1]]]], np.float32)
    return overlap(laid.reshape(-1, 2), frame.reshape(-1, 2))


def overlap(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """n × 2 corners of what two convex outlines share; none if they share nothing."""
    if len(one) < 3 or len(other) < 3:
        return np.zeros((0, 2), np.float32)
    _, shared = cv2.intersectConvexConvex(one, other)
    return np.zeros((0, 2), np.float32) if shared is None else np.asarray(shared, np.float32).reshape(-1, 2)


def area(corners: NDArray[np.float32]) -> float:
    return float(cv2.contourArea(corners)) if len(corners) >= 3 else 0.0


def plausible(matrix: Matrix, shape: tuple[int, ...]) -> bool:
    """No flip, no collapse, no wild perspective: what people do to pictures. `shape` is height and width."""
    height, width = shape[:2]
    corners = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float64)
    depth = np.column_stack([corners.reshape(-1, 2), np.ones(4)]) @ matrix[2]
    if (depth <= 0).any() and (depth >= 0).any():
        return False
    laid = cv2.perspectiveTransform(corners, matrix).reshape(-1, 2)
    edges = np.roll(laid, -1, axis=0) - laid
    turns = edges[:, 0] * np.roll(edges[:, 1], -1) - edges[:, 1] * np.roll(edges[:, 0], -1)
    if not np.isfinite(laid).all() or (turns <= 0).any():
        return False
    lengths = np.hypot(*edges.T)
    stretch = (lengths[0] + lengths[2]) / width / max((lengths[1] + lengths[3]) / height, 1e-9)
    return bool(lengths.min() > 4 and 0.33 < stretch < 3.0)
