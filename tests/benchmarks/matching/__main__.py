"""`scripts/bench matching --photos DIR`: edits photographs, asks the engine and others for them, prints tables."""

from __future__ import annotations

import argparse
import importlib
import json
import math
import os
import platform
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import faiss
from rich.console import Console
from rich.table import Table

from tests.benchmarks.matching import measure
from tests.benchmarks.matching.baselines import BASELINES, Matcher
from tests.benchmarks.matching.photos import Photo, read_photos
from tests.benchmarks.matching.queries import COPY, Query, cached_queries
from tests.benchmarks.matching.run import Run, cross, run

SEED = 1
ENGINE = "engine"
NAMES = (ENGINE, *BASELINES)
HIGH, MODERATE = 0.999, 0.9  # precisions at which recall is told
BARS = {"strict": 0.97, "lenient": 0.99, "μap": 0.995, "worst family": 0.92}
NEVER = ("unrelated", "product", "scene", "watermark", "signature", "frame", "interface")
LIBRARIES = ("numpy", "opencv-python-headless", "pillow", "imagehash", "pdqhash", "faiss-cpu")
NAMED = 40  # false hits and missed pairs that are written out
console = Console(highlight=False)


def main() -> None:
    options = _options()
    cv2.setNumThreads(1)
    faiss.omp_set_num_threads(1)
    photos = read_photos(options.photos)
    made, queries = cached_queries(options.photos, photos, options.seed, options.quick)
    queries = [query for query in queries if query.source not in options.without]
    console.print(f"{len(queries):,} queries in {made}")
    figures: dict[str, Any] = {}
    if options.predictions:
        options.predictions.write_text("matcher\tquery\treference\tscore\n")
    for name in options.only:
        matcher, threshold = matcher_of(name)
        references = [photo for photo in photos if photo.is_reference]
        with console.status(f"{name} …"):
            told = run(matcher, options.photos, references, made, queries)
        figures[name] = figures_of(told, queries, threshold)
        if options.all_pairs and threshold is not None:
            figures[name]["all_pairs"] = crossings(
                matcher, options.photos, [p for p in photos if p.path not in options.without], threshold
            )
        if options.predictions:
            with options.predictions.open("a") as lines:
                lines.writelines(f"{name}\t{p.query}\t{p.reference}\t{p.score!r}\n" for p in told.predictions)
    failures = failed_bars(figures[ENGINE]) if ENGINE in figures else []
    if options.json:
        told_all = {**circumstances(options, photos, queries), "bars": BARS, "failed": failures, "matchers": figures}
        options.json.write_text(json.dumps(told_all, indent=2, ensure_ascii=False) + "\n")
    show(figures)
    for failure in failures:
        console.print(failure)
    sys.exit(1 if failures else 0)


def matcher_of(name: str) -> tuple[Matcher, float | None]:
    """An empty index, and the score from which it calls a copy; baselines have no such score."""
    if name == ENGINE:
        engine = importlib.import_module("oracle.matching.benchmark")
        return engine.matcher(), float(engine.COPY_THRESHOLD)
    return BASELINES[name](), None


# ------------------------------------------------------------------------------------------------------------- figures


