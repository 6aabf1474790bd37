"""`scripts/bench scale --photos DIR`: time and memory with 10,000 and 100,000 works, and what a second process brings.

Works beyond the photographs are made from real descriptors: each takes those of a photograph, exchanges a part for
those of another, and moves every one by noise. Queries are unrelated photographs, in which no work is, and small
copies. Both indexes are asked each picture in turn, several times, and the median is told.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image
from rich.console import Console
from rich.table import Table

from oracle.matching.describe.fingerprint import Fingerprint, Work, fingerprint
from oracle.matching.describe.views import LOOK_FEATURES
from oracle.matching.engine import Matcher
from oracle.matching.index.catalogue import SEAL_AT
from oracle.matching.index.index import WorkIndex
from oracle.matching.index.segments import Segments, give_back
from oracle.matching.processes import Replicas
from oracle.matching.search import search
from oracle.matching.verify.decision import COPY_THRESHOLD
from oracle.pictures.normalise import Picture, load_picture
from tests.benchmarks.matching.photos import Photo, read_photos

SIZES = (10_000, 100_000)
NOISE, EXCHANGED = 10.0, 0.5
ASKED, ROUNDS = 60, 3
BARS = {"no match ms": 60.0, "copy ms": 200.0, "bytes a work": 8000.0, "growth": 1.6, "two processes": 1.8}
console = Console(highlight=False)


def main() -> None:
    options = _options()
    photos = read_photos(options.photos)
    real = [_work(options.photos, photo) for photo in photos if photo.is_reference]
    strangers = [load_picture(_data(options.photos, p)) for p in photos if p.role == "neg_easy"][:ASKED]
    copies = [_small(options.photos, p) for p in photos if p.role == "refs_orig"][:ASKED]
    figures: dict[str, Any] = {"sizes": {}}
    with tempfile.TemporaryDirectory() as folder:
        grown = {size: grow(Path(folder) / str(size), size, real, strangers + copies, options.seed) for size in SIZES}
        for size, (index, told) in grown.items():
            figures["sizes"][size] = told | cascade(strangers, copies, index, real)
        for name, pictures in (("no match ms", strangers), ("copy ms", copies)):
            for size, spent in asked(pictures, {size: index for size, (index, _) in grown.items()}, real).items():
                figures["sizes"][size][name] = spent
    small, large = (figures["sizes"][size] for size in SIZES)
    figures["growth"] = round(large["no match ms"] / small["no match ms"], 2)
    figures["two processes"] = throughput(options.photos, photos)
    failed = [name for name, value in _measured(figures, large).items() if _misses(name, value)]
    show(figures)
    if options.json:
        options.json.write_text(json.dumps({**figures, "bars": BARS, "failed": failed, "seed": options.seed}, indent=2))
    for name in failed:
        console.print(f"not met: {name}")
    sys.exit(1 if failed else 0)


def grow(
    folder: Path, size: int, real: list[Work], pictures: list[Picture], seed: int
) -> tuple[WorkIndex, dict[str, float]]:
    """An index sealed as the catalogue seals it, and what it cost in time, and in memory once it was asked."""
    folder.mkdir()
    chance = np.random.default_rng(seed)
    before = _memory()
    index, segments = WorkIndex(), Segments(folder)
    started = time.process_time()
    for number in range(size):
        index.add(number, real[number].fingerprint if number < len(real) else _made(chance, real))
        if (number + 1) % SEAL_AT == 0:
            segments.seal(index, dict.fromkeys(range(number + 1 - SEAL_AT, number + 1), 0))
            console.print(f"{number + 1:,} works", end="\r")
    spent = time.process_time() - started
    for picture in pictures:
        search(picture, index, lambda number: real[number % len(real)])
    return index, {
        "making and indexing a work, ms": round(spent / size * 1000, 2),
        "bytes a work": round((_memory() - before) / size),
    }


def asked(pictures: list[Picture], indexes: dict[int, WorkIndex], real: list[Work]) -> dict[int, float]:
    """Milliseconds of processor time, the median picture of the median round, by index; asked in turn, so that a slow
    minute of the machine is slow for each of them."""
    spent = {size: np.zeros((len(pictures), ROUNDS)) for size in indexes}
    for turn in range(ROUNDS):
        for at, picture in enumerate(pictures):
            for size, index in indexes.items():
                started = time.process_time()
                search(picture, index, lambda number: real[number % len(real)])
                spent[size][at, turn] = (time.process_time() - started) * 1000
    return {size: round(float(np.median(np.median(told, axis=1))), 1) for size, told in spent.items()}


def cascade(strangers: list[Picture], copies: list[Picture], index: WorkIndex, real: list[Work]) -> dict[str, float]:
    """Where unrelated pictures leave, and the share of copies that are found."""
    left = dict.fromkeys(("left after the first look", "pictures inside looked at", "looked at more closely"), 0)
    for picture in strangers:
        views = search(picture, index, lambda number: real[number % len(real)]).views
        closer = len(views[0].features) > LOOK_FEATURES
        left["looked at more closely"] += closer
        left["pictures inside looked at"] += len(views) > 1
        left["left after the first look"] += len(views) == 1 and not closer
    hits = (search(picture, index, lambda number: real[number % len(real)]).found for picture in copies)
    found = np.mean([any(hit.chance >= COPY_THRESHOLD for hit in answer) for answer in hits])
    return {"copies found": round(float(found), 3)} | {n: round(c / len(strangers), 3) for n, c in left.items()}


def throughput(folder: Path, photos: list[Photo]) -> float:
    """How many times the pictures a second that two processes answer, against one."""
    pictures = [_data(folder, photo) for photo in photos if photo.role.startswith("neg")] * 2
    with tempfile.TemporaryDirectory() as place:
        with Matcher(Path(place)) as matcher:
            for photo in photos:
                if photo.is_reference:
                    public, thumbnail = fingerprint(load_picture(_data(folder, photo)))
                    matcher.add(photo.path, public.to_bytes(), thumbnail)
        rates: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(3):
            for n, told in rates.items():
                with Replicas(Path(place), n) as group:
                    list(group.query_all(pictures[: 2 * n]))
                    started = time.perf_counter()
                    list(group.query_all(pictures))
                    told.append(len(pictures) / (time.perf_counter() - started))
    return round(statistics.median(rates[2]) / statistics.median(rates[1]), 2)


def _made(chance: np.random.Generator, real: list[Work]) -> Fingerprint:
    """A work like a photograph that nobody took."""
    one, other = (real[chance.integers(len(real))].fingerprint for _ in range(2))
    features = one.features
    descriptors = features.descriptors.copy()
    if len(other.features):
        swapped = chance.random(len(descriptors)) < EXCHANGED
        descriptors[swapped] = other.features.descriptors[chance.integers(len(other.features), size=swapped.sum())]
    descriptors = np.clip(descriptors + chance.normal(0, NOISE, descriptors.shape), 0, 255).astype(np.uint8)
    # Elsewhere, so that the pairs of the photograph it came from do not agree on a place.
    points = features.points[chance.permutation(len(features))]
    return replace(
        one,
        features=replace(features, descriptors=descriptors, points=points),
        pdq=chance.integers(0, 256, 32, dtype=np.uint8),
    )


def _memory() -> int:
    """Bytes of memory in use, without what the allocator keeps of earlier work."""
    give_back()
    return int(psutil.Process().memory_info().rss)


def _work(folder: Path, photo: Photo) -> Work:
    public, thumbnail = fingerprint(load_picture(_data(folder, photo)))
    return Work.of(photo.path, public, thumbnail)


def _data(folder: Path, photo: Photo) -> bytes:
    return (folder / photo.path).read_bytes()


def _small(folder: Path, photo: Photo) -> Picture:
    picture = load_picture(_data(folder, photo))
    image = Image.fromarray(picture.rgb)
    smaller = image.resize((round(0.6 * image.width), round(0.6 * image.height)), Image.Resampling.BOX)
    return replace(picture, rgb=np.asarray(smaller))


def _measured(figures: dict[str, Any], large: dict[str, Any]) -> dict[str, float]:
    return {name: figures[name] if name in figures else large[name] for name in BARS}


def _misses(name: str, value: float) -> bool:
    return value < BARS[name] if name == "two processes" else value > BARS[name]


def show(figures: dict[str, Any]) -> None:
    table = Table("", *(f"{size:,} works" for size in SIZES))
    for name in figures["sizes"][SIZES[0]]:
        table.add_row(name, *(str(figures["sizes"][size][name]) for size in SIZES))
    console.print(table)
    console.print(f"from the one to the other a query takes {figures['growth']} times as long")
    console.print(f"two processes answer {figures['two processes']} times as many pictures as one")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench scale", description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="folder with manifest.tsv")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    main()
