"""The detail of a work, looked for in the picture that lies on it: where the two contradict each other.

Blocks of a thumbnail tell one photograph from another. Two graphics of one template agree in nearly all of them, and
what differs (a name, a number, the print on a shirt) is smaller than a block. So each of the work's features is
described anew, from the picture, at the very place, size and direction that the work has it: in a copy the descriptor
is the same, and where other content stands it is another. Blocks in which only the picture has structure contradict
the work, too: there is something that the work does not have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from oracle.matching.describe.features import Features, described_at
from oracle.matching.describe.fingerprint import FINE_SIDE, THUMBNAIL_SIDE, Work
from oracle.matching.verify.blocks import TEXTURE, compare_cells, means, moments
from oracle.matching.verify.geometry import Matrix
from oracle.matching.verify.photometry import Comparison, as_coarse_as, shrunk, warped
from oracle.matching.verify.uniqueness import character
from oracle.pictures.normalise import Pixels

# Features are found at FINE_SIDE, and places are told in pixels of the thumbnail.
ENLARGED = FINE_SIDE / THUMBNAIL_SIDE
# Distance of two descriptors (of QUANTUM × √2 at most) from which they describe something else. In copies of graphics
# (coded, resized, blurred, cropped, turned) 93 of 100 had at most one feature in twenty beyond it; other content of one
# template had one in eleven at least, and two in three mostly.
CONTRADICTS = 120.0
# Fewer features than this say nothing.
MIN_DESCRIBED = 16
# A graphic is a copy only if it is the same in all: this share of its features may be something else, this share of
# blocks may have structure that it does not have, and this share of its distinctive blocks must agree, most of them
# closely: a grid that is filled with other letters still correlates by 0.8.
CONTRADICTED, ADDED, AGREEING = 0.05, 0.05, 0.9
# Correlation from which a block agrees closely, and the share of the distinctive ones that must. In 528 copies of
# graphics (14 edits, coded at quality 25 and shrunk to a quarter among them) one had less than 0.945.
CLOSE, CLOSELY = 0.85, 0.92
# A descriptor sees so many diameters of its feature around it. Of 66 copies of graphics that were cropped, 16 had more
# than one feature in twenty that was something else with 1.5, and none with 3.5.
SURROUNDINGS = 3.5
# Of a graphic's cells of 8 pixels this share may be something else (correlate by less than OTHER, a pixel this way or
# that). Thin letters in a grid are smaller than a block, leave no feature, and are gone when both pictures are blurred:
# so these are looked at as they are. Of 450 copies (coded at quality 25, shrunk to a quarter, blurred by 3 pixels, seen
# at an angle) 5 had more, and 441 less than 0.0013; the same grid with other letters had 0.049 and more.
CHANGED, OTHER, NUDGED = 0.03, 0.5, 1
# Diameter in pixels of the picture below which it does not show a feature.
SHOWN_SIZE = 4.0
# So many features of a graphic that are certainly something else are a name or a number that was changed: of 477 copies
# one (of a matrix code, with grain) had more than two beyond it, of an emblem with another letter 7 of 249.
CERTAINLY_OTHER, MOST_CERTAIN = 160.0, 2
# A graphic of which this share of the colours is another one, or that has another hue on this share of its area, is
# another graphic (colours.OTHER_COLOUR, colours.OTHER_HUE).
RECOLOURED, TURNED = 0.3, 0.015
# Standard deviation of greys below which a block is empty, and that of structure which nobody overlooks.
EMPTY, STRUCTURE = 2.0, 8.0


@dataclass(frozen=True)
class Details:
    """What became of the details of a work in a picture.

    `described` features of the work lie in the picture; the share `contradicted` is something else there; `distance` is
    the median of all, and `certain` is how many are too far off for a copy. Of the `distinctive` blocks of the work
    that can be compared the share `agreeing` agrees, and the share `closely` agrees closely; in the share `added` of
    all blocks only the picture has structure, and the share `changed` of small cells is something else. `graphic`: the
    work was drawn. Its features are not described if its blocks contradict already. `recoloured` is the share of its
    colours that is another one, `turned` that of its area which has another hue.
    """

    described: int
    contradicted: float
    distance: float
    distinctive: int
    agreeing: float
    added: float
    graphic: bool
    changed: float = 0.0
    closely: float = 1.0
    certain: int = 0
    recoloured: float = 0.0
    turned: float = 0.0

    @property
    def contradicts(self) -> bool:
        """Whether they say that a graphic is another one."""
        if _blocks_contradict(self.agreeing, self.closely, self.added) or self.described < MIN_DESCRIBED:
            return True
        if self.changed > CHANGED:
            return True
        return self.contradicted > CONTRADICTED or self.certain > MOST_CERTAIN or self.has_other_colours

    @property
    def has_other_colours(self) -> bool:
        return self.graphic and (self.recoloured > RECOLOURED or self.turned > TURNED)


def details(view: Pixels, work: Work, comparison: Comparison) -> Details:
    """What the picture (H × W greys, as the comparison lays it) shows of the work's details."""
    made_of = character(work.thumbnail)
    told = comparison.compared & made_of.distinctive
    agreeing = float(comparison.agreeing[told].mean()) if told.any() else 0.0
    closely = float((comparison.correlation[told] >= CLOSE).mean()) if told.any() else 0.0
    added = _added(view, work.thumbnail, comparison.to_work)
    is_another = made_of.graphic and _blocks_contradict(agreeing, closely, added)
    distances = np.zeros(0, np.float32) if is_another else redescribed(view, work, comparison.to_work)
    return Details(
        described=len(distances),
        contradicted=float((distances > CONTRADICTS).mean()) if len(distances) else 0.0,
        distance=float(np.median(distances)) if len(distances) else 0.0,
        distinctive=int(told.sum()),
        agreeing=agreeing,
        added=added,
        graphic=made_of.graphic,
        changed=_changed(view, work.thumbnail, comparison.to_work) if made_of.graphic and not is_another else 0.0,
        closely=closely,
        certain=int((distances > CERTAINLY_OTHER).sum()),
    )


