"""One offer for many works: made in one transaction, shown on every certificate, listed and bought by who is first."""

from __future__ import annotations

import hashlib

import pytest

from oracle.chain.licensing import PRESETS, Catalogue, Offer, catalogue_leaf
from oracle.chain.wallet import Wallet
from oracle.report.items import place_hashes
from scripts.stack.local import Roles, account
from tests.backend.conftest import index

PRICE = 5 * 10**18
WORDS = "Editorial use on one website, worldwide, one year."
SHOP = "https://www.shop.example/"


def offered(me, works=None, **changes):
    """A catalogue of these works (all of them without) stands on-chain; returns its id."""
    said = {"preset": "web", "price": str(PRICE), "terms": WORDS, "works": works, **changes}
    made = me.post("/catalogues", said).json()
    me.send(made["transaction"])
    index()
    return made["catalogue_id"]


def shown(me, work):
    return me.get(f"/open/works/{work['work_id']}").json()["offers"]


@pytest.fixture
def buyer(user, backend):
    """Somebody with CPY: (user, how they buy)."""
    me = user()
    Wallet(backend.chain, account(Roles.DEPLOYER).key.hex()).send("CPYToken", "transfer", me.wallet.address, 10 * PRICE)

    def buy(work, catalogue):
        asked = {"licensee": me.wallet.address, "url": SHOP}
        answer = me.post(f"/open/works/{work['work_id']}/catalogues/{catalogue}/purchase", asked)
        assert answer.status_code == 200, answer.text
        for one in answer.json()["transactions"]:
            me.send(one)
        index()
        return answer.json()

    return me, buy


def test_one_transaction_offers_every_work_and_the_first_buyer_lists_it(user, buyer, backend):
    me = user()
    first, second = me.registered_work(), me.registered_work()
    catalogue = offered(me)
    later = me.registered_work()
    for work in (first, second, later):
        (offer,) = shown(me, work)
        assert (offer["catalogue_id"], offer["listed"], offer["price"]) == (catalogue, False, str(PRICE))
        assert offer["terms_hash"] == "0x" + hashlib.sha256(WORDS.encode()).hexdigest()
    _, buy = buyer
    bought = buy(first, catalogue)
    assert [t["function"] for t in bought["transactions"]] == ["listWork", "approve", "buy"]
    place, raw, now = place_hashes(SHOP), bytes.fromhex(first["work_id"][2:]), backend.chain.head()[1]
    assert backend.chain.call("LicenseLedger", "covered", raw, place["host_hash"], place["site_hash"], now, now)
    assert backend.chain.call("LicenseLedger", "owed", me.wallet.address) == PRICE
    (offer,) = shown(me, first)
    assert (offer["catalogue_id"], offer["listed"]) == (catalogue, True)
    # It stands: the next one only buys.
    assert [t["function"] for t in buy(first, catalogue)["transactions"]] == ["approve", "buy"]


def test_a_catalogue_of_some_works_offers_only_those(user, buyer):
    me = user()
    works = [me.registered_work() for _ in range(3)]
    catalogue = offered(me, [w["work_id"] for w in works[:2]])
    assert [len(shown(me, w)) for w in works] == [1, 1, 0]
    bidder, buy = buyer
    assert buy(works[1], catalogue)["transactions"][0]["function"] == "listWork"
    asked = {"licensee": bidder.wallet.address, "url": SHOP}
    answer = bidder.post(f"/open/works/{works[2]['work_id']}/catalogues/{catalogue}/purchase", asked)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_offer")


def test_a_closed_catalogue_offers_nothing_any_more(user, buyer):
    me = user()
    first, second = me.registered_work(), me.registered_work()
    catalogue = offered(me)
    _, buy = buyer
    buy(first, catalogue)
    assert [c["catalogue_id"] for c in me.get("/catalogues").json()] == [catalogue]
    me.send(me.post(f"/catalogues/{catalogue}/closing").json())
    index()
    assert me.get("/catalogues").json() == shown(me, first) == shown(me, second) == []
    assert me.post(f"/catalogues/{catalogue}/closing").json()["code"] == "closed"


def test_nobody_offers_or_ends_what_is_not_theirs(user):
    me, stranger = user(), user()
    work = me.registered_work()
    catalogue = offered(me)
    said = {"preset": "web", "price": "1", "terms": WORDS, "works": [work["work_id"]]}
    assert stranger.post("/catalogues", said).json()["code"] == "not_registered"
    assert stranger.post(f"/catalogues/{catalogue}/closing").status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"preset": "free"},
        {"price": "-1"},
        {"price": str(2**96)},
        {"currency": "euro"},
        {"terms": ""},
        {"works": []},
        {"works": ["0x12"]},
    ],
)
def test_bad_terms_are_refused(user, change):
    said = {"preset": "web", "price": "1", "terms": WORDS, **change}
    assert user().post("/catalogues", said).status_code == 422


def test_price_structures_and_ids_are_those_of_the_contract(user, backend):
    me = user()
    work = me.registered_work()
    raw, book = bytes.fromhex(work["work_id"][2:]), backend.chain.contract("OfferBook")
    for name, preset in PRESETS.items():
        offer = Offer(
            raw, 7, preset.period, b"t" * 32, grace=preset.grace, uses=preset.uses, rights=preset.rights, nonce=3
        )
        said = (name.encode().ljust(32, b"\0"), raw, 7, b"\0\0\0", offer.territories, b"t" * 32, 3)
        assert book.functions.createPreset(*said).call({"from": me.wallet.address}) == offer.offer_id
        catalogue = Catalogue(me.wallet.address, b"r" * 32, offer)
        assert book.functions.catalogueIdOf(catalogue.encoded()).call() == catalogue.catalogue_id
        assert Offer.from_encoded(book.functions.offerOf(catalogue.encoded(), raw).call()) == offer
    assert book.functions.catalogueLeaf(raw).call() == catalogue_leaf(raw)
