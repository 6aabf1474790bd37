"""The indexer: what the chain says, also after it changed its mind."""

from sqlalchemy import select

from oracle.chain import licensing
from oracle.chain.licensing import ONLINE, RENEWABLE, SUBLICENSABLE, TRANSFERABLE, WORLD
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
