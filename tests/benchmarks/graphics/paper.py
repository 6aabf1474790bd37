"""What a kind of graphic draws with: a page, the dice of its template and those of its content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
T = TypeVar("T")
VOCABULARY = """
annual balance border bridge candle canyon carbon cedar circle copper delta district dolphin eastern energy export
fabric falcon figure forest garden glacier granite harbour helium index island journal kernel lantern ledger lemon
linen marble market meadow meridian mineral mirror needle nickel northern oak ocean olive orbit paper pepper pine
planet quartz quarter record region ribbon river saffron salmon section signal silver sparrow station summit tariff
timber tunnel union valley velvet violet walnut water willow winter yellow zenith
"""
WORDS = VOCABULARY.split()


@dataclass
class Dice:
    """One random generator, asked in words."""

    rng: np.random.Generator

    def whole(self, low: int, high: int) -> int:
        """Both ends included."""
        return int(self.rng.integers(low, high + 1))

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def chance(self, share: float) -> bool:
        return float(self.rng.random()) < share

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[int(self.rng.integers(len(choices)))]

    def words(self, count: int) -> str:
        return " ".join(self.one_of(WORDS) for _ in range(count))

    def number(self, digits: int) -> str:
        return "".join(str(self.whole(0, 9)) for _ in range(digits))

    def dark(self) -> Colour:
        return self.whole(0, 90), self.whole(0, 90), self.whole(0, 110)

    def vivid(self) -> Colour:
        values = [self.whole(0, 90), self.whole(90, 190), self.whole(170, 255)]
        self.rng.shuffle(values)
        return values[0], values[1], values[2]

    def pale(self) -> Colour:
        return self.whole(205, 255), self.whole(205, 255), self.whole(205, 255)


@dataclass
class Page:
    """A picture that is being drawn. `template` decides what all graphics of one template share, `content` the rest."""

    picture: Image.Image
    template: Dice
    content: Dice

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        return ImageDraw.Draw(self.picture)

    @property
    def width(self) -> int:
        return self.picture.width

    @property
    def height(self) -> int:
        return self.picture.height

    def text(self, at: tuple[float, float], text: str, size: int, colour: Colour, anchor: str = "la") -> None:
        self.draw.text(at, text, fill=colour, font=font(size), anchor=anchor)


Kind = Callable[[Page], None]


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def drawn(kind: Kind, size: tuple[int, int], seeds: tuple[int, int, int], number: int) -> Image.Image:
    """One graphic. `seeds`: of the set, of the kind and of the template."""
    template = Dice(np.random.default_rng([*seeds, 0]))
    content = Dice(np.random.default_rng([*seeds, 1, number]))
    page = Page(Image.new("RGB", size, template.pale() if template.chance(0.5) else (255, 255, 255)), template, content)
    kind(page)
    return page.picture
