"""Asking other parties (members, rate signers, gateways): within a total time, a least speed and a size.

What they send is not believed here, only bounded. They are named by the operator or by the chain, so unlike pages of
the web they may lie anywhere.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from typing import Any

import httpcore

from oracle.deadlines import DeadlineBackend, deadline
from oracle.errors import OracleError

MAX_ANSWER_BYTES = 8 * 1024 * 1024
CONNECT_SECONDS = 5.0
# This long after its head an answer must have come at this speed on average: who drips is as good as silent.
PATIENCE_SECONDS = 15.0
LEAST_BYTES_PER_SECOND = 20_000


class NoAnswerError(OracleError):
    """Another party does not answer, or not as it should. `status` is its HTTP status, 0 if it gave none."""

    def __init__(self, message: str, status: int = 0) -> None:
        self.status = status
        super().__init__(message)


def ask(
    method: str, url: str, seconds: float, content: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Any:
    """JSON answer of another party, within `seconds` in all and MAX_ANSWER_BYTES. Raises NoAnswerError."""
    sent = {"Content-Type": "application/json", **(headers or {})}
    data = request(method, url, seconds, MAX_ANSWER_BYTES, content, sent)
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as problem:
        raise NoAnswerError(f"{url} did not return JSON: {problem}") from problem


def request(
    method: str,
    url: str,
    seconds: float,
    max_bytes: int,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    patience: float | None = None,
) -> bytes:
    """Body of a successful answer, within `seconds` in all. Redirects are not followed. Raises NoAnswerError.

    The head of the answer must be there after `patience` seconds, if that is said: a party that has to work first may
    take all the time.
    """
    started = time.monotonic()
    end, begun = started + seconds, started + (seconds if patience is None else min(patience, seconds))
    timeouts = {"connect": CONNECT_SECONDS, "read": seconds, "write": seconds, "pool": seconds}
    asked = _pool().stream(
        method, url, headers=list((headers or {}).items()), content=content, extensions={"timeout": timeouts}
    )
    data = bytearray()
    try:
        with ExitStack() as stack:
            with deadline(begun):
                response = stack.enter_context(asked)
            answered = time.monotonic()
            with deadline(end):
                for part in response.iter_stream():
                    data += part
                    if len(data) > max_bytes:
                        raise NoAnswerError(f"{url} sent more than {max_bytes} bytes")
                    over = time.monotonic() - answered - PATIENCE_SECONDS
                    if over > 0 and len(data) < over * LEAST_BYTES_PER_SECOND:
                        raise NoAnswerError(f"{url} is sending too slowly")
            status = response.status
    # Addresses are what others publish: httpcore raises nearly anything for those that are none.
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError, ssl.SSLError) as problem:
        raise NoAnswerError(f"{url}: {type(problem).__name__} {problem}".rstrip()) from problem
    except (ValueError, TypeError, UnicodeError, httpcore.UnsupportedProtocol, KeyError) as problem:
        raise NoAnswerError(f"{url} is not an address that can be requested: {problem}") from problem
    if not 200 <= status < 300:
        raise NoAnswerError(f"{url} returned status {status}: {bytes(data[:300]).decode('utf-8', 'replace')}", status)
    return bytes(data)


@cache
def _pool() -> httpcore.ConnectionPool:
    return httpcore.ConnectionPool(
        ssl_context=ssl.create_default_context(),
        network_backend=DeadlineBackend(),
        max_connections=50,
        max_keepalive_connections=10,
        keepalive_expiry=10,
    )
