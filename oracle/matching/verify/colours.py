"""The colours of a graphic and of the picture that lies on it.

Blocks and features are compared in greys, and two logos that are the same but for their colours have the same greys
once contrast is set aside. A copy may be paler or more vivid than the work, or tinted as a whole; it does not turn blue
into red.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from oracle.matching.verify.geometry import Matrix
from oracle.matching.verify.photometry import shrunk, warped
from oracle.pictures.normalise import Pixels

# Chroma (CIELAB a*, b*) up to which a pixel counts as grey, and from which it counts as coloured.
GREY, COLOURED = 5.0, 15.0
# Coders keep colours at half the size of greys: sigma, in pixels of the thumbnail, under which they are compared, and
# how far from the picture's edge.
SOFT, EDGE = 2.0, 2
# Fewer pixels than this say nothing.
ENOUGH = 50
# A copy may be tinted by so much chroma, and so many times as vivid as the work.
MOST_TINT, MOST_VIVID = 25.0, 2.5
# Difference of chroma from which a pixel has another colour. Of 531 pictures laid on the graphics they were made from
# (coded, tinted, darker, more vivid, sepia …) 99 in 100 had 0.24 at most of what is coloured; logos that differ in
# nothing but one colour 0.90 and more.
OTHER_COLOUR = 25.0
# Chroma across the work's own hue from which a pixel has another one, and the share of the chroma to be expected below
# which it has none. Of 1,734 copies of graphics (17 edits) one had more than .0001 of such pixels, and that .011; logos
# with one sign in another colour on a coloured ground .033 and more (see details.TURNED).
OTHER_HUE, FADED = 30.0, 0.5


@dataclass(frozen=True)
class Recoloured:
    """How much has another colour. `share` is that of what is coloured in work or picture; the stronger a colour, the
    more it counts. `turned` is the share of all pixels that are coloured in the work and have another hue, or next to
    none, in the picture: a sign on a large coloured ground."""

    share: float
    turned: float


def recoloured(picture: Pixels, work: Pixels, to_work: Matrix) -> Recoloured:
    """What has another colour in the picture than in the work.

    `picture` and `work` are H × W × 3 RGB, and `to_work` lays the one on the other (3 × 3). 0 if neither has colours.
    """
    seen, mask = warped(shrunk(picture, to_work), to_work, work.astype(np.float32))
    inside = cv2.erode(mask, np.ones((2 * EDGE + 1, 2 * EDGE + 1), np.uint8)) > 0
    theirs, mine = (_chroma(pixels)[inside] for pixels in (seen, work.astype(np.float32)))
    theirs = theirs - _tint(theirs, mine)
    # A real factor: colours may fade, but not turn.
    power = max(float((np.abs(mine) ** 2).sum()), 1.0)
    vivid = float(np.clip((theirs * mine.conj()).real.sum() / power, 0.0, MOST_VIVID))
    strength = np.maximum(np.maximum(np.abs(theirs), np.abs(mine)) - COLOURED, 0.0)
    if (strength > 0).sum() < ENOUGH:
        return Recoloured(0.0, 0.0)
    off = theirs - vivid * mine
    share = float(strength[np.abs(off) > OTHER_COLOUR].sum() / strength.sum())
    return Recoloured(share, float(_has_turned(theirs, mine, off, vivid).mean()))


def _has_turned(
    theirs: NDArray[np.complex128], mine: NDArray[np.complex128], off: NDArray[np.complex128], vivid: float
) -> NDArray[np.bool_]:
    """Which pixels of a coloured part of the work have another hue, or have lost theirs while others kept them."""
    along = off * (mine / np.maximum(np.abs(mine), 1e-6)).conj()
    faded = (along.real < -OTHER_HUE) & (np.abs(theirs) < FADED * vivid * np.abs(mine))
    return np.asarray((np.abs(mine) > OTHER_HUE) & ((np.abs(along.imag) > OTHER_HUE) | faded))


def _chroma(rgb: NDArray[np.float32]) -> NDArray[np.complex128]:
    """a* + b*i of each pixel."""
    lab = cv2.cvtColor(np.clip(rgb / 255, 0, 1), cv2.COLOR_RGB2LAB)
    chroma = cv2.GaussianBlur(lab[..., 1:], (0, 0), SOFT).astype(np.float64)
    return np.asarray(chroma @ np.array([1, 1j]))


def _tint(theirs: NDArray[np.complex128], mine: NDArray[np.complex128]) -> complex:
    """The chroma that most of what is grey in the work has in the picture."""
    greys = theirs[np.abs(mine) < GREY]
    if len(greys) < ENOUGH:
        return 0j
    tint = complex(np.median(greys.real), np.median(greys.imag))
    return tint * min(1.0, MOST_TINT / max(abs(tint), 1e-9))
