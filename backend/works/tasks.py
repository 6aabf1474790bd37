"""Works: what runs later."""

from __future__ import annotations

import uuid

from backend.core.database import transaction
from backend.core.services import celery
from backend.works import service


@celery().task(name="works.prepare")  # type: ignore[untyped-decorator]
def prepare(upload_id: str) -> None:
    with transaction() as session:
        service.prepare_upload(session, uuid.UUID(upload_id))


@celery().task(name="works.sweep")  # type: ignore[untyped-decorator]
def sweep() -> None:
    """Ask again for what a killed worker left behind."""
    with transaction() as session:
        for upload_id in service.stale_uploads(session):
            prepare.apply_async((str(upload_id),), expires=30)
        service.fill_hashes(session)
