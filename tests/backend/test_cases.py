"""Hits, claims and the portal: nothing is claimed unchecked, nobody sees what is another's."""

import pytest
from sqlalchemy import text

from backend.core.database import transaction
from tests.backend.conftest import index, screenshot


@pytest.fixture
def holder(user, report):
    """Somebody with one reported hit: (user, hit)."""
    me = user()
    report(me.registered_work()["work_id"])
    return me, me.get("/hits").json()[0]


def test_a_report_becomes_a_hit_of_the_works_owner(holder, user):
    me, hit = holder
    assert hit["site"] == "shop.example" and hit["score"] == 0.9 and hit["report_tx"]
    dossier = me.get(f"/hits/{hit['id']}/dossier").json()
    assert len(bytes.fromhex(dossier["bundle_key"])) == 32
    other = user()
    assert other.get("/hits").json() == []
    for path in (f"/hits/{hit['id']}", f"/hits/{hit['id']}/dossier", f"/hits/{hit['id']}/evidence/page.png"):
        assert other.get(path).status_code == 404
    assert other.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"}).status_code == 404


def test_the_evidence_is_opened_for_its_owner(holder):
    me, hit = holder
    assert me.get(f"/hits/{hit['id']}/evidence/page.png").content == screenshot()
    assert me.get(f"/hits/{hit['id']}/evidence/nothing").status_code == 404


def test_a_dossier_that_lies_is_refused(user, report):
    for lie in ({"page_url": "https://innocent.example/"}, {"image_url": "https://innocent.example/i.jpg"}):
        me = user()
        report(me.registered_work()["work_id"], dossier_changes=lie)
        assert me.get("/hits").json() == []


def test_opening_reports_twice_makes_no_second_hit(holder):
    from backend.hits.tasks import open_reports

    me, _ = holder
    open_reports()
    assert len(me.get("/hits").json()) == 1


def test_only_what_the_holder_marked_as_not_licensed_is_claimed(holder):
    me, hit = holder
    refused = me.post(f"/hits/{hit['id']}/claim", {"amount": 100, "currency": "EUR"})
    assert (refused.status_code, refused.json()["code"]) == (409, "gate")
    assert "marked it as not licensed" in refused.json()["message"]
    assert me.post(f"/hits/{hit['id']}/mark", {"mark": "nonsense"}).status_code == 422
    me.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    case = me.post(f"/hits/{hit['id']}/claim", {"amount": 100, "currency": "EUR"})
    assert case.status_code == 201 and case.json()["state"] == "claimed"
    again = me.post(f"/hits/{hit['id']}/claim", {"amount": 999, "currency": "EUR"}).json()
    assert again["id"] == case.json()["id"] and again["demand"] == "1.00 EUR"


@pytest.mark.parametrize(("mark", "older"), [("not_licensed", "illegal"), ("allowed", "legal"), ("unsure", "unsure")])
def test_an_older_database_keeps_its_marks(holder, mark, older):
    from alembic import command

    from backend.cli import alembic_config

    me, hit = holder
    me.post(f"/hits/{hit['id']}/mark", {"mark": mark})
    command.downgrade(alembic_config(), "0008")
    with transaction() as session:
        assert session.scalar(text("select mark from hits where id = :id"), {"id": hit["id"]}) == older
    command.upgrade(alembic_config(), "head")
    assert next(h["mark"] for h in me.get("/hits").json() if h["id"] == hit["id"]) == mark


def test_evidence_that_was_changed_stops_the_claim(holder):
    from backend.core.services import own_store

    me, hit = holder
    me.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    car = own_store().folder / f"{hit['bundle_cid']}.car"
    whole = bytearray(car.read_bytes())
    whole[-5] ^= 1
    car.write_bytes(bytes(whole))
    refused = me.post(f"/hits/{hit['id']}/claim", {"amount": 100, "currency": "EUR"})
    assert refused.status_code == 409 and "evidence" in refused.json()["message"]


@pytest.mark.parametrize("body", [{"amount": 0, "currency": "EUR"}, {"amount": 5, "currency": "XXX"}, {"amount": 5}])
def test_amounts_are_checked(holder, body):
    me, hit = holder
    assert me.post(f"/hits/{hit['id']}/claim", body).status_code == 422


def test_the_portal_opens_by_link_or_code_and_codes_cannot_be_guessed(holder, user, backend):
    me, hit = holder
    me.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    case = me.post(f"/hits/{hit['id']}/claim", {"amount": 25_000, "currency": "EUR"}).json()
    image_user = user(signed_in=False)
    found = image_user.get(f"/portal/by-code/{case['code'].lower()}").json()
    assert found["link"] == case["link"]
    token = case["link"].rsplit("/", 1)[1]
    shown = image_user.get(f"/portal/{token}").json()
    assert shown["demand"] == "250.00 EUR" and shown["state"] == "claimed"
    assert image_user.get(f"/portal/{token}/dossier").json()["bundle_cid"] == hit["bundle_cid"]
    assert image_user.post(f"/portal/{token}/quote").json()["code"] == "not_open"
    assert image_user.get("/portal/not-a-token").status_code == 404
    answers = [image_user.get("/portal/by-code/AAAAA1").status_code for _ in range(12)]
    assert answers[0] == 404 and answers[-1] == 429


def test_no_transaction_is_prepared_while_the_evidence_can_be_challenged(holder):
    """The contract would refuse the last of three, when the bond is allowed already."""
    from backend.hits.models import CommitteeReport

    me, hit = holder
    me.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    case = me.post(f"/hits/{hit['id']}/claim", {"amount": 25_000, "currency": "EUR"}).json()
    with transaction() as session:
        report = session.get(CommitteeReport, hit["report_root"])
        reported_at, report.reported_at = report.reported_at, 2_000_000_000
    refused = me.get(f"/cases/{case['id']}/opening")
    assert (refused.status_code, refused.json()["code"]) == (409, "challengeable")
    assert "until 03:33 UTC on 18 May 2033" in refused.json()["message"]
    with transaction() as session:
        session.get(CommitteeReport, hit["report_root"]).reported_at = reported_at
    assert me.get(f"/cases/{case['id']}/opening").status_code == 200


def test_the_holder_opens_the_case_with_attestation_and_bond(holder, user, backend):
    from oracle.chain.wallet import Wallet
    from scripts.stack.local import BOND, Roles, account

    me, hit = holder
    me.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    case = me.post(f"/hits/{hit['id']}/claim", {"amount": 25_000, "currency": "EUR"}).json()
    prepared = me.get(f"/cases/{case['id']}/opening").json()
    assert [p["function"] for p in prepared] == ["attest", "approve", "open"]
    treasury = Wallet(backend.chain, account(Roles.DEPLOYER).key.hex())
    treasury.send("CPYToken", "transfer", me.wallet.address, BOND)
    for one in prepared:
        me.send(one)
    index()
    seen = me.get(f"/cases/{case['id']}").json()
    assert seen["state"] == "open" and [s["state"] for s in seen["timeline"]] == ["claimed", "open"]
    assert me.get(f"/cases/{case['id']}/opening").json()["code"] == "open"
    assert user().get(f"/cases/{case['id']}").status_code == 404
    token = case["link"].rsplit("/", 1)[1]
    no_rates = user(signed_in=False).post(f"/portal/{token}/quote")
    assert (no_rates.status_code, no_rates.json()["code"]) == (503, "no_quote")
