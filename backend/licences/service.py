"""Licences as read from the chain, and the question whether a use is covered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.chain.models import ChainEvent
from backend.chain.service import Projection
from backend.chain.transactions import Transaction, prepare
from backend.core.errors import ApiError
from backend.core.money import show_cpy
from backend.core.services import chain
from backend.licences import catalogues
from backend.licences.models import Catalogue, Licence, Offer, Release
from backend.payments import service as payments
from backend.works import service as works
from oracle.chain import licensing
from oracle.errors import OracleError
from oracle.quotes import Payment
from oracle.report.items import place_hashes

# IPullPayments.Permit of value 0: the allowance is a transaction of its own.
NO_PERMIT = (0, 0, 0, bytes(32), bytes(32))


def covered(work_id: str, page_url: str, at: int) -> bool:
    """Asked of the chain itself: no delay of ours may make a licensed use a case."""
    place = place_hashes(page_url)
    work = bytes.fromhex(work_id.removeprefix("0x"))
    return bool(chain().call("LicenseLedger", "covered", work, place["host_hash"], place["site_hash"], at, at))


def licence(session: Session, licence_id: str) -> Licence | None:
    return session.get(Licence, licence_id.lower())


def names(found: Licence, page_url: str) -> bool:
    """Whether a licence names the host or the site of a page as its end user."""
    return found.end_user in {"0x" + h.hex() for h in place_hashes(page_url).values()}


def is_platform(page_url: str) -> bool:
    """Whether the page lies on a listed sharing platform, where no case can be opened on the site as a whole."""
    return bool(chain().call("LicenseLedger", "isPlatform", place_hashes(page_url)["site_hash"]))


def releases_of(session: Session, work_id: str) -> list[Release]:
    return list(session.scalars(select(Release).where(Release.work_id == work_id).order_by(Release.until)))


@dataclass(frozen=True)
class Purchase:
    """A purchase for the licensee's wallet; the price in CPY wei."""

    licence_id: bytes
    price: int
    shown: str
    valid_until: int | None
    transactions: list[Transaction]


def purchase(session: Session, offer_id: str, licensee: str, url: str, whole_site: bool) -> Purchase:
    """Transactions that buy or renew a licence for the site of an address. Raises ApiError."""
    row = session.get(Offer, offer_id.lower())
    if row is None or row.closed:
        raise _unknown_offer()
    return _purchase(catalogues.said_by(row, bytes.fromhex(row.work_id[2:])), licensee, url, whole_site)


def purchase_from_catalogue(
    session: Session, work_id: str, catalogue_id: str, licensee: str, url: str, whole_site: bool
) -> Purchase:
    """As `purchase`, of a work that a catalogue offers; first of all its offer is listed, once. Raises ApiError."""
    row, work = session.get(Catalogue, catalogue_id.lower()), works.registered(session, work_id.lower())
    if row is None or row.closed or work is None or work.owner != row.seller:
        raise _unknown_offer()
    proof = catalogues.proof_of(session, row, work.work_id)
    if proof is None:
        raise _unknown_offer()
    terms, raw = catalogues.terms_of(row), bytes.fromhex(work.work_id[2:])
    offer = terms.offer_of(raw)
    found = _purchase(offer, licensee, url, whole_site)
    if session.get(Offer, "0x" + offer.offer_id.hex()):
        return found
    listing = prepare("OfferBook", "listWork", terms.encoded(), raw, proof, summary="List the offer for this work")
    return replace(found, transactions=[listing, *found.transactions])


def _unknown_offer() -> ApiError:
    return ApiError(404, "unknown_offer", "This offer does not exist or has been closed. Check the work's certificate.")


def _purchase(offer: licensing.Offer, licensee: str, url: str, whole_site: bool) -> Purchase:
    try:
        place = place_hashes(url)
    except OracleError as problem:
        raise ApiError(422, "bad_url", f"{problem}.") from problem
    end_user = place["site_hash" if whole_site else "host_hash"]
    if any(chain().call("LicenseLedger", "isPlatform", name) for name in place.values()):
        raise ApiError(422, "platform", "This is a sharing platform. Enter a site that belongs to the licensee.")
    ledger = chain().deployment.addresses["LicenseLedger"]
    valid_until = None
    if offer.currency:
        asked = {"offer": offer.to_json()}
        quote = payments.quote_for(Payment(ledger, offer.offer_id, offer.price, offer.currency, asked))
        price, valid_until = int(quote.message["amount"]), int(quote.message["validUntil"])
        call: tuple[Any, ...] = ("buyQuoted", offer.purchase(licensee, end_user, price), quote.encoded())
        call = (*call, quote.signatures, NO_PERMIT)
    else:
        price = offer.price
        call = ("buy", offer.purchase(licensee, end_user))
    shown = show_cpy(price)
    allowance = prepare("CPYToken", "approve", ledger, price, summary=f"Approve the payment of {shown}")
    buying = prepare("LicenseLedger", *call, summary=f"Buy the licence for {shown}")
    transactions = [allowance, buying] if price else [buying]
    return Purchase(offer.licence_id(licensee, end_user), price, shown, valid_until, transactions)


