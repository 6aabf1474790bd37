"""The matcher: bytes of a picture in, matches with the register's works out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from oracle.matching.decision import Comparison, MatchClass, compare
from oracle.matching.features import extract
from oracle.matching.fingerprint import Fingerprint, decode_thumbnail
from oracle.matching.index import IndexedWork, WorkIndex
from oracle.matching.normalise import Picture, load_picture

QUERY_FEATURES = 800


@dataclass(frozen=True)
class Match:
    """A work that was found in a picture.

    `transform` is 3 × 3, row by row: pixels of the picture (mirrored left to right first, if `mirrored`), each divided
    by its size, onto the work, divided by its size. So it fits every rendition of both.
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


class Matcher:
    """An index of works and the decision over its candidates."""

    def __init__(self) -> None:
        self.index = WorkIndex()

    def add(self, work_id: str, fingerprint: bytes, thumbnail: bytes) -> None:
        """Add or replace a work by its two fingerprint files. Raises BadFingerprintError."""
        self.index.add(IndexedWork(work_id, Fingerprint.from_bytes(fingerprint), decode_thumbnail(thumbnail)))

    def query(self, data: bytes) -> list[Match]:
        """Works found in the picture, surest first: copies and other frames of a scene. Raises BadImageError."""
        return self.query_picture(load_picture(data))

    def query_picture(self, picture: Picture) -> list[Match]:
        grey = picture.grey
        features = extract(grey, QUERY_FEATURES)
        best: dict[str, Comparison] = {}
        for candidate in self.index.candidates(grey, features):
            known = best.get(candidate.work.work_id)
            if known and known.match_class is MatchClass.COPY:
                continue
            found = compare(grey, features, candidate)
            if found.match_class is not MatchClass.NONE and (known is None or found.score > known.score):
                best[candidate.work.work_id] = found
        matches = [self._told(work_id, found, picture) for work_id, found in best.items()]
        return sorted(matches, key=lambda m: (-m.score, m.work_id))

    def _told(self, work_id: str, found: Comparison, picture: Picture) -> Match:
        height, width = picture.rgb.shape[:2]
        work = self.index.work(work_id)
        thumb_w, thumb_h = work.fingerprint.thumbnail_size
        relative = np.diag([1 / thumb_w, 1 / thumb_h, 1.0]) @ found.to_work @ np.diag([width, height, 1.0])
        relative /= relative[2, 2]
        return Match(
            work_id=work_id,
            match_class=found.match_class,
            score=round(found.score, 4),
            inliers=found.inliers,
            coverage=round(found.coverage, 4),
            visible=round(found.visible, 4),
            mirrored=found.mirrored,
            transform=tuple(round(float(v), 6) for v in relative.reshape(-1)),
            reasons=reasons(found, relative, picture),
        )


def reasons(
    found: Comparison, relative: np.ndarray[tuple[int, ...], np.dtype[np.float64]], picture: Picture
) -> tuple[str, ...]:
    """Why, in words that a photographer understands."""
    told = [f"{found.visible:.0%} of the work is in the picture"]
    told.append(f"{found.coverage:.0%} of what can be compared agrees in detail")
    if found.inliers:
        told.append(f"{found.inliers} points lie where one transform puts them")
    if found.mirrored:
        told.append("mirrored")
    angle = float(np.degrees(np.arctan2(relative[1, 0] * picture.height, relative[0, 0] * picture.width)))
    if abs(angle) > 3:
        told.append(f"turned by {-angle:.0f}°")
    share = float(1.0 / max(abs(np.linalg.det(relative[:2, :2])), 1e-9)) * found.visible
    if share < 0.85:
        told.append(f"it fills {min(share, 1):.0%} of the picture")
    if float(np.ptp(picture.rgb, axis=2).mean()) < 3:
        told.append("without colour")
    differing = int((found.compared & ~found.agreeing).sum())
    if found.match_class is MatchClass.COPY and differing > 2:
        told.append(f"{differing} of {int(found.compared.sum())} blocks differ: something was laid over them")
    if found.match_class is MatchClass.SAME_SCENE:
        told.append("the details differ: another frame of the same scene, not this photograph")
    return tuple(told)
