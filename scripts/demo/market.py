"""The demonstration's market: licences before anything is crawled, a named end user, and a renewal by the keeper."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from eth_utils.crypto import keccak

from oracle.chain.licensing import ONLINE, RENEWABLE, WORLD, Offer
from oracle.report.items import place_hashes
from scripts.demo.client import ApiRefusedError, Person
from scripts.demo.sites import CLIENT_HOST, LICENSED_HOST

if TYPE_CHECKING:
    from scripts.demo.journey import Journey

LICENCE_PRICE = 40 * 10**18
LICENCE_EUR = 200  # cents, which are 40 CPY at the demonstration's rate
RENEWAL_SECONDS = 40
YEAR = 365 * 86_400


def license_and_subscribe(journey: Journey) -> None:
    """One work is offered, and a licence for the company's site is bought before anything is crawled."""
    licensed = next(p for p in journey.truth if p.role == "licensed")
    work_id = journey.work_ids[licensed.works[0]]
    owner = journey.photographer if journey.owns(journey.photographer, work_id) else journey.agency
    terms = keccak(text="Non-exclusive use on the licensee's web site, worldwide, one year.")
    raw = bytes.fromhex(work_id[2:])
    site = place_hashes(licensed.page)["site_hash"]
    # A period of seconds, so that the demonstration sees the keeper renew it; the grace keeps the use covered.
    offer = Offer(raw, LICENCE_PRICE, RENEWAL_SECONDS, terms, grace=YEAR, rights=RENEWABLE)
    before = journey.chain.call("LicenseLedger", "owed", owner.address)
    purchase = _buy(journey, owner, offer, licensed.page)
    journey.must(purchase[2] == site, "the API named the site that the page belongs to")
    journey.must(journey.covered(work_id, licensed.page), "the licence covers the site")
    after = journey.chain.call("LicenseLedger", "owed", owner.address)
    journey.must(after - before == LICENCE_PRICE, "the seller is paid")
    ledger, until = journey.chain.deployment.addresses["LicenseLedger"], int(time.time()) + YEAR
    journey.treasury.wallet.send("CPYToken", "transfer", journey.licensee.address, LICENCE_PRICE)
    journey.licensee.wallet.send("CPYToken", "approve", ledger, LICENCE_PRICE)
    journey.licensee.wallet.send("Subscriptions", "subscribe", purchase, LICENCE_PRICE, until)
    journey.say(f"A licence for {LICENSED_HOST} was bought for 40 CPY; the licensee subscribed to one more period.")


def sublicense(journey: Journey) -> None:
    """The licensee, an agency, buys a licence that it may pass on, and names its client's site."""
    shown = next(p for p in journey.truth if p.role == "sublicensed")
    work_id = journey.work_ids[shown.works[0]]
    owner = journey.photographer if journey.owns(journey.photographer, work_id) else journey.agency
    purchase = _buy_from_catalogue(journey, owner, work_id, "https://www.werbewerkstatt.example/")
    journey.must(not journey.covered(work_id, shown.page), "the agency's own licence does not cover its client")
    until = journey.chain.head()[1] + YEAR // 2
    client = place_hashes(shown.page)["site_hash"]
    grant = (journey.image_user.address, client, ONLINE, WORLD, until)
    journey.licensee.wallet.send("LicenseLedger", "sublicense", purchase, grant)
    journey.must(journey.covered(work_id, shown.page), "the sub-licence covers the client's site")
    journey.say(f"The licensee named its client {CLIENT_HOST} in a sub-licence.")


def _buy_from_catalogue(journey: Journey, owner: Person, work_id: str, page: str) -> tuple[Any, ...]:
    """All works of the owner are offered in one transaction, and one of them is bought for a page's site.

    Priced in a currency: the buyer pays CPY at a quote that the rate signers give. Returns what names the licence.
    """
    words = "Use on websites, to be passed on to clients who are named, worldwide, one year."
    said = {"preset": "agency", "price": str(LICENCE_EUR), "currency": "EUR", "terms": words}
    made = owner.post("/catalogues", said)
    owner.send(made["transaction"])
    journey.say(f"{owner.address} offered licences for all their works in one transaction.")
    journey.treasury.wallet.send("CPYToken", "transfer", journey.licensee.address, LICENCE_PRICE)
    path = f"/open/works/{work_id}/catalogues/{made['catalogue_id']}/purchase"
    asked = {"licensee": journey.licensee.address, "url": page}
    prepared = journey.until("the offer is read", lambda: _prepared(journey, path, asked))
    journey.must(int(prepared["price"]) == LICENCE_PRICE, "the licence costs 40 CPY")
    journey.licensee.send_all(prepared["transactions"])
    shown = journey.licensee.get(f"/open/works/{work_id}")["offers"]
    told = next(o for o in shown if o["catalogue_id"] == made["catalogue_id"])
    offer = Offer.from_json({**told, "work_id": work_id})
    return offer.purchase(journey.licensee.address, place_hashes(page)["site_hash"])


def _buy(journey: Journey, owner: Person, offer: Offer, page: str) -> tuple[Any, ...]:
    """An offer is made, and bought by the licensee for a page's site; returns what names the licence."""
    owner.wallet.send("OfferBook", "create", offer.encoded())
    journey.treasury.wallet.send("CPYToken", "transfer", journey.licensee.address, LICENCE_PRICE)
    path = f"/open/offers/0x{offer.offer_id.hex()}/purchase"
    asked = {"licensee": journey.licensee.address, "url": page}
    prepared = journey.until("the offer is read", lambda: _prepared(journey, path, asked))
    journey.must(int(prepared["price"]) == LICENCE_PRICE, "the licence costs 40 CPY")
    journey.licensee.send_all(prepared["transactions"])
    purchase = offer.purchase(journey.licensee.address, place_hashes(page)["site_hash"])
    licence_id = "0x" + offer.licence_id(purchase[1], purchase[2]).hex()
    journey.must(prepared["licence_id"] == licence_id, "the licence's id was known before anything was paid")
    return purchase


def _prepared(journey: Journey, path: str, asked: dict[str, str]) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = journey.licensee.post(path, asked)
    except ApiRefusedError:
        return None
    return found


def see_renewal(journey: Journey) -> None:
    """The keeper renewed the subscription once, and not more: the licensee allowed one more payment."""
    renewed = journey.until("the keeper has renewed the subscription", lambda: _renewals(journey))
    paid = sum(e["price"] for e in renewed)
    journey.must(len(renewed) == 1 and paid == LICENCE_PRICE, "one period was charged once, at the agreed price")
    journey.outcome.renewal = {"licence": "0x" + renewed[0]["licenceId"].hex(), "paid": str(paid)}
    journey.say("The keeper renewed the subscription; the licensee was charged once.")


def _renewals(journey: Journey) -> list[dict[str, Any]]:
    events = journey.chain.events(["LicenseLedger"], journey.chain.deployment.first_block, journey.chain.head()[0])
    return [e.arguments for e in events if e.name == "LicenceRenewed"]
