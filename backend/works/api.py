"""HTTP of works."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, File, Form, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from backend.accounts.api import Me
from backend.chain.transactions import Transaction
from backend.core.database import Db
from backend.core.inputs import FormText
from backend.core.limits import limit
from backend.core.pictures import webp
from backend.core.settings import settings
from backend.works import service, tasks
from backend.works.models import Upload, UploadState

router = APIRouter(prefix="/works", tags=["works"])
# Each is decoded before it is answered.
UPLOADS_PER_MINUTE = 300


class Work(BaseModel):
    """A work of the holder. `not_monitored` ends the sentence “It is not monitored, because …”; such a work can be
    registered and licensed, but copies of it are not found."""

    model_config = ConfigDict(from_attributes=True)
    id: uuid.UUID
    title: str
    work_id: str
    content_hash: str
    width: int
    height: int
    format: str
    state: UploadState
    problem: str | None
    not_monitored: str | None = None
    fingerprint_cid: str | None
    metadata_cid: str | None
    registered_at: int | None = None
    registration_tx: str | None = None


class BatchRequest(BaseModel):
    works: list[uuid.UUID] = Field(min_length=1, max_length=10_000)


class KnownBatch(BaseModel):
    """A batch of the holder: `anchored` once its root is on-chain; `unclaimed` certificates can be minted then."""

    id: uuid.UUID
    created_at: datetime
    size: int
    anchored: bool
    unclaimed: int


class Batch(BaseModel):
    id: uuid.UUID
    root: str
    manifest_cid: str
    transaction: Transaction


def _shown(session: Session, found: Upload) -> Work:
    return _all_shown(session, [found])[0]


def _all_shown(session: Session, uploads: Sequence[Upload]) -> list[Work]:
    registered = service.registered_among(session, [upload.work_id for upload in uploads])
    every = [Work.model_validate(upload) for upload in uploads]
    for shown in every:
        if work := registered.get(shown.work_id):
            shown.registered_at, shown.registration_tx = work.registered_at, work.tx_hash
    return every


@router.post("", status_code=202)
def upload(
    account: Me,
    session: Db,
    later: BackgroundTasks,
    file: Annotated[UploadFile, File()],
    title: Annotated[FormText, Form()] = "",
) -> Work:
    """Upload one picture. Its fingerprint is made in the background; ask for the work until it is `ready`."""
    limit("upload", str(account.id), UPLOADS_PER_MINUTE, "Too many uploads. Continue in a minute.")
    data = file.file.read(settings().max_upload_bytes + 1)
    found = service.upload(session, account, data, title)
    later.add_task(tasks.prepare.delay, str(found.id))
    return _shown(session, found)


@router.get("")
def list_works(account: Me, session: Db) -> list[Work]:
    return _all_shown(session, service.uploads_of(session, account))


@router.get("/batches")
def list_batches(account: Me, session: Db) -> list[KnownBatch]:
    return [
        KnownBatch(
            id=draft.id,
            created_at=draft.created_at,
            size=len(draft.upload_ids),
            anchored=anchored,
            unclaimed=unclaimed,
        )
        for draft, anchored, unclaimed in service.batches_of(session, account)
    ]


@router.get("/pictures/{work_id}/{size}", response_class=Response)
def picture(work_id: str, size: str, account: Me, session: Db) -> Response:
    """WebP of one of your works; `size` is preview (1280 px) or tile (320 px)."""
    return webp(service.picture_of(session, account, work_id, size))


@router.get("/{upload_id}")
def show(upload_id: uuid.UUID, account: Me, session: Db) -> Work:
    return _shown(session, service.upload_of(session, account, upload_id))


@router.get("/{upload_id}/registration")
def registration(upload_id: uuid.UUID, account: Me, session: Db) -> Transaction:
    """The transaction with which your own wallet registers the work."""
    return service.registration(session, account, upload_id)


@router.post("/batches", status_code=201)
def anchor(body: BatchRequest, account: Me, session: Db) -> Batch:
    """One transaction that dates all these works."""
    draft, transaction = service.draft_batch(session, account, body.works)
    return Batch(id=draft.id, root=draft.root, manifest_cid=draft.manifest_cid, transaction=transaction)


@router.get("/batches/{draft_id}/claims")
def claims(draft_id: uuid.UUID, account: Me, session: Db) -> list[Transaction]:
    """Transactions that mint the certificates of the anchored works."""
    return service.batch_claims(session, account, draft_id)
