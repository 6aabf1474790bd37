"""The portal: answering costs nothing, a licence ends the claim, and the holder has to look at the rest."""

import io
import json
import zipfile

import pytest
from eth_utils.crypto import keccak
from PIL import Image
from sqlalchemy import text

from backend.core.database import transaction
from oracle.chain.licensing import Offer
from oracle.chain.signing import ascending, sign
from oracle.chain.wallet import Wallet
from oracle.evidence.package import CAR_NAME, DOSSIER_NAME
from oracle.report.items import place_hashes
from scripts.stack.local import BOND, Roles, account
from tests.backend.conftest import index
from tests.conftest import noise

WORDS = "We bought this picture from an agency last spring."


@pytest.fixture
def claimed(user, report):
    """A claimed hit: (holder, image user, case, path of the portal)."""
    me = user()
    report(me.registered_work()["work_id"])
    hit = me.get("/hits").json()[0]
    me.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    case = me.post(f"/hits/{hit['id']}/claim", {"amount": 25_000, "currency": "EUR"}).json()
    return me, user(signed_in=False), case, "/portal/" + case["link"].rsplit("/", 1)[1]


def open_case(backend, me, case):
    treasury = Wallet(backend.chain, account(Roles.DEPLOYER).key.hex())
    treasury.send("CPYToken", "transfer", me.wallet.address, BOND)
    for one in me.get(f"/cases/{case['id']}/opening").json():
        me.send(one)
    index()


def buy_licence(backend, me, work_id, page):
    """A licence of the work for the site of a page, bought now. Returns its id."""
    buyer = Wallet(backend.chain, account(Roles.DEPLOYER).key.hex())
    site = place_hashes(page)["site_hash"]
    offer = Offer(bytes.fromhex(work_id[2:]), 10, 86_400, keccak(text=f"terms for {page}"))
    me.wallet.send("OfferBook", "create", offer.encoded())
    buyer.send("CPYToken", "approve", backend.chain.deployment.addresses["LicenseLedger"], 10)
    index()
    shown = me.get(f"/open/works/{work_id}").json()["offers"]
    assert "0x" + offer.offer_id.hex() in [o["offer_id"] for o in shown]
    buyer.send("LicenseLedger", "buy", offer.purchase(buyer.address, site))
    index()
    return "0x" + offer.licence_id(buyer.address, site).hex()


def test_anybody_gets_the_transactions_that_buy_a_licence(claimed, backend):
    me, _, case, _ = claimed
    offer = Offer(bytes.fromhex(case["work_id"][2:]), 10, 86_400, b"t" * 32, nonce=7)
    in_euro = Offer(bytes.fromhex(case["work_id"][2:]), 10, 86_400, b"t" * 32, currency="EUR")
    for made in (offer, in_euro):
        me.wallet.send("OfferBook", "create", made.encoded())
    index()
    buyer, anybody = Wallet(backend.chain, account(Roles.DEPLOYER).key.hex()), backend.client
    path = f"/api/open/offers/0x{offer.offer_id.hex()}/purchase"
    body = {"licensee": buyer.address, "url": "https://www.buyer.example/shop", "whole_site": False}
    prepared = anybody.post(path, json=body).json()
    for one in prepared["transactions"]:
        buyer.send_data(one["to"], one["data"])
    host = place_hashes(body["url"])["host_hash"]
    assert prepared["licence_id"] == "0x" + offer.licence_id(buyer.address, host).hex()
    assert backend.chain.call("LicenseLedger", "licence", bytes.fromhex(prepared["licence_id"][2:]))[1] > 0

    def refused(path, **changes):
        return anybody.post(path, json={**body, **changes}).json()["code"]

    assert refused(path, licensee="me") == "bad_address"
    assert refused(path, url="ftp://x") == "bad_url"
    assert refused(path, url="https://www.instagram.com/somebody") == "platform"
    assert refused(f"/api/open/offers/0x{'00' * 32}/purchase") == "unknown_offer"
    # No rate signer answers here, so a price in a currency cannot be told.
    assert refused(f"/api/open/offers/0x{in_euro.offer_id.hex()}/purchase") == "no_quote"


