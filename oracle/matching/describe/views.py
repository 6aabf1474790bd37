"""A picture as the engine looks at it: whole or a part, as it is, in the mirror, or as a negative."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oracle.matching.describe.features import Features, extract_at
from oracle.pictures.normalise import Pixels, long_side

# Of 400 works in the hardest families of the benchmark 388 were copies with these; 387 with side 352 and less pruned
# lists, in a tenth more time; 386 with 320 and 280 features, 385 with 304. One layer instead of two named 4 % less.
LOOK_SIDE, LOOK_FEATURES, LOOK_LAYERS = 336, 300, 2
# More than are kept, so that each part of the picture has its say.
DESCRIBED = 1.5
# A quarter of a page full of pictures shows several: of 40 in collages of 4 × 4 38 were found, with 300 features 36.
QUARTER_FEATURES = 450
CLOSER_SIDE, CLOSER_FEATURES, CLOSER_LAYERS = 640, 700, 3


@dataclass(frozen=True)
class View:
    """A picture or a part of it: H × W greys, its features at the scale of those greys, its mirror image, its
    negative."""

    grey: Pixels
    features: Features
    mirrored: bool = False
    negative: bool = False

    @classmethod
    def of(cls, grey: Pixels, features: int = LOOK_FEATURES) -> View:
        """The first look, at so many features."""
        side, described = long_side(grey.shape, LOOK_SIDE), round(DESCRIBED * features)
        return cls(grey, extract_at(grey, side, features, described, LOOK_LAYERS))

    @classmethod
    def closer(cls, grey: Pixels) -> View:
        side, described = long_side(grey.shape, CLOSER_SIDE), round(DESCRIBED * CLOSER_FEATURES)
        return cls(grey, extract_at(grey, side, CLOSER_FEATURES, described, CLOSER_LAYERS))

    def reflected(self) -> View:
        grey = np.ascontiguousarray(self.grey[:, ::-1])
        return View(grey, self.features.mirrored(grey.shape[1]), not self.mirrored, self.negative)

    def inverted(self) -> View:
        return View(255 - self.grey, self.features.inverted(), self.mirrored, not self.negative)
