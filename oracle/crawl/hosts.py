"""What hosts say in a file at a known place: asked for once in a while, and remembered within bounds."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlsplit

# Hosts that are remembered at once, and how long their files may be together: rules take up to forty times as much.
MAX_HOSTS = 20_000
MAX_BYTES = 16 * 1024 * 1024

T = TypeVar("T")


@dataclass(frozen=True)
class Told(Generic[T]):
    """What a host said, until when it counts (`time.monotonic`), and how many bytes said it."""

    value: T
    until: float
    size: int = 0


class HostMemory(Generic[T]):
    """What hosts said, each by scheme, name and port. Those asked longest ago are forgotten first. Safe to use from
    several threads."""

    def __init__(self, ask: Callable[[str], Told[T]]) -> None:
        """`ask` gets the answer of a place such as https://shop.example:8443."""
        self._ask = ask
        self._told: OrderedDict[str, Told[T]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def told(self, url: str) -> T:
        """What the host of the URL (canonical) says, asked now if it is not known."""
        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            known = self._told.get(place)
        if known is None or known.until < time.monotonic():
            known = self._ask(place)
            self._keep(place, known)
        return known.value

    def _keep(self, place: str, told: Told[T]) -> None:
        with self._lock:
            if old := self._told.pop(place, None):
                self._size -= old.size
            self._told[place] = told
            self._size += told.size
            while len(self._told) > MAX_HOSTS or self._size > MAX_BYTES:
                self._size -= self._told.popitem(last=False)[1].size
