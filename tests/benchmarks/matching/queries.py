"""The queries of the benchmark: made once for a folder of photos and a seed, then read from the cache."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from tests.benchmarks.matching.photos import Photo

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / ".cache/bench/matching"
SOURCES = ("photos", "queries", "make", "library", "draw", "edits", "own_edits", "marks", "layouts", "negatives")
COPY, NEGATIVE = "copy", "negative"


@dataclass(frozen=True)
class Query:
    """A picture to ask with.

    `truths` are the references that are in it; `lenient` those that show the same scene or burst and so count as false
    only where one is strict. `negative` says what a query without a copy has in common with the references.
    """

    file: str
    family: str
    kind: str
    negative: str
    source: str
    truths: tuple[str, ...] = ()
    lenient: tuple[str, ...] = ()


def cached_queries(folder: Path, photos: list[Photo], seed: int, quick: bool) -> tuple[Path, list[Query]]:
    """The folder with the pictures, and the queries. Makes them in the bench environment if they are not there."""
    digest = hashlib.sha256(f"{seed} {quick}".encode())
    for photo in photos:
        digest.update(f"{photo.path} {photo.group} {photo.sha256}\n".encode())
    for file in [*(Path(__file__).with_name(f"{name}.py") for name in SOURCES), ROOT / "bench.lock"]:
        digest.update(file.read_bytes())
    made = CACHE / digest.hexdigest()[:16]
    if not made.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        half_made = Path(tempfile.mkdtemp(prefix="unfinished-", dir=CACHE))
        command = [ROOT / ".venv/bench/bin/python", "-m", "tests.benchmarks.matching.make"]
        command += ["--photos", folder, "--out", half_made, "--seed", str(seed), *(["--quick"] if quick else [])]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
        try:
            subprocess.run([str(part) for part in command], env=environment, cwd=ROOT, check=True)
            half_made.rename(made)
        finally:
            shutil.rmtree(half_made, ignore_errors=True)
    return made, read_queries(made)


def write_queries(folder: Path, queries: list[Query]) -> None:
    with (folder / "queries.tsv").open("w", newline="") as lines:
        table = csv.writer(lines, delimiter="\t", lineterminator="\n")
        table.writerow(field.name for field in fields(Query))
        for query in queries:
            table.writerow(",".join(v) if isinstance(v, tuple) else v for v in asdict(query).values())


def read_queries(folder: Path) -> list[Query]:
    with (folder / "queries.tsv").open(newline="") as lines:
        return [
            Query(**{**row, "truths": _split(row["truths"]), "lenient": _split(row["lenient"])})
            for row in csv.DictReader(lines, delimiter="\t")
        ]


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
