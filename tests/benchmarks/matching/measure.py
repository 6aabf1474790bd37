"""Figures from predictions: micro average precision, recall where precision is high, false hits. Pure functions.

A pair is a query and a reference that is in it. Ties are read pessimistically: a threshold takes all predictions of
equal score, and among them the false ones count first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tests.benchmarks.matching.queries import COPY, NEGATIVE, Query


@dataclass(frozen=True)
class Prediction:
    query: str
    reference: str
    score: float


@dataclass(frozen=True)
class Judged:
    """A prediction with its verdict. `sibling`: it is false, but shows the same scene or burst."""

    query: Query
    reference: str
    score: float
    true: bool
    sibling: bool


@dataclass(frozen=True)
class Operating:
    """What a threshold gives. It takes what scores as much or more; infinity takes nothing."""

    threshold: float
    recall: float
    precision: float


@dataclass(frozen=True)
class Cell:
    """The pairs of a family: how many, how many were found, and which were not."""

    family: str
    pairs: int
    found: int
    missed: tuple[str, ...]

    @property
    def recall(self) -> float:
        return self.found / self.pairs if self.pairs else 1.0


def judge(queries: Iterable[Query], predictions: Iterable[Prediction]) -> list[Judged]:
    """All predictions with verdicts, surest first; a pair that was predicted twice keeps its best score.

    Raises KeyError for a query that nobody asked.
    """
    known = {query.file: query for query in queries}
    best: dict[tuple[str, str], float] = {}
    for p in predictions:
        best[p.query, p.reference] = max(p.score, best.get((p.query, p.reference), p.score))
    judged = []
    for (file, reference), score in best.items():
        query = known[file]
        judged.append(Judged(query, reference, score, reference in query.truths, reference in query.lenient))
    return sorted(judged, key=lambda j: (-j.score, j.query.file, j.reference))


def without_siblings(judged: Iterable[Judged]) -> list[Judged]:
    """The lenient view: siblings were never predicted."""
    return [j for j in judged if not j.sibling]


def pairs(queries: Iterable[Query]) -> int:
    return sum(len(query.truths) for query in queries)


def micro_average_precision(judged: Sequence[Judged], total: int) -> float:
    """Area under precision over recall of all predictions together, as in DISC21 and its challenge (μAP).

    `total` is the number of pairs there are. Source: Douze et al., The 2021 Image Similarity Dataset and Challenge,
    arXiv:2106.09672, section 4.
    """
    area, true, taken = 0.0, 0, 0
    for _, found, false in _blocks(judged):
        taken += false
        for _ in range(found):
            true, taken = true + 1, taken + 1
            area += true / taken
    return area / total if total else 0.0


def recall_at_precision(judged: Sequence[Judged], total: int, precision: float) -> Operating:
    """The threshold with the highest recall among those whose precision is no less."""
    best = Operating(float("inf"), 0.0, 1.0)
    true = taken = 0
    for score, found, false in _blocks(judged):
        true, taken = true + found, taken + found + false
        if true / taken >= precision and true / max(total, 1) > best.recall:
            best = Operating(score, true / total, true / taken)
    return best


def at_threshold(judged: Sequence[Judged], total: int, threshold: float) -> Operating:
    hits = [j for j in judged if j.score >= threshold]
    true = sum(j.true for j in hits)
    return Operating(threshold, true / total if total else 0.0, true / len(hits) if hits else 1.0)


def by_family(queries: Iterable[Query], judged: Iterable[Judged], threshold: float) -> list[Cell]:
    """Recall of each family of copies, the worst first."""
    found = {(j.query.file, j.reference) for j in judged if j.true and j.score >= threshold}
    asked: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for query in queries:
        if query.kind == COPY:
            asked[query.family] += [(query.file, truth) for truth in query.truths]
    cells = []
    for family, wanted in asked.items():
        missed = tuple(f"{file} → {truth}" for file, truth in wanted if (file, truth) not in found)
        cells.append(Cell(family, len(wanted), len(wanted) - len(missed), missed))
    return sorted(cells, key=lambda cell: (cell.recall, cell.family))


def false_hits(judged: Iterable[Judged], threshold: float) -> dict[str, list[Judged]]:
    """What is wrong at a threshold, by the kind of the negative.

    False hits of copies stand under "copy", or "copy's sibling" if they show the same scene or burst.
    """
    told: defaultdict[str, list[Judged]] = defaultdict(list)
    for j in judged:
        if j.score >= threshold and not j.true:
            kind = j.query.negative if j.query.kind == NEGATIVE else "copy's sibling" if j.sibling else "copy"
            told[kind].append(j)
    return dict(told)


def asked_by_kind(queries: Iterable[Query]) -> dict[str, int]:
    """How many negatives of each kind were asked."""
    return dict(Counter(query.negative for query in queries if query.kind == NEGATIVE))


def _blocks(judged: Sequence[Judged]) -> Iterator[tuple[float, int, int]]:
    """Score, true and false predictions for each score, the highest first."""
    for score, tied in groupby(sorted(judged, key=lambda j: -j.score), key=lambda j: j.score):
        verdicts = [j.true for j in tied]
        yield score, sum(verdicts), len(verdicts) - sum(verdicts)
