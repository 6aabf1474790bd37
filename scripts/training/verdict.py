"""The verdicts: logistic regressions over the evidence that the engine gathers on edited photographs and graphics.

`first` weighs what blocks say, `detailed` the details of the work too, `graphic` tells graphics from photographs.
Positive examples are works that are in a picture, negative ones are all others that came into question: other works,
other frames of the same scene or burst, other graphics of a template. Photographs that stand in the register twice
count as neither. The metrics are those of photographs that a regression did not see (each fifth of them in turn).
"""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

import oracle.matching.verify
from oracle.matching.describe.fingerprint import fingerprint, thumbnail_of
from oracle.matching.engine import Matcher
from oracle.matching.search import search
from oracle.matching.verify.decision import DETAILED_NAMES, NAMES, Evidence
from oracle.matching.verify.details import details
from oracle.matching.verify.uniqueness import GRAPHIC_NAMES, character, graphic_numbers
from oracle.matching.verify.verification import seen_as
from oracle.pictures.normalise import Picture, load_picture
from tests.benchmarks.graphics.kinds import Graphic, graphics
from tests.benchmarks.matching.photos import Photo, read_photos
from tests.benchmarks.matching.queries import COPY, Query, cached_queries

FILE = Path(oracle.matching.verify.__file__).with_name("verdict.json")
VERDICTS = ("first", "detailed")
MARKED = "refs_marked"
FOLDS = 5
# Weight of the squared weights (ridge): the numbers go together.
RIDGE = 0.3
ROUNDS = 60
# Graphics of each kind: templates, and how many of each.
TEMPLATES, OF_A_TEMPLATE = 2, 3
# What can only speak for a copy (+) or against one (−), in the order of DETAILED_NAMES. A number that would speak the
# other way, because others say more, is left out.
SIGNS = (+1, +1, +1, -1, -1, +1, -1, +1, +1, +1, +1, -1, -1, -1, -1, -1, +1, +1)


@dataclass(frozen=True)
class Example:
    """Evidence on one work in one query; `group` is what the query was made from."""

    evidence: Evidence
    copy: bool
    group: str


def train_verdict(folder: Path, seed: int, without: Collection[str]) -> str:
    """Write the verdicts with their metrics; returns a line of them. Queries made from the photos `without` are left
    out."""
    photos = read_photos(folder)
    drawn = list(graphics(seed, TEMPLATES, OF_A_TEMPLATE))
    in_photographs = list(of_photographs(folder, photos, seed, without))
    written = {
        "seed": seed,
        "without": sorted(without),
        **fitted(in_photographs, list(of_graphics(drawn, seed))),
        "graphic": told_apart(folder, photos, drawn, seed),
    }
    FILE.write_text(json.dumps(written, indent=1) + "\n")
    return f"{FILE.name}: " + ", ".join(f"{name} {written[name]['metrics']}" for name in VERDICTS)


def fitted(in_photographs: list[Example], in_graphics: list[Example]) -> dict[str, Any]:
    """The two verdicts over evidence. Of graphics the second sees those that are no copies, and that no rule decides:
    copies of them are so easy that they would move the verdict on photographs. The first need not know them, as it only
    says what is worth a closer look."""
    undecided = [*in_photographs, *(e for e in in_graphics if not e.copy and not e.evidence.is_other_content)]
    first = _fitted(in_photographs, NAMES, np.stack([e.evidence.numbers for e in in_photographs]))
    detailed = _fitted(undecided, DETAILED_NAMES, np.stack([e.evidence.detailed_numbers for e in undecided]))
    return dict(zip(VERDICTS, (first, detailed), strict=True))


def _fitted(examples: list[Example], names: tuple[str, ...], numbers: NDArray[np.float64]) -> dict[str, Any]:
    copies = np.array([e.copy for e in examples])
    groups = sorted({e.group for e in examples})
    fold = np.array([groups.index(e.group) % FOLDS for e in examples])
    return _regressed(names, numbers, copies, fold, SIGNS[: len(names)])


def _regressed(
    names: tuple[str, ...],
    numbers: NDArray[np.float64],
    positive: NDArray[np.bool_],
    fold: NDArray[np.intp],
    signs: tuple[int, ...],
) -> dict[str, Any]:
    """Weights for all examples, and metrics of folds that the weights were not fitted to."""
    mean, deviation = numbers.mean(axis=0), np.maximum(numbers.std(axis=0), 1e-6)
    terms = (numbers - mean) / deviation
    unseen = np.empty(len(positive))
    for turn in range(FOLDS):
        weights, bias = signed(terms[fold != turn], positive[fold != turn], signs)
        unseen[fold == turn] = 1 / (1 + np.exp(-np.clip(terms[fold == turn] @ weights + bias, -30, 30)))
    weights, bias = signed(terms, positive, signs)
    log_loss = -np.where(positive, np.log(np.maximum(unseen, 1e-12)), np.log1p(-unseen + 1e-12)).mean()
    return {
        "names": names,
        "metrics": {
            "examples": len(positive),
            "positive": int(positive.sum()),
            "log loss": _rounded(log_loss),
            "found": _rounded((unseen[positive] >= 0.5).mean()),
            "others": int((unseen[~positive] >= 0.5).sum()),
        },
        "mean": [_rounded(v) for v in mean],
        "deviation": [_rounded(v) for v in deviation],
        "weights": [_rounded(v) for v in weights],
        "bias": _rounded(bias),
    }


