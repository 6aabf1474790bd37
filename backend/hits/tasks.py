"""Hits: what runs later."""

from __future__ import annotations

from backend.core.database import transaction
from backend.core.services import celery
from backend.hits import service


@celery().task(name="hits.open_reports")  # type: ignore[untyped-decorator]
def open_reports() -> None:
    with transaction() as session:
        service.open_reports(session)
