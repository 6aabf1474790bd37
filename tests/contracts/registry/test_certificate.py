"""CertificateRenderer: what a wallet shows of a work."""

import base64
import json
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from brownie import accounts
from brownie.test import given
from hypothesis import example, settings
from hypothesis import strategies as st

from tests.contracts.conftest import digest, reverts
from tests.contracts.registry.conftest import DISPUTED, judge, sell, token

KINDS = ["image", "music", "video", "text", "other"]
STANDINGS = ["undisputed", "disputed", "rejected by the panel"]
SVG = "{http://www.w3.org/2000/svg}"
YEAR_9999 = 253_402_300_799


def decoded(uri, kind):
    prefix = f"data:{kind};base64,"
    assert uri.startswith(prefix)
    return base64.b64decode(uri.removeprefix(prefix), validate=True).decode("ascii")


def shown(uri):
    """The JSON, and the lines of text in the picture."""
    told = json.loads(decoded(uri, "application/json"))
    picture = ElementTree.fromstring(decoded(told["image"], "image/svg+xml"))
    assert picture.tag == f"{SVG}svg" and {child.tag for child in picture} == {f"{SVG}rect", f"{SVG}text"}
    return told, [line.text for line in picture.iter(f"{SVG}text")]


def traits(told):
    return {trait["trait_type"]: trait["value"] for trait in told["attributes"]}


def date(system, time):
    _, lines = shown(system.renderer.tokenURI(digest("w"), (time, 0, 0, 0, 0, False, 0), accounts[0]))
    return lines[lines.index("registered (UTC)") + 1]


def test_a_certificate_describes_itself(system, make):
    work_id = make.work()
    told, lines = shown(system.registry.tokenURI(token(work_id)))
    assert str(work_id) in told["name"] and "no more" in told["description"]
    assert system.holder.address.lower() in lines
    assert traits(told)["registered"] == system.registry.work(work_id)[0]


def test_a_certificate_shows_its_present_owner_standing_and_co_owners(system, make):
    work_id = make.work("a")
    system.registry.setCoOwners(work_id, [(system.payer, 1)], [], {"from": system.holder})
    sell(system, work_id, system.holder, system.client)
    judge(system, work_id, digest("a"), DISPUTED)
    told, lines = shown(system.registry.tokenURI(token(work_id)))
    assert system.client.address.lower() in lines and system.holder.address.lower() not in lines
    assert "disputed" in lines and traits(told)["standing"] == "disputed" and traits(told)["co-owners"] == 1


def test_a_certificate_has_a_word_for_each_kind_and_standing(system):
    for kind, standing, time in [(0, 0, 0), (1, 1, YEAR_9999), (2, 2, 0), (3, 0, YEAR_9999), (4, 0, 0)]:
        work = (time, 0, kind, standing, 0, False, 0)
        told, lines = shown(system.renderer.tokenURI(digest("w"), work, accounts[0]))
        assert (traits(told)["kind"], traits(told)["standing"]) == (KINDS[kind], STANDINGS[standing])
        assert STANDINGS[standing] in lines


def test_there_is_no_certificate_of_an_unknown_work(system):
    with reverts("UnknownWork", digest("x")):
        system.registry.tokenURI(token(digest("x")))


@pytest.mark.no_call_coverage
@given(
    work_id=st.binary(min_size=32, max_size=32),
    work=st.tuples(
        st.integers(0, YEAR_9999),
        *(st.integers(0, 2**64 - 1), st.integers(0, 4), st.integers(0, 2), st.integers(0, 255), st.booleans()),
        st.integers(0, 2**64 - 1),
    ),
    owner=st.sampled_from(range(10)),
)
@settings(max_examples=16, derandomize=True)
def test_every_certificate_is_valid_json_around_a_valid_picture(system, work_id, work, owner):
    told, lines = shown(system.renderer.tokenURI(work_id, work, accounts[owner]))
    registered_at, batch, kind, standing, co_owners, _, _ = work
    assert told["name"] == f"CopyTrack certificate 0x{work_id.hex()}"
    assert traits(told) == {
        **{"registered": registered_at, "batch": batch, "kind": KINDS[kind]},
        **{"standing": STANDINGS[standing], "co-owners": co_owners},
    }
    assert lines == [
        *("Certificate", f"Digital copyright register, {KINDS[kind]}", "registered (UTC)"),
        datetime.fromtimestamp(registered_at, UTC).strftime("%Y-%m-%d %H:%M"),
        *(STANDINGS[standing], "owner", accounts[owner].address.lower(), "work"),
        *("0x" + work_id.hex()[:32], work_id.hex()[32:]),
    ]


@pytest.mark.no_call_coverage
@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("1970-01-01 00:00", 0),
        ("1970-01-01 00:00", 59),
        ("1970-01-01 00:01", 60),
        ("1999-12-31 23:59", 946_684_799),
        ("2000-02-29 00:00", 951_782_400),
        ("2023-02-28 23:59", 1_677_628_799),
        ("2023-03-01 00:00", 1_677_628_800),
        ("2024-02-29 23:59", 1_709_251_199),
        ("2024-03-01 00:00", 1_709_251_200),
        ("2024-12-31 09:05", 1_735_635_900),
        ("2100-02-28 23:59", 4_107_542_399),
        ("2100-03-01 00:00", 4_107_542_400),
        ("9999-12-31 23:59", YEAR_9999),
    ],
)
def test_dates_with_and_without_a_leap_day(system, text, time):
    assert date(system, time) == text


@pytest.mark.no_call_coverage
@given(days=st.integers(0, YEAR_9999 // 86400), second=st.integers(0, 86399))
@example(days=47_540, second=0)  # 2100-02-28
@settings(max_examples=24, derandomize=True)
def test_every_date_is_that_of_the_calendar(system, days, second):
    time = days * 86400 + second
    assert date(system, time) == datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M")