# ------------------------------------------------------------------------------------------------------------ examples


def of_photographs(folder: Path, photos: list[Photo], seed: int, without: Collection[str]) -> Iterator[Example]:
    """Evidence of the queries of the benchmark with this seed."""
    made, queries = cached_queries(folder, photos, seed, quick=False)
    with Matcher() as matcher:
        for photo in photos:
            if photo.is_reference:
                public, thumbnail = fingerprint(load_picture((folder / photo.path).read_bytes()))
                matcher.add(photo.path, public.to_bytes(), thumbnail)
        for query in queries:
            if query.source in without:
                continue
            for work_id, evidence in _found(matcher, load_picture((made / query.file).read_bytes())):
                if not _stands_twice(query, work_id):
                    yield Example(evidence, query.kind == COPY and work_id in query.truths, query.source)


def of_graphics(drawn: list[Graphic], seed: int) -> Iterator[Example]:
    """Evidence of graphics, as they are and as pages show them, among all others."""
    with Matcher() as matcher:
        for graphic in drawn:
            public, thumbnail = fingerprint(load_picture(graphic.data))
            matcher.add(graphic.name, public.to_bytes(), thumbnail)
        for number, graphic in enumerate(drawn):
            for data in (graphic.data, _reposted(graphic.data, np.random.default_rng([seed, number]))):
                for work_id, evidence in _found(matcher, load_picture(data)):
                    yield Example(evidence, work_id == graphic.name, f"{graphic.kind} {graphic.template}")


def _reposted(data: bytes, rng: np.random.Generator) -> bytes:
    """A graphic made smaller or larger, blurred and coded."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    factor = rng.uniform(0.5, 1.2)
    picture = picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1))).save(file, "JPEG", quality=int(rng.integers(20, 90)))
    return file.getvalue()


def _found(matcher: Matcher, picture: Picture) -> Iterator[tuple[str, Evidence]]:
    """Works that came into question, each with its details."""
    for hit in search(picture, matcher.works.index, matcher.works.work).found:
        evidence, work = hit.evidence, matcher.works.work(hit.number)
        if evidence.carries:
            seen = details(seen_as(picture.grey, evidence), work, evidence.comparison)
            yield work.work_id, replace(evidence, details=seen)


def _stands_twice(query: Query, work_id: str) -> bool:
    """Whether a hit is right that is no copy: the marked photographs stand in the register without the mark too."""
    return query.kind == COPY and work_id not in query.truths and work_id.startswith(MARKED)


def told_apart(folder: Path, photos: list[Photo], drawn: list[Graphic], seed: int) -> dict[str, Any]:
    """Graphics against photographs."""
    rng = np.random.default_rng(seed)
    thumbnails = [thumbnail_of(load_picture((folder / photo.path).read_bytes()).grey) for photo in photos]
    groups = [int(photo.sha256[:8], 16) % FOLDS for photo in photos]
    for graphic in drawn:
        for data in (graphic.data, _reposted(graphic.data, rng), _on_paper(graphic.data, rng)):
            thumbnails.append(thumbnail_of(load_picture(data).grey))
            groups.append(graphic.template % FOLDS)
    numbers = np.stack([graphic_numbers(t, character(t).distinctive) for t in thumbnails])
    is_drawn = np.arange(len(thumbnails)) >= len(photos)
    return _regressed(GRAPHIC_NAMES, numbers, is_drawn, np.array(groups), (0,) * len(GRAPHIC_NAMES))


def _on_paper(data: bytes, rng: np.random.Generator) -> bytes:
    """A graphic on paper that is neither even nor of one tone."""
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.float32)
    height, width = picture.shape[:2]
    shade = rng.uniform(0.75, 1.0, (3, 3)).astype(np.float32)
    light = np.asarray(Image.fromarray(shade).resize((width, height), Image.Resampling.BICUBIC))
    noisy = picture * light[..., None] + rng.normal(0, rng.uniform(2, 8), picture.shape)
    file = io.BytesIO()
    Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=80)
    return file.getvalue()


# ---------------------------------------------------------------------------------------------------------- regression


def signed(
    terms: NDArray[np.float64], positive: NDArray[np.bool_], signs: tuple[int, ...]
) -> tuple[NDArray[np.float64], float]:
    """Weights and bias where no weight has the sign that `signs` forbids (0 forbids none): one such at a time, the
    worst, becomes 0."""
    wanted = np.array(signs)
    kept = np.ones(len(signs), np.bool_)
    while True:
        found, bias = regression(terms[:, kept], positive)
        weights = np.zeros(len(signs))
        weights[kept] = found
        wrong = weights * wanted
        if wrong.min() >= 0:
            return weights, bias
        kept[wrong.argmin()] = False


def regression(terms: NDArray[np.float64], positive: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    """Weights and bias by Newton's method (iteratively reweighted least squares); both classes weigh the same."""
    design = np.column_stack([terms, np.ones(len(terms))])
    share = np.where(positive, 0.5 / positive.mean(), 0.5 / (1 - positive.mean()))
    penalty = np.diag([RIDGE] * terms.shape[1] + [1e-6])
    weights = np.zeros(design.shape[1])
    for _ in range(ROUNDS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (share * (chance - positive)) + penalty @ weights
        curve = design.T @ (design * (share * np.maximum(chance * (1 - chance), 1e-9))[:, None]) + penalty
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-8:
            break
    return weights[:-1], float(weights[-1])


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
