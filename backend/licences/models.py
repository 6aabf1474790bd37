"""Offers, licences, subscriptions and releases (projections). Ids are the hashes that the contracts use, 0x-hex."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Integer, Numeric, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from backend.core.database import Base


class OfferTerms:
    """What an offer of one work and a catalogue both say. Price in CPY wei, or in minor units of the currency."""

    price: Mapped[int] = mapped_column(Numeric(78, 0))
    currency: Mapped[str] = mapped_column(Text, default="")
    period: Mapped[int] = mapped_column(BigInteger)
    grace: Mapped[int] = mapped_column(BigInteger)
    uses: Mapped[int] = mapped_column(BigInteger)
    rights: Mapped[int] = mapped_column(Integer)
    territories: Mapped[int] = mapped_column(Numeric(78, 0))
    terms_hash: Mapped[str] = mapped_column(Text)
    nonce: Mapped[int] = mapped_column(Numeric(20, 0))
    closed: Mapped[bool] = mapped_column(Boolean, default=False)


class Offer(OfferTerms, Base):
    """A standing offer of one work."""

    __tablename__ = "offers"
    offer_id: Mapped[str] = mapped_column(Text, primary_key=True)
    work_id: Mapped[str] = mapped_column(Text, index=True)
    seller: Mapped[str] = mapped_column(Text)
    # The catalogue that it came from; it sells only while that is open.
    catalogue_id: Mapped[str | None] = mapped_column(Text)


class Catalogue(OfferTerms, Base):
    """One offer for many works. `works_root` is zero for every work of the seller."""

    __tablename__ = "catalogues"
    catalogue_id: Mapped[str] = mapped_column(Text, primary_key=True)
    seller: Mapped[str] = mapped_column(Text, index=True)
    works_root: Mapped[str] = mapped_column(Text)


class CatalogueWorks(Base):
    """The works under a root: a buyer's proof is made of them. No projection: the chain has the root only."""

    __tablename__ = "catalogue_works"
    root: Mapped[str] = mapped_column(Text, primary_key=True)
    work_ids: Mapped[list[str]] = mapped_column(JSONB)


class Licence(Base):
    """A licence, or a sub-licence: then `parent_id` names what it was granted under. Times in Unix seconds."""

    __tablename__ = "licences"
    licence_id: Mapped[str] = mapped_column(Text, primary_key=True)
    work_id: Mapped[str] = mapped_column(Text, index=True)
    end_user: Mapped[str] = mapped_column(Text, index=True)
    licensee: Mapped[str] = mapped_column(Text)
    offer_id: Mapped[str | None] = mapped_column(Text)
    parent_id: Mapped[str | None] = mapped_column(Text)
    starts: Mapped[int] = mapped_column(BigInteger)
    # The last second that is covered, grace included.
    until: Mapped[int] = mapped_column(BigInteger)
    tx_hash: Mapped[str] = mapped_column(Text)


class Release(Base):
    """The retroactive licence of a settled case: all uses of a work on a site up to a time."""

    __tablename__ = "releases"
    block: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    tx_hash: Mapped[str] = mapped_column(Text)
    work_id: Mapped[str] = mapped_column(Text, index=True)
    site_hash: Mapped[str] = mapped_column(Text)
    until: Mapped[int] = mapped_column(BigInteger)
