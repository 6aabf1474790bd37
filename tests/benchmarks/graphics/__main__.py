"""`scripts/bench graphics`: graphics of many kinds and screenshots of this app's pages are registered, and each is
looked for among all others.

Graphics are drawn for a seed; every copy that is found is a false hit, except a graphic's own. With photographs (or
whatever else the folder holds), graphics are looked for in those, and those in graphics.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import faiss
from rich.console import Console
from rich.table import Table

from oracle.matching.benchmark import COPY_THRESHOLD, PictureMatcher, matcher
from oracle.matching.monitoring import NOT_RECOGNISED
from tests.benchmarks.graphics.kinds import KINDS, PAGES, graphics, pages

NAMED = 40  # false hits that are written out
SUFFIXES = (".jpg", ".png", ".webp")


class Hit(NamedTuple):
    """A copy that is none."""

    query: str
    work: str
    score: float


@dataclass
class Crossing:
    """What was found when pictures were queries among all works."""

    wrong: list[Hit]
    missed: list[str]
    milliseconds: list[float]


def main() -> None:
    options = _options()
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    drawn = [*graphics(options.seed, options.templates, options.each), *pages()]
    files = sorted(f for f in options.photos.rglob("*") if f.suffix in SUFFIXES) if options.photos else []
    pictures = {f"{file.parent.name}/{file.name}": file.read_bytes() for file in files[:: options.every]}
    engine = matcher()
    reasons = {g.name: engine.add(g.name, g.data) for g in drawn}
    left_out = {name for name, reason in reasons.items() if reason not in (None, NOT_RECOGNISED)}
    crossing = cross(engine, {graphic.name: graphic.data for graphic in drawn})
    in_photos = cross(engine, pictures)
    for name, data in pictures.items():
        engine.add(name, data)
    with_photos = cross(engine, {graphic.name: graphic.data for graphic in drawn} if pictures else {})
    of_photos = [hit for hit in with_photos.wrong if hit.work in pictures]
    named = [*crossing.wrong, *in_photos.wrong, *of_photos]
    figures = {
        "seed": options.seed,
        "graphics": len(drawn),
        "photographs": len(pictures),
        "false hits": len(crossing.wrong),
        "false hits by kind": _by_kind(hit.query for hit in crossing.wrong),
        "graphics in photographs": len(in_photos.wrong),
        "photographs in graphics": len(of_photos),
        "not monitored": _by_kind(left_out),
        "not recognised": _by_kind(name for name, reason in reasons.items() if reason == NOT_RECOGNISED),
        "not found themselves": _by_kind(name for name in crossing.missed if name not in left_out),
        "query mean ms": _mean(crossing.milliseconds),
        "photograph mean ms": _mean(in_photos.milliseconds),
        "named": [f"{hit.query} → {hit.work} {hit.score:.4f}" for hit in named[:NAMED]],
    }
    show(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
    sys.exit(1 if named else 0)


def _by_kind(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(name.rsplit(" ", 1)[0] for name in names))


def _mean(milliseconds: list[float]) -> float:
    return round(statistics.fmean(milliseconds), 1) if milliseconds else 0.0


def copies(engine: PictureMatcher, data: bytes) -> list[tuple[str, float]]:
    """(work, score) of what the engine calls copies."""
    return [(work, score) for work, score in engine.query(data) if score >= COPY_THRESHOLD]


def cross(engine: PictureMatcher, pictures: Mapping[str, bytes]) -> Crossing:
    """Each picture as a query: hits on other works, surest first, those that do not find themselves, processor ms."""
    found = Crossing([], [], [])
    for name, data in pictures.items():
        started = time.process_time()
        hits = copies(engine, data)
        found.milliseconds.append((time.process_time() - started) * 1000)
        found.wrong += [Hit(name, work, score) for work, score in hits if work != name]
        if name not in {work for work, _ in hits}:
            found.missed.append(name)
    found.wrong.sort(key=lambda hit: -hit.score)
    return found


def show(figures: dict[str, Any]) -> None:
    console = Console(highlight=False)
    columns = ("false hits by kind", "not monitored", "not recognised", "not found themselves")
    table = Table("kind", "false hits", *columns[1:], title="Graphics", title_justify="left")
    for kind in (*KINDS, PAGES):
        table.add_row(kind, *(str(figures[name].get(kind, 0)) for name in columns))
    console.print(table)
    console.print(
        f"{figures['graphics']} graphics: {figures['false hits']} false hits, {figures['query mean ms']} ms a query; "
        f"{figures['photographs']} photographs: {figures['graphics in photographs']} graphics in them, "
        f"{figures['photographs in graphics']} of them in graphics, {figures['photograph mean ms']} ms a query"
    )
    for line in figures["named"]:
        console.print(line)


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
