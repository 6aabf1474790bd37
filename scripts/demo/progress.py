"""What a crawl has done so far, as a line now and then: numbers that only grow."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import func, select

from oracle.crawl.frontier import RETRY_SECONDS
from oracle.node.database import pages
from oracle.node.process import Node

SECONDS_BETWEEN_LINES = 10.0
# States of a copy that nobody has a licence for: reported (by the node or another one), and since it was found.
_REPORTED = ("reported", "elsewhere")
_FOUND = ("found", "secured", *_REPORTED)


class Progress:
    """Tells how far the nodes are, once in ten seconds at most and only what is new."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told_at = time.monotonic()
        self._most: tuple[int, ...] = (0, 0, 0)

    def show(self, counts: Sequence[Mapping[str, int]]) -> None:
        """`counts` are the nodes' own, as `/status` gives them.

        Every node reads the whole web by itself, so the one that is furthest tells how far they are.
        """
        if time.monotonic() - self._told_at < SECONDS_BETWEEN_LINES:
            return
        pages_read = max(c["pages"] for c in counts)
        found, reported = (max(sum(c.get(s, 0) for s in states) for c in counts) for states in (_FOUND, _REPORTED))
        # A use can turn out to be covered; what was said once stays said.
        most = tuple(map(max, self._most, (pages_read, found, reported)))
        if most == self._most:
            return
        self._most, self._told_at = most, time.monotonic()
        self._say(f"  so far: {most[0]} pages read, {most[1]} copies found, {most[2]} of them reported")


def pages_to_read(node: Node) -> int:
    """How many pages a node is reading, or will read within minutes; without those that could not be read."""
    p = pages.c
    soon = time.time() + RETRY_SECONDS  # for so long a page is leased
    query = select(func.count()).select_from(pages).where(p.next_at <= soon, p.failures == 0)
    with node.engine.begin() as connection:
        return connection.scalar(query) or 0
