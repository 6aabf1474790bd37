"""The folder of CAR files and a real IPFS node compute the same CIDs and give the same bytes."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from oracle.errors import NotStoredError, StoreError
from oracle.evidence.bundle import make_bundle, seal_bundle
from oracle.sealing import new_key
from oracle.store.car import CarFolder
from oracle.store.cids import cid_of
from oracle.store.gateway import GatewayStore
from oracle.store.kubo import KuboStore

BUILT = Path(__file__).resolve().parents[2] / ".cache/kubo/ipfs"


@pytest.fixture(scope="module")
def kubo(tmp_path_factory):
    binary = shutil.which("ipfs") or (str(BUILT) if BUILT.exists() else None)
    if binary is None:
        pytest.skip(
            "no IPFS node: put Kubo's `ipfs` on PATH, or let scripts/setup/kubo.sh build it with Go 1.24 or newer"
        )
    repository = tmp_path_factory.mktemp("ipfs")
    env = {**os.environ, "IPFS_PATH": str(repository)}
    with socket.socket() as probe, socket.socket() as other:
        probe.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        rpc, gateway = probe.getsockname()[1], other.getsockname()[1]
    subprocess.run([binary, "init", "--profile", "test"], env=env, check=True, capture_output=True, timeout=60)
    for key, port in (("Addresses.API", rpc), ("Addresses.Gateway", gateway)):
        command = [binary, "config", key, f"/ip4/127.0.0.1/tcp/{port}"]
        subprocess.run(command, env=env, check=True, capture_output=True, timeout=60)
    # Online, as operators run it; the profile leaves it no peers.
    daemon = subprocess.Popen([binary, "daemon"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    store = KuboStore(f"http://127.0.0.1:{rpc}")
    try:
        for _ in range(200):
            try:
                store.put(b"ready?")
                break
            except StoreError:
                time.sleep(0.1)
        yield store
    finally:
        daemon.terminate()
        daemon.wait(20)


@pytest.mark.parametrize("size", [0, 5, 262_144, 262_145, 2_500_000])
def test_files_have_the_same_cid(kubo, tmp_path, size):
    data = os.urandom(size)
    folder = CarFolder(tmp_path)
    assert kubo.put(data) == folder.put(data) == cid_of(data)
    assert kubo.get(cid_of(data)) == data


def test_an_evidence_bundle_has_the_same_cid_and_moves_both_ways(kubo, tmp_path):
    bundle = make_bundle({"workId": "0x1"}, {"page.png": os.urandom(700_000), "image.bin": os.urandom(90_000)})
    sealed = seal_bundle(bundle, new_key())
    folder = CarFolder(tmp_path / "one")
    cid = folder.put_folder(sealed)
    assert kubo.put_folder(sealed) == cid
    assert kubo.get_folder(cid) == sealed
    other = CarFolder(tmp_path / "two")
    other.import_car(cid, kubo.export_car(cid))
    assert other.get_folder(cid) == sealed
    more = folder.put_folder({"x": b"only here"})
    kubo.import_car(more, folder.export_car(more))
    assert kubo.get_folder(more) == {"x": b"only here"}


def test_what_kubo_lacks_is_said_so(kubo):
    started = time.monotonic()
    assert not kubo.has(cid_of(b"never put into it"))
    with pytest.raises(NotStoredError):
        kubo.get(cid_of(b"never put into it"))
    assert time.monotonic() - started < 5, "it is not searched for in the network"


def test_what_kubo_lacks_comes_from_a_gateway(kubo, site, tmp_path):
    other = CarFolder(tmp_path / "other")
    cid, base = other.put(os.urandom(1000)), f"http://127.0.0.1:{site.port}"
    site.answer(f"127.0.0.1:{site.port}/ipfs/{cid}?format=car", 200, other.export_car(cid))
    assert GatewayStore(kubo, lambda anew: [base]).get(cid) == other.get(cid)
    assert kubo.get(cid) == other.get(cid)


def test_a_daemon_that_is_down_is_said_so():
    with pytest.raises(StoreError, match="is not responding"):
        KuboStore("http://127.0.0.1:9").put(b"x")
