"""Works on disk: an append-only file of checked records, read through a memory map.

A record is acknowledged when it is written and synchronised; one that was cut off by a crash is dropped at the next
opening. A removed or replaced work leaves its record behind.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from oracle.errors import OracleError

_MAGIC = b"CTSHELF1"
# Kind, length of the work's id, of the fingerprint and of the thumbnail, checksum of all that follows.
_HEAD = struct.Struct("<BHIII")
ADDED, REMOVED = 1, 2


class DamagedShelfError(OracleError):
    """The file is no shelf, is not there to be read, or another process writes it."""


class Shelf:
    """Records by their offset. One process writes, which a lock on the file sees to; any number may read."""

    def __init__(self, path: Path, read_only: bool = False) -> None:
        self.path = path
        self._read_only = read_only
        self._map: mmap.mmap | None = None
        self._end = len(_MAGIC)
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDONLY if read_only else os.O_RDWR | os.O_CREAT
        try:
            self._file = os.open(path, flags | os.O_CLOEXEC, 0o600)
        except FileNotFoundError as problem:
            raise DamagedShelfError(f"{path} does not exist: add works first") from problem
        try:
            if not read_only:
                _lock(self._file, path)
            self.refresh()
        except BaseException:
            os.close(self._file)
            raise

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def end(self) -> int:
        """Bytes that hold records; the next one begins here."""
        return self._end

    def refresh(self) -> None:
        """See what was written since the opening; the writer takes away what a crash left half written."""
        self._end = self._checked_end(self._end)

    def append(self, kind: int, work_id: str, fingerprint: bytes = b"", thumbnail: bytes = b"") -> int:
        """Write a record and return its offset. When this returns, the record survives a crash."""
        name = work_id.encode()
        body = name + fingerprint + thumbnail
        head = _HEAD.pack(kind, len(name), len(fingerprint), len(thumbnail), 0)
        record = head[:-4] + struct.pack("<I", zlib.crc32(head[:-4] + body)) + body
        offset = self._end
        view = memoryview(record)
        at = offset
        while view:
            written = os.pwrite(self._file, view, at)
            view, at = view[written:], at + written
        os.fdatasync(self._file)
        self._end = offset + len(record)
        return offset

    def read(self, offset: int) -> tuple[int, str, bytes, bytes]:
        """(kind, work id, fingerprint, thumbnail) of the record at an offset."""
        data = self._mapped(self._end)
        kind, name, public, thumbnail, _ = _HEAD.unpack_from(data, offset)
        at = offset + _HEAD.size
        stops = at + name, at + name + public, at + name + public + thumbnail
        return kind, data[at : stops[0]].decode(), data[stops[0] : stops[1]], data[stops[1] : stops[2]]

    def records(self, start: int = 0) -> Iterator[tuple[int, int, str]]:
        """(offset, kind, work id) of the records from an offset on."""
        at = max(start, len(_MAGIC))
        while at < self._end:
            data = self._mapped(self._end)
            kind, name, public, thumbnail, _ = _HEAD.unpack_from(data, at)
            begin = at + _HEAD.size
            yield at, kind, data[begin : begin + name].decode()
            at = begin + name + public + thumbnail

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
            self._map = None
        os.close(self._file)

    def _mapped(self, size: int) -> mmap.mmap:
        if self._map is None or len(self._map) < size:
            # Readers may still hold the old map; it goes when they let go of it.
            self._map = mmap.mmap(self._file, os.fstat(self._file).st_size, prot=mmap.PROT_READ)
        return self._map

    def _checked_end(self, start: int) -> int:
        """Where the last whole record ends, looked for from `start` on."""
        size = os.fstat(self._file).st_size
        if size < len(_MAGIC) and not self._read_only:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, _MAGIC, 0)
            os.fsync(self._file)
            return len(_MAGIC)
        if os.pread(self._file, len(_MAGIC), 0) != _MAGIC:
            raise DamagedShelfError(f"{self.path} is not a shelf of works: move it away and start again")
        if size <= start:
            return start
        at = last = start
        with mmap.mmap(self._file, size, prot=mmap.PROT_READ) as data:
            while at + _HEAD.size <= size:
                kind, name, public, thumbnail, _ = _HEAD.unpack_from(data, at)
                stop = at + _HEAD.size + name + public + thumbnail
                if kind not in (ADDED, REMOVED) or stop > size:
                    break
                last, at = at, stop
            # Only the last record can be half written: a header whose body never reached the disk.
            if at > last and not _whole(data, last, at):
                at = last
        if at < size and not self._read_only:
            os.ftruncate(self._file, at)
            os.fsync(self._file)
        return at


def _lock(file: int, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        raise DamagedShelfError(
            f"{path} is being written by another process: stop that process first, or open the folder read-only"
        ) from problem


def _whole(data: mmap.mmap, start: int, stop: int) -> bool:
    checksum = _HEAD.unpack_from(data, start)[-1]
    body = data[start : start + _HEAD.size - 4] + data[start + _HEAD.size : stop]
    return bool(zlib.crc32(body) == checksum)
