"""What an edit draws from: one generator for each picture and family, and other photographs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from tests.benchmarks.matching.photos import Photo

LONGEST = 1024  # pixels; larger originals are halved first: it is edits that are measured, not file sizes
T = TypeVar("T")


@dataclass
class Album:
    """Photographs of one folder by role, decoded when they are asked for."""

    folder: Path
    photos: list[Photo]

    def of(self, *roles: str) -> list[Photo]:
        return [photo for photo in self.photos if photo.role in roles]

    def picture(self, photo: Photo) -> Image.Image:
        """RGB, at most 1,024 px long."""
        picture = Image.open(self.folder / photo.path).convert("RGB")
        picture.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
        return picture


@dataclass
class Draw:
    """The dice of one query. `truths` grows when an edit puts another work into the picture."""

    album: Album
    rng: np.random.Generator
    truths: list[Photo] = field(default_factory=list)

    @classmethod
    def seeded(cls, album: Album, photo: Photo, family: str, seed: int) -> Draw:
        digest = hashlib.sha256(f"{seed} {photo.sha256} {family}".encode()).digest()
        return cls(album, np.random.default_rng(int.from_bytes(digest[:16], "big")), [photo])

    def between(self, low: float, high: float) -> float:
        return float(self.rng.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """Both ends included."""
        return int(self.rng.integers(low, high + 1))

    def one_of(self, choices: Sequence[T]) -> T:
        return choices[int(self.rng.integers(len(choices)))]

    def chance(self, share: float) -> bool:
        return float(self.rng.random()) < share

    def colour(self) -> tuple[int, int, int]:
        """Often black or white, as people choose."""
        if self.chance(0.5):
            return self.one_of([(0, 0, 0), (255, 255, 255), (245, 243, 238), (24, 24, 28)])
        return self.whole(0, 255), self.whole(0, 255), self.whole(0, 255)

    def filler(self) -> Image.Image:
        """A photograph that is in no index."""
        return self.album.picture(self.one_of(self.album.of("fillers")))

    def other_work(self) -> Image.Image:
        """Another original, noted as a truth."""
        photo = self.one_of([p for p in self.album.of("refs_orig") if p not in self.truths])
        self.truths.append(photo)
        return self.album.picture(photo)
