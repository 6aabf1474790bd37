"""The indexer: what the chain says, also after it changed its mind."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import (
    DataError,
    IntegrityError,
    InternalError,
    NoResultFound,
    OperationalError,
    ProgrammingError,
)

from oracle.chain import licensing
from oracle.chain.licensing import ONLINE, RENEWABLE, SUBLICENSABLE, TRANSFERABLE, WORLD
from oracle.chain.wallet import Wallet
from oracle.errors import ChainError, StoreError
from scripts.stack.local import BOND, Roles, account
from tests.backend.conftest import index


def rpc(backend, method, *arguments):
    answer = backend.chain.web3.provider.make_request(method, list(arguments))
    assert "error" not in answer, answer
    return answer["result"]


def public_tables():
    from backend.cases.models import ChainCase
    from backend.core.database import transaction
    from backend.hits.models import CommitteeReport
    from backend.licences.models import Catalogue, Licence, Offer, Release
    from backend.works.models import AnchoredBatch, Attestation, RegisteredWork

    tables = (
        RegisteredWork,
        AnchoredBatch,
        Attestation,
        Offer,
        Catalogue,
        Licence,
        Release,
        CommitteeReport,
        ChainCase,
    )
    with transaction() as session:
        return {t.__tablename__: sorted(map(repr, session.execute(select(t.__table__)).all())) for t in tables}


def test_a_reorganisation_takes_back_what_is_gone_and_keeps_the_rest(user, backend):
    me = user()
    kept, gone = me.registered_work(), me.ready_work()
    snapshot = rpc(backend, "evm_snapshot")
    me.send(me.get(f"/works/{gone['id']}/registration").json())
    index()
    assert me.get(f"/works/{gone['id']}").json()["registered_at"]
    rpc(backend, "evm_revert", snapshot)
    for _ in range(3):
        rpc(backend, "evm_mine")
    index()
    assert me.get(f"/works/{gone['id']}").json()["registered_at"] is None
    assert me.get(f"/works/{kept['id']}").json()["registered_at"] == kept["registered_at"]
    me.send(me.get(f"/works/{gone['id']}/registration").json())
    index()
    assert me.get(f"/works/{gone['id']}").json()["registered_at"]


def licensed(me, work_id):
    """Two licences, one of them renewed and passed on, the other transferred and revoked."""
    forever = licensing.Offer(work_id, 0, 1000, b"t" * 32, rights=RENEWABLE | SUBLICENSABLE)
    movable = licensing.Offer(work_id, 0, 1000, b"t" * 32, rights=TRANSFERABLE)
    site, client, other = b"s" * 32, b"c" * 32, "0x" + "00" * 19 + "07"
    for offer in (forever, movable):
        me.wallet.send("OfferBook", "create", offer.encoded())
        me.wallet.send("LicenseLedger", "buy", offer.purchase(me.wallet.address, site))
    me.wallet.send("LicenseLedger", "buy", forever.purchase(me.wallet.address, site))
    until = me.wallet.chain.head()[1] + 500
    grant = (me.wallet.address, client, ONLINE, WORLD, until)
    me.wallet.send("LicenseLedger", "sublicense", forever.purchase(me.wallet.address, site), grant)
    me.wallet.send("LicenseLedger", "transfer", movable.purchase(me.wallet.address, site), other)
    me.wallet.send("LicenseLedger", "revoke", movable.purchase(other, site))
    me.wallet.send("OfferBook", "close", movable.offer_id, work_id)


def test_what_was_licensed_is_read_as_the_chain_has_it(user):
    me = user()
    work_id = bytes.fromhex(me.registered_work()["work_id"][2:])
    licensed(me, work_id)
    index()
    rows = {r.licence_id: r for r in rows_of("Licence") if r.work_id == "0x" + work_id.hex()}
    offers = {r.offer_id: r for r in rows_of("Offer")}
    assert len(rows) == 3
    for licence_id, row in rows.items():
        found = me.wallet.chain.call("LicenseLedger", "licence", bytes.fromhex(licence_id[2:]))
        offer = offers.get(row.offer_id)
        if found[1]:  # a revoked one is gone on-chain
            assert (row.starts, row.until) == (found[0], found[1] + (int(offer.grace) if offer else 0))
    granted = next(r for r in rows.values() if r.parent_id)
    assert granted.parent_id in rows and granted.offer_id is None
    assert [o.closed for o in offers.values() if o.work_id == "0x" + work_id.hex()].count(True) == 1


def rows_of(name):
    from backend.core.database import transaction
    from backend.licences import models

    table = getattr(models, name)
    with transaction() as session:
        found = session.query(table).all()
        session.expunge_all()
        return found


def test_reading_everything_again_gives_the_same_tables(user, backend, report):
    me = user()
    work = me.registered_work()
    report(work["work_id"])
    licensed(me, bytes.fromhex(work["work_id"][2:]))
    index()
    before = public_tables()
    assert before["registered_works"] and before["offers"] and before["committee_reports"]
    assert len(before["licences"]) >= 3
    from backend.cli import reindex

    reindex()
    assert public_tables() == before


def test_reading_twice_changes_nothing(user):
    user().registered_work()
    before = public_tables()
    index()
    index()
    assert public_tables() == before


def test_confirmations_are_waited_for(user, backend, monkeypatch):
    from backend.core.settings import settings

    monkeypatch.setattr(settings(), "confirmations", 3)
    me = user()
    work = me.ready_work()
    me.send(me.get(f"/works/{work['id']}/registration").json())
    index()
    assert me.get(f"/works/{work['id']}").json()["registered_at"] is None
    for _ in range(3):
        rpc(backend, "evm_mine")
    index()
    assert me.get(f"/works/{work['id']}").json()["registered_at"]


@pytest.fixture
def claimed(user, backend, report):
    """Somebody with a claimed hit, ready to be opened from their own wallet: (user, hit, arguments of the opening)."""
    from oracle.report.items import Item

    me = user()
    work = me.registered_work()
    report(work["work_id"])
    hit = me.get("/hits").json()[0]
    me.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
    case = me.post(f"/hits/{hit['id']}/claim", {"amount": 1000, "currency": "EUR"}).json()
    Wallet(backend.chain, account(Roles.DEPLOYER).key.hex()).send("CPYToken", "transfer", me.wallet.address, BOND)
    for one in me.get(f"/cases/{case['id']}/opening").json()[:-1]:
        me.send(one)
    dossier = me.get(f"/hits/{hit['id']}/dossier").json()
    proof = [bytes.fromhex(p[2:]) for p in dossier["proof"]]
    content_hash = bytes.fromhex(work["content_hash"][2:])
    root = bytes.fromhex(dossier["root"][2:])
    return me, hit, (root, Item.from_json(dossier["item"]).encoded(), proof, content_hash)


def open_in(me, backend, arguments, currency, demand):
    me.wallet.send("Settlement", "open", (*arguments, currency, demand))
    log = [e for e in backend.chain.events(["Settlement"], 0, backend.chain.head()[0]) if e.name == "CaseOpened"]
    return log[-1].arguments["caseId"]


def test_a_case_in_an_unknown_currency_stops_nobody(claimed, user, backend):
    me, hit, arguments = claimed
    case_id = open_in(me, backend, arguments, b"SEK", 1000)
    me.wallet.send("Settlement", "lower", case_id, 999)
    stranger = user().registered_work()
    assert stranger["registered_at"]
    case = next(c for c in me.get("/cases").json() if c["hit_id"] == hit["id"])
    assert [s["why"] for s in case["timeline"]][-1] == "demand lowered to 999 minor units of SEK"
    before = public_tables()
    from backend.cli import reindex

    reindex()
    assert public_tables() == before


def odd_projection(*problems):
    """A projection that raises these, one at each event, and then nothing."""
    from backend.chain.service import Projection

    waiting, seen = list(problems), []

    def apply(session, event):
        seen.append(event)
        if waiting:
            raise waiting.pop(0)

    return Projection(lambda session: None, apply), seen


ODD = [
    ValueError("odd"),
    TypeError("odd"),
    KeyError("odd"),
    IndexError("odd"),
    AttributeError("odd"),
    OverflowError("odd"),
    RecursionError("odd"),
    StoreError("not a CIDv1"),
    NoResultFound("odd"),
    IntegrityError("insert", {}, Exception("duplicate")),
    DataError("insert", {}, Exception("out of range")),
]


@pytest.mark.parametrize("problem", ODD, ids=lambda p: type(p).__name__)
def test_an_event_that_fits_nowhere_is_passed_over(user, backend, problem):
    from backend.chain import service

    me = user()
    work = me.ready_work()
    index()
    me.send(me.get(f"/works/{work['id']}/registration").json())
    odd, seen = odd_projection(problem)
    last = service.index([odd])
    assert last == backend.chain.head()[0]
    assert len(seen) > 1, "the events after the odd one were applied too"


PASSING = [
    OperationalError("update", {}, Exception("deadlock detected")),
    ProgrammingError("select", {}, Exception("no such table")),
    InternalError("select", {}, Exception("aborted")),
    ChainError("the chain does not answer"),
    MemoryError(),
]


def read_up_to():
    from backend.chain import service
    from backend.core.database import transaction

    with transaction() as session:
        return service.last_block(session)


@pytest.mark.parametrize("problem", PASSING, ids=lambda p: type(p).__name__)
def test_a_passing_fault_fails_the_tick_and_loses_no_event(user, problem):
    from backend.chain import service

    me = user()
    work = me.ready_work()
    index()
    before = read_up_to()
    me.send(me.get(f"/works/{work['id']}/registration").json())
    odd, _ = odd_projection(problem)
    with pytest.raises(type(problem)):
        service.index([odd])
    assert read_up_to() == before
    index()
    assert me.get(f"/works/{work['id']}").json()["registered_at"]


def test_a_real_deadlock_is_tried_again(user, backend):
    """PostgreSQL's own lock timeout, met while an event is applied."""
    from sqlalchemy import text

    from backend.chain import service
    from backend.core.database import engine

    me = user()
    work = me.ready_work()
    index()
    me.send(me.get(f"/works/{work['id']}/registration").json())

    def apply(session, event):
        session.execute(text("SET LOCAL lock_timeout = '50ms'"))
        session.execute(text("SELECT count(*) FROM registered_works"))

    with engine().connect() as other, other.begin():
        other.execute(text("LOCK TABLE registered_works IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(OperationalError):
            service.index([service.Projection(lambda session: None, apply)])
    index()
    assert me.get(f"/works/{work['id']}").json()["registered_at"]
