"""The second method of comparing pictures, pair by pair: copies of photographs by family, other photographs of the same
scenes and bursts, and graphics of one template. Two processes; milliseconds are one processor's."""

from __future__ import annotations

import argparse
import io
import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rich.console import Console
from rich.table import Table

from oracle.crosscheck.verdict import is_copy
from oracle.matching.describe.fingerprint import fingerprint
from oracle.pictures.normalise import load_found, load_picture
from tests.benchmarks.graphics.kinds import graphics
from tests.benchmarks.matching.photos import read_photos
from tests.benchmarks.matching.queries import COPY, cached_queries

PROCESSES = 2
GRAPHICS = "graphics"
console = Console(highlight=False)


@dataclass(frozen=True)
class Pair:
    """A picture and a work, both as files; whether the one is a copy of the other."""

    family: str
    copy: bool
    picture: bytes
    work: Path | bytes


@dataclass(frozen=True)
class Answer:
    family: str
    copy: bool
    confirmed: bool
    milliseconds: float


def main() -> None:
    options = _options()
    pairs = [*of_photographs(options), *of_graphics(options.seed, options.each)]
    with console.status(f"{len(pairs):,} pairs …"), ProcessPoolExecutor(PROCESSES) as pool:
        answers = list(pool.map(answer, pairs, chunksize=4))
    figures = figures_of(answers)
    if options.json:
        options.json.write_text(json.dumps({"seed": options.seed, **figures}, indent=2, ensure_ascii=False) + "\n")
    show(figures)


def of_photographs(options: argparse.Namespace) -> Iterator[Pair]:
    photos = read_photos(options.photos)
    made, queries = cached_queries(options.photos, photos, options.seed, options.quick)
    for query in queries:
        if query.source in options.without:
            continue
        data = (made / query.file).read_bytes()
        for truth in query.truths:
            yield Pair(query.family, True, data, options.photos / truth)
        for other in sorted(set(query.lenient) - set(query.truths) - set(options.without))[:3]:
            yield Pair(
                "same scene or burst" if query.kind == COPY else query.negative, False, data, options.photos / other
            )


def of_graphics(seed: int, each: int) -> Iterator[Pair]:
    """Each graphic smaller and coded against itself, and against the others of its template."""
    templates: dict[tuple[str, int], list[bytes]] = defaultdict(list)
    for graphic in graphics(seed, 1, each):
        templates[graphic.kind, graphic.template].append(graphic.data)
    for (kind, _), drawn in templates.items():
        for work in drawn:
            yield Pair(GRAPHICS, True, _smaller(work), work)
        for picture, work in permutations(drawn, 2):
            yield Pair(f"{GRAPHICS}: {kind}", False, picture, work)


def answer(pair: Pair) -> Answer:
    started = time.process_time()
    confirmed = is_copy(load_found(pair.picture), _thumbnail(pair.work))
    return Answer(pair.family, pair.copy, confirmed, (time.process_time() - started) * 1000)


def figures_of(answers: list[Answer]) -> dict[str, Any]:
    def counted(copy: bool) -> dict[str, list[int]]:
        asked = Counter(a.family for a in answers if a.copy is copy)
        confirmed = Counter(a.family for a in answers if a.copy is copy and a.confirmed)
        return {family: [confirmed[family], n] for family, n in sorted(asked.items())}

    times = {copy: [a.milliseconds for a in answers if a.copy is copy] for copy in (True, False)}
    return {
        "copies confirmed": counted(True),
        "others confirmed": counted(False),
        "median milliseconds": {
            ("copies" if c else "others"): round(float(np.median(t)), 1) for c, t in times.items() if t
        },
    }


def show(figures: dict[str, Any]) -> None:
    for kind in ("copies confirmed", "others confirmed"):
        families = figures[kind]
        confirmed, asked = (sum(column) for column in zip(*families.values(), strict=True))
        table = Table(title=f"{kind}: {confirmed} of {asked}")
        table.add_column("family")
        table.add_column("confirmed", justify="right")
        for family, (some, n) in families.items():
            if (some < n) if kind.startswith("copies") else some:
                table.add_row(family, f"{some} of {n}")
        console.print(table)
    console.print(f"median milliseconds: {figures['median milliseconds']}")


@lru_cache(maxsize=256)
def _thumbnail(work: Path | bytes) -> bytes:
    return fingerprint(load_picture(work if isinstance(work, bytes) else work.read_bytes()))[1]


def _smaller(png: bytes) -> bytes:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    file = io.BytesIO()
    image.resize((image.width * 7 // 10, image.height * 7 // 10), Image.Resampling.LANCZOS).save(
        file, "JPEG", quality=75
    )
    return file.getvalue()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench crosscheck", description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="folder of photographs with manifest.tsv")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--seed", type=int, default=1, help="of edits and graphics")
    parser.add_argument("--quick", action="store_true", help="some 300 copies instead of 2,000")
    parser.add_argument("--each", type=int, default=2, help="graphics of each kind")
    parser.add_argument("--without", nargs="*", default=[], help="photos whose role in the manifest is wrong")
    return parser.parse_args()


if __name__ == "__main__":
    main()
