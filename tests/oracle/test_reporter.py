"""Reporting: what the chain says counts once, and no other member can stop or silence us."""

import json
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import insert, select, update

from oracle.chain.wallet import Wallet
from oracle.errors import NotStoredError, VerificationError
from oracle.node.database import confirmations, key_of, matches, open_database, reports
from oracle.node.history import History, Position
from oracle.node.member import MemberService
from oracle.node.register import Member
from oracle.node.reporter import Reporter
from oracle.report.committee import Rule
from oracle.report.items import make_item
from oracle.report.member import Checker, propose
from oracle.sealing import new_key, public_key
from oracle.store.cids import cid_of, cid_to_bytes
from scripts.stack.local import Roles, account

WORK, PAGE, IMAGE = "0x" + "ab" * 32, "https://shop.example/p", "https://shop.example/i.jpg"
ROOT = "0x" + "77" * 32
KEY = public_key(new_key())


@pytest.fixture
def reporter(servers, tmp_path):
    engine = open_database(servers.postgres.create_database("oracle"), f"reporter{time.monotonic_ns()}")
    chain = servers.chain()
    wallet = Wallet(chain, account(Roles.MEMBERS[0]).key.hex())
    register = SimpleNamespace(history=History(engine, chain, 0))
    made = Reporter(engine, chain, wallet, register, None, 10, "")
    yield made
    engine.dispose()


def add_match(reporter, state, **values):
    item = make_item(WORK, PAGE, IMAGE, b"b" * 32, cid_of(b"c"), int(time.time()))
    row = {
        "work_id": WORK, "image_key": key_of(IMAGE), "image_url": IMAGE, "page_url": PAGE, "site": "shop.example",
        "embedded": "img", "state": state, "found_at": 1,
        "last_seen": 1, "next_at": 0.0, "attempts": 0, "match": {}, "item": item.to_json(), "seen_at": item.seen_at,
        "bundle_cid": cid_of(b"c"), "bundle_key": new_key(), **values,
    }  # fmt: skip
    with reporter._engine.begin() as connection:
        connection.execute(insert(matches).values(row))
        return connection.execute(select(matches)).one()


def state(reporter):
    with reporter._engine.begin() as connection:
        return connection.execute(select(matches.c.state)).scalar_one()


def add_confirmation(reporter):
    row = {
        "leaf": "0x1", "work_id": WORK, "image_url": IMAGE, "page_url": PAGE, "site": "shop.example", "seen_at": 1,
        "proposer": "0x", "confirmed_at": 1, "root": ROOT, "reported": False,
    }  # fmt: skip
    with reporter._engine.begin() as connection:
        connection.execute(insert(confirmations).values(row))


def test_a_use_that_we_could_not_confirm_ends_too_when_others_report_it(reporter):
    """Else it would wait here until it is our turn to take it over, and be secured for nothing."""
    add_match(reporter, "found")
    add_confirmation(reporter)  # never signed by us, so its root is not known
    with reporter._engine.begin() as connection:
        connection.execute(update(confirmations).values(root=None, confirmed_at=0))
    reporter._note_reported(ROOT, "0xtx", ["0x2"])
    assert state(reporter) == "found"
    reporter._note_reported(ROOT, "0xtx", ["0x2", "0x1"])
    assert state(reporter) == "elsewhere"


def test_our_own_report_is_noted(reporter):
    add_match(reporter, "secured", root=ROOT)
    reporter._note_reported(ROOT, "0xtx")
    assert state(reporter) == "reported"


def test_what_another_reported_is_noted_once_and_a_new_finding_stays(reporter):
    add_confirmation(reporter)
    add_match(reporter, "found")
    reporter._note_reported(ROOT, "0xtx")
    assert state(reporter) == "elsewhere"
    with reporter._engine.begin() as connection:  # the release ran out, the crawler found the use anew
        connection.execute(update(matches).values(state="found", root=None))
    reporter._note_reported(ROOT, "0xtx")  # a restart reads the old event again
    assert state(reporter) == "found"


