"""Presets: the standard price structures that a holder may take as they are."""

import pytest
from brownie import chain

from tests.contracts.conftest import (
    DAY,
    EXCLUSIVE,
    ONLINE,
    PRINT_EDITORIAL,
    RENEWABLE,
    SOCIAL,
    SUBLICENSABLE,
    TRANSFERABLE,
    WEB_COMMERCIAL,
    WEB_EDITORIAL,
    WORLD,
    digest,
    reverts,
)
from tests.contracts.market.conftest import PRICE

PRINT_ADVERTISING, BROADCAST, ALL_USES = 16, 64, 511
YEAR = 365 * DAY
PRESETS = {
    "editorial": (WEB_EDITORIAL | PRINT_EDITORIAL, RENEWABLE, YEAR, 30 * DAY),
    "web": (WEB_EDITORIAL | WEB_COMMERCIAL, RENEWABLE, YEAR, 30 * DAY),
    "print": (PRINT_EDITORIAL | PRINT_ADVERTISING, 0, YEAR, 0),
    "social": (SOCIAL, RENEWABLE, YEAR, 30 * DAY),
    "campaign": (ONLINE | PRINT_ADVERTISING | BROADCAST, SUBLICENSABLE, 90 * DAY, 14 * DAY),
    "agency": (ONLINE, SUBLICENSABLE | RENEWABLE, YEAR, 30 * DAY),
    "exclusive web": (ONLINE, EXCLUSIVE | RENEWABLE, YEAR, 30 * DAY),
    "buy-out": (ALL_USES, EXCLUSIVE | TRANSFERABLE | SUBLICENSABLE, 100 * YEAR, 0),
}


def named(text):
    return "0x" + text.encode().hex().ljust(64, "0")


def preset(work_id, name, price=PRICE, currency=b"\0\0\0", territories=WORLD):
    return (named(name), work_id, price, currency, territories, digest("terms"), 7)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_an_offer_with_its_standard_conditions(system, make, market, work_id, name):
    tx = system.offers.createPreset(*preset(work_id, name), {"from": system.holder})
    uses, rights, period, grace = PRESETS[name]
    offer = (work_id, PRICE, b"\0\0\0", period, grace, uses, rights, WORLD, digest("terms"), 7)
    assert tx.return_value == system.offers.idOf(offer)
    _, bought = make.bought(offer)
    assert bought.events["LicenceBought"]["coveredUntil"] == bought.timestamp + period + grace
    assert market.covered(work_id) == bool(uses & ONLINE)


def test_a_preset_is_taken_once(system, work_id):
    offer_id = system.offers.createPreset(*preset(work_id, "web"), {"from": system.holder}).return_value
    with reverts("OfferExists", offer_id):
        system.offers.createPreset(*preset(work_id, "web"), {"from": system.holder})


def test_a_preset_takes_a_price_in_a_currency(system, work_id):
    tx = system.offers.createPreset(*preset(work_id, "web", 4900, b"EUR", 1), {"from": system.holder})
    assert tx.events["OfferCreated"]["offer"][1:3] == (4900, "0x" + b"EUR".hex())


def test_an_unknown_preset_is_refused(system, work_id):
    with reverts("UnknownPreset", named("Web")):
        system.offers.createPreset(*preset(work_id, "Web"), {"from": system.holder})


def test_a_preset_is_checked_like_any_offer(system, work_id):
    with reverts("NotOwner", work_id, system.stranger):
        system.offers.createPreset(*preset(work_id, "web"), {"from": system.stranger})
    with reverts("IncompleteOffer"):
        system.offers.createPreset(*preset(work_id, "web", territories=0), {"from": system.holder})
    with reverts("BadCurrency"):
        system.offers.createPreset(*preset(work_id, "web", currency=b"EUr"), {"from": system.holder})


def test_a_buy_out_lasts_a_hundred_years_and_is_not_renewed(system, make, market, work_id):
    system.offers.createPreset(*preset(work_id, "buy-out"), {"from": system.holder})
    uses, rights, period, grace = PRESETS["buy-out"]
    given, _ = make.bought((work_id, PRICE, b"\0\0\0", period, grace, uses, rights, WORLD, digest("terms"), 7))
    assert market.covered_until(work_id, chain[-1].timestamp + 100 * YEAR)
    with reverts("NotRenewable", make.licence_id(given)):
        market.renewed(given)
