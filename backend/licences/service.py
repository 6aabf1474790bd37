"""Licences as read from the chain, and the question whether a use is covered."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.chain.models import ChainEvent
from backend.chain.service import Projection
from backend.core.services import chain
from backend.licences.models import Licence, Offer, Release
from oracle.report.items import place_hashes


def covered(work_id: str, page_url: str, at: int) -> bool:
    """Asked of the chain itself: no delay of ours may make a licensed use a case."""
    place = place_hashes(page_url)
    work = bytes.fromhex(work_id.removeprefix("0x"))
    return bool(chain().call("LicenseLedger", "covered", work, place["host_hash"], place["site_hash"], at, at))


def licence(session: Session, licence_id: int) -> Licence | None:
    return session.get(Licence, licence_id)


def names(found: Licence, page_url: str) -> bool:
    """Whether a licence names the host or the site of a page as its end user."""
    return found.end_user in {"0x" + h.hex() for h in place_hashes(page_url).values()}


def is_platform(page_url: str) -> bool:
    """Whether the page lies on a listed sharing platform, where no case can be opened on the site as a whole."""
    return bool(chain().call("LicenseLedger", "isPlatform", place_hashes(page_url)["site_hash"]))


def releases_of(session: Session, work_id: str) -> list[Release]:
    return list(session.scalars(select(Release).where(Release.work_id == work_id).order_by(Release.starts)))


def offers_of(session: Session, work_id: str) -> list[Offer]:
    return list(session.scalars(select(Offer).where(Offer.work_id == work_id, Offer.closed.is_(False))))


def _clear(session: Session) -> None:
    for table in (Offer, Licence, Release):
        session.execute(delete(table))


def _apply(session: Session, event: ChainEvent) -> None:
    told = event.arguments
    match (event.contract, event.name):
        case ("OfferBook", "OfferCreated"):
            session.add(
                Offer(
                    offer_id=told["offerId"],
                    work_id=told["workId"],
                    seller=told["seller"],
                    price=int(told["price"]),
                    period=told["period"],
                    grace=told["grace"],
                    terms_hash=told["termsHash"],
                )
            )
            session.flush()
        case ("OfferBook", "OfferClosed"):
            session.get_one(Offer, told["offerId"]).closed = True
        case ("LicenseLedger", "LicenceBought"):
            session.add(
                Licence(
                    licence_id=told["licenceId"],
                    work_id=told["workId"],
                    end_user=told["endUser"],
                    licensee=told["licensee"],
                    offer_id=told["offerId"],
                    starts=told["from"],
                    until=told["until"],
                    tx_hash=event.tx_hash,
                )
            )
        case ("LicenseLedger", "ReleaseGranted"):
            session.add(
                Release(
                    block=event.block,
                    index=event.index,
                    tx_hash=event.tx_hash,
                    work_id=told["workId"],
                    site_hash=told["siteHash"],
                    starts=told["from"],
                    until=told["until"],
                )
            )


projection = Projection(_clear, _apply)
