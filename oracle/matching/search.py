"""From a picture to the evidence on every work that may be in it: a cascade that most pictures leave early.

1. near-exact: PDQ in 8 orientations (2 ms);
2. first look: some hundred features of a small version, and their vote, some of them also as of a negative; most
   pictures end here;
3. verification of the works that were named;
4. second look, where no work was found or some part stays unexplained: at pictures inside the picture;
5. closer look, where a work is hinted at or was found and leaves room: more features of the larger picture;
6. duels between works that explain the same part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from oracle.matching.decision import COPY_THRESHOLD, LIKELY, SCENE_COVERAGE, Evidence, probability
from oracle.matching.details import details
from oracle.matching.features import Features, extract_at, nothing
from oracle.matching.fingerprint import Work
from oracle.matching.geometry import Matrix, align, area, outline, overlap, plausible
from oracle.matching.hashes import pdq_orientations, small
from oracle.matching.index import WorkIndex
from oracle.matching.lens import bend
from oracle.matching.normalise import Pixels, long_side
from oracle.matching.photometry import lay
from oracle.matching.regions import Region, look_inside, quarters
from oracle.matching.rivals import duel
from oracle.matching.uniqueness import character
from oracle.matching.votes import Vote

# Of 400 works in the hardest families of the benchmark 388 were copies with these; 387 with side 352 and less pruned
# lists, in a tenth more time; 386 with 320 and 280 features, 385 with 304. One layer instead of two named 4 % less.
LOOK_SIDE, LOOK_FEATURES, LOOK_LAYERS = 336, 300, 2
# More than are kept, so that each part of the picture has its say.
DESCRIBED = 1.5
CLOSER_SIDE, CLOSER_FEATURES, CLOSER_LAYERS = 640, 700, 3
# Few pictures are negatives, and those as a whole.
NEGATIVE_FEATURES = 120
# Names that agree by less weight are chance; a hint (votes.HINT) is worth a closer look.
MIN_WEIGHT = 1.3
MAX_IN_PART = 3
# Graphics of one template come in hundreds. The one that was copied is named among the first.
MAX_OTHERS = 2
# A weaker vote inside what a surer one explains is the same scene or a duplicate: looked at down to this share of it.
RIVAL_SHARE = 0.25
MIN_INLIERS = 4
# How often a picture is straightened at most: each time more of it agrees, and tells the bend better.
STRAIGHTENED = 3
# Two works are rivals when what the picture shows of them is the same part to this extent, and both are this likely
# to be copied: what was laid out wrongly beats nobody.
SAME_PART, RIVAL_CHANCE = 0.5, 0.2
# Share of the picture that copies must explain so that nothing else is sought.
EXPLAINED = 0.7


@dataclass(frozen=True)
class Found:
    """Evidence on one work, and the probability that it is a copy."""

    number: int
    evidence: Evidence
    chance: float


@dataclass(frozen=True)
class View:
    """A picture or a part of it: H × W greys, its features at the scale of those greys, its mirror image, its
    negative."""

    grey: Pixels
    features: Features
    mirrored: bool = False
    negative: bool = False

    @classmethod
    def of(cls, grey: Pixels) -> View:
        """The first look."""
        side, described = long_side(grey.shape, LOOK_SIDE), round(DESCRIBED * LOOK_FEATURES)
        return cls(grey, extract_at(grey, side, LOOK_FEATURES, described, LOOK_LAYERS))

    @classmethod
    def closer(cls, grey: Pixels) -> View:
        side, described = long_side(grey.shape, CLOSER_SIDE), round(DESCRIBED * CLOSER_FEATURES)
        return cls(grey, extract_at(grey, side, CLOSER_FEATURES, described, CLOSER_LAYERS))

    def reflected(self) -> View:
        grey = np.ascontiguousarray(self.grey[:, ::-1])
        return View(grey, self.features.mirrored(grey.shape[1]), not self.mirrored, self.negative)

    def inverted(self) -> View:
        return View(255 - self.grey, self.features.inverted(), self.mirrored, not self.negative)


@dataclass(frozen=True)
class Answer:
    """Evidence on the works in a picture, surest first, and what was described of the picture: first the whole of it,
    then the pictures inside it."""

    found: list[Found]
    views: list[View]


def search(grey: Pixels, index: WorkIndex, work: Callable[[int], Work]) -> Answer:
    """Look for works in a picture (H × W greys); `work` reads a work by its number."""
    whole = View.of(grey)
    views = [whole]
    found = {hit.number: hit for hit in _near_exact(whole, index, work)}
    votes = index.votes(whole.features, grey.shape[1])
    _keep(found, _looked(whole, votes, work, found))
    if not _copies(found) and not _is_one_of_many(found):
        negative = whole.inverted()
        some = negative.features.taken(slice(0, NEGATIVE_FEATURES))
        asked = replace(negative, features=some)
        _keep(found, _looked(asked, index.votes(some, grey.shape[1]), work, {}))
    if not _is_explained(grey, found):
        inside = look_inside(grey)
        crowded = inside.crowded and not _is_a_template(grey, found)
        for region in (*_unexplained(inside.regions, found), *(quarters(grey) if crowded else ())):
            part = View.of(np.ascontiguousarray(region.cut(grey)))
            views.append(part)
            named = index.votes(part.features, region.width)
            votes += named
            others = {number: hit for number, hit in found.items() if hit.evidence.is_other_content}
            hits = _looked(part, named[:MAX_IN_PART], work, others)
            _keep(found, (_in_whole(hit, region, grey, work(hit.number)) for hit in hits))
        # Where one work was found and leaves room, another is likely.
        hinted = votes or crowded or _copies(found)
        if hinted and not _is_explained(grey, found) and not _is_a_template(grey, found):
            views[0] = View.closer(grey)
            _keep(found, _looked(views[0], index.votes(views[0].features, grey.shape[1]), work, found))
    compared = _compared(grey, list(found.values()), work)
    return Answer(sorted(compared, key=lambda hit: (-hit.chance, hit.number)), views)


def _copies(found: dict[int, Found]) -> list[Found]:
    return [hit for hit in found.values() if hit.chance >= COPY_THRESHOLD]


def _is_one_of_many(found: dict[int, Found]) -> bool:
    """Whether the picture is another graphic of a template that many works have."""
    return sum(hit.evidence.is_other_content for hit in found.values()) >= MAX_OTHERS


def _is_a_template(grey: Pixels, found: dict[int, Found]) -> bool:
    """Whether the picture as a whole is another graphic of a known template: a closer look would name more of them, and
    the small rectangles in it are its own."""
    whole = (
        hit for hit in found.values() if hit.evidence.share > EXPLAINED and hit.evidence.comparison.visible > EXPLAINED
    )
    return _is_one_of_many(found) or any(hit.evidence.is_other_content for hit in whole)


def _is_explained(grey: Pixels, found: dict[int, Found]) -> bool:
    """Whether copies fill so much of the picture that nothing else is sought in it."""
    return sum(area(hit.evidence.outline) for hit in _copies(found)) > EXPLAINED * grey.size


def _unexplained(inside: list[Region], found: dict[int, Found]) -> Iterator[Region]:
    """Pictures inside the picture that no copy explains."""
    known = [hit.evidence.outline for hit in _copies(found)]
    for region in inside:
        if all(area(overlap(region.outline, outline)) < SAME_PART * area(region.outline) for outline in known):
            yield region


def compare(grey: Pixels, work: Work) -> Found | None:
    """Evidence on one work, looked for in every way that the search has; the index has no say."""
    best: Found | None = None
    for hit in _every_way(grey, work):
        if best is None or hit.chance > best.chance:
            best = hit
        if best.chance >= COPY_THRESHOLD:
            break
    return best


def _every_way(grey: Pixels, work: Work) -> Iterator[Found]:
    whole = View.of(grey)
    yield from _aligned(whole, work)
    for orientation in range(8):
        start = _turned(grey.shape, orientation, work.thumbnail.shape)
        hit = _verified(0, work, whole.reflected() if orientation % 2 else whole, start, must_align=False)
        if hit is not None:
            yield hit
    inside = look_inside(grey)
    for region in (*inside.regions, *(quarters(grey) if inside.crowded else ())):
        for hit in _aligned(View.of(np.ascontiguousarray(region.cut(grey))), work):
            yield _in_whole(hit, region, grey, work)
    yield from _aligned(whole.inverted(), work)
    yield from _aligned(View.closer(grey), work)


def _aligned(view: View, work: Work) -> Iterator[Found]:
    """As features of the view or its mirror image lie on the work's, without a vote to begin with."""
    for seen in (view, view.reflected()):
        hit = _verified(0, work, seen, None)
        if hit is not None:
            yield hit


