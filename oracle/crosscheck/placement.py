"""Where a work lies in a picture, sought with ORB features (Rublee et al. 2011): binary ones, of corners.
Homographies are estimated by MAGSAC++ (Barath et al. 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Grey = NDArray[np.uint8]
Matrix = NDArray[np.float64]
Features = tuple[NDArray[np.float32], NDArray[np.uint8]]

# Long sides at which features are sought, and how many: a work may fill all of the picture, or a sixteenth.
WORK_SIDE, WORK_FEATURES = 384, 1500
PICTURE_SIDES = ((384, 1500), (800, 4000), (1400, 9000))
# Pyramid of the detector: twelve levels reach from the size of the work to an eighth of it; patches in pixels, and the
# contrast of a corner in greys.
STEP, LEVELS, PATCH, CORNER = 1.2, 12, 25, 5
# The best of two neighbours must be so much nearer than the second (Lowe 2004).
RATIO = 0.85
# Pixels of the work by which a feature may be off, and how many must agree for a placement to be looked at.
TOLERANCE, MIN_AGREEING = 4.0, 7
ITERATIONS, CONFIDENCE = 5000, 0.999
# A placement that enlarges or shrinks a side by more than this is none, nor one that does so in one direction alone.
MOST_SCALE, MOST_STRETCH = 12.0, 4.0


@dataclass(frozen=True)
class Placement:
    """`to_work` maps pixels of the picture (its mirror image if `mirrored`, its negative if `negative`) onto those of
    the thumbnail."""

    to_work: Matrix
    mirrored: bool = False
    negative: bool = False

    def seen(self, picture: Pixels) -> Pixels:
        """The picture (H × W × 3) as the placement takes it."""
        turned = picture[:, ::-1] if self.mirrored else picture
        return np.ascontiguousarray(255 - turned if self.negative else turned)


def placements(picture: Pixels, work: Pixels) -> Iterator[Placement]:
    """Placements of the work (H × W × 3) in the picture (H × W × 3) that its corners suggest, likely ones first."""
    grey = np.asarray(cv2.cvtColor(work, cv2.COLOR_RGB2GRAY), np.uint8)
    scale = WORK_SIDE / max(grey.shape)
    features = _describe(resize(grey, scale), WORK_FEATURES)
    shapes = [Placement(np.eye(3)), Placement(np.eye(3), mirrored=True), Placement(np.eye(3), negative=True)]
    for side, count in PICTURE_SIDES:
        for shape in shapes:
            seen = np.asarray(cv2.cvtColor(shape.seen(picture), cv2.COLOR_RGB2GRAY), np.uint8)
            shrunk = side / max(seen.shape)
            for matrix in _estimate_transforms(_describe(resize(seen, shrunk), count), features):
                to_work = np.diag([1 / scale, 1 / scale, 1.0]) @ matrix @ np.diag([shrunk, shrunk, 1.0])
                yield Placement(to_work, shape.mirrored, shape.negative)


def resize(pixels: Pixels, scale: float) -> Pixels:
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=way), np.uint8)


def _describe(grey: Pixels, count: int) -> Features:
    """Places n × 2 and descriptors n × 32."""
    orb = cv2.ORB.create(
        count, scaleFactor=STEP, nlevels=LEVELS, edgeThreshold=PATCH // 2, patchSize=PATCH, fastThreshold=CORNER
    )
    points, descriptors = orb.detectAndCompute(grey, None)
    if descriptors is None:
        return np.zeros((0, 2), np.float32), np.zeros((0, 32), np.uint8)
    return np.array([p.pt for p in points], np.float32), np.asarray(descriptors, np.uint8)


def _estimate_transforms(picture: Features, work: Features) -> Iterator[Matrix]:
    """Transforms of the picture onto the work that enough features agree on: the freest, and the affine one."""
    if min(len(picture[0]), len(work[0])) < MIN_AGREEING:
        return
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(work[1], picture[1], k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < RATIO * p[1].distance]
    if len(good) < MIN_AGREEING:
        return
    there = work[0][[m.queryIdx for m in good]]
    here = picture[0][[m.trainIdx for m in good]]
    bent, agreeing = cv2.findHomography(
        here, there, cv2.USAC_MAGSAC, TOLERANCE, maxIters=ITERATIONS, confidence=CONFIDENCE
    )
    flat, together = cv2.estimateAffine2D(
        *(here, there),
        method=cv2.USAC_MAGSAC,
        ransacReprojThreshold=TOLERANCE,
        maxIters=ITERATIONS,
        confidence=CONFIDENCE,
    )
    if bent is not None and int(agreeing.sum()) >= MIN_AGREEING:
        yield from _plausible(np.asarray(bent, np.float64))
    if flat is not None and int(together.sum()) >= MIN_AGREEING:
        yield from _plausible(np.vstack([np.asarray(flat, np.float64), [0.0, 0.0, 1.0]]))


def _plausible(matrix: Matrix) -> Iterator[Matrix]:
    if is_plausible(matrix):
        yield matrix


def is_plausible(matrix: Matrix) -> bool:
    """Whether it neither mirrors nor crushes."""
    most, least = np.linalg.svd(matrix[:2, :2], compute_uv=False)
    upright = float(np.linalg.det(matrix[:2, :2])) > 0
    return upright and bool(least > 1 / MOST_SCALE and most < MOST_SCALE and most < MOST_STRETCH * least)
