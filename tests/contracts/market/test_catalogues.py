"""Catalogues: one offer for many works, each of which is listed when its first licence is bought."""

import pytest
from brownie import web3
from eth_abi import encode

from tests.contracts.conftest import EMPTY, ONLINE, RENEWABLE, WORLD, digest, merkle, raw, reverts
from tests.contracts.market.conftest import GRACE, PERIOD, PRICE

CATALOGUE = "(address,bytes32,uint96,bytes3,uint32,uint32,uint32,uint8,uint256,bytes32,uint64)"


def catalogue(seller, works=EMPTY, **changes):
    """Of every work of the seller, unless a root says which."""
    given = {
        **{"seller": seller.address, "works": works, "price": PRICE, "currency": b"\0\0\0", "period": PERIOD},
        **{"grace": GRACE, "uses": ONLINE, "rights": RENEWABLE, "territories": WORLD, "terms": digest("terms")},
        "nonce": 1,
        **changes,
    }
    return tuple(given.values())


def offer_of(given, work_id):
    """What the catalogue offers for this work."""
    return (work_id, *given[2:])


@pytest.fixture
def everything(system):
    """The holder offers all works."""
    given = catalogue(system.holder)
    system.offers.createCatalogue(given, {"from": system.holder})
    return given


def listed(system, given, work_id, proof=(), by=None):
    return system.offers.listWork(given, work_id, list(proof), {"from": by or system.stranger})


# -------------------------------------------------------------------------------------------------- opening and closing


def test_a_catalogues_id_is_the_hash_of_all_it_says(system):
    given = catalogue(system.holder)
    tx = system.offers.createCatalogue(given, {"from": system.holder})
    values = [v if isinstance(v, int) else raw(v) for v in given[1:]]
    expected = "0x" + bytes(web3.keccak(encode([CATALOGUE], [(given[0], *values)]))).hex()
    assert tx.return_value == expected == system.offers.catalogueIdOf(given)
    event = tx.events["CatalogueCreated"]
    assert (event["catalogueId"], event["seller"]) == (expected, system.holder)
    assert event["catalogue"][2] == PRICE and event["catalogue"][10] == 1
    assert system.offers.isOpenCatalogue(expected) and not system.offers.isOpenCatalogue(digest("another"))


def test_only_the_seller_opens_and_closes_a_catalogue(system, everything):
    theirs = catalogue(system.holder, nonce=2)
    with reverts("NotSeller", system.offers.catalogueIdOf(theirs), system.stranger):
        system.offers.createCatalogue(theirs, {"from": system.stranger})
    with reverts("NotSeller", system.offers.catalogueIdOf(everything), system.stranger):
        system.offers.closeCatalogue(everything, {"from": system.stranger})


def test_the_same_catalogue_is_made_once_even_after_it_was_closed(system, everything):
    by, catalogue_id = {"from": system.holder}, system.offers.catalogueIdOf(everything)
    with reverts("CatalogueExists", catalogue_id):
        system.offers.createCatalogue(everything, by)
    tx = system.offers.closeCatalogue(everything, by)
    assert tx.events["CatalogueClosed"]["catalogueId"] == catalogue_id
    assert not system.offers.isOpenCatalogue(catalogue_id)
    with reverts("NoCatalogue", catalogue_id):
        system.offers.closeCatalogue(everything, by)
    with reverts("CatalogueExists", catalogue_id):
        system.offers.createCatalogue(everything, by)
    system.offers.createCatalogue(catalogue(system.holder, nonce=2), by)


@pytest.mark.parametrize(
    "changes",
    [
        *({"period": 0}, {"period": 100 * PERIOD + 1}, {"grace": PERIOD + 1}, {"uses": 0}, {"uses": 1 << 9}),
        *({"rights": 1 << 4}, {"territories": 0}, {"terms": EMPTY}),
    ],
    ids=str,
)
def test_a_catalogue_says_everything_and_nothing_unknown(system, changes):
    with reverts("IncompleteOffer"):
        system.offers.createCatalogue(catalogue(system.holder, **changes), {"from": system.holder})


def test_a_catalogues_currency_is_checked_like_an_offers(system):
    with reverts("BadCurrency"):
        system.offers.createCatalogue(catalogue(system.holder, currency=b"eur"), {"from": system.holder})
    system.offers.createCatalogue(catalogue(system.holder, currency=b"EUR"), {"from": system.holder})


# -------------------------------------------------------------------------------------------------------------- listing


def test_whoever_buys_first_lists_the_work_and_a_second_time_changes_nothing(system, make, market, work_id, everything):
    tx = listed(system, everything, work_id, by=system.payer)
    offered = offer_of(everything, work_id)
    offer_id = system.offers.idOf(offered)
    assert tx.return_value == offer_id
    assert tx.events["CatalogueListed"] == {
        **{"catalogueId": system.offers.catalogueIdOf(everything), "offerId": offer_id}
    }
    assert (tx.events["OfferCreated"]["workId"], tx.events["OfferCreated"]["seller"]) == (work_id, system.holder)
    told = system.offers.offerOf(everything, work_id)
    assert (told[0], told[1], told[3:]) == (work_id, PRICE, offered[3:])
    make.bought(offered)
    again = listed(system, everything, work_id)
    assert again.return_value == offer_id and not again.events
    assert system.offers.offersOf(work_id) == [offer_id]
    sold = system.offers.sales(offer_id)
    assert (sold["seller"], sold["catalogued"], sold["closed"], sold["licences"]) == (system.holder, True, False, 1)
    assert market.covered(work_id) and system.ledger.owed(system.holder) == PRICE


