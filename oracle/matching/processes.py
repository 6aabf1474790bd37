"""The matcher over several processes.

`Replicas` answer different pictures from one folder, which each maps into memory: throughput. `Shards` each hold their
share of the works, chosen by the work's id; a picture goes to all of them and the answers are merged: size.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import threading
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any

from oracle.errors import OracleError
from oracle.matching.engine import Match, Matcher

ANSWER_SECONDS = 120.0
AHEAD = 2

LOST = "a matcher process {what}: reopen the matcher; nothing that was added is lost"


class ProcessLostError(OracleError):
    """A process of the matcher ended or does not answer."""


class _Member:
    """One process with a matcher, asked by one thread at a time."""

    def __init__(self, folder: Path, read_only: bool) -> None:
        # A fresh interpreter: a fork would copy threads' locks.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, folder, read_only), daemon=True)
        self._process.start()
        theirs.close()
        self._lock = threading.Lock()

    def ask(self, what: str, *arguments: Any) -> Any:
        with self._lock:
            try:
                self._pipe.send((what, arguments))
                if not self._pipe.poll(ANSWER_SECONDS):
                    self._process.kill()
                    raise ProcessLostError(LOST.format(what=f"did not answer for {ANSWER_SECONDS:.0f} s"))
                answer = self._pipe.recv()
            except (EOFError, OSError) as problem:
                raise ProcessLostError(LOST.format(what="ended")) from problem
        if isinstance(answer, OracleError):
            raise answer
        return answer

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._pipe.send(("close", ()))
        self._process.join(ANSWER_SECONDS)
        if self._process.is_alive():
            self._process.kill()
        self._pipe.close()


def _serve(pipe: Connection, folder: Path, read_only: bool) -> None:
    with Matcher(folder, read_only) as matcher:
        while True:
            try:
                what, arguments = pipe.recv()
            except (EOFError, OSError):
                return
            if what == "close":
                return
            try:
                pipe.send(getattr(matcher, what)(*arguments))
            except OracleError as problem:
                pipe.send(type(problem)(*problem.args))


class _Group:
    """Processes that are started and ended together."""

    def __init__(self, folders: list[Path], read_only: bool) -> None:
        self._members = [_Member(folder, read_only) for folder in folders]
        self._threads = ThreadPoolExecutor(len(folders))

    def close(self) -> None:
        self._threads.shutdown()
        for member in self._members:
            member.close()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _all(self, what: str, *arguments: Any) -> list[Any]:
        return [f.result() for f in [self._threads.submit(m.ask, what, *arguments) for m in self._members]]


class Replicas(_Group):
    """`n` processes that read one folder."""

    def __init__(self, folder: Path, n: int) -> None:
        super().__init__([folder] * n, read_only=True)
        self._free: SimpleQueue[_Member] = SimpleQueue()
        for member in self._members:
            self._free.put(member)

    def __enter__(self) -> Replicas:
        return self

    def refresh(self) -> None:
        """See what was added since."""
        self._all("refresh")

    def query_all(self, pictures: Iterable[bytes]) -> Iterator[list[Match]]:
        """The answers, in the order of the pictures. Raises BadImageError at a picture that can't be read."""
        waiting: deque[Future[list[Match]]] = deque()
        for data in pictures:
            waiting.append(self._threads.submit(self._asked, data))
            if len(waiting) > AHEAD * len(self._members):
                yield waiting.popleft().result()
        for future in waiting:
            yield future.result()

    def _asked(self, data: bytes) -> list[Match]:
        """The answer of whoever is free: pictures take their time, and some take ten times as long as others."""
        member = self._free.get()
        try:
            return list(member.ask("query", data))
        finally:
            self._free.put(member)


class Shards(_Group):
    """Works spread over `n` folders below one, each with its own process. `n` stays what it was at the beginning."""

    def __init__(self, folder: Path, n: int) -> None:
        before = len(list(folder.glob("shard-*")))
        if before not in (0, n):
            raise OracleError(f"{folder} has {before} shards, not {n}: open it with {before}")
        super().__init__([folder / f"shard-{number}" for number in range(n)], read_only=False)

    def __enter__(self) -> Shards:
        return self

    def add(self, work_id: str, fingerprint: bytes, thumbnail: bytes) -> None:
        """Add or replace a work. Raises BadFingerprintError."""
        self._owner(work_id).ask("add", work_id, fingerprint, thumbnail)

    def remove(self, work_id: str) -> None:
        self._owner(work_id).ask("remove", work_id)

    def query(self, data: bytes, limit: int = 20) -> list[Match]:
        """The `limit` surest matches of all shards. Raises BadImageError."""
        every = [match for answer in self._all("query", data) for match in answer]
        return sorted(every, key=lambda match: (-match.score, match.work_id))[:limit]

    def _owner(self, work_id: str) -> _Member:
        return self._members[zlib.crc32(work_id.encode()) % len(self._members)]
