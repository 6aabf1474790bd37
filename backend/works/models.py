"""Works: the private side (uploads), and the public register as read from the chain."""

from __future__ import annotations

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Integer, LargeBinary, Numeric, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import BIT, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import Base, EnumText, Identified

PDQ_BITS = 256


class UploadState(StrEnum):
    """`UPLOADED` until its fingerprint is made, then `READY` to be registered."""

    UPLOADED = "uploaded"
    READY = "ready"


class Upload(Base, Identified):
    """A work that a holder brought."""

    __tablename__ = "uploads"
    __table_args__ = (UniqueConstraint("account_id", "content_hash"),)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    title: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(Text)
    file: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    state: Mapped[UploadState] = mapped_column(EnumText(UploadState), default=UploadState.UPLOADED, index=True)
    problem: Mapped[str | None] = mapped_column(Text)
    # Why copies of it are not found, though it can be registered; None if they are.
    not_monitored: Mapped[str | None] = mapped_column(Text)
    work_id: Mapped[str] = mapped_column(Text, index=True)
    engine_version: Mapped[int | None] = mapped_column(Integer)
    fingerprint_cid: Mapped[str | None] = mapped_column(Text)
    metadata_cid: Mapped[str | None] = mapped_column(Text)
    # The fingerprint's perceptual hash: what looks alike is found by it without reading fingerprints.
    pdq: Mapped[str | None] = mapped_column(BIT(PDQ_BITS))
    thumbnail_file: Mapped[str | None] = mapped_column(Text)
    preview_file: Mapped[str | None] = mapped_column(Text)
    tile_file: Mapped[str | None] = mapped_column(Text)


class BatchDraft(Base, Identified):
    """Works that a holder anchors together."""

    __tablename__ = "batch_drafts"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    root: Mapped[str] = mapped_column(Text, index=True)
    manifest_cid: Mapped[str] = mapped_column(Text)
    upload_ids: Mapped[list[str]] = mapped_column(JSONB)


class RegisteredWork(Base):
    """A work of the register (projection)."""

    __tablename__ = "registered_works"
    work_id: Mapped[str] = mapped_column(Text, primary_key=True)
    owner: Mapped[str] = mapped_column(Text, index=True)
    # Who registered it, and the last transfer of the certificate, if it ever changed hands.
    registrant: Mapped[str] = mapped_column(Text, server_default="")
    transferred_at: Mapped[int | None] = mapped_column(BigInteger)
    transfer_tx: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[int] = mapped_column(Integer)
    content_hash: Mapped[str] = mapped_column(Text, index=True)
    registered_at: Mapped[int] = mapped_column(BigInteger)
    batch_id: Mapped[int] = mapped_column(BigInteger)
    # As IWorkRegistry.Standing: clear, disputed, rejected.
    standing: Mapped[str] = mapped_column(Text, server_default="clear")
    tx_hash: Mapped[str] = mapped_column(Text)
    fingerprints: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    metadata_cid: Mapped[str | None] = mapped_column(Text)


class AnchoredBatch(Base):
    """A batch of the register (projection)."""

    __tablename__ = "anchored_batches"
    batch_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    publisher: Mapped[str] = mapped_column(Text)
    root: Mapped[str] = mapped_column(Text, index=True)
    size: Mapped[int] = mapped_column(Numeric(20, 0))
    tx_hash: Mapped[str] = mapped_column(Text)


class Attestation(Base):
    """A live attestation of authorship (projection)."""

    __tablename__ = "attestations"
    work_id: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    verifier: Mapped[str] = mapped_column(Text, primary_key=True)
    expires_at: Mapped[int] = mapped_column(BigInteger)
    tx_hash: Mapped[str] = mapped_column(Text)


class AttestationEvidence(Base):
    """What opens the evidence hash of the verifier's attestations of a work for somebody. Never public."""

    __tablename__ = "attestation_evidence"
    work_id: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    evidence_hash: Mapped[str] = mapped_column(Text, unique=True)
    # The original in the file store, and the salt, sealed.
    file: Mapped[str] = mapped_column(Text)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
