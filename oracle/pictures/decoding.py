"""Decoding of untrusted pictures in processes that may do nothing else and whose end harms nobody.

A decoder of some format can crash, hang, or be taken over by a file made for it. So each picture goes through a pipe
to a worker (`worker.py`) with little memory, no files, no network and no environment, and comes back as plain
pixels, which are checked. A worker that dies or takes too long is replaced.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import queue
import secrets
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType
from typing import Any

import numpy as np

from oracle.errors import BadImageError, OracleError
from oracle.pictures.frames import MAX_OTHERS
from oracle.pictures.normalise import FORMATS, MAX_BYTES, MAX_PIXELS, WORK_SIDE, Picture, is_scaled
from oracle.pictures.worker import (
    ANSWER,
    MAX_FACTS,
    READY,
    REQUEST,
    SETTINGS,
    seconds_for,
    widen,
)

# For a small file; large ones may take longer (`worker.seconds_for`).
TIMEOUT_SECONDS = 20.0
# Address space. Some 350 MiB are libraries. Of MAX_PIXELS, a progressive JPEG without subsampling takes 1.2 GiB (its
# coefficients), a PNG with transparency 1.6 GiB; besides, there is the file, twice. Few pictures take a tenth of this.
# Heap limits alone would not count what the libraries map.
MEMORY_BYTES = 2560 * 1024 * 1024
# Libraries that leak, and heaps in pieces, start afresh.
PICTURES_PER_WORKER = 2000
# -I: neither the folder nor environment variables choose what is imported.
WORKER = [sys.executable, "-I", "-m", "oracle.pictures.worker"]
# Imports of a cold machine with busy disks.
START_SECONDS = 60.0
# A worker that somebody else killed (the kernel, for memory of others) is no reason to blame the picture.
TRIES = 2

_MAX_SIDE = 16_384
_SIZES = ("rows", "columns", "width", "height")


def decode_untrusted(data: bytes, work_side: int = WORK_SIDE) -> Picture:
    """A picture that is to become a work, which has to be whole: `Decoder.decode` by the decoder of this process.

    The decoder is started at the first call and ended at exit.
    """
    return _of_this_process().decode(data, work_side)


def decode_found(data: bytes, work_side: int = WORK_SIDE) -> Picture:
    """Decode a picture found on the web as browsers show it, even if it is damaged, and with its frames."""
    return _of_this_process().decode_found(data, work_side)


def _of_this_process() -> Decoder:
    with _shared_lock:
        decoder = _shared.get(os.getpid())
        if decoder is None:
            # After a fork the parent's decoder is the parent's.
            _shared.clear()
            decoder = _shared[os.getpid()] = Decoder()
            atexit.register(decoder.close)
        return decoder


_shared: dict[int, Decoder] = {}
_shared_lock = threading.Lock()
os.register_at_fork(after_in_child=lambda: globals().update(_shared_lock=threading.Lock()))


class Decoder:
    """Decodes in `workers` processes, started when first needed. For use by any number of threads.

    Make one for each process: after a fork parent and child must not share it.
    """

    def __init__(
        self,
        workers: int = 1,
        timeout: float = TIMEOUT_SECONDS,
        memory_bytes: int = MEMORY_BYTES,
        pictures_per_worker: int = PICTURES_PER_WORKER,
    ) -> None:
        """`timeout` is in seconds for a small picture, `memory_bytes` the address space of each process."""
        self._timeout, self._memory_bytes, self._pictures = timeout, memory_bytes, pictures_per_worker
        self._workers = [_Slot() for _ in range(max(1, workers))]
        self._free: queue.LifoQueue[_Slot] = queue.LifoQueue()
        for slot in self._workers:
            self._free.put(slot)
        self._owner = os.getpid()
        self._closed = threading.Event()

    def __enter__(self) -> Decoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pids(self) -> list[int]:
        """Of the processes that run now."""
        return [slot.worker.pid for slot in self._workers if slot.worker is not None]

    def decode(self, data: bytes, work_side: int = WORK_SIDE) -> Picture:
        """As `load_picture`: a Picture or BadImageError, which it also is when the worker died or took too long.

        Raises OracleError when no worker can be started or the decoder is closed.
        """
        return self._decode(data, work_side, found=False)

    def decode_found(self, data: bytes, work_side: int = WORK_SIDE) -> Picture:
        """As `load_found`; raises as `decode`."""
        return self._decode(data, work_side, found=True)

    def _decode(self, data: bytes, work_side: int, found: bool) -> Picture:
        if len(data) > MAX_BYTES:
            raise BadImageError(
                f"the file has {len(data)} bytes, more than the limit of {MAX_BYTES}: use a smaller version"
            )
        if not 1 <= work_side <= _MAX_SIDE:
            raise ValueError(f"work_side is {work_side}; it must be between 1 and {_MAX_SIDE}")
        if os.getpid() != self._owner:
            raise OracleError("this decoder belongs to another process: create one after forking")
        with self._slot() as slot:
            for _ in range(TRIES):
                try:
                    return self._ask(slot, data, work_side, found)
                except _DiedError as problem:
                    slot.stop()
                    died = problem
            raise BadImageError(
                f"the decoder failed ({died}): the picture may be damaged or malicious; export it again"
            )

    def close(self) -> None:
        """End all processes, after the pictures that are being decoded. Nothing can be decoded then."""
        self._closed.set()
        if os.getpid() != self._owner:
            return
        taken = [self._free.get() for _ in self._workers]
        for slot in taken:
            slot.stop()
            self._free.put(slot)

    @contextlib.contextmanager
    def _slot(self) -> Iterator[_Slot]:
        slot = self._free.get()
        try:
            if self._closed.is_set():
                raise OracleError("the decoder is closed")
            yield slot
        finally:
            self._free.put(slot)

    def _ask(self, slot: _Slot, data: bytes, work_side: int, found: bool) -> Picture:
        worker = slot.ready(self._memory_bytes, self._timeout, self._pictures)
        token = secrets.randbits(64)
        most = 3 * work_side * work_side * ((1 + MAX_OTHERS) if found else 1)
        seconds = seconds_for(len(data), self._timeout)
        deadline = time.monotonic() + seconds
        try:
            worker.write(REQUEST.pack(token, work_side, found, len(data)), deadline)
            worker.write(data, deadline)
            echo, facts_size, pixels_size = ANSWER.unpack(worker.read(ANSWER.size, deadline))
            if echo != token or facts_size > MAX_FACTS or pixels_size > most:
                raise _DiedError("it gave an invalid answer")
            facts = worker.read(facts_size, deadline)
            pixels = worker.read(pixels_size, deadline)
        except TimeoutError:
            slot.stop()
            raise BadImageError(
                f"the picture was not decoded within {seconds:.0f} seconds: use a smaller or simpler version"
            ) from None
        except BaseException:  # what is left in the pipes belongs to this picture
            slot.stop()
            raise
        return _picture(facts, pixels, work_side, data)


class _DiedError(Exception):
    """The worker ended or sent nonsense."""


def _picture(facts: bytearray, pixels: bytearray, work_side: int, data: bytes) -> Picture:
    """Raises BadImageError if the worker refused the picture, _DiedError if its answer cannot be true."""
    try:
        told: Any = json.loads(facts)
    except (ValueError, RecursionError) as problem:
        raise _DiedError("it gave an invalid answer") from problem
    if isinstance(told, dict) and isinstance(told.get("problem"), str):
        raise BadImageError("".join(c if c.isprintable() else " " for c in told["problem"]))
    numbers = [told.get(name) for name in _SIZES] if isinstance(told, dict) else []
    sizes = [number for number in numbers if type(number) is int and number > 0]
    if len(sizes) != len(_SIZES) or told.get("format") not in FORMATS:
        raise _DiedError("it gave an invalid answer")
    rows, columns, width, height = sizes
    numbers = told.get("frames")
    if not isinstance(numbers, list) or not _are_frames(numbers):
        raise _DiedError("it gave an invalid answer")
    size = rows * columns * 3 * len(numbers)
    if not is_scaled((rows, columns), work_side) or size != len(pixels) or width * height > MAX_PIXELS:
        raise _DiedError("it gave an invalid answer")
    rgb = np.frombuffer(pixels, dtype=np.uint8).reshape(-1, rows, columns, 3)
    rgb.setflags(write=False)
    picture = Picture(rgb[0], width, height, str(told["format"]), hashlib.sha256(data).digest())
    others = tuple(replace(picture, rgb=rgb[at], frame=numbers[at]) for at in range(1, len(numbers)))
    return replace(picture, others=others)


def _are_frames(numbers: list[Any]) -> bool:
    """Frame 0, then others in ascending order."""
    whole = all(type(number) is int for number in numbers)
    return whole and numbers[:1] == [0] and sorted(set(numbers)) == numbers and len(numbers) <= 1 + MAX_OTHERS


class _Slot:
    """Room for one worker, used by one thread at a time."""

    def __init__(self) -> None:
        self.worker: _Worker | None = None
        self._left = 0

    def ready(self, memory_bytes: int, timeout: float, pictures: int) -> _Worker:
        """The worker, or a new one if it ended or has done its share. Raises OracleError if none starts."""
        if self.worker is None or self._left <= 0 or not self.worker.alive:
            self.stop()
            self.worker, self._left = _Worker(memory_bytes, timeout), pictures
        self._left -= 1
        return self.worker

    def stop(self) -> None:
        if self.worker is not None:
            self.worker.kill()
            self.worker = None


class _Worker:
    """One process and its two pipes."""

    def __init__(self, memory_bytes: int, timeout: float) -> None:
        # Its own process group: Ctrl-C is for us. One thread each and one heap, because stacks and heaps of threads
        # would use up the address space.
        self._process = subprocess.Popen(
            WORKER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            close_fds=True,
            cwd="/",
            env={"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1", "LC_ALL": "C.UTF-8"},
            process_group=0,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        for pipe in (self._in, self._out):
            os.set_blocking(pipe, False)
            widen(pipe)
        deadline = time.monotonic() + START_SECONDS
        try:
            self.write(SETTINGS.pack(memory_bytes, timeout), deadline)
            if self.read(len(READY), deadline) != READY:
                raise _DiedError("its first answer is not what was expected")
        except (_DiedError, TimeoutError) as problem:
            self.kill()
            raise OracleError(
                f"the picture decoder did not start ({problem}): run `python -m oracle.pictures.worker` to see why"
            ) from problem
        except BaseException:
            self.kill()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def write(self, data: bytes, deadline: float) -> None:
        """Raises TimeoutError after the deadline (of the monotonic clock), _DiedError if the worker ended."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._in, view) :]
            except BlockingIOError:
                _wait(self._in, select.POLLOUT, deadline)
            except OSError as problem:
                raise _DiedError(self._end()) from problem

    def read(self, size: int, deadline: float) -> bytearray:
        """Just so many bytes. Raises as `write`."""
        data = bytearray(size)
        view = memoryview(data)
        while view:
            try:
                count = os.readv(self._out, [view])
            except BlockingIOError:
                _wait(self._out, select.POLLIN, deadline)
                continue
            if not count:
                raise _DiedError(self._end())
            view = view[count:]
        return data

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _end(self) -> str:
        """How the process ended, in words; its pipes are closed already."""
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return "it stopped answering"
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _wait(pipe: int, event: int, deadline: float) -> None:
    left = deadline - time.monotonic()
    poll = select.poll()
    poll.register(pipe, event)
    if left <= 0 or not poll.poll(left * 1000):
        raise TimeoutError(f"no answer within {max(left, 0):.0f} s")