def figures_of(told: Run, queries: list[Query], shipped: float | None) -> dict[str, Any]:
    """All figures of a matcher. Without a shipped threshold, the one of the strict recall takes its place."""
    strict = measure.judge(queries, told.predictions)
    lenient = measure.without_siblings(strict)
    total = measure.pairs(queries)
    at = {name: measure.recall_at_precision(view, total, HIGH) for name, view in _views(strict, lenient)}
    threshold = at["strict"].threshold if shipped is None else shipped
    cells = {name: measure.by_family(queries, strict, at[name].threshold) for name in at}
    shipped_cells = measure.by_family(queries, strict, threshold)
    wrong = measure.false_hits(strict, threshold)
    asked = measure.asked_by_kind(queries)
    return {
        "pairs": total,
        "μap": round(measure.micro_average_precision(strict, total), 4),
        "μap_lenient": round(measure.micro_average_precision(lenient, total), 4),
        "at_high_precision": {name: _told(operating) for name, operating in at.items()},
        "at_moderate_precision": {
            name: _told(measure.recall_at_precision(view, total, MODERATE)) for name, view in _views(strict, lenient)
        },
        "threshold": _finite(threshold),
        "threshold_is_shipped": shipped is not None,
        "at_threshold": {
            name: _told(measure.at_threshold(view, total, threshold)) for name, view in _views(strict, lenient)
        },
        "families": {
            cell.family: {
                "pairs": cell.pairs,
                **{name: round(_cell(cells[name], cell.family).recall, 4) for name in cells},
                "at_threshold": round(cell.recall, 4),
            }
            for cell in shipped_cells
        },
        "missed": {cell.family: cell.missed for cell in shipped_cells if cell.missed},
        "false_hits": {kind: _false(asked.get(kind), wrong.get(kind, [])) for kind in sorted({*asked, *wrong})},
        "cpu_ms": {
            "add": told.adding.told(),
            "finish": told.finishing.told(),
            "query_copy": told.copies.told(),
            "query_negative": told.negatives.told(),
        },
    }


def crossings(matcher: Matcher, folder: Path, photos: list[Photo], threshold: float) -> dict[str, Any]:
    asked = [photo for photo in photos if photo.is_reference or photo.role.startswith("neg_")]
    found = cross(matcher, folder, asked, threshold)
    of_marked = [c for c in found if ("refs_marked/" in c.photo) != ("refs_marked/" in c.reference)]
    return {
        "asked": len(asked),
        "others": sum(not c.sibling for c in found) - len(of_marked),
        "marked": len(of_marked),  # a folder may hold the same photo with and without a mark: look at them by hand
        "siblings": sum(c.sibling for c in found),
        "found": [asdict(c) for c in found],
    }


def failed_bars(told: dict[str, Any]) -> list[str]:
    measured = {name: told["at_high_precision"][name]["recall"] for name in ("strict", "lenient")}
    measured["μap"] = told["μap"]
    family, worst = min(told["families"].items(), key=lambda item: float(item[1]["strict"]))
    measured["worst family"] = worst["strict"]
    failures = [f"{name} is {measured[name]:.4f}, below {bar}" for name, bar in BARS.items() if measured[name] < bar]
    if measured["worst family"] < BARS["worst family"]:
        failures[-1] += f" ({family})"
    for kind in NEVER:
        hits = told["false_hits"].get(kind, {"hits": 0})["hits"]
        if hits:
            failures.append(f"{hits} false hits of the kind {kind}")
    return failures


def circumstances(options: argparse.Namespace, photos: list[Photo], queries: list[Query]) -> dict[str, Any]:
    return {
        "seed": options.seed,
        "quick": options.quick,
        "references": sum(photo.is_reference for photo in photos),
        "copies": sum(query.kind == COPY for query in queries),
        "negatives": measure.asked_by_kind(queries),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
        "cores": os.cpu_count(),
    }


def _views(strict: list[measure.Judged], lenient: list[measure.Judged]) -> list[tuple[str, list[measure.Judged]]]:
    return [("strict", strict), ("lenient", lenient)]


def _told(operating: measure.Operating) -> dict[str, float | None]:
    return {
        "threshold": _finite(operating.threshold),
        "recall": round(operating.recall, 4),
        "precision": round(operating.precision, 4),
    }


def _finite(value: float) -> float | None:
    """JSON has no infinity."""
    return value if math.isfinite(value) else None


def _cell(cells: list[measure.Cell], family: str) -> measure.Cell:
    return next(cell for cell in cells if cell.family == family)


