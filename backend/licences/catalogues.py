"""One offer for many works: made once by the seller, turned into an offer of a work by whoever buys first."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.chain.transactions import Transaction, prepare
from backend.core.errors import ApiError, not_found
from backend.core.services import own_store
from backend.licences.models import Catalogue, CatalogueWorks, Offer, OfferTerms
from backend.works import service as works
from oracle.chain import licensing
from oracle.merkle import MerkleTree

EVERY_WORK = bytes(32)
# CPY wei and minor units both have to fit the contract's uint96.
MAX_PRICE = 2**96 - 1


@dataclass(frozen=True)
class Terms:
    """What the seller says: a standard price structure, a price in CPY wei or minor units, and the licence's text."""

    preset: str
    price: int
    currency: str
    words: str


@dataclass(frozen=True)
class PreparedCatalogue:
    """The transaction for the seller's wallet; with it, all works of the catalogue are on offer."""

    catalogue_id: str
    transaction: Transaction


def make(session: Session, account: Account, terms: Terms, work_ids: Sequence[str] | None) -> PreparedCatalogue:
    """A catalogue of these works, or of every work that the account owns and will own. Raises ApiError.

    The licence's text is kept in the content store, under the hash that stands on-chain.
    """
    if terms.price > MAX_PRICE:
        raise ApiError(422, "bad_price", "This price is too high. Enter a lower one.")
    if work_ids is not None:
        mine = {work.work_id for work in works.registered_to(session, account.address)}
        strange = sorted({w.lower() for w in work_ids} - mine)
        if strange:
            raise ApiError(
                409, "not_registered", f"These works are not registered to you on-chain: {', '.join(strange[:3])}."
            )
    chosen = None if work_ids is None else sorted({w.lower() for w in work_ids})
    root = EVERY_WORK if chosen is None else _tree(chosen).root
    if chosen is not None:
        kept = insert(CatalogueWorks).values(root="0x" + root.hex(), work_ids=chosen)
        session.execute(kept.on_conflict_do_nothing())
    text = terms.words.encode()
    own_store().put(text)
    preset = licensing.PRESETS[terms.preset]
    said = licensing.Offer(
        work_id=bytes(32),
        price=terms.price,
        period=preset.period,
        terms_hash=hashlib.sha256(text).digest(),
        grace=preset.grace,
        uses=preset.uses,
        rights=preset.rights,
        currency=terms.currency,
        nonce=secrets.randbits(63),
    )
    made = licensing.Catalogue(account.address, root, said)
    what = "all your works" if chosen is None else "one work" if len(chosen) == 1 else f"{len(chosen)} works"
    transaction = prepare("OfferBook", "createCatalogue", made.encoded(), summary=f"Offer licences for {what}")
    return PreparedCatalogue("0x" + made.catalogue_id.hex(), transaction)


def close(session: Session, account: Account, catalogue_id: str) -> Transaction:
    """The transaction that ends a catalogue and every offer that came from it. Raises ApiError."""
    row = session.get(Catalogue, catalogue_id.lower())
    if row is None or row.seller != account.address:
        raise not_found("offer")
    if row.closed:
        raise ApiError(409, "closed", "This offer has already been closed.")
    return prepare("OfferBook", "closeCatalogue", terms_of(row).encoded(), summary="End the offer")


def catalogues_of(session: Session, seller: str) -> list[Catalogue]:
    """Open catalogues of a seller."""
    of = (Catalogue.seller == seller, Catalogue.closed.is_(False))
    return list(session.scalars(select(Catalogue).where(*of).order_by(Catalogue.catalogue_id)))


def offers_in(session: Session, work_id: str, owner: str) -> list[tuple[Catalogue, licensing.Offer]]:
    """Offers that the owner's open catalogues make for a work, and that nobody has listed yet."""
    found = []
    for row in catalogues_of(session, owner):
        if proof_of(session, row, work_id) is not None:
            offer = terms_of(row).offer_of(bytes.fromhex(work_id[2:]))
            if session.get(Offer, "0x" + offer.offer_id.hex()) is None:
                found.append((row, offer))
    return found


def proof_of(session: Session, row: Catalogue, work_id: str) -> list[bytes] | None:
    """Proof that a catalogue has a work; None if it has not, or if its works are not known here."""
    if bytes.fromhex(row.works_root[2:]) == EVERY_WORK:
        return []
    kept = session.get(CatalogueWorks, row.works_root)
    if kept is None or work_id not in kept.work_ids:
        return None
    return _tree(kept.work_ids).proof(kept.work_ids.index(work_id))


def terms_of(row: Catalogue) -> licensing.Catalogue:
    """The catalogue as the contract takes it."""
    said = said_by(row, bytes(32))
    return licensing.Catalogue(row.seller, bytes.fromhex(row.works_root[2:]), said)


def said_by(row: OfferTerms, work_id: bytes) -> licensing.Offer:
    """The terms of a row, as an offer of this work."""
    return licensing.Offer(
        work_id=work_id,
        price=int(row.price),
        period=row.period,
        terms_hash=bytes.fromhex(row.terms_hash[2:]),
        grace=row.grace,
        uses=row.uses,
        rights=row.rights,
        territories=int(row.territories),
        currency=row.currency,
        nonce=int(row.nonce),
    )


def _tree(work_ids: Sequence[str]) -> MerkleTree:
    return MerkleTree([licensing.catalogue_leaf(bytes.fromhex(w[2:])) for w in work_ids])