def _compared(grey: Pixels, hits: list[Found], work: Callable[[int], Work]) -> list[Found]:
    """The hits with the duels they lost: one part of a picture is a copy of one photograph, and two entries of the same
    photograph explain it alike."""
    lost = dict.fromkeys((hit.number for hit in hits), 0.0)
    for one, other in combinations(hits, 2):
        if _are_rivals(one, other):
            view = seen_as(grey, one.evidence)
            sides = ((work(hit.number).thumbnail, hit.evidence.comparison) for hit in (one, other))
            side = duel(view, *sides)
            lost[one.number] = max(lost[one.number], -side)
            lost[other.number] = max(lost[other.number], side)
    return [_weighed(hit.number, replace(hit.evidence, lost=lost[hit.number])) for hit in hits]


def seen_as(grey: Pixels, evidence: Evidence) -> Pixels:
    """The picture as the evidence lays it on the work."""
    seen = grey[:, ::-1] if evidence.mirrored else grey
    return np.ascontiguousarray(255 - seen if evidence.negative else seen)


def _weighed(number: int, evidence: Evidence) -> Found:
    return Found(number, evidence, probability(evidence))


def _are_rivals(one: Found, other: Found) -> bool:
    """Whether both, each on its own, could be what a part of the picture was made from."""
    likely = min(one.chance, other.chance) >= RIVAL_CHANCE
    alike = (one.evidence.mirrored, one.evidence.negative) == (other.evidence.mirrored, other.evidence.negative)
    return likely and alike and _same_part(one.evidence, other.evidence)


