"""The decision over one candidate: what geometry and photometry say together, as a class and a probability."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from oracle.matching.photometry import ADRIFT, Comparison

# A picture is called a copy from this probability on: below, other photographs of the same scene are found too. In the
# benchmark as many copies as from 0.8 on; what that leaves is for photographs unlike those of the training. From 0.9 on
# two in a thousand fewer.
COPY_THRESHOLD = 0.85
# Fewer comparable blocks than this can not carry the statement that it is this photograph.
MIN_BLOCKS = 24
# Nor can a strip, be it ever so alike, where neither this much of the work is visible nor this much of the picture is
# filled: repeated marks agree when they are shifted by a row. Crops show a quarter, and embeddings all of the work.
MIN_SHOWN = 0.24
# Features that agree on one transform, where the details do not: the same scene, or another frame of a series.
SCENE_INLIERS = 12
SCENE_COVERAGE = 0.45


class MatchClass(StrEnum):
    """What a picture is to a work."""

    COPY = "copy"
    SAME_SCENE = "same scene or series"
    NONE = "no match"


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against one work in one picture.

    `comparison` lays the picture (mirrored left to right first, if `mirrored`) on the thumbnail; `inliers` features
    agree with that; `outline` n × 2 are the corners of what the picture (not mirrored) shows of the work, which is
    `share` of the picture. `lost`, 0 … ½, tells how clearly the picture takes another work's side (`rivals.duel`).
    """

    comparison: Comparison
    inliers: int
    mirrored: bool
    outline: NDArray[np.float32]
    share: float
    lost: float = 0.0

    @property
    def shown(self) -> float:
        """The larger of the shares of the work that is visible and of the picture that is filled."""
        return max(self.comparison.visible, self.share)

    @property
    def carries(self) -> bool:
        """Whether there is enough to compare for any statement."""
        return int(self.comparison.compared.sum()) >= MIN_BLOCKS and self.shown >= MIN_SHOWN

    @property
    def numbers(self) -> NDArray[np.float64]:
        """What the verdict weighs; the names stand in NAMES."""
        found = self.comparison
        values = found.correlation[found.compared].astype(np.float64)
        if not len(values):
            return np.zeros(len(NAMES))
        agreeing = found.agreeing
        shifts = np.hypot(*found.shift[agreeing].T) if agreeing.any() else np.array([ADRIFT])
        drift = found.drift if len(found.drift) else np.array([ADRIFT])
        return np.array(
            [
                found.coverage,
                float((values >= CLOSE).mean()),
                float(values.mean()),
                float(drift.mean()),
                float(np.quantile(drift, 0.9)),
                float((drift <= 0.5).mean()),
                float(shifts.mean()),
                np.log(len(values)),
                np.log1p(self.inliers),
                np.log(max(found.visible, 0.01)),
                np.log(max(self.share, 0.01)),
                np.log(max(self.shown, 0.01)),
                found.blur,
                found.sharp_drift,
                min(self.lost / BEATEN, 1.0),
            ]
        )


CLOSE = 0.85
# From this on a duel is lost; how much further says little.
BEATEN = 0.05
NAMES = (
    "share of blocks that agree",
    "share of blocks that agree closely",
    "mean correlation",
    "mean drift",
    "drift that nine tenths stay below",
    "share without drift",
    "mean shift",
    "blocks compared (log)",
    "features that agree (log)",
    "share of the work visible (log)",
    "share of the picture filled (log)",
    "the larger of both shares (log)",
    "blur under which they agree best",
    "mean drift where it is told most sharply",
    "duel lost against another work",
)


@dataclass(frozen=True)
class _Verdict:
    """As `scripts/train verdict` wrote it."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float


@cache
def _verdict() -> _Verdict:
    trained = json.loads(files("oracle.matching").joinpath("verdict.json").read_text())
    if tuple(trained["names"]) != NAMES:
        raise ValueError("verdict.json was trained for other evidence: run scripts/train verdict")
    mean, deviation, weights = (np.array(trained[name], np.float64) for name in ("mean", "deviation", "weights"))
    return _Verdict(mean, deviation, weights, float(trained["bias"]))


def probability(evidence: Evidence) -> float:
    """0 … 1: that the picture is a copy of the work, calibrated on the training queries (logistic regression)."""
    if not evidence.carries:
        return 0.0
    verdict = _verdict()
    standard = (evidence.numbers - verdict.mean) / verdict.deviation
    margin = float(standard @ verdict.weights + verdict.bias)
    return float(1.0 / (1.0 + np.exp(-np.clip(margin, -30, 30))))


def classify(evidence: Evidence, chance: float) -> MatchClass:
    if chance >= COPY_THRESHOLD:
        return MatchClass.COPY
    if evidence.inliers >= SCENE_INLIERS and evidence.comparison.coverage >= SCENE_COVERAGE:
        return MatchClass.SAME_SCENE
    return MatchClass.NONE
