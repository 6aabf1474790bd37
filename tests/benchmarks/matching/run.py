"""Asks a matcher all queries and takes the time: processor time of one thread."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.matching.baselines import Matcher
from tests.benchmarks.matching.measure import Prediction
from tests.benchmarks.matching.photos import Photo
from tests.benchmarks.matching.queries import COPY, Query


@dataclass
class Times:
    """Processor milliseconds of single calls."""

    values: list[float] = field(default_factory=list)

    def told(self) -> dict[str, float]:
        if not self.values:
            return {"median": 0.0, "mean": 0.0}
        return {"median": round(statistics.median(self.values), 2), "mean": round(statistics.fmean(self.values), 2)}


@dataclass
class Run:
    """What a matcher answered, and how long it took."""

    predictions: list[Prediction] = field(default_factory=list)
    adding: Times = field(default_factory=Times)
    finishing: Times = field(default_factory=Times)
    copies: Times = field(default_factory=Times)
    negatives: Times = field(default_factory=Times)


@dataclass(frozen=True)
class Crossing:
    """A photo in which the matcher sees another one. `sibling`: of the same scene or burst."""

    photo: str
    reference: str
    score: float
    sibling: bool


def run(matcher: Matcher, folder: Path, references: list[Photo], made: Path, queries: list[Query]) -> Run:
    told = Run()
    for photo in references:
        data = (folder / photo.path).read_bytes()
        started = time.process_time()
        matcher.add(photo.path, data)
        told.adding.values.append((time.process_time() - started) * 1000)
    started = time.process_time()
    matcher.finish()
    told.finishing.values.append((time.process_time() - started) * 1000)
    for query in queries:
        data = (made / query.file).read_bytes()
        started = time.process_time()
        answer = matcher.query(data)
        times = told.copies if query.kind == COPY else told.negatives
        times.values.append((time.process_time() - started) * 1000)
        told.predictions += [Prediction(query.file, reference, score) for reference, score in answer]
    return told


def cross(matcher: Matcher, folder: Path, photos: Iterable[Photo], threshold: float) -> list[Crossing]:
    """Every photo as a query: what is found in it at the threshold that is not the photo itself."""
    photos = list(photos)
    by_path = {photo.path: photo for photo in photos}
    found = []
    for photo in photos:
        for reference, score in matcher.query((folder / photo.path).read_bytes()):
            if score >= threshold and reference != photo.path:
                group = photo.siblings_group
                sibling = bool(group) and by_path[reference].siblings_group == group
                found.append(Crossing(photo.path, reference, score, sibling))
    return sorted(found, key=lambda c: (c.sibling, -c.score, c.photo))