def _false(asked: int | None, hits: list[measure.Judged]) -> dict[str, Any]:
    return {
        "asked": asked,
        "queries": len({j.query.file for j in hits}),
        "hits": len(hits),
        "not_siblings": sum(not j.sibling for j in hits),
        "named": [f"{j.query.file} → {j.reference} {j.score:.4f}" for j in hits[:NAMED]],
    }


# -------------------------------------------------------------------------------------------------------------- tables


def show(figures: dict[str, Any]) -> None:
    title = f"Recall of pairs: strict and lenient where precision ≥ {HIGH}"
    table = Table("matcher", title=title, title_justify="left")
    for column in ("strict", "lenient", "μAP", f"P ≥ {MODERATE}", "at threshold", "false there"):
        table.add_column(column, justify="right")
    times = Table("matcher", title="Processor ms of one thread, medians", title_justify="left")
    for column in ("add", "query with a copy", "other query"):
        times.add_column(column, justify="right")
    for name, told in figures.items():
        recalls = [told["at_high_precision"]["strict"], told["at_high_precision"]["lenient"]]
        figure = [f"{r['recall']:.4f}" for r in recalls] + [f"{told['μap']:.4f}"]
        figure += [f"{told[at]['strict']['recall']:.4f}" for at in ("at_moderate_precision", "at_threshold")]
        table.add_row(name, *figure, str(sum(kind["hits"] for kind in told["false_hits"].values())))
        calls = ("add", "query_copy", "query_negative")
        times.add_row(name, *(f"{told['cpu_ms'][call]['median']:.1f}" for call in calls))
    console.print(table)
    console.print(times)
    for name, told in figures.items():
        show_matcher(name, told)


def show_matcher(name: str, told: dict[str, Any]) -> None:
    title = f"{name}: false hits at " + ("no threshold" if told["threshold"] is None else f"{told['threshold']:.4g}")
    table = Table("kind", "asked", "with hits", "hits", "not siblings", title=title, title_justify="left")
    for kind, hits in told["false_hits"].items():
        asked = "" if hits["asked"] is None else str(hits["asked"])
        table.add_row(kind, asked, str(hits["queries"]), str(hits["hits"]), str(hits["not_siblings"]))
    console.print(table)
    if "all_pairs" in told:
        pairs = told["all_pairs"]
        found = ", ".join(f"{pairs[kind]} {kind}" for kind in ("others", "siblings", "marked"))
        console.print(f"{pairs['asked']:,} photos asked as they are; found in them: {found}")
    table = Table("family", "pairs", "strict", "lenient", "at threshold", title=f"{name}: recall", title_justify="left")
    for family, cell in told["families"].items():
        recalls = [f"{cell[at]:.3f}" for at in ("strict", "lenient", "at_threshold")]
        table.add_row(family, str(cell["pairs"]), *recalls)
    console.print(table)


def _options() -> argparse.Namespace:
    def path(text: str) -> Path:
        return Path(text).resolve()

    def names(text: str) -> list[str]:
        chosen = text.split(",")
        if set(chosen) - set(NAMES):
            raise argparse.ArgumentTypeError(f"choose from {','.join(NAMES)}")
        return chosen

    parser = argparse.ArgumentParser(prog="scripts/bench matching", description=__doc__)
    parser.add_argument("--photos", type=path, required=True, help="folder of photographs with manifest.tsv")
    parser.add_argument("--json", type=path, help="write the figures to this file")
    parser.add_argument("--seed", type=int, default=SEED, help="of the edits")
    parser.add_argument("--quick", action="store_true", help="some 300 copies instead of 2,000")
    parser.add_argument("--only", type=names, default=list(NAMES), help=f"some of {','.join(NAMES)}")
    parser.add_argument("--without", nargs="*", default=[], help="photos whose role in the manifest is wrong")
    parser.add_argument("--all-pairs", action="store_true", help="also ask the engine every photograph as it is")
    parser.add_argument("--predictions", type=path, help="write all answers to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
