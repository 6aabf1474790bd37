"""Work that one process does at a time: advisory locks of the database, which a crash releases."""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session


class Lock(IntEnum):
    """Numbers are unique in the database: whoever else uses it must not take these."""

    INDEX = 7_264_001
    REPORTS = 7_264_002
    CONTESTS = 7_264_003


def try_lock(session: Session, lock: Lock) -> bool:
    """Whether the lock was free; it is held until the session's transaction ends."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(lock.value))))


def wait_for_lock(session: Session, lock: Lock) -> None:
    """Wait until the lock is free; it is held until the session's transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(lock.value)))
