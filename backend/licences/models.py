"""Offers, licences and releases (projections)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Numeric, Text
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import Base


class Offer(Base):
    """A standing offer."""

    __tablename__ = "offers"
    offer_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    work_id: Mapped[str] = mapped_column(Text, index=True)
    seller: Mapped[str] = mapped_column(Text)
    price: Mapped[int] = mapped_column(Numeric(78, 0))
    period: Mapped[int] = mapped_column(BigInteger)
    grace: Mapped[int] = mapped_column(BigInteger)
    terms_hash: Mapped[str] = mapped_column(Text)
    closed: Mapped[bool] = mapped_column(Boolean, default=False)


class Licence(Base):
    """A bought licence."""

    __tablename__ = "licences"
    licence_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    work_id: Mapped[str] = mapped_column(Text, index=True)
    end_user: Mapped[str] = mapped_column(Text, index=True)
    licensee: Mapped[str] = mapped_column(Text)
    offer_id: Mapped[int] = mapped_column(BigInteger)
    starts: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[int] = mapped_column(BigInteger)
    tx_hash: Mapped[str] = mapped_column(Text)


class Release(Base):
    """The retroactive licence of a settled case."""

    __tablename__ = "releases"
    block: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tx_hash: Mapped[str] = mapped_column(Text)
    work_id: Mapped[str] = mapped_column(Text, index=True)
    site_hash: Mapped[str] = mapped_column(Text)
    starts: Mapped[int] = mapped_column(BigInteger)
    until: Mapped[int] = mapped_column(BigInteger)
