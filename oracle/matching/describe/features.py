"""Local descriptors: SIFT (Lowe 2004) with the square-root normalisation of RootSIFT (Arandjelović & Zisserman 2012).

The descriptor of a mirrored picture is a permutation of the descriptor, so one extraction answers for both.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.pictures.normalise import Pixels

# RootSIFT values lie in 0 … ~0.6; 400 of them per unit fit a byte with little clipping.
QUANTUM = 400.0
GRID = 5
CONTRAST, EDGE = 0.02, 12
# Scales an octave at which features are sought, as Lowe has it.
LAYERS = 3
DIMENSIONS = 128
# OpenCV's: the size of a feature in octave 0 is FIRST_SIZE × 2^(layer / LAYERS), and a picture has so many octaves.
FIRST_SIZE, MAX_OCTAVES = 3.2, 5


@dataclass(frozen=True)
class Features:
    """Keypoints and descriptors of one picture, strongest first.

    `points` n × 2 float32, pixels; `sizes` n float32, pixels; `angles` n float32, degrees; `descriptors` n × 128 uint8
    (RootSIFT × QUANTUM).
    """

    points: NDArray[np.float32]
    sizes: NDArray[np.float32]
    angles: NDArray[np.float32]
    descriptors: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.points)

    def mirrored(self, width: int) -> Features:
        """Features of the picture mirrored left to right, `width` pixels wide."""
        points = self.points.copy()
        points[:, 0] = width - 1 - points[:, 0]
        angles = ((180.0 - self.angles) % 360.0).astype(np.float32)
        return Features(points, self.sizes, angles, self.descriptors[:, MIRROR])

    def inverted(self) -> Features:
        """Features of the picture as its negative: all slopes point the other way."""
        angles = ((self.angles + 180.0) % 360.0).astype(np.float32)
        return Features(self.points, self.sizes, angles, self.descriptors[:, NEGATIVE])

    def taken(self, which: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Features:
        return Features(self.points[which], self.sizes[which], self.angles[which], self.descriptors[which])

    def moved(self, scale: tuple[float, float], offset: tuple[float, float] = (0.0, 0.0)) -> Features:
        """The same features in a picture resized by `scale` (x, y), then shifted by `offset` pixels."""
        points = (self.points + 0.5) * np.array(scale) - 0.5 + np.array(offset)
        size = float(np.sqrt(scale[0] * scale[1]))
        return Features(
            points.astype(np.float32), (self.sizes * size).astype(np.float32), self.angles, self.descriptors
        )


def nothing() -> Features:
    """Features of a picture without any."""
    none = np.zeros(0, np.float32)
    return Features(np.zeros((0, 2), np.float32), none, none, np.zeros((0, DIMENSIONS), np.uint8))


def joined(parts: list[Features]) -> Features:
    return Features(
        np.concatenate([p.points for p in parts]),
        np.concatenate([p.sizes for p in parts]),
        np.concatenate([p.angles for p in parts]),
        np.concatenate([p.descriptors for p in parts]),
    )


def _mirror_permutation() -> NDArray[np.intp]:
    """SIFT is 4 × 4 cells × 8 directions in the keypoint's own frame; a mirror reverses rows and turns directions."""
    order = [((3 - row) * 4 + column) * 8 + (-turn) % 8 for row in range(4) for column in range(4) for turn in range(8)]
    return np.array(order, dtype=np.intp)


MIRROR = _mirror_permutation()
# A negative turns the keypoint's frame by half a turn, and the directions in it stay.
NEGATIVE = np.array([(15 - cell) * 8 + turn for cell in range(16) for turn in range(8)], dtype=np.intp)


