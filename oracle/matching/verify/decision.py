"""The decision over one candidate: what geometry and photometry say together, as a class and a probability."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from oracle.matching.verify.details import CLOSE, Details
from oracle.matching.verify.photometry import ADRIFT, Comparison
from oracle.matching.verify.regression import trained

# A picture is called a copy from this probability on: below, other photographs of the same scene are found too. In the
# benchmark as many copies as from 0.8 on; what that leaves is for photographs unlike those of the training. From 0.9 on
# two in a thousand fewer.
COPY_THRESHOLD = 0.85
# Fewer comparable blocks than this can not carry the statement that it is this photograph.
MIN_BLOCKS = 24
# Nor can a thin strip, however similar, where neither this much of the work is visible nor this much of the picture
# is filled: repeated marks agree when they are shifted by a row. Crops show a quarter, and embeddings all of the work.
MIN_SHOWN = 0.24
# From this chance on, by the blocks alone, the details of a work are looked at.
LIKELY = 0.1
# What has the template of a graphic, and other content, has at most this chance.
TEMPLATE_CHANCE = 0.15
# Of a crop so many distinctive blocks are enough.
MIN_DISTINCTIVE_SHOWN = 8
# Features that agree on one transform, where the details do not: the same scene, or another frame of a series.
SCENE_INLIERS = 12
SCENE_COVERAGE = 0.45


class MatchClass(StrEnum):
    """What a picture is to a work."""

    COPY = "copy"
    SAME_SCENE = "same scene or series"
    SAME_TEMPLATE = "same template, other content"
    NONE = "no match"


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against one work in one picture.

    `comparison` lays the picture (its mirror image if `mirrored`, its negative if `negative`) on the thumbnail;
    `inliers` features agree with that; `outline` n × 2 are the corners of what the picture (not mirrored) shows of the
    work, which is `share` of the picture. `lost`, 0 … ½, tells how clearly the picture takes another work's side
    (`rivals.duel`).
    `details` are looked at where the rest makes a copy likely.
    """

    comparison: Comparison
    inliers: int
    mirrored: bool
    outline: NDArray[np.float32]
    share: float
    lost: float = 0.0
    negative: bool = False
    details: Details | None = None

    @property
    def shown(self) -> float:
        """The larger of the shares of the work that is visible and of the picture that is filled."""
        return max(self.comparison.visible, self.share)

    @property
    def carries(self) -> bool:
        """Whether there is enough to compare for any statement."""
        return int(self.comparison.compared.sum()) >= MIN_BLOCKS and self.shown >= MIN_SHOWN

    @property
    def lies_well(self) -> bool:
        """Whether features and blocks put the picture on the work, be it a copy or another frame of the scene."""
        return self.inliers >= SCENE_INLIERS and self.comparison.coverage >= SCENE_COVERAGE

    @property
    def is_other_content(self) -> bool:
        """Whether the work is a graphic, and the picture at most another one of its template."""
        return self.details is not None and self.details.graphic and self.details.contradicts

    @property
    def numbers(self) -> NDArray[np.float64]:
        """What the first verdict weighs; the names stand in NAMES."""
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
                np.log(max(found.visible, 0.01)),
                np.log(max(self.share, 0.01)),
                np.log(max(self.shown, 0.01)),
                found.blur,
                found.sharp_drift,
                min(self.lost / BEATEN, 1.0),
            ]
        )

    @property
    def detailed_numbers(self) -> NDArray[np.float64]:
        """What the second verdict weighs; the names stand in DETAILED_NAMES."""
        seen = self.details
        assert seen is not None
        details = [seen.contradicted, seen.distance, seen.agreeing, np.log1p(seen.distinctive * seen.agreeing)]
        return np.array([*self.numbers, *details])


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
    "share of the work visible (log)",
    "share of the picture filled (log)",
    "the larger of both shares (log)",
    "blur under which they agree best",
    "mean drift where it is told most sharply",
    "duel lost against another work",
)
DETAILED_NAMES = (
    *NAMES,
    "share of features that are something else",
    "median distance of features",
    "share of distinctive blocks that agree",
    "distinctive blocks that agree (log)",
)


def probability(evidence: Evidence) -> float:
    """0 … 1: that the picture is a copy of the work, calibrated on the training queries (logistic regression): from all
    evidence if the details were looked at, else from the blocks alone."""
    if not evidence.carries:
        return 0.0
    seen = evidence.details
    if seen is None:
        return trained("first", NAMES).chance(evidence.numbers)
    if seen.distinctive < MIN_DISTINCTIVE_SHOWN:
        return 0.0
    chance = trained("detailed", DETAILED_NAMES).chance(evidence.detailed_numbers)
    return min(chance, TEMPLATE_CHANCE) if evidence.is_other_content else chance


def classify(evidence: Evidence, chance: float) -> MatchClass:
    if chance >= COPY_THRESHOLD:
        return MatchClass.COPY
    if evidence.is_other_content:
        return MatchClass.SAME_TEMPLATE
    if evidence.lies_well:
        return MatchClass.SAME_SCENE
    return MatchClass.NONE
