"""OfferBook: how offers live, and what exclusive means."""

import pytest
from brownie import web3
from eth_abi import encode

from tests.contracts.conftest import (
    EMPTY,
    FEE,
    ONLINE,
    RENEWABLE,
    WORLD,
    digest,
    raw,
    reverts,
)
from tests.contracts.market.conftest import GRACE, PERIOD, PRICE, at, later

SUSTAINED = 1
OFFER = "(bytes32,uint96,bytes3,uint32,uint32,uint32,uint8,uint256,bytes32,uint64)"


def offered(work_id, **changes):
    given = {
        **{"work": work_id, "price": PRICE, "currency": b"\0\0\0", "period": PERIOD, "grace": GRACE},
        **{"uses": ONLINE, "rights": RENEWABLE, "territories": WORLD, "terms": digest("terms"), "nonce": 1},
        **changes,
    }
    return tuple(given.values())


def test_an_offers_id_is_the_hash_of_all_it_says(system, work_id):
    offer = offered(work_id)
    tx = system.offers.create(offer, {"from": system.holder})
    values = [v if isinstance(v, int) else raw(v) for v in offer]
    assert tx.return_value == "0x" + web3.keccak(encode([OFFER], [tuple(values)])).hex().removeprefix("0x")
    assert tx.return_value == system.offers.idOf(offer)
    event = tx.events["OfferCreated"]
    assert (event["offerId"], event["workId"], event["seller"]) == (tx.return_value, work_id, system.holder)
    assert event["offer"][1] == PRICE and event["offer"][9] == 1
    assert system.offers.offersOf(work_id) == [tx.return_value]
    assert system.offers.sales(tx.return_value) == (system.holder, 0, False, False, False, 0, ONLINE)
    assert system.offers.sellerOf(tx.return_value) == system.holder


def test_only_the_owner_of_the_certificate_offers(system, work_id):
    with reverts("NotOwner", work_id, system.stranger):
        system.offers.create(offered(work_id), {"from": system.stranger})
    with reverts("ERC721NonexistentToken"):
        system.offers.create(offered(digest("nothing")), {"from": system.holder})


@pytest.mark.parametrize(
    "changes",
    [
        *({"period": 0}, {"period": 100 * PERIOD + 1}, {"grace": PERIOD + 1}, {"uses": 0}, {"uses": 1 << 9}),
        *({"rights": 1 << 4}, {"territories": 0}, {"terms": EMPTY}),
    ],
    ids=str,
)
def test_an_offer_says_everything_and_nothing_unknown(system, work_id, changes):
    with reverts("IncompleteOffer"):
        system.offers.create(offered(work_id, **changes), {"from": system.holder})


def test_an_offer_lasts_a_hundred_years_and_leaves_a_year_of_grace_at_most(system, make, work_id):
    given, tx = make.bought(make.offer(work_id, 0, period=100 * PERIOD, grace=PERIOD))
    assert system.ledger.licence(make.licence_id(given))["until"] == tx.timestamp + 100 * PERIOD
    assert tx.events["LicenceBought"]["coveredUntil"] == tx.timestamp + 101 * PERIOD


@pytest.mark.parametrize("currency", [b"eur", b"E1R", b"EU\0", b"\0EU", b"[EU"])
def test_a_currency_is_three_capital_letters(system, work_id, currency):
    with reverts("BadCurrency"):
        system.offers.create(offered(work_id, currency=currency), {"from": system.holder})


def test_the_same_offer_is_made_once(system, work_id):
    offer_id = system.offers.create(offered(work_id), {"from": system.holder}).return_value
    with reverts("OfferExists", offer_id):
        system.offers.create(offered(work_id), {"from": system.holder})
    assert system.offers.create(offered(work_id, nonce=2), {"from": system.holder}).return_value != offer_id


def test_a_changed_offer_is_another_one_which_nobody_made(system, make, work_id):
    offer = make.offer(work_id)
    cheaper = (offer[0], 1, *offer[2:])
    with reverts("UnknownOffer", system.offers.idOf(cheaper)):
        system.ledger.buy(make.purchase(cheaper), {"from": system.payer})
    with reverts("UnknownOffer", digest("x")):
        system.offers.sales(digest("x"))
    with reverts("UnknownOffer", digest("x")):
        system.offers.sellerOf(digest("x"))


def test_a_closed_offer_sells_no_more_and_what_was_sold_runs_on(system, make, market, work_id):
    given, bought = make.bought(make.offer(work_id))
    offer_id = system.offers.idOf(given[0])
    with reverts("NotOwner", work_id, system.stranger):
        system.offers.close(offer_id, work_id, {"from": system.stranger})
    tx = system.offers.close(offer_id, work_id, {"from": system.holder})
    assert tx.events["OfferClosed"]["offerId"] == offer_id and system.offers.sales(offer_id)["closed"]
    with reverts("ClosedOffer", offer_id):
        system.offers.close(offer_id, work_id, {"from": system.holder})
    with reverts("ClosedOffer", offer_id):
        market.renewed(given)
    with reverts("ClosedOffer", offer_id):
        make.bought(given[0], end_user="another")
    assert market.covered_until(work_id, bought.timestamp + PERIOD + GRACE)


def test_an_owner_closes_only_offers_of_his_own_works(system, make, work_id):
    other = make.offer(make.work("other", system.client), owner=system.client)
    with reverts("UnknownOffer", system.offers.idOf(other)):
        system.offers.close(system.offers.idOf(other), work_id, {"from": system.holder})


