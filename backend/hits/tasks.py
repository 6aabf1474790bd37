"""Hits: what runs later."""

from __future__ import annotations

import time

import structlog

from backend.core.database import transaction
from backend.core.locks import Lock, try_lock
from backend.core.services import celery
from backend.hits import service

log = structlog.get_logger()
# Far below the limit of a task, at which it would be killed.
TICK_SECONDS = 60.0


@celery().task(name="hits.open_reports")  # type: ignore[untyped-decorator]
def open_reports() -> None:
    """One process at a time; each report in a transaction of its own, so that one cannot hold up the others."""
    with transaction() as guard:
        if not try_lock(guard, Lock.REPORTS):
            return
        end = time.monotonic() + TICK_SECONDS
        with transaction() as session:
            waiting = service.reports_to_open(session)
        for report in waiting:
            if time.monotonic() > end:
                return  # the next tick goes on
            try:
                rows = service.open_report(report)
            except Exception as problem:  # whatever one report holds, the others are opened
                log.exception("report not opened", root=report.root, problem=repr(problem))
                rows = []
            with transaction() as session:
                service.keep(session, rows)
                service.note_opening(session, report.root)
