"""What a node knows of the chain: read once, kept over restarts, taken back after a reorganisation."""

from __future__ import annotations

import os
import time
from itertools import pairwise

import pytest
from sqlalchemy import insert, select, update

from oracle.chain.signing import ascending, sign
from oracle.chain.wallet import Wallet
from oracle.errors import NotStoredError
from oracle.matching.describe.fingerprint import ENGINE_VERSION, PUBLIC_NAME, THUMBNAIL_NAME, fingerprint
from oracle.merkle import MerkleTree
from oracle.node import register as register_module
from oracle.node.database import fingerprints, key_of, matches, open_database
from oracle.node.history import History, Position
from oracle.node.register import Register
from oracle.node.reporter import Reporter
from oracle.pictures.normalise import load_picture
from oracle.report.items import Report, make_item, write_manifest
from oracle.sealing import new_key, public_key, seal_to
from oracle.store.car import CarFolder
from oracle.store.cids import cid_of, cid_to_bytes
from scripts.stack.local import Roles, account

PAGE, IMAGE = "https://shop.example/p", "https://shop.example/i.jpg"


@pytest.fixture
def chain(servers):
    return servers.chain()


@pytest.fixture
def engine(servers):
    made = open_database(servers.postgres.create_database("oracle"), f"history{time.monotonic_ns()}")
    yield made
    made.dispose()


def rpc(chain, method, *arguments):
    answer = chain.web3.provider.make_request(method, list(arguments))
    assert "error" not in answer, answer
    return answer["result"]


def registered(chain, fingerprint_cid=b"fingerprint", version=ENGINE_VERSION):
    """A work of the agency, registered now; returns its id."""
    owner, content = Wallet(chain, account(Roles.AGENCY).key.hex()), os.urandom(32)
    owner.send("WorkRegistry", "register", (0, content, version, fingerprint_cid, b"metadata"))
    return "0x" + bytes(chain.call("WorkRegistry", "workIdOf", owner.address, content)).hex()


def read_all(history):
    while history.advance():
        pass


def test_events_come_back_as_they_were_and_are_read_once(chain, engine):
    work_id = registered(chain, cid_to_bytes(cid_of(b"f")))
    history = History(engine, chain, 0)
    read_all(history)
    at, events = history.read("WorkRegistry", Position())
    head = chain.head()[0]
    assert events == chain.events(["WorkRegistry"], 0, head)
    assert bytes.fromhex(work_id[2:]) in [e.arguments.get("workId") for e in events]
    assert history.read("WorkRegistry", at) == (at, [])
    registered(chain)
    read_all(history)
    assert len(history.read("WorkRegistry", at)[1]) >= 2


def test_a_restart_goes_on_where_the_node_was(chain, engine, monkeypatch):
    registered(chain)
    read_all(History(engine, chain, 0))
    asked = []
    events = chain.events
    monkeypatch.setattr(chain, "events", lambda c, first, last: asked.append(first) or events(c, first, last))
    again = History(engine, chain, 0)
    read_all(again)
    assert asked == []
    before = again.next_block
    registered(chain)
    read_all(again)
    assert asked and min(asked) == before


def test_blocks_without_enough_confirmations_are_not_read(chain, engine):
    history = History(engine, chain, 3)
    registered(chain)
    read_all(history)
    at, _ = history.read("WorkRegistry", Position())
    assert history.next_block == chain.head()[0] - 2
    rpc(chain, "anvil_mine", "0x3")
    read_all(history)
    assert history.read("WorkRegistry", at)[1]


def test_a_reorganisation_is_taken_back(chain, engine):
    history = History(engine, chain, 0)
    kept = registered(chain)
    read_all(history)
    snapshot = rpc(chain, "evm_snapshot")
    gone = registered(chain)
    read_all(history)
    at, _ = history.read("WorkRegistry", Position())
    rpc(chain, "evm_revert", snapshot)
    rpc(chain, "anvil_mine", "0x4")
    read_all(history)
    after, events = history.read("WorkRegistry", at)
    known = {e.arguments.get("workId") for e in events}
    assert after.generation != at.generation
    assert bytes.fromhex(kept[2:]) in known and bytes.fromhex(gone[2:]) not in known


# -------------------------------------------------------------------------------------------------------- fingerprints


