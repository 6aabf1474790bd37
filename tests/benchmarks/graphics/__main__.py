"""`scripts/bench graphics`: graphics of many kinds are registered, and each is looked for among all others. They are
drawn for a seed; every copy that is found is a false hit, except a graphic's own."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import faiss
from rich.console import Console
from rich.table import Table

from oracle.matching.benchmark import COPY_THRESHOLD, PictureMatcher, matcher
from tests.benchmarks.graphics.kinds import KINDS, Graphic, graphics

NAMED = 40  # false hits that are written out


class Hit(NamedTuple):
    """A copy that is none."""

    query: str
    work: str
    score: float


@dataclass
class Crossing:
    """What was found when every graphic was a query."""

    wrong: list[Hit]
    missed: list[Graphic]
    milliseconds: list[float]


def main() -> None:
    options = _options()
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    drawn = list(graphics(options.seed, options.templates, options.each))
    photos = sorted(options.photos.glob("*/*.jpg"))[:: options.every] if options.photos else []
    engine = matcher()
    for graphic in drawn:
        engine.add(graphic.name, graphic.data)
    engine.finish()
    crossing = cross(engine, drawn)
    in_photos = [Hit(photo.name, *hit) for photo in photos for hit in copies(engine, photo.read_bytes())]
    figures = {
        "seed": options.seed,
        "graphics": len(drawn),
        "photographs": len(photos),
        "false hits": len(crossing.wrong),
        "false hits by kind": dict(Counter(hit.query.rsplit(" ", 1)[0] for hit in crossing.wrong)),
        "false hits in photographs": len(in_photos),
        "not found themselves": dict(Counter(graphic.kind for graphic in crossing.missed)),
        "query mean ms": round(statistics.fmean(crossing.milliseconds), 1),
        "named": [f"{hit.query} → {hit.work} {hit.score:.4f}" for hit in (crossing.wrong + in_photos)[:NAMED]],
    }
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    sys.exit(1 if crossing.wrong or in_photos else 0)


def copies(engine: PictureMatcher, data: bytes) -> list[tuple[str, float]]:
    """(work, score) of what the engine calls copies."""
    return [(work, score) for work, score in engine.query(data) if score >= COPY_THRESHOLD]


def cross(engine: PictureMatcher, drawn: list[Graphic]) -> Crossing:
    """Each graphic as a query: hits on others, surest first, those that do not find themselves, processor ms."""
    found = Crossing([], [], [])
    for graphic in drawn:
        started = time.process_time()
        hits = copies(engine, graphic.data)
        found.milliseconds.append((time.process_time() - started) * 1000)
        found.wrong += [Hit(graphic.name, work, score) for work, score in hits if work != graphic.name]
        if graphic.name not in {work for work, _ in hits}:
            found.missed.append(graphic)
    found.wrong.sort(key=lambda hit: -hit.score)
    return found


def show(figures: dict[str, Any]) -> None:
    console = Console(highlight=False)
    table = Table("kind", "false hits", "not found themselves", title="Graphics", title_justify="left")
    for kind in KINDS:
        counts = (figures[name].get(kind, 0) for name in ("false hits by kind", "not found themselves"))
        table.add_row(kind, *map(str, counts))
    console.print(table)
    console.print(
        f"{figures['graphics']} graphics: {figures['false hits']} false hits; {figures['photographs']} photographs: "
        f"{figures['false hits in photographs']}; {figures['query mean ms']} ms a query"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench graphics", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--templates", type=int, default=2, help="of each kind")
    parser.add_argument("--each", type=int, default=12, help="graphics of each template")
    parser.add_argument("--photos", type=lambda text: Path(text).resolve(), help="folder of photographs to ask as well")
    parser.add_argument("--every", type=int, default=1, help="every n-th photograph")
    parser.add_argument("--json", type=lambda text: Path(text).resolve(), help="write the figures to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
