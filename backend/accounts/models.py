"""Accounts and their tokens."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import Base, Identified

SESSION, API_KEY = "session", "api"


class Account(Base, Identified):
    """Somebody who proved that an address is theirs."""

    __tablename__ = "accounts"
    address: Mapped[str] = mapped_column(Text, unique=True)


class Token(Base, Identified):
    """A session or an API key; only the hash is kept."""

    __tablename__ = "tokens"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"), index=True)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text, default="")
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    # Of API keys, to the minute.
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
