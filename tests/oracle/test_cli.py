"""The command line says what is wrong and what to do."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from PIL import Image
from typer.testing import CliRunner

from oracle.chain.signing import ascending, sign
from oracle.chain.wallet import Wallet
from oracle.cli import app
from oracle.evidence.verify import verify_signatures
from oracle.report.items import Report, write_manifest
from oracle.store.cids import cid_of, cid_to_bytes
from scripts.stack.local import Roles, account


def run(*arguments, env=None):
    return CliRunner().invoke(app, [str(a) for a in arguments], env=env)


def test_two_strangers_are_not_explained(photos, strangers):
    """How the one would lie in the other says nothing."""
    answer = run("match", photos[0], strangers[-1])
    assert answer.exit_code == 1 and answer.output.startswith("no match")
    assert not any(word in answer.output for word in ("visible", "stretched", "turned", "cropped", "%"))


def test_a_damaged_copy_is_matched_as_browsers_show_it(photos, tmp_path):
    out = io.BytesIO()
    Image.open(photos[0]).convert("RGB").resize((640, 480)).save(out, "JPEG", quality=85)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(out.getvalue()[: len(out.getvalue()) * 95 // 100])
    assert run("match", photos[0], cut).exit_code == 0


@pytest.mark.parametrize("source", ["nothing.zip", "no/such/folder", "Qmabc"])
def test_evidence_that_is_not_there_is_said_so(source):
    answer = run("verify", source)
    assert answer.exit_code == 1 and "no file or folder" in answer.output


def test_a_store_has_to_be_named(monkeypatch):
    monkeypatch.delenv("ORACLE_CONTENT_STORE", raising=False)
    assert "--store" in run("verify", cid_of(b"x"), "--key", "00" * 32).output


@pytest.mark.parametrize("dossier", ["[]", "5", '{"root": 5}', "{" * 5000, '{"bundle_cid": "x", "bundle_key": "zz"}'])
def test_a_package_that_is_none_is_refused_without_a_traceback(tmp_path, dossier):
    package = tmp_path / "evidence.zip"
    with zipfile.ZipFile(package, "w") as out:
        out.writestr("dossier.json", dossier)
        out.writestr("bundle.car", b"junk")
    answer = run("verify", package)
    assert answer.exit_code == 1 and (answer.exception is None or isinstance(answer.exception, SystemExit))


def test_a_node_says_which_settings_are_missing():
    answer = run("node", "seed", "https://a.example/", env=dict.fromkeys(("ORACLE_KEY", "ORACLE_RPC_URL")))
    assert answer.exit_code == 2 and "ORACLE_RPC_URL" in answer.output and "Traceback" not in answer.output


@pytest.fixture
def node_environment(servers, tmp_path):
    (tmp_path / "map.json").write_text(json.dumps({"*.example": {"443": "127.0.0.1:1"}}))
    return {
        "ORACLE_KEY": account(Roles.MEMBERS[0]).key.hex(),
        "ORACLE_ENCRYPTION_KEY": "11" * 32,
        "ORACLE_RPC_URL": servers.rpc_url,
        "ORACLE_DEPLOYMENT": servers.backend_env()["COPYTRACK_DEPLOYMENT"],
        "ORACLE_DATABASE_URL": servers.postgres.create_database("oracle"),
        "ORACLE_DATABASE_SCHEMA": "cli",
        "ORACLE_CONTENT_STORE": f"car:{tmp_path}/store",
        "ORACLE_RESOLVER_MAP": str(tmp_path / "map.json"),
    }


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1/", "not a public address"),
        ("http://localhost:9100/", "not a web port"),
        ("http://10.0.0.1/", "not a public address"),
        ("ftp://a.example/", "must start with http"),
        ("nonsense", "not a valid address"),
    ],
)
def test_a_seed_that_would_never_be_fetched_is_refused_at_once(node_environment, url, told):
    answer = run("node", "seed", url, env=node_environment)
    assert answer.exit_code == 2 and told in " ".join(answer.output.split())


def test_a_seed_is_taken(node_environment):
    answer = run("node", "seed", "https://a.example/x", "https://b.example/", env=node_environment)
    assert answer.exit_code == 0 and "2 pages will be visited" in answer.output


def test_the_committees_signatures_are_recovered_from_the_chain(servers):
    chain = servers.chain()
    leaves = [bytes([n]) * 32 for n in range(3)]
    from oracle.merkle import MerkleTree

    root = MerkleTree(leaves).root
    assert not verify_signatures(root, chain).passed
    report = Report(1, root, 3, chain.head()[1], cid_to_bytes(cid_of(write_manifest(leaves))))
    signers = [account(index) for index in Roles.MEMBERS[:2]]
    signed = {s.address: sign(s, chain.deployment, "Report", report.message()) for s in signers}
    wallet = Wallet(chain, signers[0].key.hex())
    wallet.send("EvidenceOracle", "submit", report.encoded(), ascending(signed))
    step = verify_signatures(root, chain)
    assert step.passed and step.told == "2 of 3 committee members signed this report"
