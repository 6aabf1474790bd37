"""Reports of the committee, and the hits that they hold."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, DateTime, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import Base, Identified


class Mark(StrEnum):
    """What a holder says of a hit. Whether a use is legal is for a court; whether they allowed it, they know."""

    NOT_LICENSED = "not_licensed"
    ALLOWED = "allowed"
    UNSURE = "unsure"
    NO_MATCH = "no_match"


class CommitteeReport(Base):
    """A report (projection). Its hits are opened when the members' sealed dossiers are there."""

    __tablename__ = "committee_reports"
    root: Mapped[str] = mapped_column(Text, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    manifest_cid: Mapped[str] = mapped_column(Text)
    reported_at: Mapped[int] = mapped_column(BigInteger)
    tx_hash: Mapped[str] = mapped_column(Text)


class ReportOpening(Base):
    """How often a report's dossiers were asked for, and when they are asked for again. No projection: it stays."""

    __tablename__ = "report_openings"
    root: Mapped[str] = mapped_column(Text, primary_key=True)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Hit(Base, Identified):
    """A verified, reported use of a work. Private: it names places."""

    __tablename__ = "hits"
    leaf: Mapped[str] = mapped_column(Text, unique=True)
    root: Mapped[str] = mapped_column(Text, index=True)
    work_id: Mapped[str] = mapped_column(Text, index=True)
    page_url: Mapped[str] = mapped_column(Text)
    image_url: Mapped[str] = mapped_column(Text)
    # sha256 of the found picture's bytes, as 0x-hex; empty where it was not kept yet.
    picture_hash: Mapped[str] = mapped_column(Text, default="", server_default="")
    site: Mapped[str] = mapped_column(Text, index=True)
    seen_at: Mapped[int] = mapped_column(BigInteger)
    match: Mapped[dict[str, Any]] = mapped_column(JSONB)
    item: Mapped[dict[str, Any]] = mapped_column(JSONB)
    proof: Mapped[list[str]] = mapped_column(JSONB)
    bundle_cid: Mapped[str] = mapped_column(Text)
    bundle_key: Mapped[bytes] = mapped_column(LargeBinary)
    # Renditions by name (found, tile, page) → file; empty where the evidence holds no picture that can be shown.
    pictures: Mapped[dict[str, str]] = mapped_column(JSONB, default=dict, server_default="{}")
    mark: Mapped[Mark | None] = mapped_column(Text)
    evidence_checked: Mapped[bool] = mapped_column(Boolean, default=False)
