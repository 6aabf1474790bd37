"""Who may sign for a contract: the current members, as its events tell."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from oracle.chain.client import Chain, Event


@dataclass(frozen=True)
class Members:
    """The current set: its number, and its accounts in ascending order; number 0 before the first one."""

    config_count: int = 0
    addresses: tuple[str, ...] = ()


def apply_quorum_events(known: Members, events: Iterable[Event]) -> Members:
    """Bring the set up to date with events of one contract, in order of the chain."""
    for event in events:
        told = event.arguments
        if event.name == "MembersSet":
            known = Members(int(told["configCount"]), tuple(map(str, told["members"])))
        elif event.name == "MemberRemoved":
            known = Members(known.config_count, tuple(a for a in known.addresses if a != told["member"]))
    return known


class Roster:
    """The current members of one contract, read on from where it was read before. Safe for several threads.

    `kept` gives what is known already: the set, and the first block that is not in it. It is asked at the start, and
    when the chain changed behind what was read.
    """

    def __init__(self, chain: Chain, contract: str, kept: Callable[[], tuple[Members, int]] | None = None) -> None:
        self._chain = chain
        self._contract = contract
        self._kept = kept or (lambda: (Members(), chain.deployment.blocks[contract]))
        self._lock = threading.Lock()
        self._known: tuple[Members, int, bytes] | None = None

    def members(self) -> Members:
        """The set as of the latest block. Raises ChainError."""
        with self._lock:
            head, _ = self._chain.head()
            if self._known is None or not self._still_there(self._known, head):
                members, following = self._kept()
            else:
                members, following, _ = self._known
            if following <= head:
                members = apply_quorum_events(members, self._chain.events([self._contract], following, head))
                self._known = members, head + 1, self._chain.block_hash(head)
            return members

    def _still_there(self, known: tuple[Members, int, bytes], head: int) -> bool:
        last = known[1] - 1
        return last > head or self._chain.block_hash(last) == known[2]