def test_the_image_user_sees_pictures_rights_and_evidence(claimed, backend):
    me, image_user, case, portal = claimed
    open_case(backend, me, case)
    shown = image_user.get(portal).json()
    assert [line["who"] for line in shown["rights"]] == [
        me.wallet.address,
        account(Roles.VERIFIER).address,
        me.wallet.address,
    ]
    assert all(line["tx_hash"] for line in shown["rights"])
    assert shown["pictures"] == ["found", "page", "tile"]
    sizes = {n: Image.open(io.BytesIO(image_user.get(f"{portal}/pictures/{n}").content)).size for n in ("work", "page")}
    assert sizes == {"work": (300, 200), "page": (1100, 2200)}
    assert image_user.get(f"{portal}/pictures/original").status_code == 422


TITLE = "Wedding of Client Sommerfeld-Xanten"


def test_no_answer_of_the_portal_tells_the_title(user, report, backend):
    """Titles come from file names, and those tell of clients: neither the accused nor who guessed a code learns one."""
    from backend.works.tasks import prepare

    me = user()
    work = me.upload(noise(4711), TITLE).json()
    prepare(work["id"])
    me.send(me.get(f"/works/{work['id']}/registration").json())
    index()
    report(work["work_id"])
    hit = me.get("/hits").json()[0]
    assert hit["work_title"] == TITLE  # the holder's own pages tell it
    me.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    case = me.post(f"/hits/{hit['id']}/claim", {"amount": 25_000, "currency": "EUR"}).json()
    portal, anybody = "/portal/" + case["link"].rsplit("/", 1)[1], user(signed_in=False)

    def ask_everything():
        return [
            anybody.get(f"/portal/by-code/{case['code']}"),
            anybody.get(portal),
            *(anybody.get(f"{portal}/pictures/{name}") for name in ("work", "found", "page")),
            anybody.get(f"{portal}/dossier"),
            anybody.get(f"{portal}/package"),
            anybody.post(f"{portal}/quote"),
            anybody.post(f"{portal}/licence", {"licence_id": "0x" + "99" * 32}),
            anybody.post(f"{portal}/objection", {"kind": "other", "words": WORDS}),
            anybody.post(f"{portal}/panel"),
            anybody.get(f"/open/works/{work['work_id']}"),
            anybody.get(f"/works/pictures/{work['work_id']}/preview"),
        ]

    def all_bytes(answer):
        texts = [answer.content, *(f"{name}: {value}".encode() for name, value in answer.headers.items())]
        if answer.headers["content-type"] == "application/zip":
            with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
                texts += [package.read(name) for name in package.namelist()]
        return b"\n".join(texts)

    answers = ask_everything()
    open_case(backend, me, case)
    answers += ask_everything()
    assert sum(answer.status_code < 300 for answer in answers) >= 15
    for answer in answers:
        told = all_bytes(answer).lower()
        for word in (b"sommerfeld", b"xanten", b"wedding", b"work_title"):
            assert word not in told, f"{answer.request.method} {answer.request.url} tells {word!r}"
    assert "This photograph was found on" in anybody.get(portal).json()["plain_words"]


@pytest.mark.parametrize(
    ("until", "words"),
    [(1_798_156_800, "until 25 December 2026. Take the picture down by then"), (0, "A release covers that use.")],
)
def test_who_paid_is_told_until_when_the_release_covers(until, words):
    from backend.cases.portal import _plain_words
    from backend.cases.states import CaseState
    from backend.core.money import Money

    assert words in _plain_words(CaseState.SETTLED, "shop.example", Money(25_000, "EUR"), until)


def test_the_package_is_verified_without_us(claimed, backend, tmp_path):
    from typer.testing import CliRunner

    from oracle.cli import app

    _, image_user, _, portal = claimed
    data = image_user.get(f"{portal}/package").content
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert set(package.namelist()) == {DOSSIER_NAME, CAR_NAME}
        assert json.loads(package.read(DOSSIER_NAME))["bundle_key"]
    file, chain = tmp_path / "evidence.zip", backend.stack
    file.write_bytes(data)
    told = CliRunner().invoke(
        app, ["verify", str(file), "--rpc", chain.rpc_url, "--deployment", str(chain.deployment_file)]
    )
    assert "on-chain since" in " ".join(told.output.split())
    unasked = CliRunner().invoke(app, ["verify", str(file)])
    assert unasked.exit_code == 1 and "chain was not checked" in " ".join(unasked.output.split())
    at = data.rindex(b"PK\x01\x02") - 200
    file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    assert CliRunner().invoke(app, ["verify", str(file)]).exit_code == 1


