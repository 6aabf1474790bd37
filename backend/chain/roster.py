"""Who serves: committee members and rate signers, as the chain names them, and the content store with them behind it.

Their events are among those that the indexer keeps, so nothing is read from the first block again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache

from sqlalchemy import func, select

from backend.chain.models import Block, ChainEvent
from backend.core.database import transaction
from backend.core.services import chain, own_store
from backend.core.settings import settings
from oracle import quotes
from oracle.chain.client import Event
from oracle.chain.parties import published_endpoint, published_key
from oracle.chain.quorum import Members, Roster, apply_quorum_events
from oracle.errors import OracleError
from oracle.store.base import ContentStore
from oracle.store.gateway import GatewayStore

_KEEP_SECONDS = 60.0
_ANEW_SECONDS = 1.0


@dataclass(frozen=True)
class Member:
    """A committee member: account, X25519 key and service address."""

    address: str
    key: bytes
    endpoint: str


def committee() -> list[Member]:
    """The oracle committee's current members that published a key and an address. Raises OracleError before the first
    committee was named."""
    accounts = _roster("EvidenceOracle").members().addresses
    if not accounts:
        raise OracleError("the committee has no members yet")
    found = (Member(a, published_key(chain(), a), published_endpoint(chain(), a)) for a in accounts)
    return [member for member in found if member.key and member.endpoint]


def rate_signers() -> dict[str, str]:
    """Account → address of the current rate signers."""
    return quotes.rate_signers(chain(), _roster("Rates"))


@cache
def store() -> ContentStore:
    """Our store, with the configured gateways and the members' behind it."""
    known: list[tuple[float, list[str]]] = [(-_KEEP_SECONDS, [])]

    def gateways(anew: bool) -> list[str]:
        if time.monotonic() - known[0][0] > (_ANEW_SECONDS if anew else _KEEP_SECONDS):
            known[0] = (time.monotonic(), [member.endpoint for member in committee()])
        return [*settings().gateways.split(), *known[0][1]]

    return GatewayStore(own_store(), gateways)


@cache
def _roster(contract: str) -> Roster:
    return Roster(chain(), contract, lambda: _kept(contract))


def _kept(contract: str) -> tuple[Members, int]:
    """What the indexer read, and the first block that it did not."""
    with transaction() as session:
        last = session.scalar(select(func.max(Block.number)))
        rows = session.scalars(
            select(ChainEvent).where(ChainEvent.contract == contract).order_by(ChainEvent.block, ChainEvent.index)
        ).all()
        events = [Event(r.contract, r.name, r.arguments, r.block, b"", r.index, b"") for r in rows]
    members = apply_quorum_events(Members(), events)
    # A database of an earlier version does not have the events of every contract.
    if last is None or not members.addresses:
        return Members(), chain().deployment.blocks[contract]
    return members, last + 1
