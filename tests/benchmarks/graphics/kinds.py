"""All kinds of graphics, and a set of them for a seed."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.graphics import charts, documents, patterns, puzzles, symbols
from tests.benchmarks.graphics.paper import Kind, drawn

WIDE, TALL, SQUARE = (900, 640), (640, 900), (720, 720)
KINDS: dict[str, tuple[Kind, tuple[int, int]]] = {
    "bar charts": (charts.bars, WIDE),
    "line charts": (charts.lines, WIDE),
    "pie charts": (charts.pies, WIDE),
    "scatter plots": (charts.scatter, WIDE),
    "city maps": (charts.city_maps, SQUARE),
    "sheet music": (charts.scores, TALL),
    "certificates": (documents.certificates, WIDE),
    "forms": (documents.forms, TALL),
    "timetables": (documents.tables, WIDE),
    "calendars": (documents.calendars, WIDE),
    "business cards": (documents.cards, (900, 520)),
    "slides": (documents.slides, WIDE),
    "tickets": (documents.tickets, (900, 420)),
    "crosswords": (puzzles.crosswords, SQUARE),
    "sudokus": (puzzles.sudokus, SQUARE),
    "matrix codes": (puzzles.matrix_codes, SQUARE),
    "chess boards": (puzzles.chess, SQUARE),
    "emblems": (symbols.emblems, SQUARE),
    "wordmarks": (symbols.wordmarks, (900, 360)),
    "icon sheets": (symbols.icons, SQUARE),
    "app icons": (symbols.app_icons, SQUARE),
    "shirts": (symbols.shirts, SQUARE),
    "dots": (patterns.dots, SQUARE),
    "chevrons": (patterns.chevrons, SQUARE),
    "backdrops": (patterns.backdrops, WIDE),
    "weaves": (patterns.weaves, SQUARE),
    "façades": (patterns.facades, WIDE),
}


# Screenshots of this web app: pages of one template with other contents.
PAGES, SCREENSHOTS = "pages", Path(__file__).resolve().parents[3] / "frontend/screenshots"


@dataclass(frozen=True)
class Graphic:
    """A picture file; `kind` and `template` say with which others it is easily mistaken."""

    name: str
    kind: str
    template: int
    data: bytes


def graphics(seed: int, templates: int, each: int) -> Iterator[Graphic]:
    """`each` graphics of each template of each kind, no two of them with one content."""
    for place, (kind, (draw, size)) in enumerate(KINDS.items()):
        for template in range(templates):
            known: set[bytes] = set()
            contents = itertools.count()
            while len(known) < each:
                file = io.BytesIO()
                drawn(draw, size, (seed, place, template), next(contents)).save(file, "PNG")
                # There are few words: two wordmarks may have the same one.
                if file.getvalue() not in known:
                    yield Graphic(f"{kind} {template}.{len(known)}", kind, template, file.getvalue())
                    known.add(file.getvalue())


def pages() -> Iterator[Graphic]:
    """The screenshots of the demonstration that the repository holds."""
    for file in sorted(SCREENSHOTS.glob("*.webp")):
        yield Graphic(f"{PAGES} {file.stem}", PAGES, 0, file.read_bytes())
