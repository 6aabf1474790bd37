"""Limits on what one caller may ask for in a minute."""

from __future__ import annotations

from fastapi import Request

from backend.core.errors import ApiError
from backend.core.services import redis


def limit(name: str, caller: str, per_minute: int, message: str, count: int = 1) -> None:
    """Count a request, or several at once. Raises ApiError 429 with the message above the limit."""
    key = f"limit:{name}:{caller}"
    tried = int(redis().incrby(key, count))
    if tried == count:
        redis().expire(key, 60)
    if tried > per_minute:
        raise ApiError(429, "too_many", message)


def caller_of(request: Request) -> str:
    """Network address of the caller, as the server in front of us tells it."""
    return request.client.host if request.client else "?"