def offers_of(session: Session, work_id: str) -> list[Offer]:
    """Offers under which a licence of the work can be bought now."""
    offers = session.scalars(select(Offer).where(Offer.work_id == work_id, Offer.closed.is_(False))).all()
    closed = select(Catalogue.catalogue_id).where(
        Catalogue.catalogue_id.in_([o.catalogue_id for o in offers if o.catalogue_id]), Catalogue.closed
    )
    ended = set(session.scalars(closed))
    return [offer for offer in offers if offer.catalogue_id not in ended]


def _clear(session: Session) -> None:
    for table in (Offer, Catalogue, Licence, Release):
        session.execute(delete(table))


def _apply(session: Session, event: ChainEvent) -> None:
    told = event.arguments
    match (event.contract, event.name):
        case ("OfferBook", "OfferCreated"):
            session.add(_offer(told))
            session.flush()
        case ("OfferBook", "OfferClosed"):
            session.get_one(Offer, told["offerId"]).closed = True
        case ("OfferBook", "OfferAdopted"):
            adopted = session.get_one(Offer, told["offerId"])
            adopted.seller, adopted.catalogue_id = told["seller"], None
        case ("OfferBook", "CatalogueCreated"):
            session.add(_catalogue(told))
            session.flush()
        case ("OfferBook", "CatalogueClosed"):
            session.get_one(Catalogue, told["catalogueId"]).closed = True
        case ("OfferBook", "CatalogueListed"):
            session.get_one(Offer, told["offerId"]).catalogue_id = told["catalogueId"]
        case ("LicenseLedger", "LicenceBought"):
            _keep(session, event, told["offerId"], None, told["licensee"], told["coveredUntil"])
        case ("LicenseLedger", "LicenceRenewed"):
            session.get_one(Licence, told["licenceId"]).until = told["coveredUntil"]
        case ("LicenseLedger", "LicenceRevoked" | "SubLicenceEnded"):
            session.get_one(Licence, told["licenceId"]).until = told["coveredUntil"]
        case ("LicenseLedger", "LicenceTransferred"):
            old = session.get_one(Licence, told["licenceId"])
            moved = {"licence_id": told["newLicenceId"], "licensee": told["licensee"], "tx_hash": event.tx_hash}
            kept = ("work_id", "end_user", "offer_id", "parent_id", "starts", "until")
            session.merge(Licence(**moved, **{name: getattr(old, name) for name in kept}))
            session.delete(old)
            session.flush()
        case ("LicenseLedger", "SubLicensed"):
            granted = told["subLicence"]
            _keep(session, event, None, told["parentId"], granted["licensee"], told["until"], granted["workId"])
        case ("Settlement", "ReleaseGranted"):
            session.add(
                Release(
                    block=event.block,
                    index=event.index,
                    tx_hash=event.tx_hash,
                    work_id=told["workId"],
                    site_hash=told["siteHash"],
                    until=told["until"],
                )
            )


def _offer(told: dict[str, Any]) -> Offer:
    named = {"offer_id": told["offerId"], "work_id": told["workId"], "seller": told["seller"]}
    return Offer(**named, **_said(told["offer"]))


def _catalogue(told: dict[str, Any]) -> Catalogue:
    said = told["catalogue"]
    named = {"catalogue_id": told["catalogueId"], "seller": told["seller"], "works_root": said["works"]}
    return Catalogue(**named, **_said(said))


def _said(said: dict[str, Any]) -> dict[str, Any]:
    """What offers and catalogues both say."""
    currency = bytes.fromhex(said["currency"][2:])
    return {
        "price": int(said["price"]),
        "currency": currency.decode("ascii") if any(currency) else "",
        "period": said["period"],
        "grace": said["grace"],
        "uses": said["uses"],
        "rights": said["rights"],
        "territories": int(said["territories"]),
        "terms_hash": said["termsHash"],
        "nonce": int(said["nonce"]),
    }


def _keep(
    session: Session,
    event: ChainEvent,
    offer_id: str | None,
    parent_id: str | None,
    licensee: str,
    until: int,
    work_id: str = "",
) -> None:
    """A licence begins, or begins anew under the same id after it had ended; or a sub-licence is prolonged."""
    told = event.arguments
    session.merge(
        Licence(
            licence_id=told["licenceId"],
            work_id=work_id or told["workId"],
            end_user=told["endUser"],
            licensee=licensee,
            offer_id=offer_id,
            parent_id=parent_id,
            starts=told["from"],
            until=until,
            tx_hash=event.tx_hash,
        )
    )


projection = Projection(_clear, _apply)
