"""Sealed parts of the index on disk: the codes of works, and at which offset of the shelf each of them lies. They spare
the encoding of the works at the next opening; nothing but time depends on them.
"""

from __future__ import annotations

import contextlib
import ctypes
from collections.abc import Iterable
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from oracle.matching.index.index import WorkIndex
from oracle.matching.index.segment_file import (
    BadSegmentError,
    List,
    SegmentFile,
    fresh_lists,
    joined_lists,
    write_segment,
)

# A search asks each segment anew, which costs 4 ms: what is sealed is put together with those before it that are not so
# many times as large.
LARGER = 8


class Segments:
    """The `*.segment` files of a folder."""

    def __init__(self, folder: Path, read_only: bool = False) -> None:
        self._folder = folder
        self._read_only = read_only
        self._held: list[SegmentFile] = []
        self._last = 0

    def open(self) -> list[tuple[faiss.IndexIVFPQFastScan, dict[int, int]]]:
        """Each segment, and the offset on the shelf by number of the works in it. What is damaged, or was put together
        into another, is left out."""
        seen: set[int] = set()
        for path in sorted(self._folder.glob("*.segment"), reverse=True):
            self._last = max(self._last, int(path.stem))
            try:
                segment = SegmentFile(path)
            except BadSegmentError:
                segment = None
            numbers = set(segment.works[:, 0].tolist()) if segment else set()
            if segment and not numbers <= seen:
                self._held.insert(0, segment)
                seen |= numbers
            elif not self._read_only:
                path.unlink(missing_ok=True)
        return [(segment.index(), dict(zip(*segment.works.T.tolist(), strict=True))) for segment in self._held]

    def seal(self, index: WorkIndex, offsets: dict[int, int]) -> None:
        """Write what is fresh in the index, the works of these numbers, and let the index read all from disk."""
        works = np.array(sorted(offsets.items()), np.int64).reshape(-1, 2)
        together = [self._written(works, fresh_lists(index.fresh))]
        while self._held and self._held[-1].codes < LARGER * sum(segment.codes for segment in together):
            together.insert(0, self._held.pop())
        if len(together) > 1:
            whole = self._written(np.concatenate([s.works for s in together]), joined_lists(together))
            for segment in together:
                segment.path.unlink()
            together = [whole]
        self._held += together
        index.reseal([segment.index() for segment in self._held])
        give_back()

    def _written(self, works: NDArray[np.int64], lists: Iterable[List]) -> SegmentFile:
        self._last += 1
        path = self._folder / f"{self._last:012d}.segment"
        write_segment(path, works, lists)
        return SegmentFile(path)


def give_back() -> None:
    """glibc keeps what was freed in small pieces, as the lists of a fresh segment are, until it is asked."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
