"""Sealed parts of the index on disk, mapped into memory: the codes of works, and at which offset of the shelf each of
them lies. They spare the encoding of the works at the next opening; nothing but time depends on them.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from oracle.matching.codebook import BITS, SUBSPACES, new_segment, without_tables
from oracle.matching.index import WorkIndex

# More segments than this become one.
MAX_SEGMENTS = 3
# Codes are kept in blocks of so many, and so many bytes.
BLOCK = 32
BLOCK_BYTES = BLOCK * SUBSPACES * BITS // 8


class Segments:
    """`*.segment` with the codes, and `*.json` with what they are; the former without the latter does not count."""

    def __init__(self, folder: Path, read_only: bool = False) -> None:
        self._folder = folder
        self._read_only = read_only
        self._written = max((int(path.stem) for path in folder.glob("*.segment")), default=0)

    def open(self) -> list[tuple[faiss.IndexIVFPQFastScan, dict[int, int]]]:
        """Each segment, and the offset on the shelf by number of the works in it."""
        for path in self._folder.glob("*.segment"):
            if not self._read_only and not path.with_suffix(".json").exists():
                path.unlink()
        return [(_mapped(path), _offsets(path)) for path in self._whole()]

    def seal(self, index: WorkIndex, offsets: dict[int, int]) -> None:
        """Write what is fresh in the index, the works of these numbers, and let the index read all from disk."""
        self._write(index.fresh, offsets)
        old = self._whole()
        if len(old) > MAX_SEGMENTS:
            together = new_segment()
            held: dict[int, int] = {}
            for path in old:
                append(together, faiss.read_index(str(path)))
                held |= _offsets(path)
            self._write(together, held)
            for path in old:
                path.with_suffix(".json").unlink()
                path.unlink()
        index.reseal([_mapped(path) for path in self._whole()])
        _give_back()

    def _whole(self) -> list[Path]:
        return [path for path in sorted(self._folder.glob("*.segment")) if path.with_suffix(".json").exists()]

    def _write(self, segment: faiss.IndexIVFPQFastScan, offsets: dict[int, int]) -> None:
        self._written += 1
        path = self._folder / f"{self._written:012d}.segment"
        partial = path.with_suffix(".partial")
        faiss.write_index(segment, str(partial))
        partial.replace(path)
        partial.write_text(json.dumps(sorted(offsets.items())))
        partial.replace(path.with_suffix(".json"))


def append(whole: faiss.IndexIVFPQFastScan, part: faiss.IndexIVFPQFastScan) -> None:
    """Move all codes of one segment to the end of another.

    Where a list holds a multiple of 512 codes already, faiss (1.15) writes beyond its end when it appends
    (`BlockInvertedLists::add_entries`): such lists are put together here, of whole blocks, and written anew.
    """
    lists, more = whole.invlists, part.invlists
    for at in range(whole.nlist):
        held, coming = lists.list_size(at), more.list_size(at)
        if held and coming and held % BLOCK_BYTES == 0:
            ids = np.concatenate([_ids(lists, at, held), _ids(more, at, coming)])
            codes = np.concatenate([_codes(lists, at, held), _codes(more, at, coming)])
            lists.resize(at, 0)
            lists.add_entries(at, len(ids), faiss.swig_ptr(ids), faiss.swig_ptr(codes))
            more.resize(at, 0)
    whole.merge_from(part, 0)


def _ids(lists: faiss.InvertedLists, at: int, count: int) -> NDArray[np.int64]:
    return np.array(faiss.rev_swig_ptr(lists.get_ids(at), count), np.int64)


def _codes(lists: faiss.InvertedLists, at: int, count: int) -> NDArray[np.uint8]:
    """The blocks of a list as they lie in memory, the last one filled up."""
    return np.array(faiss.rev_swig_ptr(lists.get_codes(at), -(-count // BLOCK) * BLOCK_BYTES), np.uint8)


def _give_back() -> None:
    """glibc keeps what was freed in small pieces, as the lists of a fresh segment are, until it is asked."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _mapped(path: Path) -> faiss.IndexIVFPQFastScan:
    return without_tables(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))


def _offsets(path: Path) -> dict[int, int]:
    return {int(number): int(offset) for number, offset in json.loads(path.with_suffix(".json").read_text())}
