"""Reading strangers' pages in a process of its own, within memory and time: HTML can be written so that any parser
takes for ever, and a node must not stand still for one page.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import resource
import threading
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from oracle.crawl.pages import Page, read_page, read_sheet
from oracle.errors import FetchRefusedError

P = ParamSpec("P")
T = TypeVar("T")

READ_SECONDS = 20
MEMORY_BYTES = 2 * 1024**3
PAGES_PER_PROCESS = 1000

_pools: dict[int, ProcessPool] = {}
_lock = threading.Lock()


def read_untrusted_page(url: str, body: bytes, charset: str = "") -> Page:
    """`read_page` in another process. Raises FetchRefusedError for a page that takes too long or too much memory."""
    return _elsewhere(url, read_page, url, body, charset)


def read_untrusted_sheet(url: str, body: bytes, charset: str = "") -> list[str]:
    """`read_sheet` in another process. Raises FetchRefusedError as above."""
    return _elsewhere(url, read_sheet, url, body, charset)


def _elsewhere(what: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    future = _pool().schedule(function, args=args, kwargs=kwargs, timeout=READ_SECONDS)
    try:
        result: T = future.result()
    except (FutureTimeout, ProcessExpired, MemoryError, RecursionError) as problem:
        raise FetchRefusedError(f"{what} cannot be read within {READ_SECONDS} s: {type(problem).__name__}") from problem
    return result


def _pool() -> ProcessPool:
    with _lock:
        pool = _pools.get(os.getpid())
        if pool is None or not pool.active:
            # A fresh interpreter: a fork would take the node's threads' locks along.
            pool = _pools[os.getpid()] = ProcessPool(
                max_workers=1,
                max_tasks=PAGES_PER_PROCESS,
                initializer=_limit,
                context=multiprocessing.get_context("spawn"),
            )
            atexit.register(_close, pool)
        return pool


def _close(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join(timeout=5)


def _limit() -> None:
    """What reading does not need is given up."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for nothing in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(nothing, (0, 0))
