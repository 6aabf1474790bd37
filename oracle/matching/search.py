"""From a picture to the evidence on every work that may be in it: a cascade that most pictures leave early.

1. near-exact: PDQ in 8 orientations (2 ms);
2. first look: some hundred features of a small version, and their vote, some of them also as of a negative; most
   pictures end here;
3. verification of the works that were named;
4. second look, where no work was found or some part stays unexplained: at pictures inside the picture, and at what lies
   beside a work that was found;
5. closer look, at banners and where a work was named and could not be laid out: more features of the larger picture;
6. duels between works that explain the same part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from oracle.matching.describe.fingerprint import Work
from oracle.matching.describe.hashes import pdq_orientations, small
from oracle.matching.describe.regions import Region, distinct, look_inside, quarters, remainders
from oracle.matching.describe.views import LOOK_FEATURES, QUARTER_FEATURES, View
from oracle.matching.index.index import WorkIndex
from oracle.matching.index.votes import NAMED, Vote
from oracle.matching.verify.decision import COPY_THRESHOLD, SCENE_INLIERS, Evidence
from oracle.matching.verify.geometry import area, overlap
from oracle.matching.verify.rivals import duel
from oracle.matching.verify.verification import Found, in_colour, seen_as, to_whole, turn_onto, verify, weigh
from oracle.pictures.normalise import Picture, Pixels

# Few pictures are negatives, and those as a whole.
NEGATIVE_FEATURES = 120
# Names that agree by less weight are chance.
MIN_WEIGHT = 1.3
# What was copied is named first: in 1,208 copies that features named, no other work but frames of the same scene came
# before it. So a look is over after so many other graphics of a template, of which there may be hundreds, or after so
# many works (in a part) on which few features of the picture lie. Works on which many lie do not count: whoever
# registers pictures that share features with another's work hides nothing.
MAX_OTHERS, MAX_MISSES, MAX_MISSES_IN_PART = 2, 4, 2
# Works that a part names at most.
NAMED_IN_PART = 3
# What lies beside works that were found is looked at in so many regions at most.
MAX_BESIDE = 4
# A work is named clearly if it has at least this weight, and no other one so large a share of it.
CLEAR_WEIGHT, CLEARLY = 1.6, 0.7
# A picture so many times as long as wide is a banner of several pictures, each of which is small in it.
LONG = 4.0
# A weaker vote inside what a surer one explains is the same scene or a duplicate: looked at down to this share of it.
RIVAL_SHARE = 0.25
# Two works are rivals when what the picture shows of them is the same part to this extent, and both are this likely
# to be copied: what was laid out wrongly beats nobody.
SAME_PART, RIVAL_CHANCE = 0.5, 0.2
# Share of the picture that copies must explain so that nothing else is sought.
EXPLAINED = 0.7


@dataclass(frozen=True)
class Answer:
    """Evidence on the works in a picture, surest first, and what was described of the picture: first the whole of it,
    then the pictures inside it."""

    found: list[Found]
    views: list[View]


def search(picture: Picture, index: WorkIndex, work: Callable[[int], Work]) -> Answer:
    """Look for works in a picture; `work` reads a work by its number."""
    grey = picture.grey
    cascade = _Cascade(grey, index, work, View.of(grey))
    cascade.compare_near_exact()
    cascade.look_at_the_whole()
    if not cascade.copies and not cascade.is_one_of_many:
        cascade.look_at_the_negative()
    if not cascade.is_explained:
        cascade.look_at_parts()
        if cascade.is_unsettled:
            cascade.look_closer()
    compared = _compared(grey, list(cascade.found.values()), work)
    coloured = [in_colour(hit, picture.rgb, work) for hit in compared]
    return Answer(sorted(coloured, key=lambda hit: (-hit.chance, hit.number)), [cascade.whole, *cascade.parts])


@dataclass
class _Cascade:
    """One picture among the works: what was found so far, and what was described."""

    grey: Pixels
    index: WorkIndex
    work: Callable[[int], Work]
    whole: View
    parts: list[View] = field(default_factory=list)
    found: dict[int, Found] = field(default_factory=dict)
    is_named_clearly: bool = False

    def compare_near_exact(self) -> None:
        self._keep(_near_exact(self.whole, self.index, self.work))

    def look_at_the_whole(self) -> None:
        self._keep(_looked(self.whole, self._votes(self.whole), self.work, self.found))

    def look_at_the_negative(self) -> None:
        negative = self.whole.inverted()
        asked = replace(negative, features=negative.features.taken(slice(0, NEGATIVE_FEATURES)))
        votes = self.index.votes(asked.features, asked.grey.shape[1], wanted=NAMED_IN_PART)
        self._keep(_looked(asked, votes, self.work, {}))

    def look_at_parts(self) -> None:
        """Pictures in the picture that no copy explains."""
        inside = look_inside(self.grey)
        crowded = inside.crowded and not self.is_a_template
        beside = [rest for hit in self.copies for rest in remainders(hit.evidence.outline, self.grey.shape)]
        regions = [*inside.regions, *distinct(beside, inside.regions)[:MAX_BESIDE]]
        looks = [(region, LOOK_FEATURES) for region in regions]
        looks += [(quarter, QUARTER_FEATURES) for quarter in (quarters(self.grey) if crowded else ())]
        for region, features in looks:
            if self.is_explained or _is_known(region, self.copies):
                continue
            part = View.of(np.ascontiguousarray(region.cut(self.grey)), features)
            self.parts.append(part)
            votes = self._votes(part, NAMED_IN_PART)
            hits = _looked(part, votes, self.work, self.found, MAX_MISSES_IN_PART)
            self._keep([to_whole(hit, region, self.grey, self.work(hit.number)) for hit in hits])

    def look_closer(self) -> None:
        self.whole = View.closer(self.grey)
        self._keep(_looked(self.whole, self._votes(self.whole), self.work, self.found))

    def _votes(self, view: View, wanted: int = NAMED) -> list[Vote]:
        votes = self.index.votes(view.features, view.grey.shape[1], wanted=wanted)
        self.is_named_clearly |= _names_clearly(votes)
        return votes

    def _keep(self, hits: Iterable[Found]) -> None:
        """The surest evidence on each work."""
        for hit in hits:
            if hit.number not in self.found or hit.chance > self.found[hit.number].chance:
                self.found[hit.number] = hit

    @property
    def copies(self) -> list[Found]:
        return [hit for hit in self.found.values() if hit.chance >= COPY_THRESHOLD]

    @property
    def is_explained(self) -> bool:
        """Whether copies fill so much of the picture that nothing else is sought in it."""
        return sum(area(hit.evidence.outline) for hit in self.copies) > EXPLAINED * self.grey.size

    @property
    def is_unsettled(self) -> bool:
        """Whether features named one work clearly, or several pictures are likely, and it lies well on no work."""
        likely = self.is_named_clearly or max(self.grey.shape) > LONG * min(self.grey.shape)
        return likely and not any(_is_settled(hit) or hit.evidence.lies_well for hit in self.found.values())

    @property
    def is_one_of_many(self) -> bool:
        """Whether the picture is another graphic of a template that many works have."""
        return sum(hit.evidence.is_other_content for hit in self.found.values()) >= MAX_OTHERS

    @property
    def is_a_template(self) -> bool:
        """Whether the picture as a whole is another graphic of a known template: a closer look would name more of them,
        and the small rectangles in it are its own."""
        evidence = (hit.evidence for hit in self.found.values() if hit.evidence.is_other_content)
        return self.is_one_of_many or any(min(e.share, e.comparison.visible) > EXPLAINED for e in evidence)


def _names_clearly(votes: list[Vote]) -> bool:
    """Whether one work is named, and no other one nearly as surely."""
    weights = [*(vote.weight for vote in votes[:2]), 0.0, 0.0]
    return weights[0] >= CLEAR_WEIGHT and weights[1] < CLEARLY * weights[0]


def _is_known(region: Region, copies: list[Found]) -> bool:
    """Whether one of the copies explains the region."""
    known = (hit.evidence.outline for hit in copies)
    return any(area(overlap(region.outline, outline)) >= SAME_PART * region.area for outline in known)


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
    return [weigh(hit.number, replace(hit.evidence, lost=lost[hit.number])) for hit in hits]


def _are_rivals(one: Found, other: Found) -> bool:
    """Whether both, each on its own, could be what a part of the picture was made from."""
    likely = min(one.chance, other.chance) >= RIVAL_CHANCE
    alike = (one.evidence.mirrored, one.evidence.negative) == (other.evidence.mirrored, other.evidence.negative)
    return likely and alike and _same_part(one.evidence, other.evidence)


def _same_part(one: Evidence, other: Evidence) -> bool:
    shared = area(overlap(one.outline, other.outline))
    return shared > SAME_PART * min(area(one.outline), area(other.outline))


def _near_exact(whole: View, index: WorkIndex, work: Callable[[int], Work]) -> Iterator[Found]:
    """Works whose hash is near that of the picture, turned or mirrored."""
    views = {False: whole}
    others = 0
    for number, orientation in index.near(pdq_orientations(small(whole.grey))):
        mirrored = bool(orientation % 2)
        if mirrored and True not in views:
            views[True] = whole.reflected()
        known = work(number)
        start = turn_onto(whole.grey.shape, orientation, known.thumbnail.shape)
        hit = verify(number, known, views[mirrored], start, must_align=False)
        if hit is not None:
            yield hit
            others += hit.evidence.is_other_content
        if others >= MAX_OTHERS:
            return


def _looked(
    view: View, votes: list[Vote], work: Callable[[int], Work], known: dict[int, Found], max_misses: int = MAX_MISSES
) -> Iterator[Found]:
    """Works that the features of a view name, each verified, until too many were named in vain; `known` is what was
    found before in this picture."""
    views = {False: view}
    copies: list[Vote] = []
    others = misses = 0
    for vote in [vote for vote in votes if vote.weight >= MIN_WEIGHT]:
        if others >= MAX_OTHERS or misses >= max_misses:
            return
        if any(_explained(vote, copy) for copy in copies):
            continue
        hit = known.get(vote.number)
        if hit is None or not _is_settled(hit):
            if vote.mirrored and True not in views:
                views[True] = view.reflected()
            hit = verify(vote.number, work(vote.number), views[vote.mirrored], vote.to_work)
            if hit is None:
                misses += 1
                continue
            yield hit
        if hit.chance >= COPY_THRESHOLD:
            copies.append(vote)
        elif hit.evidence.is_other_content:
            others += 1
        elif hit.evidence.inliers < SCENE_INLIERS:
            misses += 1


def _is_settled(hit: Found) -> bool:
    """Whether nothing is gained by looking at the work in this picture once more."""
    return hit.chance >= COPY_THRESHOLD or hit.evidence.is_other_content


def _explained(vote: Vote, copy: Vote) -> bool:
    """Whether the vote is weak and names what the copy explains: its features are among the copy's."""
    return vote.weight < RIVAL_SHARE * copy.weight and bool(np.isin(vote.features, copy.features).mean() > 0.5)
