"""Pictures that were seen on the web, indexed so that a new work meets everything that was seen before it.

The search turned round: works ask, pictures answer. What the search described of a picture (as a whole, enlarged, the
pictures inside it) is kept as a fingerprint each, so nothing is described twice. Whom a new work names is looked at
anew; a name is a hint and decides nothing.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from oracle.matching.describe.fingerprint import Work, described
from oracle.matching.describe.hashes import pdq_orientations, small
from oracle.matching.describe.views import View
from oracle.matching.index.catalogue import Catalogue

# A work may be in thousands of pictures: each of its features names many neighbours, so that names agree by chance with
# more weight (up to 2 in a crowd of strangers; 14 and more where the work fills a tenth of the picture).
NEIGHBOURS, MAX_PICTURES, MIN_WEIGHT = 256, 5_000, 2.0


class SeenPictures:
    """Pictures by any id; on disk in `folder`, else in a temporary one. Safe for several threads."""

    def __init__(self, folder: Path | None = None) -> None:
        self._views = Catalogue(folder)

    def __enter__(self) -> SeenPictures:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __len__(self) -> int:
        """Views of pictures."""
        return len(self._views)

    def __contains__(self, picture_id: str) -> bool:
        return _view_id(picture_id, 0) in self._views

    def note(self, picture_id: str, views: list[View]) -> None:
        """Remember what was described of a picture; nothing happens if it is known. On disk when this returns."""
        if picture_id in self:
            return
        # The whole picture comes last: what a crash cut off is noted again.
        for number, view in reversed(list(enumerate(views))):
            public, thumbnail = described(view.grey, view.features)
            self._views.add(_view_id(picture_id, number), public.to_bytes(), thumbnail)

    def forget(self, picture_id: str) -> None:
        number = 0
        while (view_id := _view_id(picture_id, number)) in self._views:
            self._views.remove(view_id)
            number += 1

    def hinted_at(self, work: Work) -> set[str]:
        """Pictures in which the work may be."""
        index = self._views.index
        votes = index.votes(work.fingerprint.features, work.thumbnail.shape[1], NEIGHBOURS, MAX_PICTURES, MAX_PICTURES)
        named = {vote.number for vote in votes if vote.weight >= MIN_WEIGHT}
        named |= {number for number, _ in index.near(pdq_orientations(small(work.thumbnail)), MAX_PICTURES)}
        return {self._views.work_id(number).rpartition("/")[0] for number in named}

    def close(self) -> None:
        self._views.close()


def _view_id(picture_id: str, number: int) -> str:
    return f"{picture_id}/{number}"
