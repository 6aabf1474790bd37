"""The kept state of the chain: what a stack begins with is what brownie deployed, and nothing else."""

from __future__ import annotations

import pytest

from oracle.chain.client import Chain
from oracle.chain.deployment import Deployment
from oracle.chain.wallet import Wallet
from scripts.demo.web import build_web
from scripts.stack import prepared
from scripts.stack.local import account
from scripts.stack.servers import start_chain
from scripts.stack.supervisor import Supervisor

CONFIG = {"members": ["a"], "threshold": 2}


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "KEPT", tmp_path / "kept")
    return tmp_path / "kept"


def test_a_kept_web_is_the_built_one(tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "KEPT_WEBS", tmp_path / "webs")
    built = build_web(tmp_path / "built", 3)
    assert prepared.prepared_web(tmp_path / "first", 3) == built
    monkeypatch.setattr(prepared, "build_web", None)  # from here on nothing is built
    (tmp_path / "first" / "truth.json").write_text("a stack may change its own web")
    assert prepared.prepared_web(tmp_path / "second", 3) == built
    files = [f.relative_to(tmp_path / "built") for f in (tmp_path / "built").rglob("*") if f.is_file()]
    assert all((tmp_path / "second" / f).read_bytes() == (tmp_path / "built" / f).read_bytes() for f in files)


def all_events(chain):
    found = chain.events(list(chain.deployment.addresses), chain.deployment.first_block, chain.head()[0])
    return [str(event) for event in found]


def test_a_restored_chain_is_the_deployed_one(servers, kept, tmp_path):
    prepared.keep(servers.rpc_url, servers.deployment_file, "key")
    file = tmp_path / "addresses" / "31337.json"
    with Supervisor(tmp_path / "logs") as supervisor:
        url = start_chain(supervisor, tmp_path / "chain")
        assert prepared.restore(url, file, "key")
        deployed, restored = servers.chain(), Chain(url, Deployment.load(file))
        assert file.read_text() == servers.deployment_file.read_text()
        assert restored.head()[0] == deployed.head()[0]
        assert len(all_events(deployed)) > 20
        assert all_events(restored) == all_events(deployed)
        for address in deployed.deployment.addresses.values():
            assert restored.web3.eth.get_code(address) == deployed.web3.eth.get_code(address) != b""
        # It goes on from there, and is never put over a chain on which something happened.
        sent = Wallet(restored, account(0).key.hex()).send("CPYToken", "transfer", account(1).address, 5)
        assert sent["status"] == 1
        assert restored.call("CPYToken", "balanceOf", account(1).address) >= 5
        assert not prepared.restore(url, file, "key")
        assert restored.head()[0] == deployed.head()[0] + 1


def test_what_is_not_kept_or_broken_is_deployed(servers, kept, tmp_path):
    assert not prepared.restore(servers.rpc_url, tmp_path / "no.json", "another")
    kept.mkdir()
    (kept / "broken.json").write_text('{"addr')
    assert not prepared.restore(servers.rpc_url, tmp_path / "no.json", "broken")
    assert not (tmp_path / "no.json").exists()


def test_whatever_decides_on_a_deployment_is_in_its_key(tmp_path, monkeypatch):
    for name in ("contracts/a.sol", "scripts/deploy.py", "scripts/accept.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("one")
    for name in ("brownie-config.yaml", "contracts.lock", "package-lock.json"):
        (tmp_path / name).write_text("one")
    monkeypatch.setattr(prepared, "ROOT", tmp_path)
    first = prepared.state_key(CONFIG)
    assert prepared.state_key(dict(reversed(CONFIG.items()))) == first
    keys = {first, prepared.state_key({**CONFIG, "threshold": 3})}
    for file in sorted(path for path in tmp_path.rglob("*") if path.is_file()):
        file.write_text("two")
        keys.add(prepared.state_key(CONFIG))
    assert len(keys) == 8


def test_only_the_newest_states_are_kept(servers, kept):
    for number in range(prepared.MAX_KEPT + 2):
        prepared.keep(servers.rpc_url, servers.deployment_file, f"key{number}")
    left = {file.stem for file in kept.iterdir()}
    assert len(left) == prepared.MAX_KEPT and f"key{prepared.MAX_KEPT + 1}" in left and "key0" not in left
