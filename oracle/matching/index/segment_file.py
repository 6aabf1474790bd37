"""A sealed part of the index as one file that is mapped into memory: the codes of works list by list, in the blocks
that faiss scans (André et al. 2015), so that a search reads them where they lie.

A file is a head, the count of codes in each list, number and shelf offset of each work, and the lists: each its blocks
of codes, the last one filled up, then a payload for each place in them.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from oracle.errors import OracleError
from oracle.matching.index.codebook import BITS, SUBSPACES, new_segment

_MAGIC = b"CTSEGM01"
# Lists, works, bytes in all.
_HEAD = struct.Struct("<8sIIQ")
# Codes are kept in blocks of so many, of so many bytes each.
BLOCK = 32
CODE_BYTES = SUBSPACES * BITS // 8
BLOCK_BYTES = BLOCK * CODE_BYTES
_ALIGNED = 64

PAYLOAD_BYTES = 8

Codes = NDArray[np.uint8]
# Blocks of codes (b × BLOCK_BYTES) and a payload for each code.
List = tuple[Codes, NDArray[np.int64]]


class BadSegmentError(OracleError):
    """The file is no whole segment."""


class SegmentFile:
    """A segment on disk. `works` n × 2: number and offset on the shelf; `sizes`: codes in each list."""

    def __init__(self, path: Path) -> None:
        """Read the head. Raises BadSegmentError."""
        self.path = path
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                magic, lists, works, self._total = _HEAD.unpack(file.read(_HEAD.size))
                begin = _begin(lists, works)
                if magic != _MAGIC or self._total != size or begin > size or lists != new_segment().nlist:
                    raise BadSegmentError(f"{path} is not a complete segment of this codebook")
                self.sizes = np.frombuffer(file.read(4 * lists), np.uint32).astype(np.int64)
                self.works = np.frombuffer(file.read(16 * works), np.int64).reshape(-1, 2)
        except (OSError, struct.error) as problem:
            raise BadSegmentError(f"{path} cannot be read as a segment: {problem}") from problem
        self._places = _blocks(self.sizes) * BLOCK
        ends = begin + np.cumsum(self._places * (CODE_BYTES + PAYLOAD_BYTES))
        if ends[-1] != size:
            raise BadSegmentError(f"{path} does not match its header")
        self._starts = np.r_[begin, ends[:-1]]

    @property
    def codes(self) -> int:
        """How many it holds."""
        return int(self.sizes.sum())

    def lists(self) -> Iterator[List]:
        """All lists in their order."""
        data = np.memmap(self.path, np.uint8, "r")
        for size, places, start in zip(self.sizes, self._places, self._starts, strict=True):
            stop = start + places * CODE_BYTES
            payload = data[stop : stop + size * PAYLOAD_BYTES]
            yield np.asarray(data[start:stop]).reshape(-1, BLOCK_BYTES), np.asarray(payload).view(np.int64)

    def index(self) -> faiss.IndexIVFPQFastScan:
        """A searchable index over the mapped file. Nothing may be added to it."""
        lists = faiss.OnDiskInvertedLists()
        lists.nlist, lists.code_size, lists.prefetch_nthread = len(self.sizes), CODE_BYTES, 0
        lists.filename, lists.totsize, lists.read_only = str(self.path), self._total, True
        one = faiss.OnDiskOneList()
        for one.size, one.capacity, one.offset in zip(
            self.sizes.tolist(), self._places.tolist(), self._starts.tolist(), strict=True
        ):
            lists.lists.push_back(one)
        lists.do_mmap()
        index = new_segment()
        index.replace_invlists(lists, True)
        lists.this.disown()
        index.ntotal = self.codes
        return index


def fresh_lists(index: faiss.IndexIVFPQFastScan) -> Iterator[List]:
    """The lists of an index in memory, in their order."""
    held = index.invlists
    for at in range(index.nlist):
        count = held.list_size(at)
        codes, payload = np.zeros(0, np.uint8), np.zeros(0, np.int64)
        if count:
            codes = np.array(faiss.rev_swig_ptr(held.get_codes(at), int(_blocks(count)) * BLOCK_BYTES), np.uint8)
            payload = np.array(faiss.rev_swig_ptr(held.get_ids(at), count), np.int64)
        yield codes.reshape(-1, BLOCK_BYTES), payload


def joined_lists(parts: list[SegmentFile]) -> Iterator[List]:
    """The lists of several segments, each put together."""
    return map(_joined, zip(*(part.lists() for part in parts), strict=True))


def write_segment(path: Path, works: NDArray[np.int64], lists: Iterable[List]) -> None:
    """Write a segment; it is there whole and on disk, or not at all."""
    partial = path.with_suffix(".partial")
    sizes = np.zeros(new_segment().nlist, np.uint32)
    with partial.open("wb") as file:
        file.write(bytes(_begin(len(sizes), len(works))))
        for at, (codes, payload) in enumerate(lists):
            sizes[at] = len(payload)
            file.write(codes.tobytes())
            file.write(payload.tobytes())
            file.write(bytes(PAYLOAD_BYTES * (len(codes) * BLOCK - len(payload))))
        total = file.tell()
        file.seek(0)
        file.write(_HEAD.pack(_MAGIC, len(sizes), len(works), total) + sizes.tobytes() + works.tobytes())
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _joined(parts: tuple[List, ...]) -> List:
    """Full blocks as they are, behind each other; the last ones, which are not full, mixed anew."""
    full, rest, full_ids, rest_ids = [], [], [], []
    for codes, payload in parts:
        whole, over = divmod(len(payload), BLOCK)
        full.append(codes[:whole])
        full_ids.append(payload[: whole * BLOCK])
        if over:
            rest.append(_unpacked(codes[whole])[:over])
            rest_ids.append(payload[whole * BLOCK :])
    if rest:
        full.append(_packed(np.concatenate(rest)))
    return np.concatenate(full), np.concatenate([*full_ids, *rest_ids])


def _unpacked(block: Codes) -> Codes:
    """BLOCK × CODE_BYTES codes of a block."""
    codes = np.empty((BLOCK, CODE_BYTES), np.uint8)
    _packer().unpack_all(faiss.swig_ptr(np.ascontiguousarray(block)), faiss.swig_ptr(codes))
    return codes


def _packed(codes: Codes) -> Codes:
    """Blocks of n × CODE_BYTES codes, the last one filled up."""
    blocks = np.zeros((int(_blocks(len(codes))), BLOCK_BYTES), np.uint8)
    filled = np.zeros((len(blocks) * BLOCK, CODE_BYTES), np.uint8)
    filled[: len(codes)] = codes
    for at, block in enumerate(blocks):
        _packer().pack_all(faiss.swig_ptr(filled[at * BLOCK : (at + 1) * BLOCK]), faiss.swig_ptr(block))
    return blocks


@cache
def _packer() -> faiss.CodePacker:
    return new_segment().get_CodePacker()


def _blocks(count: NDArray[np.int64] | int) -> NDArray[np.int64]:
    return -(-np.asarray(count) // BLOCK)


def _begin(lists: int, works: int) -> int:
    """Where the lists begin."""
    return -(-(_HEAD.size + 4 * lists + 16 * works) // _ALIGNED) * _ALIGNED
