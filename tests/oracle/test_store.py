"""Content stores: the same CIDs everywhere, and no byte changes unnoticed."""

import contextlib
import os
import time

import aleph_cid
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import BadCidError, CorruptContentError, NotStoredError, StoreError
from oracle.store import unixfs
from oracle.store.base import open_store
from oracle.store.car import CarFolder
from oracle.store.cids import cid_from_bytes, cid_of, cid_to_bytes
from oracle.store.gateway import GatewayStore
from tests.conftest import Tarpit

# Computed by Kubo 0.42 with --cid-version=1 --raw-leaves.
KNOWN = {b"hello\n": "bafkreicysg23kiwv34eg2d7qweipxwosdo2py4ldv42nbauguluen5v6am"}


@pytest.fixture
def store(tmp_path):
    return CarFolder(tmp_path / "store")


@pytest.mark.parametrize("size", [0, 1, 262_144, 262_145, 3_000_000])
def test_files_come_back_whole(store, size):
    data = os.urandom(size)
    cid = store.put(data)
    assert store.get(cid) == data
    assert store.put(data) == cid


def test_known_cids():
    for data, cid in KNOWN.items():
        assert cid_of(data) == cid
        assert cid_from_bytes(cid_to_bytes(cid)) == cid


def test_a_folder_comes_back_whole(store, tmp_path):
    files = {"a": b"1", "b.bin": os.urandom(600_000), "empty": b""}
    cid = store.put_folder(files)
    assert store.get_folder(cid) == files
    plain = tmp_path / "plain"
    plain.mkdir()
    for name, data in files.items():
        (plain / name).write_bytes(data)
    assert aleph_cid.hash_folder(plain) == cid


def test_what_is_not_there_is_said_so(store):
    with pytest.raises(NotStoredError):
        store.get(cid_of(b"never put"))
    for bad in ("", "Qmabc", "bafk", "../../etc/passwd", "b" + "a" * 58):
        with pytest.raises(StoreError):
            store.get(bad)
    with pytest.raises(StoreError):
        store.put_folder({"../escape": b""})
    with pytest.raises(ValueError, match="CONTENT_STORE"):
        open_store("ftp://nowhere")


def test_every_changed_byte_is_noticed_and_its_file_named(store):
    cid = store.put_folder({"first": b"A" * 5000, "second": b"B" * 5000})
    path = store.folder / f"{cid}.car"
    whole = path.read_bytes()
    for letter, name in ((b"A", "first"), (b"B", "second")):
        at = whole.index(letter * 100) + 50
        path.write_bytes(whole[:at] + b"x" + whole[at + 1 :])
        with pytest.raises(CorruptContentError, match=name):
            store.get_folder(cid)


@given(st.data())
def test_a_flipped_byte_anywhere_never_gives_wrong_content(tmp_path_factory, data):
    store = CarFolder(tmp_path_factory.mktemp("flip"))
    files = {"one": b"first file" * 20, "two": b"second file" * 20}
    cid = store.put_folder(files)
    path = store.folder / f"{cid}.car"
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(whole))
    with contextlib.suppress(StoreError):
        assert store.get_folder(cid) == files


def test_a_gateway_is_not_believed(store, tmp_path):
    other = CarFolder(tmp_path / "other")
    cid, wrong = other.put(b"right"), other.put(b"wrong")
    with pytest.raises(CorruptContentError):
        store.import_car(cid, other.export_car(wrong))
    store.import_car(cid, other.export_car(cid))
    assert store.get(cid) == b"right"


def test_a_party_that_came_up_later_is_found(store, site, tmp_path):
    """Addresses are remembered; content that none of them has makes the store ask for addresses anew."""
    other = CarFolder(tmp_path / "other")
    cid, base = other.put(b"evidence"), f"http://127.0.0.1:{site.port}"
    site.answer(f"127.0.0.1:{site.port}/ipfs/{cid}?format=car", 200, other.export_car(cid))
    asked = []

    def gateways(anew):
        asked.append(anew)
        return [base] if anew else ["http://127.0.0.1:9"]

    behind = GatewayStore(store, gateways)
    assert behind.get(cid) == b"evidence" and asked == [False, True]
    assert behind.get(cid) == b"evidence" and asked == [False, True]
    with pytest.raises(NotStoredError):
        behind.get(cid_of(b"nowhere"))


