"""What the nodes have done so far, together, and a line about it now and then: numbers that only grow."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Row, Select, select

from oracle.crawl.frontier import RETRY_SECONDS
from oracle.node.database import images, matches, pages
from oracle.node.process import Node
from oracle.node.turns import members_in_turn

SECONDS_BETWEEN_LINES = 10.0
# States of a copy that nobody has a licence for: reported (by the node or another one), and since it was found.
_REPORTED = {"reported", "elsewhere"}
_WAITING = {"found", "secured"}


@dataclass(frozen=True)
class Standing:
    """`to_read` counts the pages that nodes are reading, or will read within minutes because their site falls to them;
    those that could not be read do not count. `waiting` counts the findings that are not reported yet."""

    pages: int
    to_read: int
    found: int
    reported: int
    waiting: int


def standing(nodes: Sequence[Node]) -> Standing:
    """How far the nodes are."""
    members = [node.wallet.address for node in nodes]
    soon = time.time() + RETRY_SECONDS  # for so long a page is leased
    read: set[bytes] = set()
    states: dict[tuple[str, bytes, str], set[str]] = {}
    to_read = waiting = 0
    p, m = pages.c, matches.c
    for node in nodes:
        # Asked before the findings: what a page shows is noted before the page counts as read.
        for row in _rows(node, select(p.key, p.site, p.visits, p.failures, p.next_at)):
            if row.visits:
                read.add(row.key)
            if row.next_at <= soon and not row.failures:
                to_read += members_in_turn(row.site, members)[0] == node.wallet.address
        for row in _rows(node, select(m.work_id, m.image_key, m.site, m.state)):
            states.setdefault((row.work_id, row.image_key, row.site), set()).add(row.state)
            waiting += row.state in _WAITING
    reported = sum(bool(seen & _REPORTED) for seen in states.values())
    found = sum(bool(seen & (_REPORTED | _WAITING)) for seen in states.values())
    return Standing(len(read), to_read, found, reported, waiting)


def pictures_seen(nodes: Sequence[Node]) -> int:
    """Pictures that at least one node asked for."""
    return len({row.key for node in nodes for row in _rows(node, select(images.c.key))})


class Progress:
    """Says how far the nodes are, once in ten seconds at most and only what is new."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said_at = time.monotonic()
        self._most: tuple[int, ...] = (0, 0, 0)

    def show(self, now: Standing) -> None:
        if time.monotonic() - self._said_at < SECONDS_BETWEEN_LINES:
            return
        # A use can turn out to be covered; what was said once stays said.
        most = tuple(map(max, self._most, (now.pages, now.found, now.reported)))
        if most == self._most:
            return
        self._most, self._said_at = most, time.monotonic()
        self._say(f"  so far: {most[0]} pages read, {most[1]} copies found, {most[2]} of them reported")


def _rows(node: Node, query: Select[tuple[object, ...]]) -> Sequence[Row[tuple[object, ...]]]:
    with node.engine.begin() as connection:
        return connection.execute(query).all()