def test_an_objection_waits_for_the_holder_and_can_be_upheld(claimed, backend):
    me, image_user, case, portal = claimed
    open_case(backend, me, case)
    short = image_user.post(f"{portal}/objection", {"kind": "lawful_use", "words": "no"})
    assert (short.status_code, short.json()["code"]) == (422, "too_short")
    assert image_user.post(f"{portal}/objection", {"kind": "whim", "words": WORDS}).json()["code"] == "bad_kind"
    seen = image_user.post(f"{portal}/objection", {"kind": "licensed_elsewhere", "words": WORDS}).json()
    assert seen["state"] == "in_review" and "holder has to review" in seen["plain_words"]
    told = me.get(f"/cases/{case['id']}").json()
    assert told["answers"][0]["words"] == WORDS and told["timeline"][-1]["actor"] == "image user"
    path = f"/cases/{case['id']}/answers/{told['answers'][0]['id']}/uphold"
    assert me.post(path, {"words": ""}).json()["code"] == "too_short"
    assert me.post(path, {"words": "The agency's list has no such sale."}).json()["state"] == "open"
    assert me.post(path, {"words": "The agency's list has no such sale."}).json()["code"] == "decided"
    assert image_user.get(portal).json()["answers"][0]["decision_words"] == "The agency's list has no such sale."


def test_words_are_encrypted_at_rest(claimed):
    from backend.cases.models import Answer
    from backend.core.database import transaction

    _, image_user, _, portal = claimed
    image_user.post(f"{portal}/objection", {"kind": "other", "words": WORDS})
    with transaction() as session:
        assert all(WORDS.encode() not in answer.words for answer in session.query(Answer))


def test_a_licence_that_covers_the_use_ends_the_claim(claimed, backend, monkeypatch):
    me, image_user, case, portal = claimed
    open_case(backend, me, case)
    number = buy_licence(backend, me, case["work_id"], "https://shop.example/")
    seen = image_user.post(f"{portal}/licence", {"licence_id": number}).json()
    # Bought after the use was seen: genuine, but a person has to look at it.
    assert seen["state"] == "in_review" and "not cover the time" in seen["answers"][0]["finding"]
    from backend.licences import service as licences

    monkeypatch.setattr(licences, "covered", lambda *_: True)  # as if it had been bought before
    seen = image_user.post(f"{portal}/licence", {"licence_id": number}).json()
    assert seen["state"] == "licensed" and "You do not need to do anything" in seen["plain_words"]
    assert image_user.post(f"{portal}/quote").json()["code"] == "not_open"
    assert image_user.post(f"{portal}/licence", {"licence_id": number}).json()["code"] == "over"


def test_a_licence_of_another_work_or_site_does_not_end_it(claimed, backend, user):
    me, image_user, case, portal = claimed
    assert image_user.post(f"{portal}/licence", {"licence_id": "0x" + "99" * 32}).json()["code"] == "unknown_licence"
    other_work = me.registered_work()["work_id"]
    other = buy_licence(backend, me, other_work, "https://shop.example/")
    assert image_user.post(f"{portal}/licence", {"licence_id": other}).json()["code"] == "other_work"
    elsewhere = buy_licence(backend, me, case["work_id"], "https://designer.example/")
    seen = image_user.post(f"{portal}/licence", {"licence_id": elsewhere}).json()
    assert seen["state"] == "in_review" and "another end user" in seen["answers"][0]["finding"]


def test_the_panel_is_asked_after_the_holder_upheld_and_costs_the_image_user_nothing(claimed, backend):
    me, image_user, case, portal = claimed
    assert image_user.post(f"{portal}/panel").json()["code"] == "not_open"
    open_case(backend, me, case)
    assert image_user.post(f"{portal}/panel").json()["code"] == "not_answered"
    answered = image_user.post(f"{portal}/objection", {"kind": "lawful_use", "words": WORDS}).json()
    me.post(f"/cases/{case['id']}/answers/{answered['answers'][0]['id']}/uphold", {"words": WORDS})
    asked = image_user.post(f"{portal}/panel")
    assert asked.status_code == 202 and asked.json()["panel_asked"]
    assert image_user.post(f"{portal}/panel").status_code == 202

    from backend.cases.tasks import bring_contests

    operator = Wallet(backend.chain, account(Roles.OPERATOR).key.hex())
    treasury = Wallet(backend.chain, account(Roles.DEPLOYER).key.hex())
    treasury.send("CPYToken", "transfer", operator.address, int(backend.chain.call("Arbitration", "fee")))
    bring_contests()
    bring_contests()  # a task may run twice
    index()
    seen = image_user.get(portal).json()
    assert seen["state"] == "contested" and "the panel will decide" in seen["plain_words"]
    # What a silent panel means is no argument for asking it: the holder is told, the image user is not invited.
    assert "in time" not in seen["plain_words"] and "dismissed" not in seen["plain_words"]
    raised = [e for e in events_of(backend, "Arbitration") if e.name == "DisputeRaised"][-1].arguments
    assert [e.name for e in events_of(backend, "Settlement")][-1] == "CaseContested"
    assert raised["challenger"] == operator.address and raised["respondent"] == me.wallet.address
    return raised["disputeId"]