def extract(grey: Pixels, limit: int, described: int | None = None, layers: int = LAYERS) -> Features:
    """At most `limit` features of an H × W picture: of the `described` strongest, the strongest of each cell of a grid,
    so that a busy corner leaves room for the rest."""
    # Detecting and describing in one call builds the scale space once.
    detector = cv2.SIFT_create(  # type: ignore[attr-defined]
        nfeatures=described or limit, nOctaveLayers=layers, contrastThreshold=CONTRAST, edgeThreshold=EDGE
    )
    keypoints, rows = detector.detectAndCompute(grey, None)
    if rows is None or not len(keypoints):
        return nothing()
    geometry = np.array([(*k.pt, k.size, k.angle, k.response) for k in keypoints], np.float32)
    order = _spread(geometry, grey.shape, limit)
    geometry, rows = geometry[order], rows[order]
    return Features(
        points=geometry[:, :2],
        sizes=geometry[:, 2],
        angles=geometry[:, 3],
        descriptors=_rooted(rows),
    )


def _rooted(rows: NDArray[np.float32]) -> NDArray[np.uint8]:
    """RootSIFT of SIFT, in bytes."""
    roots = np.sqrt(rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-6))
    return np.asarray(np.clip(np.rint(roots * QUANTUM), 0, 255), np.uint8)


def described_at(grey: Pixels, features: Features) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """What stands in an H × W picture where other features are: which of them could be described (numbers), and n × 128
    descriptors. Those smaller than the detector finds without enlarging the picture are left out."""
    octave = np.ceil(np.log2(np.maximum(features.sizes, 0.1) / FIRST_SIZE) - 1.0 - 1e-6).astype(np.intp)
    layer = np.rint(LAYERS * (np.log2(np.maximum(features.sizes, 0.1) / FIRST_SIZE) - octave)).astype(np.intp)
    layer = np.clip(layer, 1, LAYERS)
    inside = ((features.points >= 0) & (features.points < grey.shape[::-1])).all(axis=1)
    keypoints = [
        cv2.KeyPoint(
            float(features.points[i, 0]),
            float(features.points[i, 1]),
            float(features.sizes[i]),
            float(features.angles[i]),
            0.0,
            int(octave[i] | (layer[i] << 8)),
            int(i),
        )
        for i in np.flatnonzero(inside & (octave >= 0) & (octave < MAX_OCTAVES))
    ]
    if not keypoints:
        return np.zeros(0, np.intp), np.zeros((0, DIMENSIONS), np.uint8)
    describer = cv2.SIFT_create(nOctaveLayers=LAYERS)  # type: ignore[attr-defined]
    kept, rows = describer.compute(grey, keypoints)
    return np.array([k.class_id for k in kept], np.intp), _rooted(rows)


def extract_at(grey: Pixels, side: int, limit: int, described: int | None = None, layers: int = LAYERS) -> Features:
    """Features of the picture scaled down to `side`, in pixels of the picture itself; see `extract`."""
    factor = side / max(grey.shape)
    if factor >= 1.0:
        return extract(grey, limit, described, layers)
    resized = cv2.resize(grey, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    shrunk = np.asarray(resized, np.uint8)
    found = extract(shrunk, limit, described, layers)
    return found.moved((grey.shape[1] / shrunk.shape[1], grey.shape[0] / shrunk.shape[0]))


def _spread(geometry: NDArray[np.float32], shape: tuple[int, ...], limit: int) -> NDArray[np.intp]:
    """Round by round the strongest of each cell, so that a crop anywhere keeps its share. One place with several
    directions counts twice at most. Ties are broken by place, so that the order is the same on every run."""
    x, y, _, angle, response = geometry.T
    order = np.lexsort((angle, y, x, -response))
    places = np.rint(x[order]).astype(np.int64) * 100_000 + np.rint(y[order]).astype(np.int64)
    order = order[_rank(places) < 2]
    cells = (x[order] * GRID / shape[1]).astype(np.int64) * GRID + (y[order] * GRID / shape[0]).astype(np.int64)
    ranks = _rank(cells)
    return order[np.lexsort((cells, ranks))][:limit]


def _rank(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the same group stand before each."""
    by_group = np.argsort(groups, kind="stable")
    ordered = groups[by_group]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, np.int64)
    counted = np.arange(len(ordered)) - np.repeat(starts, np.diff(np.r_[starts, len(ordered)]))
    ranks = np.empty(len(groups), np.int64)
    ranks[by_group] = counted
    return ranks