def dropped(reporter, row, *told, methods=0):
    verdicts = {f"0x{n}": {row.id: verdict} for n, verdict in enumerate(told)}
    members = [Member(f"0x{n}", b"", "", method) for n, method in enumerate(("sift", "orb", "sift"))]
    return reporter._dropped(row, verdicts, members, Rule(2, methods))


def test_one_liar_cannot_make_evidence_disappear(reporter, servers):
    row = add_match(reporter, "secured")
    lie = {"confirmed": False, "reason": "already reported", "reported_root": ROOT}
    assert not dropped(reporter, row, lie, {"confirmed": True})
    assert state(reporter) == "secured"
    assert dropped(reporter, row, lie, lie)  # both, but the chain knows no such root: counted as a refusal
    assert state(reporter) == "secured"


def test_what_a_quorum_refuses_is_given_up_after_some_rounds(reporter):
    row = add_match(reporter, "secured", attempts=2)
    no = {"confirmed": False, "reason": "is not a copy of the work"}
    assert dropped(reporter, row, no, no)
    assert state(reporter) == "refused"


def test_what_the_only_member_of_a_method_refuses_is_given_up_after_some_rounds(reporter):
    """The others may confirm it for ever: it cannot be reported."""
    row = add_match(reporter, "secured", attempts=2)
    no, yes = {"confirmed": False, "reason": "is not a copy of the work"}, {"confirmed": True}
    assert not dropped(reporter, row, yes, no)
    assert not dropped(reporter, row, no, yes, methods=2)
    assert dropped(reporter, row, yes, no, methods=2)
    assert state(reporter) == "refused"


def test_waiting_for_another_proposer_is_no_refusal(reporter):
    row = add_match(reporter, "secured", attempts=2)
    wait = {"confirmed": False, "reason": "another member is reporting it", "pending": True}
    assert not dropped(reporter, row, wait, wait)
    assert state(reporter) == "secured"


@pytest.mark.parametrize(
    "answer", [b"", b"not json", b"[]", b'{"verdicts": 5}', b'{"verdicts": [1]}', b'{"verdicts": []}', b"[" * 100_000]
)
def test_whatever_a_member_sends_we_go_on(reporter, site, answer):
    row = add_match(reporter, "secured")
    member = Member("0xother", public_key(new_key()), f"http://127.0.0.1:{site.port}")
    site.answers[f"127.0.0.1:{site.port}/checks"] = (200, {"Content-Type": "application/json"}, answer)
    assert reporter._ask_checks(member, [row]) == {}
    weak = Member("0xweak", b"\0" * 32, member.endpoint)
    assert reporter._ask_checks(weak, [row]) == {}
    assert reporter._ask_checks(Member("0xgone", member.key, "http://127.0.0.1:9"), [row]) == {}


def test_an_honest_answer_is_read(reporter, site):
    row = add_match(reporter, "secured")
    member = Member("0xother", public_key(new_key()), f"http://127.0.0.1:{site.port}")
    told = json.dumps({"verdicts": [{"confirmed": True}]}).encode()
    site.answers[f"127.0.0.1:{site.port}/checks"] = (200, {"Content-Type": "application/json"}, told)
    assert reporter._ask_checks(member, [row]) == {row.id: {"confirmed": True}}


def test_a_member_remembers_what_it_could_not_confirm_but_never_signs_it(reporter):
    """It knows then what the leaf means; a lie about the place is not even remembered."""
    asked = propose(make_item(WORK, PAGE, IMAGE, b"b" * 32, cid_of(b"c"), 1), PAGE, IMAGE, cid_of(b"c"), new_key(), KEY)

    def refuse(_):
        raise VerificationError("own fetch", "the page does not answer")

    checker = Checker(None, None, None, lambda *_: False, new_key())
    service = MemberService(
        engine=reporter._engine, chain=reporter._chain, account=account(Roles.MEMBERS[1]),
        register=SimpleNamespace(covered=lambda *_: False),
        checker=SimpleNamespace(check=refuse, check_place=checker.check_place), custodian="", fresh_seconds=60,
        rates=dict, rate_tolerance=0,
    )  # fmt: skip
    lie = replace(asked, page_url="https://innocent.example/")
    age = replace(asked.item, seen_at=int(time.time()))
    verdicts = service.check("0xproposer", [lie.to_json(), replace(asked, item=age).to_json()])
    assert [v["confirmed"] for v in verdicts] == [False, False]
    with reporter._engine.begin() as connection:
        known = connection.execute(select(confirmations)).all()
    assert [(row.leaf, row.confirmed_at) for row in known] == [("0x" + age.leaf().hex(), 0)]
    with pytest.raises(VerificationError, match="not confirmed by this member"):
        service.sign_report({"config_count": 1, "observed_at": 1, "leaves": [known[0].leaf]})


