"""The engine as benchmarks ask for it: pictures in, (id, score) out. See tests/benchmarks/matching."""

from __future__ import annotations

from oracle.matching.describe.fingerprint import Work, fingerprint
from oracle.matching.engine import Matcher
from oracle.matching.monitoring import why_not_recognised
from oracle.matching.search import search
from oracle.matching.verify.decision import COPY_THRESHOLD
from oracle.pictures.decoding import decode_untrusted

__all__ = ["COPY_THRESHOLD", "PictureMatcher", "matcher"]


class PictureMatcher:
    """Adds and asks by the bytes of pictures. `score` ≥ COPY_THRESHOLD means the class *copy*."""

    def __init__(self) -> None:
        self._matcher = Matcher()

    def add(self, work_id: str, image: bytes) -> str | None:
        """Returns why the work is not monitored, if it is not. Raises BadImageError."""
        picture = decode_untrusted(image)
        public, thumbnail = fingerprint(picture)
        reason = self._matcher.add(work_id, public.to_bytes(), thumbnail)
        return reason or why_not_recognised(picture, Work.of(work_id, public, thumbnail))

    def finish(self) -> None:
        """Nothing is left to do: a work is found as soon as it is added."""

    def query(self, image: bytes) -> list[tuple[str, float]]:
        """(id, score) of every work that came into question, surest first. Raises BadImageError."""
        works = self._matcher.works
        answer = search(decode_untrusted(image), works.index, works.work)
        return [(works.work_id(hit.number), hit.chance) for hit in answer.found]


def matcher() -> PictureMatcher:
    """A new matcher without works; its files go when it goes."""
    return PictureMatcher()
