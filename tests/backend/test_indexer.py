"""The indexer: what the chain says, also after it changed its mind."""

from sqlalchemy import select

from tests.backend.conftest import index


def rpc(backend, method, *arguments):
    answer = backend.chain.web3.provider.make_request(method, list(arguments))
    assert "error" not in answer, answer
    return answer["result"]


def public_tables():
    from backend.cases.models import ChainCase
    from backend.core.database import transaction
    from backend.hits.models import CommitteeReport
    from backend.licences.models import Licence, Offer, Release
    from backend.works.models import AnchoredBatch, Attestation, RegisteredWork

    tables = (RegisteredWork, AnchoredBatch, Attestation, Offer, Licence, Release, CommitteeReport, ChainCase)
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


def test_reading_everything_again_gives_the_same_tables(user, backend, report):
    me = user()
    work = me.registered_work()
    report(work["work_id"])
    terms = b"t" * 32
    me.wallet.send("OfferBook", "create", bytes.fromhex(work["work_id"][2:]), 0, 1000, 10, terms)
    index()
    before = public_tables()
    assert before["registered_works"] and before["offers"] and before["committee_reports"]
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
