"""Evidence on one work in one picture: the picture is laid onto the work as features, a vote or a hash put it, and
compared. `compare` looks for a work in every way that the search has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from oracle.matching.describe.features import nothing
from oracle.matching.describe.fingerprint import Work
from oracle.matching.describe.regions import Region, look_inside, quarters, sides
from oracle.matching.describe.views import LOOK_FEATURES, QUARTER_FEATURES, View
from oracle.matching.verify.colours import recoloured
from oracle.matching.verify.decision import COPY_THRESHOLD, LIKELY, SCENE_COVERAGE, Evidence, probability
from oracle.matching.verify.details import details
from oracle.matching.verify.geometry import Matrix, align, area, outline, plausible
from oracle.matching.verify.halves import agreeing_side
from oracle.matching.verify.lens import bend
from oracle.matching.verify.photometry import lay
from oracle.matching.verify.uniqueness import character
from oracle.pictures.normalise import Picture, Pixels

MIN_INLIERS = 4
# Pixels that a side of a part must have.
MIN_SIDE = 32
# Share of the work from which a part shows all of it.
WHOLE = 0.9
# How often a picture is straightened at most: each time more of it agrees, and tells the bend better.
STRAIGHTENED = 3


@dataclass(frozen=True)
class Found:
    """Evidence on one work, and the probability that it is a copy."""

    number: int
    evidence: Evidence
    chance: float


def compare(picture: Picture, work: Work) -> Found | None:
    """Evidence on one work, looked for in every way that the search has; the index has no say."""
    best: Found | None = None
    for hit in _every_way(picture.grey, work):
        if best is None or hit.chance > best.chance:
            best = hit
        if best.chance >= COPY_THRESHOLD:
            break
    return None if best is None else in_colour(best, picture.rgb, lambda _: work)


def _every_way(grey: Pixels, work: Work) -> Iterator[Found]:
    whole = View.of(grey)
    yield from _aligned(whole, work)
    for orientation in range(8):
        start = turn_onto(grey.shape, orientation, work.thumbnail.shape)
        hit = verify(0, work, whole.reflected() if orientation % 2 else whole, start, must_align=False)
        if hit is not None:
            yield hit
    inside = look_inside(grey)
    # The search looks beside works that it found, which are not known here.
    looks = [(region, LOOK_FEATURES) for region in (*inside.regions, *sides(grey))]
    looks += [(quarter, QUARTER_FEATURES) for quarter in (quarters(grey) if inside.crowded else ())]
    for region, features in looks:
        for hit in _aligned(View.of(np.ascontiguousarray(region.cut(grey)), features), work):
            yield to_whole(hit, region, grey, work)
    yield from _aligned(whole.inverted(), work)
    yield from _aligned(View.closer(grey), work)


def _aligned(view: View, work: Work) -> Iterator[Found]:
    """As features of the view or its mirror image lie on the work's, without a vote to begin with."""
    for seen in (view, view.reflected()):
        hit = verify(0, work, seen, None)
        if hit is not None:
            yield hit


def seen_as(pixels: Pixels, evidence: Evidence) -> Pixels:
    """The picture (H × W, or with channels) as the evidence lays it on the work."""
    seen = pixels[:, ::-1] if evidence.mirrored else pixels
    return np.ascontiguousarray(255 - seen if evidence.negative else seen)


def in_colour(hit: Found, rgb: Pixels, work: Callable[[int], Work]) -> Found:
    """The evidence with what the picture's colours (H × W × 3) say. Only copies of graphics are asked for them, so
    `work` reads few works by their number."""
    evidence = hit.evidence
    if hit.chance < COPY_THRESHOLD or evidence.details is None or not evidence.details.graphic:
        return hit
    found = recoloured(seen_as(rgb, evidence), work(hit.number).colours, evidence.comparison.to_work)
    seen = replace(evidence.details, recoloured=found.share, turned=found.turned)
    return weigh(hit.number, replace(evidence, details=seen))


def weigh(number: int, evidence: Evidence) -> Found:
    return Found(number, evidence, probability(evidence))


def turn_onto(shape: tuple[int, ...], orientation: int, thumbnail: tuple[int, ...]) -> Matrix:
    """Lays a whole picture, mirrored if `orientation` is odd, onto the whole thumbnail."""
    quarters, mirrored = orientation // 2, bool(orientation % 2)
    step, size = np.eye(3), (shape[1], shape[0])
    for _ in range(quarters):
        # np.rot90 turns counter-clockwise: (x, y) of a picture W wide goes to (y, W − 1 − x).
        step = np.array([[0, 1, 0], [-1, 0, size[0] - 1], [0, 0, 1.0]]) @ step
        size = (size[1], size[0])
    if mirrored:
        before = np.array([[-1, 0, shape[1] - 1], [0, 1, 0], [0, 0, 1.0]])
        after = np.array([[-1, 0, size[0] - 1], [0, 1, 0], [0, 0, 1.0]])
        step = after @ step @ before
    return np.diag([thumbnail[1] / size[0], thumbnail[0] / size[1], 1.0]) @ step