def test_one_catalogue_sells_every_work_of_its_seller_and_no_others(system, make, everything):
    for name in ("one", "two"):
        work_id = make.work(name)
        listed(system, everything, work_id)
        make.bought(offer_of(everything, work_id))
    other = make.work("three", system.client)
    with reverts("NotOwner", other, system.holder):
        listed(system, everything, other)
    with reverts("ERC721NonexistentToken"):
        listed(system, everything, digest("nothing"))


def test_what_was_not_listed_is_not_sold(system, make, work_id, everything):
    offered = offer_of(everything, work_id)
    with reverts("UnknownOffer", system.offers.idOf(offered)):
        make.bought(offered)


def test_a_catalogue_of_some_works_sells_only_those(system, make):
    works = [make.work(name) for name in ("one", "two", "three")]
    other = make.work("four")
    leaves = [system.offers.catalogueLeaf(work_id) for work_id in works]
    assert leaves[0] == "0x" + bytes(web3.keccak(web3.keccak(raw(works[0])))).hex()
    root, proofs = merkle(leaves)
    given = catalogue(system.holder, root)
    catalogue_id = system.offers.createCatalogue(given, {"from": system.holder}).return_value
    for work_id, proof in zip(works, proofs, strict=True):
        with reverts("NotInCatalogue", catalogue_id, other):
            listed(system, given, other, proof)
        listed(system, given, work_id, proof)
        make.bought(offer_of(given, work_id))
    with reverts("NotInCatalogue", catalogue_id, works[0]):
        listed(system, given, works[0])


def test_only_an_open_catalogue_lists(system, work_id, everything):
    unknown = catalogue(system.holder, nonce=2)
    with reverts("NoCatalogue", system.offers.catalogueIdOf(unknown)):
        listed(system, unknown, work_id)
    system.offers.closeCatalogue(everything, {"from": system.holder})
    with reverts("NoCatalogue", system.offers.catalogueIdOf(everything)):
        listed(system, everything, work_id)


def test_an_offer_that_was_made_by_hand_is_not_the_catalogues(system, make, work_id, everything):
    offered = offer_of(everything, work_id)
    system.offers.create(offered, {"from": system.holder})
    tx = listed(system, everything, work_id)
    assert not tx.events and not system.offers.sales(system.offers.idOf(offered))["catalogued"]
    system.offers.closeCatalogue(everything, {"from": system.holder})
    make.bought(offered)


# --------------------------------------------------------------------------------------------------- what closing does


def test_with_the_catalogue_all_of_its_offers_close(system, make, market, work_id, everything):
    listed(system, everything, work_id)
    given, tx = make.bought(offer_of(everything, work_id))
    offer_id = system.offers.idOf(given[0])
    with reverts("StillNeeded", offer_id):
        system.offers.forget(work_id, 0, {"from": system.stranger})
    system.offers.closeCatalogue(everything, {"from": system.holder})
    with reverts("ClosedOffer", offer_id):
        make.bought(given[0], end_user="another")
    with reverts("ClosedOffer", offer_id):
        market.renewed(given)
    assert market.covered_until(work_id, tx.timestamp + PERIOD + GRACE)
    system.ledger.revoke(given, market.refunding())
    system.offers.forget(work_id, 0, {"from": system.stranger})
    assert system.offers.offersOf(work_id) == []


def test_one_offer_of_a_catalogue_is_closed_alone(system, make, everything):
    one, two = (make.work(name) for name in ("one", "two"))
    for work_id in (one, two):
        listed(system, everything, work_id)
    offer_id = system.offers.idOf(offer_of(everything, one))
    system.offers.close(offer_id, one, {"from": system.holder})
    listed(system, everything, one)
    with reverts("ClosedOffer", offer_id):
        make.bought(offer_of(everything, one))
    make.bought(offer_of(everything, two))


def test_a_sold_work_leaves_its_sellers_catalogue(system, make, market, work_id, everything):
    listed(system, everything, work_id)
    offered = offer_of(everything, work_id)
    market.certificate_sold(work_id)
    with reverts("SellerNotOwner", system.offers.idOf(offered)):
        make.bought(offered)
    with reverts("NotOwner", work_id, system.holder):
        system.offers.adopt(offered, {"from": system.holder})
    system.offers.adopt(offered, {"from": system.client})
    system.offers.closeCatalogue(everything, {"from": system.holder})
    make.bought(offered)
    assert system.ledger.owed(system.client) == PRICE and system.ledger.owed(system.holder) == 0


# ----------------------------------------------------------------------------------------- catalogues that say the same


def same_terms(system, given, seller):
    """Somebody else makes a catalogue in whose name the same offer would stand."""
    theirs = (seller.address, *given[1:])
    system.offers.createCatalogue(theirs, {"from": seller})
    return theirs


def test_nobody_keeps_a_closed_catalogues_offer_open_by_a_catalogue_of_his_own(system, make, work_id, everything):
    listed(system, everything, work_id)
    offered = offer_of(everything, work_id)
    theirs = same_terms(system, everything, system.payer)
    system.offers.closeCatalogue(everything, {"from": system.holder})
    listed(system, theirs, work_id)
    with reverts("ClosedOffer", system.offers.idOf(offered)):
        make.bought(offered)


def test_nobody_closes_another_ones_offer_with_a_catalogue_of_his_own(system, make, work_id, everything):
    listed(system, everything, work_id)
    theirs = same_terms(system, everything, system.stranger)
    listed(system, theirs, work_id)
    system.offers.closeCatalogue(theirs, {"from": system.stranger})
    make.bought(offer_of(everything, work_id))