def events_of(backend, contract):
    return backend.chain.events([contract], 0, backend.chain.head()[0])


@pytest.mark.parametrize(
    ("outcome", "state", "words"), [(1, "dismissed", "You do not need to do anything"), (2, "open", "You can")]
)
def test_what_the_panel_rules_is_shown(claimed, backend, outcome, state, words):
    me, image_user, _, portal = claimed
    dispute = test_the_panel_is_asked_after_the_holder_upheld_and_costs_the_image_user_nothing(claimed, backend)
    ruling = {"disputeId": dispute, "outcome": outcome, "barredUntil": 0, "reasonsHash": b"r" * 32}
    panel = [account(i) for i in Roles.PANEL[:2]]
    signed = {str(p.address): sign(p, backend.chain.deployment, "Ruling", ruling) for p in panel}
    me.wallet.send("Arbitration", "rule", tuple(ruling.values()), ascending(signed))
    index()
    seen = image_user.get(portal).json()
    assert seen["state"] == state and words in seen["plain_words"]
    assert ["contested", state] == [step["state"] for step in seen["timeline"] if step["actor"] == "panel"]


@pytest.mark.parametrize("ahead", ["-1 hour", "0 seconds", "1 hour"])
def test_steps_keep_their_order_when_the_chain_s_clock_differs_or_stands(claimed, backend, ahead):
    """Blocks have whole seconds, and two of them may have the same one."""
    _, image_user, _, portal = claimed
    test_the_panel_is_asked_after_the_holder_upheld_and_costs_the_image_user_nothing(claimed, backend)
    with transaction() as session:
        shifted = "update case_transitions set at = date_trunc('hour', now()) + cast(:ahead as interval)"
        session.execute(text(f"{shifted} where tx_hash is not null"), {"ahead": ahead})
        # PostgreSQL keeps a row that is written again behind the others.
        session.execute(text("update case_transitions set why = why where state = 'open' and tx_hash is not null"))
    steps = [(step["state"], step["tx_hash"] is not None) for step in image_user.get(portal).json()["timeline"]]
    here = [("in_review", False), ("open", False), ("open", False)]
    assert steps == [("claimed", False), ("open", True), *here, ("contested", True)]


def test_an_older_database_gets_the_order_of_its_steps(claimed, backend):
    from alembic import command

    from backend.cli import alembic_config

    _, image_user, case, portal = claimed
    test_the_panel_is_asked_after_the_holder_upheld_and_costs_the_image_user_nothing(claimed, backend)
    before = [step["why"] for step in image_user.get(portal).json()["timeline"]]
    given = {"case": case["id"]}
    with transaction() as session:
        session.execute(text("update chain_events set time = time + 10 * block"))
        at = "select time from chain_events where chain_events.block <= step.block order by block desc limit 1"
        first = "select min(at) from case_transitions where case_id = :case"
        here = f"case when log_index is null then 5 + extract(epoch from at - ({first})) / 10 else 0 end"
        step = f"update case_transitions step set at = to_timestamp(({at}) + {here}) where case_id = :case"
        session.execute(text(step), given)
        # Claimed and opened in one second of the chain.
        opened = "select at from case_transitions where case_id = :case and why = 'opened on-chain'"
        same = f"update case_transitions set at = ({opened}) where case_id = :case and state = 'claimed'"
        session.execute(text(same), given)
    command.downgrade(alembic_config(), "0007")
    command.upgrade(alembic_config(), "head")
    with transaction() as session:
        session.execute(text("update chain_events set time = time - 10 * block"))
    assert [step["why"] for step in image_user.get(portal).json()["timeline"]] == before


