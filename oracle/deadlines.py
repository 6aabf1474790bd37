"""Connections on which no step outlasts the request it serves, however slowly the other side drips.

A limit for each read is none: a byte every half second keeps it for ever.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore

_local = threading.local()


@contextmanager
def deadline(at: float) -> Iterator[None]:
    """What this thread does on the wire must be over at `at` (seconds of `time.monotonic`)."""
    before = getattr(_local, "at", None)
    _local.at = at if before is None else min(at, before)
    try:
        yield
    finally:
        _local.at = before


def left(timeout: float | None) -> float | None:
    """Seconds that the next step on the wire may take. Raises ReadTimeout when the time is over."""
    at = getattr(_local, "at", None)
    if at is None:
        return timeout
    remaining = float(at) - time.monotonic()
    if remaining <= 0:
        raise httpcore.ReadTimeout("the request took too long")
    return remaining if timeout is None else min(timeout, remaining)


class DeadlineStream(httpcore.NetworkStream):
    """A connection that heeds the deadline of the thread that uses it; connections outlive requests."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class DeadlineBackend(httpcore.SyncBackend):
    """Opens connections that heed deadlines, to any address."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        opened = super().connect_tcp(host, port, left(timeout), local_address, socket_options)
        return DeadlineStream(opened)
