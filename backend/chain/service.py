"""The indexer: follows the chain with confirmations, notices reorganisations, and feeds events to the features.

Idea of comparing block hashes and rewinding: safe-global/safe-transaction-service. A feature's projection is a function
(session, event); after a reorganisation the projections are emptied and made again from the kept events.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DataError, IntegrityError, MultipleResultsFound, NoResultFound, SQLAlchemyError
from sqlalchemy.orm import Session

from backend.chain.models import Block, ChainEvent
from backend.core.database import transaction
from backend.core.locks import Lock, try_lock, wait_for_lock
from backend.core.services import chain
from backend.core.settings import settings
from oracle.chain.follow import last_common_block, read_span
from oracle.errors import ChainError

log = structlog.get_logger()

CONTRACTS = [
    *("WorkRegistry", "VerifierHub", "OfferBook", "LicenseLedger", "Subscriptions", "EvidenceOracle", "Settlement"),
    *("Arbitration", "Rates"),
]
RANGE = 1000
# Blocks whose hashes are kept: a reorganisation that goes deeper is a matter for people.
KEPT_BLOCKS = 256


@dataclass(frozen=True)
class Projection:
    """Tables of a feature that follow from events: how to empty them, and how to apply one event."""

    clear: Callable[[Session], None]
    apply: Callable[[Session, ChainEvent], None]


class DeepReorganisationError(Exception):
    """The chain changed further back than hashes are kept."""


def index(projections: Sequence[Projection]) -> int:
    """Read what is new. Returns the number of the last block read. Only one process at a time does it."""
    with transaction() as session:
        if not try_lock(session, Lock.INDEX):
            return -1
        last: int | None = session.scalar(select(func.max(Block.number)))
        head = chain().head()[0]
        if last is not None and head < last:
            return last  # the endpoint lags behind: what was read is not gone
        if last is not None and not _still_there(session, last):
            last = _rewind(session, last, projections)
        start = chain().deployment.first_block if last is None else last + 1
        span = read_span(chain(), CONTRACTS, start, settings().confirmations, RANGE)
        if span is None:
            return last or 0
        times = {number: chain().block_time(number) for number in {e.block for e in span.events}}
        for event in span.events:
            row = ChainEvent(
                block=event.block,
                index=event.index,
                time=times[event.block],
                tx_hash="0x" + event.tx_hash.hex(),
                contract=event.contract,
                name=event.name,
                arguments={k: _plain(v) for k, v in event.arguments.items()},
            )
            session.add(row)
            _apply_all(session, row, projections)
        # One hash a range is enough: an earlier block cannot change without it.
        found = {"number": span.last, "hash": "0x" + span.last_hash.hex()}
        session.execute(insert(Block).values(found).on_conflict_do_update(index_elements=["number"], set_=found))
        session.execute(delete(Block).where(Block.number < span.last - KEPT_BLOCKS))
        return span.last


def _apply_all(session: Session, event: ChainEvent, projections: Sequence[Projection]) -> None:
    """Apply an event to every projection. What does not fit our tables is noted and passed over: anybody may emit an
    event, and nobody may stop the others by an odd one. Raises what is the database's fault and not the event's, so
    that the tick fails and is tried again."""
    for projection in projections:
        try:
            with session.begin_nested():
                projection.apply(session, event)
                session.flush()
        except Exception as problem:
            if _is_passing(problem):
                raise
            log.error("event not applied", name=event.name, tx=event.tx_hash, problem=repr(problem))


def _is_passing(problem: Exception) -> bool:
    """Whether the fault is not the event's: the database failed (deadlock, lost connection, time-out, missing table),
    the chain did not answer, or memory ran out."""
    about_the_values = DataError | IntegrityError | NoResultFound | MultipleResultsFound
    if isinstance(problem, SQLAlchemyError):
        return not isinstance(problem, about_the_values)
    return isinstance(problem, ChainError | MemoryError)


def reindex(projections: Sequence[Projection]) -> int:
    """Forget everything that was read, and read it again from the first block. Returns the number of the last one."""
    with transaction() as session:
        wait_for_lock(session, Lock.INDEX)
        session.execute(delete(Block))
        session.execute(delete(ChainEvent))
        for projection in projections:
            projection.clear(session)
    before, now = -1, 0
    while before != now:
        index(projections)
        with transaction() as session:
            before, now = now, last_block(session)
    return now


def last_block(session: Session) -> int:
    """Number of the last block that was read; 0 before the first."""
    return session.scalar(select(func.max(Block.number))) or 0


def _still_there(session: Session, number: int) -> bool:
    kept = session.scalar(select(Block.hash).where(Block.number == number))
    return kept == "0x" + chain().block_hash(number).hex()


def _rewind(session: Session, last: int, projections: Sequence[Projection]) -> int | None:
    kept = session.execute(select(Block.number, Block.hash).order_by(Block.number.desc())).all()
    good = last_common_block(chain(), ((number, bytes.fromhex(digest[2:])) for number, digest in kept))
    if good is None and last - chain().deployment.first_block > KEPT_BLOCKS:
        raise DeepReorganisationError(
            f"none of the last {KEPT_BLOCKS} blocks is on the chain any more: run `backend reindex`"
        )
    log.warning("reorganisation", was=last, back_to=good)
    session.execute(delete(Block).where(Block.number > (good if good is not None else -1)))
    session.execute(delete(ChainEvent).where(ChainEvent.block > (good if good is not None else -1)))
    for projection in projections:
        projection.clear(session)
    session.flush()
    for event in session.scalars(select(ChainEvent).order_by(ChainEvent.block, ChainEvent.index)):
        _apply_all(session, event, projections)
    return good


def _plain(value: Any) -> Any:
    """As JSON: bytes in hex, large numbers as text, and no character that PostgreSQL does not keep."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 53:
        return str(value)
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value
