"""Whose turn it is: a site falls to one member of the committee, and to the next ones if that member does nothing.

Rendezvous hashing (Thaler & Ravishankar 1998): members need not agree on anything but the committee, and one that joins
or leaves moves only the sites that fall to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from oracle.errors import OracleError


@dataclass(frozen=True)
class Turns:
    """The turns of one member. `committee` answers with the members' addresses."""

    committee: Callable[[], Iterable[str]]
    account: str

    def place(self, site: str) -> int | None:
        """How many members come before this one; None for who is no member."""
        order = members_in_turn(site, self.committee())
        return order.index(self.account) if self.account in order else None

    def wait(self, site: str, takeover: float) -> float:
        """Seconds that the site is left to the members before this one, each of whom has `takeover` seconds. Who is no
        member, or cannot read now who is one, waits for nobody."""
        try:
            return (self.place(site) or 0) * takeover
        except OracleError:
            return 0.0


def members_in_turn(site: str, members: Iterable[str]) -> list[str]:
    """The members, first the one to whom the site falls."""
    return sorted(members, key=lambda member: hashlib.sha256(f"{member}\n{site}".encode()).digest())
