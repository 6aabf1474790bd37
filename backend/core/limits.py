"""Limits on what one caller may ask for in a minute, and on how much of what is heavy is done at once.

Callers are counted in Redis by the library `limits`, whose scripts count and set the expiry in one step. Behind a
proxy all callers have its address, unless uvicorn is told to believe it: `--proxy-headers --forwarded-allow-ips=PROXY`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from backend.core.errors import ApiError
from backend.core.settings import settings

# What one household or office gets of IPv6 addresses, at least: counting single ones would count nothing.
IPV6_PREFIX = 64
TOO_MANY = "Too many requests of this kind. Try again in a minute."
# Each holds a whole bundle of evidence in memory, some ten megabytes.
HEAVY_AT_ONCE = 4
HEAVY_WAIT_SECONDS = 20.0
_heavy = threading.BoundedSemaphore(HEAVY_AT_ONCE)


@cache
def _limiter() -> SlidingWindowCounterRateLimiter:
    storage = RedisStorage(settings().redis_url, socket_timeout=5, socket_connect_timeout=5)
    return SlidingWindowCounterRateLimiter(storage)


def limit(name: str, caller: str, per_minute: int, message: str = TOO_MANY, count: int = 1) -> None:
    """Count a request, or several at once. Raises ApiError 429 with the message above the limit."""
    if not _limiter().hit(RateLimitItemPerMinute(per_minute), name, caller, cost=count):
        raise ApiError(429, "too_many", message)


def caller_of(request: Request) -> str:
    """Network address of the caller, as the server in front of us tells it; of IPv6 the /64."""
    host = request.client.host if request.client else "?"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), IPV6_PREFIX), strict=False))


def limited(name: str, per_minute: int, reads: bool = True) -> Callable[[Request], None]:
    """Dependency: so many requests a minute from each caller. Without `reads`, only what changes something counts."""

    def count(request: Request) -> None:
        if reads or request.method != "GET":
            limit(name, caller_of(request), per_minute)

    return count


@contextmanager
def few_at_once() -> Iterator[None]:
    """Room for something heavy. Raises ApiError 429 if there is none for a while."""
    if not _heavy.acquire(timeout=HEAVY_WAIT_SECONDS):
        raise ApiError(429, "busy", "Too many of these requests are running. Try again in a moment.")
    try:
        yield
    finally:
        _heavy.release()
