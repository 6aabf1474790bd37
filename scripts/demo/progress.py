"""What a crawl has done so far, as a line now and then: numbers that only grow."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import func, select

from oracle.crawl.frontier import RETRY_SECONDS
from oracle.node.database import pages
from oracle.node.process import Node

SECONDS_BETWEEN_LINES = 10.0
# States of a copy that nobody has a licence for, from its finding on.
_FOUND = ("found", "secured", "reported", "elsewhere")


class Progress:
    """Tells how far the nodes are, once in ten seconds at most and only what is new."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._told_at = time.monotonic()
        self._most = (0, 0, 0)

    def show(self, counts: Sequence[Mapping[str, int]], reported: Callable[[], int]) -> None:
        """`counts` are the nodes' own, as `/status` gives them. `reported` is asked only when a line is due.

        Every node reads the whole web by itself, so the one that is furthest tells how far they are.
        """
        if time.monotonic() - self._told_at < SECONDS_BETWEEN_LINES:
            return
        pages = max(c["pages"] for c in counts)
        found = max(sum(c.get(state, 0) for state in _FOUND) for c in counts)
        on_chain = reported()
        # A use can turn out to be covered or reported by others; what was said once stays said.
        now = (pages, max(found, on_chain), on_chain)
        most = tuple(max(pair) for pair in zip(self._most, now, strict=True))
        if most == self._most:
            return
        self._most = (most[0], most[1], most[2])
        self._told_at = time.monotonic()
        self._say(f"  so far: {most[0]} pages read, {most[1]} copies found, {most[2]} of them reported")


def pages_to_read(node: Node) -> int:
    """How many pages a node is reading, or will read within minutes; without those that could not be read."""
    p = pages.c
    soon = time.time() + RETRY_SECONDS  # for so long a page is leased
    query = select(func.count()).select_from(pages).where(p.next_at <= soon, p.problem.is_(None))
    with node.engine.begin() as connection:
        return connection.scalar(query) or 0
