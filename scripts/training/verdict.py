"""The verdict: logistic regression over the evidence that the engine gathers on edited photographs.

Positive examples are works that are in a picture, negative ones are all others that came into question: other works,
other frames of the same scene or burst. Photographs that stand in the register twice count as neither. The metrics are
those of photographs that the regression did not see (each fifth of them in turn).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import oracle.matching
from oracle.matching.decision import NAMES, Evidence
from oracle.matching.engine import Matcher
from oracle.matching.fingerprint import fingerprint
from oracle.matching.normalise import load_picture
from oracle.matching.search import search
from tests.benchmarks.matching.photos import read_photos
from tests.benchmarks.matching.queries import COPY, Query, cached_queries

FILE = Path(oracle.matching.__file__).with_name("verdict.json")
MARKED = "refs_marked"
FOLDS = 5
# Weight of the squared weights (ridge): the numbers go together.
RIDGE = 0.3
ROUNDS = 60


@dataclass(frozen=True)
class Example:
    """Evidence on one work in one query; `group` is the photograph that the query was made from."""

    numbers: NDArray[np.float64]
    copy: bool
    group: str


def train_verdict(folder: Path, seed: int, without: Collection[str]) -> str:
    """Write the verdict with its metrics; returns a line of them. Queries made from the photos `without` are left
    out."""
    examples = gathered(folder, seed, without)
    trained = {"names": NAMES, "seed": seed, "without": sorted(without), **fitted(examples)}
    FILE.write_text(json.dumps(trained, indent=1) + "\n")
    return f"{FILE.name}: {trained['metrics on unseen photographs']}"


def fitted(examples: list[Example]) -> dict[str, Any]:
    """Weights for all examples, and metrics of photographs that the weights were not fitted to."""
    numbers = np.stack([e.numbers for e in examples])
    copies = np.array([e.copy for e in examples])
    groups = sorted({e.group for e in examples})
    fold = np.array([groups.index(e.group) % FOLDS for e in examples])
    mean, deviation = numbers.mean(axis=0), np.maximum(numbers.std(axis=0), 1e-6)
    terms = (numbers - mean) / deviation
    unseen = np.empty(len(examples))
    for turn in range(FOLDS):
        weights, bias = regression(terms[fold != turn], copies[fold != turn])
        unseen[fold == turn] = 1 / (1 + np.exp(-np.clip(terms[fold == turn] @ weights + bias, -30, 30)))
    weights, bias = regression(terms, copies)
    metrics = {
        "examples": len(examples),
        "copies": int(copies.sum()),
        "log loss": _rounded(-np.where(copies, np.log(np.maximum(unseen, 1e-12)), np.log1p(-unseen + 1e-12)).mean()),
        "copies found": _rounded((unseen[copies] >= 0.5).mean()),
        "others accused": int((unseen[~copies] >= 0.5).sum()),
    }
    return {
        "metrics on unseen photographs": metrics,
        "mean": [_rounded(v) for v in mean],
        "deviation": [_rounded(v) for v in deviation],
        "weights": [_rounded(v) for v in weights],
        "bias": _rounded(bias),
    }


def gathered(folder: Path, seed: int, without: Collection[str]) -> list[Example]:
    """Evidence of the queries of the benchmark with this seed."""
    photos = read_photos(folder)
    made, queries = cached_queries(folder, photos, seed, quick=False)
    found: list[Example] = []
    with Matcher() as matcher:
        for photo in photos:
            if photo.is_reference:
                public, thumbnail = fingerprint(load_picture((folder / photo.path).read_bytes()))
                matcher.add(photo.path, public.to_bytes(), thumbnail)
        for query in queries:
            if query.source in without:
                continue
            grey = load_picture((made / query.file).read_bytes()).grey
            for hit in search(grey, matcher.works.index, matcher.works.work).found:
                example = _example(query, matcher.works.work_id(hit.number), hit.evidence)
                if example is not None:
                    found.append(example)
    return found


def _example(query: Query, work_id: str, evidence: Evidence) -> Example | None:
    copy = query.kind == COPY and work_id in query.truths
    # The marked photographs stand in the register without the mark too: hits between those are right.
    twice = query.kind == COPY and not copy and work_id.startswith(MARKED)
    if twice or not evidence.carries:
        return None
    return Example(evidence.numbers, copy, query.source)


def regression(terms: NDArray[np.float64], copies: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """Weights and bias by Newton's method (iteratively reweighted least squares); both classes weigh the same."""
    design = np.column_stack([terms, np.ones(len(terms))])
    share = np.where(copies, 0.5 / copies.mean(), 0.5 / (1 - copies.mean()))
    penalty = np.diag([RIDGE] * terms.shape[1] + [1e-6])
    weights = np.zeros(design.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (share * (chance - copies)) + penalty @ weights
        curve = design.T @ (design * (share * np.maximum(chance * (1 - chance), 1e-9))[:, None]) + penalty
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return weights[:-1], float(weights[-1])


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