def test_a_demand_lowered_on_chain_is_what_is_asked(claimed, backend):
    me, image_user, case, portal = claimed
    open_case(backend, me, case)
    number = image_user.get(portal).json()["chain_case_id"]
    me.wallet.send("Settlement", "lower", number, 77)
    index()
    seen = image_user.get(portal).json()
    assert (seen["state"], seen["demand"]) == ("open", "0.77 EUR")
    assert seen["amount_lines"][0]["amount"] == "0.77 EUR"


def test_answers_are_limited(claimed):
    _, image_user, _, portal = claimed
    answers = [image_user.post(f"{portal}/objection", {"kind": "other", "words": WORDS}).status_code for _ in range(11)]
    assert answers == [201] * 10 + [429]
    me = claimed[0]
    first = me.get(f"/cases/{claimed[2]['id']}").json()["answers"][0]
    me.post(f"/cases/{claimed[2]['id']}/answers/{first['id']}/uphold", {"words": "We looked at it and disagree."})
    assert image_user.post(f"{portal}/objection", {"kind": "other", "words": WORDS}).status_code == 201


def test_a_claim_is_withdrawn_before_and_after_it_is_on_chain(claimed, backend, user, report):
    me, image_user, case, portal = claimed
    assert user().post(f"/cases/{case['id']}/withdrawal").status_code == 404
    assert me.post(f"/cases/{case['id']}/withdrawal").json() is None
    assert image_user.get(portal).json()["state"] == "closed"
    assert me.post(f"/cases/{case['id']}/withdrawal").json()["code"] == "over"
    assert me.get(f"/cases/{case['id']}/opening").json()["code"] == "over"

    report(me.registered_work()["work_id"], page="https://other.example/")
    hit = next(h for h in me.get("/hits").json() if h["site"] == "other.example")
    assert hit["case_id"] is None
    me.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    assert all(check["passed"] for check in me.get(f"/hits/{hit['id']}/gate").json())
    second = me.post(f"/hits/{hit['id']}/claim", {"amount": 100, "currency": "EUR"}).json()
    open_case(backend, me, second)
    me.send(me.post(f"/cases/{second['id']}/withdrawal").json())
    index()
    assert me.get(f"/cases/{second['id']}").json()["state"] == "closed"


def test_a_case_that_was_opened_over_more_than_the_letter_says_cannot_be_paid(claimed, backend, user):
    me, image_user, case, portal = claimed
    treasury = Wallet(backend.chain, account(Roles.DEPLOYER).key.hex())
    treasury.send("CPYToken", "transfer", me.wallet.address, BOND)
    *others, opening = me.get(f"/cases/{case['id']}/opening").json()
    for one in others:
        me.send(one)
    data = opening["data"].replace(f"{25_000:064x}", f"{2_500_000:064x}")
    assert data != opening["data"]
    me.send({**opening, "data": data})
    index()
    seen = image_user.get(portal).json()
    assert seen["state"] == "disputed" and "payment is disabled here" in seen["plain_words"]
    assert image_user.post(f"{portal}/quote").json()["code"] == "other_demand"


def test_a_claim_withdrawn_while_it_is_opened_does_not_hide_the_open_case(claimed, backend):
    me, image_user, case, portal = claimed
    prepared = me.get(f"/cases/{case['id']}/opening").json()
    me.post(f"/cases/{case['id']}/withdrawal")
    treasury = Wallet(backend.chain, account(Roles.DEPLOYER).key.hex())
    treasury.send("CPYToken", "transfer", me.wallet.address, BOND)
    for one in prepared:
        me.send(one)
    index()
    assert image_user.get(portal).json()["state"] == "open"
    assert me.post(f"/cases/{case['id']}/withdrawal").json()["function"] == "close"


def test_who_registered_and_who_owns_are_told_apart(claimed, backend, user):
    me, image_user, case, portal = claimed
    buyer, token = user(), int(case["work_id"], 16)
    me.wallet.send("WorkRegistry", "transferFrom", me.wallet.address, buyer.wallet.address, token)
    index()
    rights = image_user.get(portal).json()["rights"]
    assert [(line["what"].split()[0], line["who"]) for line in rights][:2] == [
        ("registered", me.wallet.address),
        ("certificate", buyer.wallet.address),
    ]
    assert rights[1]["tx_hash"] and rights[1]["at"]


def test_a_mark_is_taken_back(claimed):
    me, _, case, _ = claimed
    assert me.post(f"/hits/{case['hit_id']}/mark", {"mark": None}).json()["mark"] is None
