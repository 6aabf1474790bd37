"""Following a chain: what is new behind the confirmations, and how far back a reorganisation goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oracle.chain.client import Chain, Event


@dataclass(frozen=True)
class Span:
    """What was read up to and including block `last`, whose hash stands for all blocks before it."""

    last: int
    last_hash: bytes
    events: list[Event]


def read_span(chain: Chain, contracts: list[str], start: int, confirmations: int, most: int) -> Span | None:
    """Events from block `start` on, of at most `most` blocks that `confirmations` blocks follow.

    None if there are no such blocks yet, or if the chain changed while it was read. Raises ChainError.
    """
    end = min(chain.head()[0] - confirmations, start + most - 1)
    if end < start:
        return None
    before = chain.block_hash(end)
    events = chain.events(contracts, start, end)
    return Span(end, before, events) if chain.block_hash(end) == before else None


def last_common_block(chain: Chain, kept: Iterable[tuple[int, bytes]]) -> int | None:
    """The first of these blocks (number and hash, newest first) that the chain still has. Raises ChainError."""
    head = chain.head()[0]
    return next((number for number, digest in kept if number <= head and chain.block_hash(number) == digest), None)
