"""Local descriptors: SIFT (Lowe 2004) with the square-root normalisation of RootSIFT (Arandjelović & Zisserman 2012).

The descriptor of a mirrored picture is a permutation of the descriptor, so one extraction answers for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.matching.normalise import Pixels

# RootSIFT values lie in 0 … ~0.6; 400 of them per unit fit a byte with little clipping.
QUANTUM = 400.0
GRID = 5
# Strongest features that are described; those that are kept are chosen among them.
DESCRIBED = 2000


@dataclass(frozen=True)
class Features:
    """Keypoints and descriptors of one picture.

    `points` n × 2 float32, pixels; `sizes` n float32, pixels; `descriptors` n × 128 uint8 (RootSIFT × QUANTUM).
    """

    points: NDArray[np.float32]
    sizes: NDArray[np.float32]
    descriptors: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.points)

    def mirrored(self, width: int) -> Features:
        """Features of the picture mirrored left to right, `width` pixels wide."""
        points = self.points.copy()
        points[:, 0] = width - 1 - points[:, 0]
        return Features(points, self.sizes, self.descriptors[:, _MIRROR])


def _mirror_permutation() -> NDArray[np.intp]:
    """SIFT is 4 × 4 cells × 8 directions in the keypoint's own frame; a mirror reverses rows and turns directions."""
    order = [((3 - row) * 4 + column) * 8 + (-turn) % 8 for row in range(4) for column in range(4) for turn in range(8)]
    return np.array(order, dtype=np.intp)


_MIRROR = _mirror_permutation()


def extract(grey: Pixels, limit: int) -> Features:
    """`limit` features of an H × W picture: the strongest of each cell of a grid, so that a busy corner leaves room."""
    # Detecting and describing in one call builds the scale space once.
    detector = cv2.SIFT_create(nfeatures=DESCRIBED, contrastThreshold=0.02, edgeThreshold=12)  # type: ignore[attr-defined]
    keypoints, described = detector.detectAndCompute(grey, None)
    order = _spread(_distinct(keypoints), keypoints, grey.shape, limit)
    if described is None or not order:
        nothing = np.zeros((0, 2), np.float32)
        return Features(nothing, nothing[:, 0], np.zeros((0, 128), np.uint8))
    descriptors = described[order]
    roots = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-6))
    return Features(
        points=np.array([keypoints[i].pt for i in order], dtype=np.float32),
        sizes=np.array([keypoints[i].size for i in order], dtype=np.float32),
        descriptors=np.clip(np.rint(roots * QUANTUM), 0, 255).astype(np.uint8),
    )


def _distinct(keypoints: Sequence[cv2.KeyPoint]) -> list[int]:
    """Strongest first; one place with several directions counts twice at most. Ties are broken by place, so that the
    order is the same on every run."""

    def rank(at: int) -> tuple[float, Sequence[float], float]:
        return -keypoints[at].response, keypoints[at].pt, keypoints[at].angle

    seen: dict[tuple[int, int], int] = {}
    kept = []
    for at in sorted(range(len(keypoints)), key=rank):
        place = (round(keypoints[at].pt[0]), round(keypoints[at].pt[1]))
        seen[place] = seen.get(place, 0) + 1
        if seen[place] <= 2:
            kept.append(at)
    return kept


def _spread(order: list[int], keypoints: Sequence[cv2.KeyPoint], shape: tuple[int, ...], limit: int) -> list[int]:
    """Round by round the strongest of each cell, so that a crop anywhere keeps its share."""
    cells: dict[tuple[int, int], list[int]] = {}
    for at in order:
        x, y = keypoints[at].pt
        cells.setdefault((int(x * GRID / shape[1]), int(y * GRID / shape[0])), []).append(at)
    kept: list[int] = []
    rank = 0
    while len(kept) < limit and any(len(members) > rank for members in cells.values()):
        kept += [members[rank] for _, members in sorted(cells.items()) if len(members) > rank]
        rank += 1
    return kept[:limit]
