"""Who may sign for a contract: the current members, as its events tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oracle.chain.client import Event


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
