"""Content stores: the same CIDs everywhere, and no byte changes unnoticed."""

import contextlib
import os

import aleph_cid
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.errors import CorruptContentError, NotStoredError, StoreError
from oracle.store.base import open_store
from oracle.store.car import CarFolder
from oracle.store.cids import cid_from_bytes, cid_of, cid_to_bytes
from oracle.store.gateway import GatewayStore

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