def test_content_that_cannot_be_had_now_is_no_refusal(reporter):
    """Three refusals end a finding; a store that is not up yet must not."""

    def missing(_):
        raise NotStoredError("neither in this store nor at any gateway")

    asked = propose(make_item(WORK, PAGE, IMAGE, b"b" * 32, cid_of(b"c"), 1), PAGE, IMAGE, cid_of(b"c"), new_key(), KEY)
    service = MemberService(
        engine=reporter._engine, chain=reporter._chain, account=account(Roles.MEMBERS[1]),
        register=SimpleNamespace(covered=lambda *_: False),
        checker=SimpleNamespace(check=missing, check_place=missing), custodian="", fresh_seconds=60, rates=dict,
        rate_tolerance=0,
    )  # fmt: skip
    (verdict,) = service.check("0xproposer", [asked.to_json()])
    assert verdict["confirmed"] is False and verdict["pending"] is True
    row = add_match(reporter, "secured")
    assert not dropped(reporter, row, verdict, verdict)
    assert state(reporter) == "secured"


def test_a_manifest_that_comes_later_is_read_later(reporter, tmp_path):
    from oracle.merkle import MerkleTree
    from oracle.report.items import write_manifest
    from oracle.store.car import CarFolder

    leaves = [b"1" * 32, b"2" * 32]
    root, store = MerkleTree(leaves).root, CarFolder(tmp_path / "store")
    add_match(reporter, "found")
    add_confirmation(reporter)
    with reporter._engine.begin() as connection:
        connection.execute(update(confirmations).values(root=None, confirmed_at=0, leaf="0x" + leaves[1].hex()))
    reporter._store = store
    row = {
        "root": "0x" + root.hex(), "block": 1, "tx": "0xtx",
        "manifest_cid": cid_to_bytes(cid_of(write_manifest(leaves))),
        "since": 0.0, "next_at": 0.0, "attempts": 0, "done": False,
    }  # fmt: skip
    with reporter._engine.begin() as connection:
        connection.execute(insert(reports).values(row))
    reporter._position = Position(0)
    reporter.follow()
    assert state(reporter) == "found" and waiting_reports(reporter) == [1]
    reporter.follow()
    assert waiting_reports(reporter) == [1], "it is not asked for again at once"
    store.put(write_manifest(leaves))
    with reporter._engine.begin() as connection:
        connection.execute(update(reports).values(next_at=0.0))
    reporter.follow()
    assert state(reporter) == "elsewhere" and waiting_reports(reporter) == []


def waiting_reports(reporter):
    """Attempts of each report whose manifest is still asked for."""
    with reporter._engine.begin() as connection:
        return list(connection.scalars(select(reports.c.attempts).where(reports.c.done.is_(False))))


def test_all_members_are_asked_at_once(reporter, monkeypatch):
    """Each of them fetches and looks for itself: one after the other, a report would take as long as all of them."""
    together = threading.Barrier(3)

    def ask(member, rows):
        together.wait(timeout=20)
        return {rows[0].id: {"confirmed": True, "by": member.address}}

    monkeypatch.setattr(reporter, "_ask_checks", ask)
    members = [Member(f"0x{n}", b"", "") for n in range(3)]
    verdicts = reporter._ask_all(members, [add_match(reporter, "secured")])
    assert {address: told["by"] for address, by_row in verdicts.items() for told in by_row.values()} == {
        member.address: member.address for member in members
    }
    assert reporter._ask_all([], []) == {}
