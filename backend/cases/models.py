"""Cases: the private side, its transitions, and the cases on-chain."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, Boolean, DateTime, ForeignKey, LargeBinary, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.cases.states import CaseState
from backend.core.database import Base, EnumText, Identified


class Case(Base, Identified):
    """A claim's life. `token` opens the portal for the image user; `code` is what a letter prints."""

    __tablename__ = "cases"
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("accounts.id"))
    hit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("hits.id"), unique=True)
    leaf: Mapped[str] = mapped_column(Text, unique=True)
    work_id: Mapped[str] = mapped_column(Text)
    claimant: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text, unique=True)
    token: Mapped[str] = mapped_column(Text, unique=True)
    currency: Mapped[str] = mapped_column(Text)
    demand: Mapped[int] = mapped_column(BigInteger)
    # Withdrawn before it was opened on-chain.
    withdrawn: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    # The image user asked for the panel; the operator's wallet brings the contest on-chain.
    panel_asked: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")


class Answer(Base, Identified):
    """What the image user answered: a licence, or an objection. Words are encrypted at rest.

    `decision` is None while the holder has to look at it, then upheld (the claim stands) or accepted (it does not).
    """

    __tablename__ = "case_answers"
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    licence_id: Mapped[str | None] = mapped_column(Text)
    finding: Mapped[str] = mapped_column(Text, default="")
    words: Mapped[bytes] = mapped_column(LargeBinary)
    decision: Mapped[str | None] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision_words: Mapped[bytes | None] = mapped_column(LargeBinary)


class Transition(Base, Identified):
    """One step of a case: who, when, why; for steps on-chain the transaction and the event's place in its block.

    `block` is the event's block, or the last one that was read when somebody acted here: clocks differ and a block's
    time has whole seconds, so `at` alone does not say what came first.
    """

    __tablename__ = "case_transitions"
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    state: Mapped[CaseState] = mapped_column(EnumText(CaseState))
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    block: Mapped[int] = mapped_column(BigInteger)
    log_index: Mapped[int | None] = mapped_column(BigInteger)
    actor: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    tx_hash: Mapped[str | None] = mapped_column(Text)


class ChainCase(Base):
    """A case on-chain (projection)."""

    __tablename__ = "chain_cases"
    case_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    leaf: Mapped[str] = mapped_column(Text, index=True)
    work_id: Mapped[str] = mapped_column(Text, index=True)
    site_hash: Mapped[str] = mapped_column(Text)
    claimant: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    demand: Mapped[int] = mapped_column(Numeric(30, 0))
    stage: Mapped[CaseState] = mapped_column(EnumText(CaseState))
    opened_tx: Mapped[str] = mapped_column(Text)
    dispute_id: Mapped[int | None] = mapped_column(BigInteger)
    settled_tx: Mapped[str | None] = mapped_column(Text)
    payer: Mapped[str | None] = mapped_column(Text)
    amount: Mapped[int | None] = mapped_column(Numeric(78, 0))
    holder_part: Mapped[int | None] = mapped_column(Numeric(78, 0))
    commission: Mapped[int | None] = mapped_column(Numeric(78, 0))
    released_until: Mapped[int | None] = mapped_column(BigInteger)
