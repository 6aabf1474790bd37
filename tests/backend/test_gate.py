"""The gate before a claim: each of its lines is seen to let pass, and to refuse, and no claim gets past a refusal."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from oracle.chain.licensing import Offer
from oracle.chain.wallet import Wallet
from oracle.report.items import place_hashes
from scripts.stack.local import BOND, PLATFORMS, Roles, account
from tests.backend.conftest import index

PAGE = "https://shop.example/page"
LINES = {"match", "holder", "owner", "owner then", "site", "licence", "open", "claimed", "later", "evidence"}


@pytest.fixture
def holder(user):
    """Somebody with a registered work: (user, work)."""
    me = user()
    return me, me.registered_work()


def hit_of(me, work):
    return next(h for h in me.get("/hits").json() if h["work_id"] == work["work_id"])


def refusing(me, hit):
    """Lines of the gate that do not hold; and the claim is refused exactly if there are any."""
    lines = {line["name"]: line["passed"] for line in me.get(f"/hits/{hit['id']}/gate").json()}
    assert lines.keys() == LINES
    refused = {name for name, passed in lines.items() if not passed}
    answer = me.post(f"/hits/{hit['id']}/claim", {"amount": 100, "currency": "EUR"})
    assert answer.status_code == (409 if refused else 201), answer.text
    if refused:
        assert answer.json()["code"] == "gate"
        assert all(name in answer.json()["message"] for name in refused)
        assert not [c for c in me.get("/cases").json() if c["hit_id"] == hit["id"]]
    return refused


def marked(me, work, mark="not_licensed"):
    hit = hit_of(me, work)
    me.post(f"/hits/{hit['id']}/mark", {"mark": mark})
    return hit


def test_a_good_hit_passes_every_line(holder, report):
    me, work = holder
    report(work["work_id"], page=PAGE)
    assert refusing(me, marked(me, work)) == set()


@pytest.mark.parametrize("mark", ["allowed", "unsure", "no_match", None])
def test_what_the_holder_did_not_judge_so_is_refused(holder, report, mark):
    me, work = holder
    report(work["work_id"], page=PAGE)
    assert refusing(me, marked(me, work, mark)) == {"holder"}


def test_what_the_committee_did_not_report_is_refused(holder, report):
    from backend.core.database import transaction
    from backend.hits.models import CommitteeReport

    me, work = holder
    root = report(work["work_id"], page=PAGE)
    hit = marked(me, work)
    with transaction() as session:
        session.execute(delete(CommitteeReport).where(CommitteeReport.root == root))
    assert refusing(me, hit) == {"match"}


@pytest.mark.parametrize("platform", PLATFORMS[:2])
def test_a_platform_is_refused(holder, report, platform):
    me, work = holder
    report(work["work_id"], page=f"https://{platform}/somebody/1")
    assert refusing(me, marked(me, work)) == {"site"}


@pytest.mark.parametrize("whole_site", [True, False])
def test_a_use_that_was_licensed_before_is_refused(holder, report, whole_site):
    """Bought first, seen then: on-chain, as the licensee did it."""
    me, work = holder
    offer = Offer(bytes.fromhex(work["work_id"][2:]), 0, 10_000, b"t" * 32, grace=10)
    me.wallet.send("OfferBook", "create", offer.encoded())
    place = place_hashes(PAGE)["site_hash" if whole_site else "host_hash"]
    me.wallet.send("LicenseLedger", "buy", offer.purchase(me.wallet.address, place))
    report(work["work_id"], page=PAGE)
    assert refusing(me, marked(me, work)) == {"licence"}


def test_a_licence_for_another_site_changes_nothing(holder, report):
    me, work = holder
    offer = Offer(bytes.fromhex(work["work_id"][2:]), 0, 10_000, b"t" * 32, grace=10)
    me.wallet.send("OfferBook", "create", offer.encoded())
    elsewhere = place_hashes("https://elsewhere.example/")["site_hash"]
    me.wallet.send("LicenseLedger", "buy", offer.purchase(me.wallet.address, elsewhere))
    report(work["work_id"], page=PAGE)
    assert refusing(me, marked(me, work)) == set()


def test_whoever_bought_the_certificate_later_is_refused(holder, user, report):
    me, work = holder
    report(work["work_id"], page=PAGE)
    buyer = user()
    token = int(work["work_id"], 16)
    me.wallet.send("WorkRegistry", "transferFrom", me.wallet.address, buyer.wallet.address, token)
    index()
    assert me.get("/hits").json() == []
    assert refusing(buyer, marked(buyer, work)) == {"owner then"}


def test_a_stranger_is_refused(holder, user, report):
    """The API does not show them the hit; the gate itself would not let them pass either."""
    from backend.accounts.service import account_of
    from backend.cases import service
    from backend.core.database import transaction
    from backend.hits.models import Hit

    me, work = holder
    report(work["work_id"], page=PAGE)
    hit = marked(me, work)
    stranger = user()
    assert stranger.get(f"/hits/{hit['id']}/gate").status_code == 404
    with transaction() as session:
        found = session.get_one(Hit, hit["id"])
        lines = service.gate(session, account_of(session, stranger.wallet.address), found)
        assert {line.name for line in lines if not line.passed} == {"owner", "owner then"}


def test_evidence_with_a_changed_byte_is_refused(holder, report):
    from backend.core.services import own_store

    me, work = holder
    report(work["work_id"], page=PAGE)
    hit = marked(me, work)
    car = own_store().folder / f"{hit['bundle_cid']}.car"
    whole = bytearray(car.read_bytes())
    whole[-5] ^= 1
    car.write_bytes(bytes(whole))
    assert refusing(me, hit) == {"evidence"}


def test_a_second_case_on_one_site_is_refused_before_it_is_claimed(holder, report, backend):
    me, work = holder
    report(work["work_id"], page=PAGE)
    first = marked(me, work)
    case = me.post(f"/hits/{first['id']}/claim", {"amount": 100, "currency": "EUR"}).json()
    Wallet(backend.chain, account(Roles.DEPLOYER).key.hex()).send("CPYToken", "transfer", me.wallet.address, BOND)
    for one in me.get(f"/cases/{case['id']}/opening").json():
        me.send(one)
    index()
    report(work["work_id"], page="https://www.shop.example/other", image="https://shop.example/other.jpg")
    second = next(h for h in me.get("/hits").json() if h["id"] != first["id"])
    me.post(f"/hits/{second['id']}/mark", {"mark": "not_licensed"})
    assert refusing(me, second) == {"open", "claimed"}
    me.send(me.post(f"/cases/{case['id']}/withdrawal").json())
    index()
    assert refusing(me, second) == {"later"}


@pytest.fixture
def crops(holder, report):
    """Two registered works of one holder that one picture on a page shows: (user, hit of each)."""
    me, first = holder
    second = me.registered_work()
    for work in (first, second):
        report(work["work_id"], page=PAGE)
    return me, marked(me, first), marked(me, second), second


def test_one_use_of_two_crops_of_one_photograph_is_claimed_once(crops, report):
    me, first, second, work = crops
    assert refusing(me, first) == set()
    assert refusing(me, second) == {"claimed"}
    # Nor by another page of the site that shows the picture at another address, in another size.
    report(work["work_id"], page=f"{PAGE}/2", image="https://shop.example/other-address.jpg")
    other = next(h for h in me.get("/hits").json() if h["image_url"].endswith("other-address.jpg"))
    me.post(f"/hits/{other['id']}/mark", {"mark": "not_licensed"})
    assert refusing(me, other) == {"claimed"}
    # Another picture on the site is another use, and so is this one elsewhere.
    third = me.registered_work()
    report(third["work_id"], page=PAGE, image="https://shop.example/third.jpg", picture=3)
    assert refusing(me, marked(me, third)) == set()
    report(work["work_id"], page="https://elsewhere.example/")
    elsewhere = next(h for h in me.get("/hits").json() if "elsewhere" in h["page_url"])
    me.post(f"/hits/{elsewhere['id']}/mark", {"mark": "not_licensed"})
    assert refusing(me, elsewhere) == set()


def test_whoever_licensed_one_crop_is_not_accused_over_the_other(crops, report):
    me, first, _, work = crops
    offer = Offer(bytes.fromhex(work["work_id"][2:]), 0, 10_000, b"t" * 32, grace=10)
    me.wallet.send("OfferBook", "create", offer.encoded())
    me.wallet.send("LicenseLedger", "buy", offer.purchase(me.wallet.address, place_hashes(PAGE)["site_hash"]))
    report(first["work_id"], page=f"{PAGE}/2")
    again = next(h for h in me.get("/hits").json() if h["page_url"].endswith("/2"))
    me.post(f"/hits/{again['id']}/mark", {"mark": "not_licensed"})
    assert refusing(me, again) == {"licence"}