def _same_part(one: Evidence, other: Evidence) -> bool:
    shared = area(overlap(one.outline, other.outline))
    return shared > SAME_PART * min(area(one.outline), area(other.outline))


def _keep(found: dict[int, Found], hits: Iterable[Found]) -> None:
    """The surest evidence on each work."""
    for hit in hits:
        if hit.number not in found or hit.chance > found[hit.number].chance:
            found[hit.number] = hit


def _near_exact(whole: View, index: WorkIndex, work: Callable[[int], Work]) -> Iterator[Found]:
    """Works whose hash is near that of the picture, turned or mirrored."""
    views = {False: whole}
    others = 0
    for number, orientation in index.near(pdq_orientations(small(whole.grey))):
        mirrored = bool(orientation % 2)
        if mirrored and True not in views:
            views[True] = whole.reflected()
        known = work(number)
        start = _turned(whole.grey.shape, orientation, known.thumbnail.shape)
        hit = _verified(number, known, views[mirrored], start, must_align=False)
        if hit is not None:
            yield hit
            others += hit.evidence.is_other_content
        if others >= MAX_OTHERS:
            return


def _turned(shape: tuple[int, ...], orientation: int, thumbnail: tuple[int, ...]) -> Matrix:
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


def _looked(view: View, votes: list[Vote], work: Callable[[int], Work], known: dict[int, Found]) -> Iterator[Found]:
    """Works that the features of a view name, each verified; `known` is what was found before in this picture."""
    views = {False: view}
    copies: list[Vote] = []
    others = 0
    for vote in [vote for vote in votes if vote.weight >= MIN_WEIGHT]:
        if others >= MAX_OTHERS:
            return
        if any(_explained(vote, copy) for copy in copies):
            continue
        hit = known.get(vote.number)
        if hit is None or not _is_settled(hit):
            if vote.mirrored and True not in views:
                views[True] = view.reflected()
            hit = _verified(vote.number, work(vote.number), views[vote.mirrored], vote.to_work)
            if hit is None:
                continue
            yield hit
            others += hit.evidence.is_other_content
        if hit.chance >= COPY_THRESHOLD:
            copies.append(vote)


def _is_settled(hit: Found) -> bool:
    """Whether nothing is gained by looking at the work in this picture once more."""
    return hit.chance >= COPY_THRESHOLD or hit.evidence.is_other_content


def _explained(vote: Vote, copy: Vote) -> bool:
    """Whether the vote is weak and names what the copy explains: its features are among the copy's."""
    return vote.weight < RIVAL_SHARE * copy.weight and bool(np.isin(vote.features, copy.features).mean() > 0.5)


def _verified(number: int, work: Work, view: View, start: Matrix | None, must_align: bool = True) -> Found | None:
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
        view = replace(view, grey=bent.straightened(view.grey))
        straight = _laid(number, work, view, hit.evidence.comparison.to_work, inliers)
        if straight is None or straight.chance <= hit.chance:
            break
        hit = straight
    return hit


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
    hit = _weighed(number, Evidence(comparison, inliers, view.mirrored, shown, share, negative=view.negative))
    if hit.chance < LIKELY and not (made_of.graphic and comparison.coverage >= SCENE_COVERAGE):
        return hit
    return _weighed(number, replace(hit.evidence, details=details(view.grey, work, comparison)))


def _in_whole(hit: Found, region: Region, grey: Pixels, work: Work) -> Found:
    """Evidence from a part of the picture, told for the whole of it. What a graphic shows beyond the part counts, too:
    a part of a template is the same in all that have it."""
    evidence = hit.evidence
    left = grey.shape[1] - region.left - region.width if evidence.mirrored else region.left
    shift = np.array([[1, 0, -left], [0, 1, -region.top], [0, 0, 1.0]])
    comparison = replace(evidence.comparison, to_work=evidence.comparison.to_work @ shift)
    shown = (evidence.outline + np.array([region.left, region.top])).astype(np.float32)
    share = evidence.share * region.area / grey.size
    hit = replace(hit, evidence=replace(evidence, comparison=comparison, outline=shown, share=share))
    if evidence.details is None or not evidence.details.graphic:
        return hit
    view = View(seen_as(grey, evidence), nothing(), evidence.mirrored, evidence.negative)
    whole = _laid(hit.number, work, view, comparison.to_work, evidence.inliers)
    more = whole is not None and whole.evidence.comparison.visible > comparison.visible
    return whole if whole is not None and more and whole.evidence.is_other_content else hit