class World:
    def __init__(self, engine, chain, tmp_path, photos):
        self.engine, self.chain, self.folder = engine, chain, tmp_path / "index"
        self.key, self.store, self.asked = new_key(), CarFolder(tmp_path / "store"), []
        public, thumbnail = fingerprint(load_picture(photos[0].read_bytes()))
        files = {PUBLIC_NAME: public.to_bytes(), THUMBNAIL_NAME: seal_to(thumbnail, [public_key(self.key)])}
        self.files = files
        self.cid = self.store.put_folder(files)
        self.picture = load_picture(photos[0].read_bytes())
        get = self.store.get_folder
        self.store.get_folder = lambda cid: self.asked.append(cid) or get(cid)

    def register(self):
        return Register(self.engine, self.chain, self.store, self.key, folder=self.folder)

    def row(self, work_id):
        with self.engine.begin() as connection:
            return connection.execute(select(fingerprints).where(fingerprints.c.work_id == work_id)).one()


@pytest.fixture
def world(engine, chain, tmp_path, photos):
    return World(engine, chain, tmp_path, photos)


def test_a_work_is_matched_and_after_a_restart_nothing_is_fetched_again(world, chain):
    work_id = registered(chain, cid_to_bytes(world.cid))
    register = world.register()
    register.sync()
    assert [m.work_id for m in register.query(world.picture)] == [work_id]
    register.encounters.close()
    world.asked.clear()
    again = world.register()
    again.sync()
    assert [m.work_id for m in again.query(world.picture)] == [work_id]
    assert world.cid not in world.asked


def test_of_two_entries_of_one_photograph_the_earlier_is_named_first(world, chain):
    """Whichever of them the node could read first."""
    earlier = registered(chain, cid_to_bytes(world.cid))
    read, others = world.store.get_folder, world.store.put_folder({**world.files, "note": b"another folder"})
    world.store.get_folder = lambda cid: read(others) if cid == others else _raise(NotStoredError("not yet"))
    time.sleep(1.1)  # blocks are dated to the second
    later = registered(chain, cid_to_bytes(others))
    register = world.register()
    register.sync()
    assert [m.work_id for m in register.query(world.picture)] == [later]
    world.store.get_folder = read
    register._waiting[earlier].next_at = 0.0
    register.sync()
    assert register.work(earlier).registered_at < register.work(later).registered_at
    assert [m.work_id for m in register.query(world.picture)] == [earlier, later]


def _raise(problem):
    raise problem


def test_what_cannot_be_had_is_asked_for_less_and_less_and_never_keeps_others_waiting(world, chain, monkeypatch):
    missing = [registered(chain, cid_to_bytes(cid_of(os.urandom(9)))) for _ in range(8)]
    register = world.register()
    register.sync()
    pauses = [world.row(missing[0]).next_at - time.time()]
    for _ in range(3):
        register._waiting[missing[0]].next_at = 0
        register.sync()
        pauses.append(world.row(missing[0]).next_at - time.time())
    assert all(later > earlier * 1.5 for earlier, later in pairwise(pauses))
    world.asked.clear()
    register.sync()
    assert world.asked == [], "nothing is asked for at every sync"
    slow = world.store.get_folder

    def silent(cid):
        if cid != world.cid:
            time.sleep(0.5)
            raise NotStoredError("no gateway answers")
        return slow(cid)

    world.store.get_folder = silent
    monkeypatch.setattr(register_module, "SYNC_SECONDS", 1.0)
    for waiting in register._waiting.values():
        waiting.next_at = 0.0
    good = registered(chain, cid_to_bytes(world.cid))
    register.sync()
    assert register.work(good) and [m.work_id for m in register.query(world.picture)] == [good]


def test_the_pauses_survive_a_restart(world, chain):
    missing = registered(chain, cid_to_bytes(cid_of(os.urandom(9))))
    world.register().sync()
    world.asked.clear()
    with world.engine.begin() as connection:
        connection.execute(update(fingerprints).values(next_at=time.time() + 1000))
    again = world.register()
    again.sync()
    assert again.work(missing) and world.asked == []


def test_an_upgrade_of_the_engine_ends_nobodys_monitoring(world, chain):
    """Who adds a fingerprint of a later version keeps the one that this node reads."""
    owner = Wallet(chain, account(Roles.AGENCY).key.hex())
    work_id = registered(chain, cid_to_bytes(world.cid))
    raw, later = bytes.fromhex(work_id[2:]), cid_to_bytes(cid_of(b"of another engine"))
    owner.send("WorkRegistry", "setFingerprint", raw, ENGINE_VERSION + 1, later)
    register = world.register()
    register.sync()
    assert [m.work_id for m in register.query(world.picture)] == [work_id]
    assert register.work(work_id).fingerprints[ENGINE_VERSION + 1] == cid_of(b"of another engine")


