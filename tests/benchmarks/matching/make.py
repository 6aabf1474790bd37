"""`python -m tests.benchmarks.matching.make --photos DIR --out DIR --seed N [--quick]`: edits the photos into queries.

Runs in the bench environment. Each query depends on the seed, its photo and its family alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tests.benchmarks.matching.draw import Album, Draw
from tests.benchmarks.matching.edits import FAMILIES, Coding, Family
from tests.benchmarks.matching.negatives import Negative, negatives
from tests.benchmarks.matching.photos import Photo, read_photos, siblings
from tests.benchmarks.matching.queries import COPY, NEGATIVE, Query, write_queries

COPIED_ROLES = ("refs_orig", "refs_burst", "refs_scene")
OF_A_FAMILY = 40
OF_A_FAMILY_QUICK = 6
QUICK_NEGATIVES = 5  # every fifth: an odd number, because edited ones alternate with unedited ones


def main() -> None:
    options = _options()
    cv2.setNumThreads(1)
    album = Album(options.photos, read_photos(options.photos))
    queries = [*copies(album, options.out, options.seed, options.quick)]
    queries += foreigners(album, options.out, options.seed, options.quick)
    write_queries(options.out, queries)


def copies(album: Album, out: Path, seed: int, quick: bool) -> Iterator[Query]:
    """Families take their photos in turn from one shuffled round, so that each photo is edited about equally often."""
    sources = [photo for photo in album.of(*COPIED_ROLES) if has_detail(album.picture(photo))]
    order = [sources[i] for i in np.random.default_rng(seed).permutation(len(sources))]
    count = OF_A_FAMILY_QUICK if quick else OF_A_FAMILY
    for at, family in enumerate(FAMILIES):
        for place in range(at * count, (at + 1) * count):
            yield copy(album, order[place % len(order)], family, out, seed)


def has_detail(picture: Image.Image) -> bool:
    """Whether 2 % of the pixels lie on edges, at 500 px. Of frames out of focus nobody knows an edited copy."""
    picture = picture.convert("L")
    picture.thumbnail((500, 500))
    grey = np.asarray(picture, np.float32)
    edges = np.hypot(np.diff(grey, axis=0)[:, :-1], np.diff(grey, axis=1)[:-1])
    return float((edges > 12).mean()) >= 0.02


def copy(album: Album, photo: Photo, family: Family, out: Path, seed: int) -> Query:
    draw = Draw.seeded(album, photo, family.name, seed)
    made = family.edit(album.picture(photo), draw)
    file = _save(made, out, f"{family.name} {photo.sha256[:10]}", family.coding, draw)
    truths = tuple(p.path for p in draw.truths)
    near = {path for p in draw.truths for path in siblings(p, album.photos)} - set(truths)
    return Query(file, family.name, COPY, "", photo.path, truths, tuple(sorted(near)))


def foreigners(album: Album, out: Path, seed: int, quick: bool) -> Iterator[Query]:
    for negative in [*negatives(album)][:: QUICK_NEGATIVES if quick else 1]:
        yield foreigner(album, negative, out, seed)


def foreigner(album: Album, negative: Negative, out: Path, seed: int) -> Query:
    photo = negative.photo
    draw = Draw.seeded(album, photo, negative.family, seed)
    made = negative.edit(album.picture(photo), draw)
    file = _save(made, out, f"{negative.family} {photo.sha256[:10]}", Coding(), draw)
    near = tuple(siblings(photo, album.photos))
    return Query(file, negative.family, NEGATIVE, negative.kind, photo.path, (), near)


def _save(picture: Image.Image, out: Path, name: str, coding: Coding, draw: Draw) -> str:
    file = (
        name.replace(" × ", "x").replace(":", " to ").replace(" %", "").replace(",", "").replace(" ", "_")
        + "."
        + coding.suffix
    )
    extra = {"compress_level": 1} if coding.coder == "PNG" else {"quality": draw.whole(*coding.qualities)}
    picture.convert("RGB").save(out / file, coding.coder, **extra)
    return file


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
