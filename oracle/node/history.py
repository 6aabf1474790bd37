"""The chain as this node read it, in its own tables: read once, gone on from after a restart, taken back after a
reorganisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Engine, delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from oracle.chain.client import Chain, Event
from oracle.chain.follow import last_common_block, read_span
from oracle.errors import ChainError
from oracle.node.database import chain_blocks, chain_events

log = structlog.get_logger()

CONTRACTS = ["WorkRegistry", "EvidenceOracle"]
RANGE = 2000
# Spans whose hashes are kept. A reorganisation that goes deeper makes the node read the chain anew.
KEPT_BLOCKS = 256


@dataclass(frozen=True)
class Position:
    """Where a reader of the history stands: behind this event. `generation` changes when the chain was taken back."""

    generation: int = -1
    block: int = -1
    index: int = -1


class History:
    """Events behind the confirmations. One thread advances it; any may read."""

    def __init__(self, engine: Engine, chain: Chain, confirmations: int) -> None:
        self._engine = engine
        self._chain = chain
        self._confirmations = confirmations
        self.generation = 0

    @property
    def next_block(self) -> int:
        """First block that was not read yet."""
        with self._engine.begin() as connection:
            last = connection.scalar(select(chain_blocks.c.number).order_by(chain_blocks.c.number.desc()).limit(1))
        return self._chain.deployment.first_block if last is None else int(last) + 1

    def advance(self) -> bool:
        """Read on by one span. Whether there may be more at once. Raises ChainError."""
        b = chain_blocks
        with self._engine.begin() as connection:
            kept = connection.execute(select(b.c.number, b.c.hash).order_by(b.c.number.desc())).all()
        if kept and not self._is_there(kept[0].number, bytes(kept[0].hash)):
            self._rewind([(row.number, bytes(row.hash)) for row in kept])
            return True
        start = self._chain.deployment.first_block if not kept else kept[0].number + 1
        span = read_span(self._chain, CONTRACTS, start, self._confirmations, RANGE)
        if span is None:
            return False
        rows = [
            {
                "block": event.block,
                "index": event.index,
                "block_hash": event.block_hash,
                "tx_hash": event.tx_hash,
                "contract": event.contract,
                "name": event.name,
                "arguments": _to_json(event.arguments),
            }
            for event in span.events
        ]
        with self._engine.begin() as connection:
            if rows:
                connection.execute(insert(chain_events).values(rows).on_conflict_do_nothing())
            connection.execute(insert(b).values(number=span.last, hash=span.last_hash).on_conflict_do_nothing())
            connection.execute(delete(b).where(b.c.number < span.last - KEPT_BLOCKS))
        return span.last - start + 1 >= RANGE

    def _is_there(self, number: int, digest: bytes) -> bool:
        """An endpoint that is behind does not know the block yet: what was read is not gone for that."""
        return self._chain.head()[0] < number or self._chain.block_hash(number) == digest

    def _rewind(self, kept: list[tuple[int, bytes]]) -> None:
        good = last_common_block(self._chain, kept)
        log.warning("reorganisation", was=kept[0][0], back_to=good)
        after = good if good is not None else -1
        with self._engine.begin() as connection:
            connection.execute(delete(chain_blocks).where(chain_blocks.c.number > after))
            connection.execute(delete(chain_events).where(chain_events.c.block > after))
        self.generation += 1

    def read(self, contract: str, at: Position) -> tuple[Position, list[Event]]:
        """Events of a contract behind the position, and the new position.

        After a reorganisation the position's generation is another one: the events are those from the beginning then,
        and whoever keeps what followed from the old ones must forget it.
        """
        c = chain_events
        generation = self.generation
        start = at if at.generation == generation else Position(generation)
        with self._engine.begin() as connection:
            rows = connection.execute(
                select(c)
                .where(c.c.contract == contract, tuple_(c.c.block, c.c.index) > tuple_(start.block, start.index))
                .order_by(c.c.block, c.c.index)
            ).all()
        events = [
            Event(
                contract=row.contract,
                name=row.name,
                arguments=_from_json(row.arguments),
                block=row.block,
                block_hash=bytes(row.block_hash),
                index=row._mapping["index"],  # a row has a method of that name
                tx_hash=bytes(row.tx_hash),
            )
            for row in rows
        ]
        end = Position(generation, events[-1].block, events[-1].index) if events else start
        return end, events

    def must_be_read(self) -> None:
        """Raises ChainError before the first block was read."""
        with self._engine.begin() as connection:
            if connection.execute(select(chain_blocks.c.number).limit(1)).first() is None:
                raise ChainError("the chain has not been read yet")


def _to_json(value: Any) -> Any:
    """JSON that gives the very same value back: bytes are marked, large numbers stay numbers."""
    if isinstance(value, bytes):
        return {"0x": value.hex()}
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")  # PostgreSQL does not keep it
    if isinstance(value, Mapping):
        return {"{}": {str(k): _to_json(v) for k, v in value.items()}}
    if isinstance(value, list | tuple):
        return [_to_json(v) for v in value]
    return value


def _from_json(value: Any) -> Any:
    if isinstance(value, dict):
        if "0x" in value:
            return bytes.fromhex(value["0x"])
        return {k: _from_json(v) for k, v in value["{}"].items()}
    if isinstance(value, list):
        return [_from_json(v) for v in value]
    return value
