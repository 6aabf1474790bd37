"""The matcher: bytes of a picture in, matches with the register's works out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from oracle.matching.describe.fingerprint import Fingerprint, Work, decode_thumbnail
from oracle.matching.describe.views import View
from oracle.matching.index.catalogue import Catalogue
from oracle.matching.monitoring import why_not_monitored
from oracle.matching.search import search
from oracle.matching.verify.decision import MatchClass, classify
from oracle.matching.verify.geometry import Matrix
from oracle.matching.verify.reasons import edits, reasons
from oracle.matching.verify.verification import Found, compare
from oracle.pictures.decoding import decode_found
from oracle.pictures.normalise import Picture


@dataclass(frozen=True)
class Match:
    """A work that was found in a picture.

    `score` is the probability that the picture is a copy. `transform` is 3 × 3, row by row: pixels of the picture
    (mirrored left to right first, if `mirrored`), each divided by its size, onto the work, divided by its size. So it
    fits every rendition of both. `frame` is the number of the picture's frame in which the work is.
    """

    work_id: str
    match_class: MatchClass
    score: float
    inliers: int
    coverage: float
    visible: float
    mirrored: bool
    transform: tuple[float, ...]
    reasons: tuple[str, ...]
    edits: tuple[tuple[str, float], ...] = ()
    frame: int = 0


@dataclass(frozen=True)
class Looked:
    """What a picture shows, surest first, and the views of it that `SeenPictures` keeps."""

    matches: list[Match]
    views: list[View]


class Matcher:
    """Works on disk (in `folder`, else in a temporary one) and the search in them. Safe for several threads."""

    def __init__(self, folder: Path | None = None, read_only: bool = False) -> None:
        self.works = Catalogue(folder, read_only)

    def __enter__(self) -> Matcher:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def add(self, work_id: str, fingerprint: bytes, thumbnail: bytes) -> str | None:
        """Add or replace a work by its two fingerprint files. A work that cannot be told from others is left out, and
        the reason is returned. Raises BadFingerprintError."""
        reason = why_not_monitored(Fingerprint.from_bytes(fingerprint), decode_thumbnail(thumbnail))
        if reason is None:
            self.works.add(work_id, fingerprint, thumbnail)
        else:
            self.works.remove(work_id)
        return reason

    def remove(self, work_id: str) -> None:
        self.works.remove(work_id)

    def refresh(self) -> None:
        """Where another process writes the works: see what it added or removed since."""
        self.works.refresh()

    def close(self) -> None:
        self.works.close()

    def query(self, data: bytes) -> list[Match]:
        """Works found in a picture of the web, surest first: copies and frames of a scene. Raises BadImageError."""
        return self.query_picture(decode_found(data))

    def query_picture(self, picture: Picture) -> list[Match]:
        """Search a decoded picture; see `query`."""
        return self.look(picture).matches

    def look(self, picture: Picture) -> Looked:
        """Search a decoded picture, and return the views extracted from it for `SeenPictures.note`. Of each work, the
        frame that shows it best counts."""
        looked = [self._look_at(frame) for frame in picture.frames]
        if len(looked) == 1:
            return looked[0]
        best: dict[str, Match] = {}
        for match in (match for one in looked for match in one.matches):
            known = best.get(match.work_id)
            if known is None or _surer(match) > _surer(known):
                best[match.work_id] = match
        return Looked(sorted(best.values(), key=_surer, reverse=True), [view for one in looked for view in one.views])

    def _look_at(self, frame: Picture) -> Looked:
        answer = search(frame, self.works.index, self.works.work)
        told = (_told(hit, self.works.work(hit.number), frame) for hit in answer.found)
        return Looked([match for match in told if match.match_class is not MatchClass.NONE], answer.views)

    def query_all(self, pictures: Iterable[Picture]) -> Iterator[list[Match]]:
        """The answers for a stream of pictures, each as soon as it is there."""
        return (self.query_picture(picture) for picture in pictures)


def relative_to(matrix: Matrix, picture: tuple[int, int], work: tuple[int, int]) -> Matrix:
    """A transform of pixels as one of shares of the sides (width, height); a pixel's middle is half a pixel in."""
    middle = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    told = middle @ matrix @ np.linalg.inv(middle)
    told = np.diag([1 / work[0], 1 / work[1], 1.0]) @ told @ np.diag([*picture, 1.0])
    return np.asarray(told / told[2, 2])


def explain(picture: Picture, work: Work) -> Match | None:
    """Compare a picture with one work, by the frame that shows it best. Returns a match even of class NONE; None if no
    transform could be estimated."""
    found = ((compare(frame, work), frame) for frame in picture.frames)
    told = [_told(one, work, frame) for one, frame in found if one]
    return max(told, key=_surer, default=None)


def _surer(match: Match) -> tuple[bool, float]:
    return match.match_class is MatchClass.COPY, match.score


def _told(found: Found, work: Work, picture: Picture) -> Match:
    evidence = found.evidence
    comparison = evidence.comparison
    height, width = picture.rgb.shape[:2]
    across, down = work.fingerprint.thumbnail_size
    relative = relative_to(comparison.to_work, (width, height), (across, down))
    changes = edits(evidence, picture)
    return Match(
        work_id=work.work_id,
        match_class=classify(evidence, found.chance),
        score=round(found.chance, 4),
        inliers=evidence.inliers,
        coverage=round(comparison.coverage, 4),
        visible=round(comparison.visible, 4),
        mirrored=evidence.mirrored,
        transform=tuple(round(float(v), 6) for v in relative.reshape(-1)),
        reasons=reasons(evidence, classify(evidence, found.chance), changes),
        edits=tuple((change.name, round(change.strength, 2)) for change in changes),
        frame=picture.frame,
    )
