"""Hits: what runs later."""

from __future__ import annotations

from sqlalchemy import func, select

from backend.core.database import transaction
from backend.core.services import celery
from backend.hits import service

_LOCK = 7_264_002


@celery().task(name="hits.open_reports")  # type: ignore[untyped-decorator]
def open_reports() -> None:
    """One process at a time; each report in a transaction of its own, so that one cannot hold up the others."""
    with transaction() as guard:
        if not guard.scalar(select(func.pg_try_advisory_xact_lock(_LOCK))):
            return
        with transaction() as session:
            waiting = service.incomplete_reports(session)
        for report in waiting:
            rows = service.open_report(report)
            with transaction() as session:
                service.keep(session, rows)