def _blocks_contradict(agreeing: float, closely: float, added: float) -> bool:
    return agreeing < AGREEING or closely < CLOSELY or added > ADDED


def redescribed(view: Pixels, work: Work, to_work: Matrix) -> NDArray[np.float32]:
    """How far the descriptors of the work's features are from those of the same places in the picture, for each feature
    that the picture shows."""
    height, width = work.thumbnail.shape
    middle = (ENLARGED - 1) / 2
    enlarge = np.array([[ENLARGED, 0, middle], [0, ENLARGED, middle], [0, 0, 1.0]])
    matrix = enlarge @ to_work
    canvas = np.empty((round(height * ENLARGED), round(width * ENLARGED)), np.float32)
    seen, mask = warped(shrunk(view, matrix), matrix, canvas)
    features = work.fingerprint.features.moved((ENLARGED, ENLARGED))
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    shown = np.flatnonzero((features.sizes >= SHOWN_SIZE * scale) & _inside(features, mask))
    asked = features.taken(shown)
    which, descriptors = described_at(np.clip(np.rint(seen), 0, 255).astype(np.uint8), asked)
    apart = descriptors.astype(np.float32) - asked.descriptors[which].astype(np.float32)
    return np.asarray(np.sqrt((apart * apart).sum(axis=1)), np.float32)


def _inside(features: Features, mask: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether the surroundings of each feature lie within the mask."""
    limit = np.array([mask.shape[1] - 1, mask.shape[0] - 1])
    reach = SURROUNDINGS * features.sizes[:, None]
    low = np.clip(features.points - reach, 0, limit).astype(np.intp)
    high = np.clip(features.points + reach, 0, limit).astype(np.intp)
    inside = np.ones(len(features), np.bool_)
    for x in (low[:, 0], high[:, 0]):
        for y in (low[:, 1], high[:, 1]):
            inside &= mask[y, x] > 0.5
    return inside


def _changed(view: Pixels, thumbnail: Pixels, to_work: Matrix) -> float:
    work = as_coarse_as(thumbnail, to_work)
    seen, mask = warped(shrunk(view, to_work), to_work, work)
    correlation = compare_cells(seen, mask, work, NUDGED)
    compared = correlation[np.isfinite(correlation)]
    return float((compared < OTHER).mean()) if len(compared) else 0.0


def _added(view: Pixels, thumbnail: Pixels, to_work: Matrix) -> float:
    seen, mask = warped(shrunk(view, to_work), to_work, thumbnail.astype(np.float32))
    visible = means(mask) > 0.999
    mine, theirs = moments(thumbnail.astype(np.float32))[1], moments(seen)[1]
    added = visible & (mine < EMPTY) & (theirs > STRUCTURE)
    return float(added.sum() / max(int((visible & ((mine > TEXTURE) | added)).sum()), 1))