def test_a_work_has_at_most_64_offers_until_old_ones_are_forgotten(system, make, work_id):
    ids = [system.offers.idOf(make.offer(work_id)) for _ in range(64)]
    with reverts("TooManyOffers", work_id):
        make.offer(work_id)
    assert system.offers.offersOf(work_id) == ids
    system.offers.close(ids[3], work_id, {"from": system.holder})
    tx = system.offers.forget(work_id, 3, {"from": system.stranger})
    assert tx.events["OfferForgotten"]["offerId"] == ids[3]
    assert system.offers.offersOf(work_id) == [*ids[:3], ids[63], *ids[4:63]]
    make.offer(work_id)


def test_an_offer_is_forgotten_only_when_closed_and_sold_out(system, make, work_id):
    given, _ = make.bought(make.offer(work_id))
    offer_id = system.offers.idOf(given[0])
    with reverts("UnknownOffer", EMPTY):
        system.offers.forget(work_id, 1, {"from": system.holder})
    later(2 * PERIOD)
    with reverts("StillNeeded", offer_id):
        system.offers.forget(work_id, 0, {"from": system.holder})
    system.offers.close(offer_id, work_id, {"from": system.holder})
    system.offers.forget(work_id, 0, {"from": system.holder})
    with reverts("UnknownOffer", offer_id):
        system.offers.close(offer_id, work_id, {"from": system.holder})
    with reverts("OfferExists", offer_id):
        system.offers.create(given[0], {"from": system.holder})


def test_an_offer_with_a_licence_in_its_grace_is_not_forgotten(system, make, work_id):
    given, tx = make.bought(make.offer(work_id))
    offer_id = system.offers.idOf(given[0])
    system.offers.close(offer_id, work_id, {"from": system.holder})
    at(tx.timestamp + PERIOD + GRACE)
    with reverts("StillNeeded", offer_id):
        system.offers.forget(work_id, 0, {"from": system.holder})
    at(tx.timestamp + PERIOD + GRACE + 1)
    system.offers.forget(work_id, 0, {"from": system.holder})


def test_with_the_certificate_the_offers_pause_until_the_new_owner_adopts_them(system, make, market, work_id):
    given, tx = make.bought(make.offer(work_id))
    offer_id = system.offers.idOf(given[0])
    market.certificate_sold(work_id)
    assert market.covered_until(work_id, tx.timestamp + PERIOD + GRACE)
    with reverts("SellerNotOwner", offer_id):
        market.renewed(given)
    with reverts("SellerNotOwner", offer_id):
        make.bought(given[0], end_user="new")
    with reverts("NotOwner", work_id, system.holder):
        system.offers.adopt(given[0], {"from": system.holder})
    adopted = system.offers.adopt(given[0], {"from": system.client})
    assert adopted.events["OfferAdopted"] == {"offerId": offer_id, "seller": system.client}
    market.renewed(given)
    assert system.ledger.owed(system.client) == PRICE == system.ledger.owed(system.holder)


def test_a_closed_offer_is_adopted_and_stays_closed(system, make, market, work_id):
    given, _ = make.bought(make.offer(work_id))
    offer_id = system.offers.idOf(given[0])
    system.offers.close(offer_id, work_id, {"from": system.holder})
    market.certificate_sold(work_id)
    system.offers.adopt(given[0], {"from": system.client})
    assert system.offers.sales(offer_id)["closed"] and system.offers.sellerOf(offer_id) == system.client
    with reverts("ClosedOffer", offer_id):
        market.renewed(given)
    system.ledger.revoke(given, market.refunding(seller=system.client))


def test_an_unknown_offer_is_not_adopted(system, make, work_id):
    unknown = (*make.offer(work_id)[:-1], 999)
    with reverts("UnknownOffer", system.offers.idOf(unknown)):
        system.offers.adopt(unknown, {"from": system.holder})


def test_only_the_ledger_sells_and_frees(system, make, work_id):
    offer = make.offer(work_id)
    with reverts("NotLedger", system.holder):
        system.offers.sell(offer, 2**39, True, {"from": system.holder})
    with reverts("NotLedger", system.holder):
        system.offers.free(system.offers.idOf(offer), {"from": system.holder})


def test_a_rejected_registration_sells_and_renews_nothing(system, make, market, work_id):
    given, bought = make.bought(make.offer(work_id))
    make.funded(system.stranger, 2 * FEE, system.arbitration)
    reasons = digest("reasons")
    dispute = system.arbitration.disputeRegistration(system.holder, digest("photo"), reasons, {"from": system.stranger})
    market.renewed(given)
    ruling = make.ruling(dispute.return_value, SUSTAINED)
    system.arbitration.rule(*ruling, {"from": system.stranger})
    later(PERIOD)
    with reverts("RejectedWork", work_id):
        market.renewed(given)
    with reverts("RejectedWork", work_id):
        make.bought(given[0], end_user="another")
    assert market.covered_until(work_id, bought.timestamp + 2 * PERIOD + GRACE)


def test_the_65th_offer_is_refused_by_every_way(system, make, work_id):
    by = {"from": system.holder}
    for _ in range(64):
        make.offer(work_id)
    terms = (PRICE, b"\0\0\0", WORLD, digest("terms"), 7)
    with reverts("TooManyOffers", work_id):
        system.offers.createPreset("0x" + b"web".hex().ljust(64, "0"), work_id, *terms, by)
    catalogue = (system.holder.address, EMPTY, PRICE, b"\0\0\0", PERIOD, GRACE, 7, 0, WORLD, digest("terms"), 1)
    system.offers.createCatalogue(catalogue, by)
    with reverts("TooManyOffers", work_id):
        system.offers.listWork(catalogue, work_id, [], by)


def test_only_the_ledger_notes_sales_made_elsewhere(system, work_id):
    by = {"from": system.stranger}
    with reverts("NotLedger", system.stranger):
        system.offers.noteElsewhere(work_id, 2**40, by)
    with reverts("NotLedger", system.stranger):
        system.offers.endElsewhere(work_id, 0, 0, by)