def verify(number: int, work: Work, view: View, start: Matrix | None, must_align: bool = True) -> Found | None:
    """Evidence on a work as features put it, from `start` on if there is one, else as they agree by themselves, or as
    `start` itself puts it unless features must agree."""
    size = work.thumbnail.shape[1], work.thumbnail.shape[0]
    # A vote may put it at the wrong place.
    for begin in (start, None) if must_align and start is not None else (start,):
        aligned = align(view.features, work.fingerprint.features, size, begin)
        if aligned is not None and aligned.inliers >= MIN_INLIERS and plausible(aligned.to_work, view.grey.shape):
            hit = _compared_with(number, work, view, aligned.to_work, aligned.inliers)
            if hit is not None:
                return hit
    if must_align or start is None:
        return None
    return _compared_with(number, work, view, start, 0)


def _compared_with(number: int, work: Work, view: View, to_work: Matrix, inliers: int) -> Found | None:
    """Evidence on a work on which a transform lays the view, straightened if it is bent; None if what comes of it is no
    picture of it."""
    hit = _laid(number, work, view, to_work, inliers)
    for _ in range(STRAIGHTENED):
        if hit is None or hit.chance >= COPY_THRESHOLD:
            break
        bent = bend(hit.evidence.comparison, view.grey.shape)
        if bent is None:
            break
        flat = replace(view, grey=bent.straightened(view.grey))
        straight = _laid(number, work, flat, hit.evidence.comparison.to_work, inliers)
        if straight is None or straight.chance <= hit.chance:
            break
        hit, view = straight, flat
    return _beside_something_else(number, work, view, hit) or hit


def _beside_something_else(number: int, work: Work, view: View, hit: Found | None) -> Found | None:
    """Evidence from the side of the view that agrees with the work, if it is a copy of that side of a photograph. A
    side of a graphic is the same in all of its template."""
    if hit is None or hit.chance >= COPY_THRESHOLD or character(work.thumbnail).graphic:
        return None
    comparison = hit.evidence.comparison
    side = agreeing_side(comparison)
    if side is None:
        return None
    corners = cv2.perspectiveTransform(side[None], np.linalg.inv(comparison.to_work))[0]
    height, width = view.grey.shape
    left, top = np.clip(corners.min(axis=0), 0, (width, height)).astype(int).tolist()
    right, bottom = np.clip(corners.max(axis=0), 0, (width, height)).astype(int).tolist()
    if min(right - left, bottom - top) < MIN_SIDE:
        return None
    region = Region(left, top, right - left, bottom - top)
    part = replace(view, grey=np.ascontiguousarray(region.cut(view.grey)))
    to_work = comparison.to_work @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1.0]])
    half = _laid(number, work, part, to_work, hit.evidence.inliers)
    if half is None or half.chance < COPY_THRESHOLD:
        return None
    region = replace(region, left=width - right) if view.mirrored else region
    return to_whole(half, region, seen_as(view.grey, half.evidence), work)


def _laid(number: int, work: Work, view: View, to_work: Matrix, inliers: int) -> Found | None:
    """Evidence on a work on which a transform lays the view as it is; None if what comes of it is no picture of it."""
    made_of = character(work.thumbnail)
    telling = made_of.distinctive if made_of.graphic else None
    comparison = lay(view.grey, work.thumbnail, to_work, telling)
    if not plausible(comparison.to_work, view.grey.shape):
        return None
    height, width = view.grey.shape
    size = work.thumbnail.shape[1], work.thumbnail.shape[0]
    shown = outline(comparison.to_work, size, (width, height))
    share = min(area(shown) / (width * height), 1.0)
    if view.mirrored:
        shown = (shown * (-1, 1) + (width, 0)).astype(np.float32)
    hit = weigh(number, Evidence(comparison, inliers, view.mirrored, shown, share, negative=view.negative))
    if hit.chance < LIKELY and not (made_of.graphic and comparison.coverage >= SCENE_COVERAGE):
        return hit
    return weigh(number, replace(hit.evidence, details=details(view.grey, work, comparison)))


def to_whole(hit: Found, region: Region, grey: Pixels, work: Work) -> Found:
    """Evidence from a part of the picture, told for the whole of it. What a graphic shows beyond the part counts, too:
    a part of a template is the same in all that have it. So does the rest of a photograph that the part cut through."""
    evidence = hit.evidence
    left = grey.shape[1] - region.left - region.width if evidence.mirrored else region.left
    shift = np.array([[1, 0, -left], [0, 1, -region.top], [0, 0, 1.0]])
    comparison = replace(evidence.comparison, to_work=evidence.comparison.to_work @ shift)
    shown = (evidence.outline + np.array([region.left, region.top])).astype(np.float32)
    share = evidence.share * region.area / grey.size
    hit = weigh(hit.number, replace(evidence, comparison=comparison, outline=shown, share=share))
    graphic = evidence.details is not None and evidence.details.graphic
    cut_off = hit.chance < COPY_THRESHOLD and comparison.coverage >= SCENE_COVERAGE and comparison.visible < WHOLE
    if not graphic and not cut_off:
        return hit
    view = View(seen_as(grey, evidence), nothing(), evidence.mirrored, evidence.negative)
    whole = _laid(hit.number, work, view, comparison.to_work, evidence.inliers)
    if whole is None or whole.evidence.comparison.visible <= comparison.visible:
        return hit
    return whole if whole.evidence.is_other_content or whole.chance > hit.chance else hit