def test_a_work_that_a_reorganisation_took_back_accuses_nobody(world, chain):
    register = world.register()
    register.sync()
    snapshot = rpc(chain, "evm_snapshot")
    registered(chain, cid_to_bytes(world.cid))
    register.sync()
    assert register.query(world.picture)
    rpc(chain, "evm_revert", snapshot)
    rpc(chain, "anvil_mine", "0x4")
    register.sync()
    assert register.query(world.picture) == []


# -------------------------------------------------------------------------------------------------------------- reports


def test_a_report_that_a_reorganisation_took_back_is_reported_again(world, chain, engine):
    """Its receipt alone does not make it reported, and what the chain lost is not lost to us."""
    work_id = registered(chain, cid_to_bytes(world.cid))
    register = world.register()
    register.sync()
    wallet = Wallet(chain, account(Roles.MEMBERS[0]).key.hex())
    reporter = Reporter(engine, chain, wallet, register, world.store, 10, "")
    item = make_item(work_id, PAGE, IMAGE, b"b" * 32, cid_of(b"c"), chain.head()[1])
    tree = MerkleTree([item.leaf()])
    root = "0x" + tree.root.hex()
    with engine.begin() as connection:
        connection.execute(
            insert(matches).values(
                work_id=work_id,
                image_key=key_of(IMAGE),
                image_url=IMAGE,
                page_url=PAGE,
                site="shop.example",
                embedded="img",
                state="secured",
                found_at=1,
                last_seen=1,
                next_at=0.0,
                attempts=0,
                match={},
                root=root,
                item=item.to_json(),
                seen_at=item.seen_at,
                bundle_cid=cid_of(b"c"),
                bundle_key=new_key(),
            )
        )
    reporter.follow()
    snapshot = rpc(chain, "evm_snapshot")
    manifest = cid_to_bytes(world.store.put(write_manifest([item.leaf()])))
    report = Report(1, tree.root, 1, item.seen_at, manifest)
    signers = [account(index) for index in Roles.MEMBERS[:2]]
    signed = {s.address: sign(s, chain.deployment, "Report", report.message()) for s in signers}
    wallet.send("EvidenceOracle", "submit", report.encoded(), ascending(signed))
    assert state(engine) == "secured"
    assert reporter.step() is None, "it is on the chain: it is waited for, not proposed again"
    register.sync()
    reporter.follow()
    assert state(engine) == "reported"
    rpc(chain, "evm_revert", snapshot)
    rpc(chain, "anvil_mine", "0x4")
    register.sync()
    reporter.follow()
    assert state(engine) == "secured"


def state(engine):
    with engine.begin() as connection:
        return connection.scalar(select(matches.c.state))


def test_the_committee_is_not_read_from_the_first_block_again(world, chain, monkeypatch):
    register = world.register()
    register.sync()
    asked = []
    events = chain.events
    monkeypatch.setattr(chain, "events", lambda c, first, last: asked.append((first, last)) or events(c, first, last))
    again = world.register()
    assert again.committee()[1] and again.committee(anew=True)[1]
    assert sum(last - first + 1 for first, last in asked if last >= first) <= 2


@pytest.mark.parametrize(
    "endpoint", ["", "ftp://x", "http://", "javascript:1", "http://a b", "x" * 5000, "http://ü.test"]
)
def test_a_members_odd_address_keeps_nobody_from_the_others(world, chain, endpoint):
    Wallet(chain, account(Roles.MEMBERS[1]).key.hex()).send("KeyDirectory", "publish", public_key(new_key()), endpoint)
    members = world.register().committee()[1]
    assert [m.endpoint for m in members if m.address == account(Roles.MEMBERS[1]).address] == [""]
    assert len(members) == 3


def test_a_members_address_that_is_no_text_keeps_nobody_from_the_others(world, chain):
    """The contract takes any bytes for a string."""
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    data = keccak(text="publish(bytes32,string)")[:4] + encode(
        ["bytes32", "bytes"], [public_key(new_key()), b"\xff\xfe"]
    )
    Wallet(chain, account(Roles.MEMBERS[2]).key.hex()).send_data(
        chain.deployment.addresses["KeyDirectory"], "0x" + data.hex()
    )
    assert len(world.register().committee()[1]) == 3