# ------------------------------------------------------------------------------------------ graphs made to keep us busy


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def node(links, kind=2, inline=b""):
    """A dag-pb node of UnixFS; kind 1 is a folder, 2 a file."""
    body = b"".join(field(2, field(1, cid) + field(2, name.encode()) + field(3, 0)) for name, cid in links)
    return body + field(1, field(1, kind) + field(2, inline))


def block(data, codec=0x70):
    import hashlib

    return bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(data).digest(), data


def tower(levels, links=2, leaf=b"", top=2):
    """A graph whose every level names the one below `links` times: links ** levels leaves in a few kilobytes."""
    cid, data = block(leaf, 0x55)
    blocks = {cid: data}
    for level in range(levels):
        kind = top if level == levels - 1 else 2
        cid, data = block(node([(str(n), cid) for n in range(links)], kind))
        blocks[cid] = data
    return cid, blocks


BOMBS = {
    "deep, empty leaves": tower(40),
    "wide, empty leaves": tower(5, 200),
    "much of little": tower(12, 2, b"x" * 200_000),
    "as a folder": tower(30, 2, b"", top=1),
    "a chain": tower(3000, 1),
    "a chain of full nodes": tower(200, 150, b"y"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_graph_out_of_all_proportion_ends_at_once(store, name):
    root, blocks = BOMBS[name]
    cid, car = cid_from_bytes(root), unixfs.write_car(root, blocks)
    block_of = unixfs.checked(unixfs.read_car(car))
    started = time.monotonic()
    for walk in (
        lambda: unixfs.read_file(root, block_of),
        lambda: unixfs.read_folder(root, block_of),
    ):
        with pytest.raises(CorruptContentError):
            walk()
    with contextlib.suppress(CorruptContentError):
        assert len(list(unixfs.all_cids(root, block_of))) <= len(blocks)
    with contextlib.suppress(CorruptContentError):
        store.import_car(cid, car)
    assert time.monotonic() - started < 5


def test_blocks_that_are_shared_for_a_reason_are_read(store):
    data = bytes(2_000_000)  # eight times the same chunk
    assert store.get(store.put(data)) == data
    files = {"a": data, "b": data}
    assert store.get_folder(store.put_folder(files)) == files


def test_a_folder_is_no_file_and_a_file_no_folder(store):
    folder, file = store.put_folder({"a": b"1"}), store.put(b"x" * 600_000)
    with pytest.raises(CorruptContentError):
        store.get(folder)
    with pytest.raises(CorruptContentError):
        store.get_folder(file)


def test_a_folder_names_each_file_once(store):
    leaf, data = block(b"x", 0x55)
    for names in (["a", "a"], [""], ["../a"]):
        root, top = block(node([(n, leaf) for n in names], 1))
        with pytest.raises(CorruptContentError):
            unixfs.read_folder(root, {root: top, leaf: data}.__getitem__)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_are_a_node_or_an_error(first, second):
    cid, data = block(first)
    blocks = {cid: data, b"c" * 36: second}
    for walk in (unixfs.read_file, unixfs.read_folder, lambda c, b: list(unixfs.all_cids(c, b))):
        with contextlib.suppress(CorruptContentError):
            walk(cid, unixfs.checked(blocks))
    with contextlib.suppress(CorruptContentError):
        unixfs.read_car(first + second)


# ------------------------------------------------------------------------------------------------------------ spellings


def test_content_has_one_spelling(store):
    cid = store.put(b"hello")
    capitals = "B" + cid[1:].upper()
    assert store.get(capitals) == b"hello" and store.has(capitals)
    last = "abcdefghijklmnopqrstuvwxyz234567"
    spare = cid[:-1] + last[last.index(cid[-1]) + 1]
    for other in ("b" + cid[1:].upper(), cid[:5] + cid[5:].upper(), spare, cid + "=", cid + "\n"):
        with pytest.raises(BadCidError):
            store.has(other)


# ------------------------------------------------------------------------------------------------------ damage and mend


@pytest.fixture
def mirror(site, tmp_path):
    """A gateway with another store behind it: (store, its address, a function that shows content there)."""
    other, base = CarFolder(tmp_path / "mirror"), f"http://127.0.0.1:{site.port}"

    def show(cid):
        site.answer(f"127.0.0.1:{site.port}/ipfs/{cid}?format=car", 200, other.export_car(cid))

    return other, base, show


@pytest.mark.parametrize("damage", [lambda d: d[:-30], lambda d: d[:-5] + b"wrong", lambda d: b"", lambda d: b"\xff"])
def test_what_is_damaged_here_is_fetched_and_kept_anew(store, mirror, damage):
    other, base, show = mirror
    for cid in (store.put(b"evidence" * 100), store.put_folder({"a": b"evidence" * 100})):
        other.import_car(cid, store.export_car(cid))
        show(cid)
        path = store.folder / f"{cid}.car"
        path.write_bytes(damage(path.read_bytes()))
        behind = GatewayStore(store, lambda anew: [base])
        read = behind.get_folder if is_folder(other, cid) else behind.get
        assert read(cid) in (b"evidence" * 100, {"a": b"evidence" * 100})
        assert path.read_bytes() and store.export_car(cid) == other.export_car(cid)


def is_folder(store, cid):
    try:
        store.get_folder(cid)
    except CorruptContentError:
        return False
    return True


def test_what_is_damaged_here_is_put_anew(store):
    cid = store.put(b"evidence")
    (store.folder / f"{cid}.car").write_bytes(b"junk")
    store.put(b"evidence")
    assert store.get(cid) == b"evidence"


def test_damage_is_told_as_damage_where_nobody_has_the_content(store):
    cid = store.put(b"evidence")
    (store.folder / f"{cid}.car").write_bytes(store.export_car(cid)[:-3])
    with pytest.raises(CorruptContentError):
        GatewayStore(store, lambda anew: []).get(cid)


@pytest.fixture(params=["header", "body"])
def tarpit(request):
    body = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"
    made = Tarpit(b"HTTP/1.1 200 OK\r\nX: " if request.param == "header" else body)
    yield made
    made.close()


def test_a_gateway_that_drips_is_left_alone(store, mirror, tarpit, monkeypatch):
    import oracle.peers
    import oracle.store.gateway

    monkeypatch.setattr(oracle.peers, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(oracle.store.gateway, "TOTAL_SECONDS", 2.0)
    other, base, show = mirror
    behind = GatewayStore(store, lambda anew: [tarpit.base, base])
    for number in range(3):
        cid = other.put(b"content %d" % number)
        show(cid)
        started = time.monotonic()
        assert behind.get(cid) == b"content %d" % number
        assert time.monotonic() - started < (4 if number == 0 else 1)
    assert tarpit.visits == 1, "while it rests nobody waits for it"


def test_a_gateway_that_never_answers_again_stops_nobody(store, mirror, monkeypatch):
    import oracle.store.gateway

    monkeypatch.setattr(oracle.store.gateway, "REST_SECONDS", 0.0)
    other, base, show = mirror
    gateways = ["http://127.0.0.1:9"]
    behind = GatewayStore(store, lambda anew: gateways)
    cid = other.put(b"content")
    show(cid)
    for _ in range(1100):  # in less than a day, at once a minute
        with pytest.raises(NotStoredError):
            behind.get(cid)
    gateways.append(base)
    assert behind.get(cid) == b"content"


def test_content_is_read_although_the_own_store_cannot_keep_it(mirror, tmp_path):
    class Full(CarFolder):
        def import_car(self, cid, car):
            raise StoreError("no space left on the device")

    other, base, show = mirror
    cid = other.put(b"content")
    show(cid)
    assert GatewayStore(Full(tmp_path / "full"), lambda anew: [base]).get(cid) == b"content"


def test_a_store_that_is_down_does_not_keep_us_from_the_gateways(mirror):
    other, base, show = mirror
    cid = other.put(b"content")
    show(cid)
    assert GatewayStore(open_store("http://127.0.0.1:9"), lambda anew: [base]).get(cid) == b"content"
