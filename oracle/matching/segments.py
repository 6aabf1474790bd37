"""Sealed parts of the index on disk, mapped into memory: the codes of works, and at which offset of the shelf each of
them lies. They spare the encoding of the works at the next opening; nothing but time depends on them.
"""

from __future__ import annotations

import json
from pathlib import Path

import faiss

from oracle.matching.codebook import new_segment, shared_quantizer
from oracle.matching.index import WorkIndex

# More segments than this become one.
MAX_SEGMENTS = 3


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
                together.merge_from(faiss.read_index(str(path)), 0)
                held |= _offsets(path)
            self._write(together, held)
            for path in old:
                path.with_suffix(".json").unlink()
                path.unlink()
        index.reseal([_mapped(path) for path in self._whole()])

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


def _mapped(path: Path) -> faiss.IndexIVFPQFastScan:
    return shared_quantizer(faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC))


def _offsets(path: Path) -> dict[int, int]:
    return {int(number): int(offset) for number, offset in json.loads(path.with_suffix(".json").read_text())}
