"""The API in this process, on a real database, broker and chain; people who sign in and send transactions."""

from __future__ import annotations

import io
import itertools
import json
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from fastapi.testclient import TestClient
from PIL import Image
from siwe import SiweMessage

from oracle.chain.signing import ascending, sign
from oracle.chain.wallet import Wallet
from oracle.evidence.bundle import make_bundle, seal_bundle
from oracle.merkle import MerkleTree
from oracle.report.dossier import Dossier
from oracle.report.items import Report, make_item, write_manifest
from oracle.sealing import new_key, public_key
from oracle.store.cids import cid_to_bytes
from scripts.stack.local import Roles, Stack, account
from tests.conftest import Site, noise

_seeds = itertools.count(1000)
# Seconds of the local stack, and a little.
CHALLENGE_WINDOW = 1.1


@pytest.fixture(scope="session")
def backend(servers: Stack):
    """Settings in the environment, migrated database, published keys of custodian and members."""
    with pytest.MonkeyPatch.context() as patch:
        servers.postgres.create_database("copytrack")
        for name, value in servers.backend_env().items():
            patch.setenv(name, value)
        from backend.cli import migrate, publish_key
        from backend.main import create_app

        migrate()
        publish_key()
        members = Site()  # stands where the members' services would be; only a test may say what they answer
        endpoint = f"http://127.0.0.1:{members.port}"
        chain = servers.chain()
        for index, member in enumerate(Roles.MEMBERS):
            key = public_key(bytes.fromhex(servers.secrets[f"node{index}"]))
            Wallet(chain, account(member).key.hex()).send("KeyDirectory", "publish", key, endpoint)
        with TestClient(create_app(), base_url=servers.api_url) as client:
            yield SimpleNamespace(client=client, stack=servers, chain=chain, members=members)
        members.server.shutdown()


@pytest.fixture(autouse=True)
def fresh_limits(request):
    """All tests are one caller: none is refused for what another one asked."""
    yield
    if "backend" in request.fixturenames:
        from backend.core.services import redis

        for key in redis().scan_iter("LIMITS*", 1000):
            redis().delete(key)


class User:
    """Somebody with a wallet and a session."""

    def __init__(self, backend, key=None, signed_in=True):
        self.backend = backend
        if key is None:
            made = Account.create()
            treasury = account(Roles.DEPLOYER)
            web3 = backend.chain.web3
            web3.provider.make_request("anvil_setBalance", [made.address, hex(10**19)])
            assert treasury.address != made.address
            key = made.key.hex()
        self.wallet = Wallet(backend.chain, key)
        self.headers = {}
        if signed_in:
            answer = self.post("/auth/sign-in", self.signed_message())
            self.backend.client.cookies.clear()  # one client stands for all users
            assert answer.status_code == 200, answer.text
            self.headers = {"Authorization": f"Bearer {answer.json()['token']}"}

    def signed_message(self, **changes):
        nonce = self.get("/auth/nonce").json()
        fields = {
            "domain": self.backend.stack.api_url.removeprefix("http://"),
            "address": self.wallet.address,
            "uri": self.backend.stack.api_url,
            "version": "1",
            "chain_id": nonce["chain_id"],
            "nonce": nonce["nonce"],
            "issued_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **changes,
        }
        message = SiweMessage(**fields).prepare_message()
        signature = self.wallet.account.sign_message(encode_defunct(text=message)).signature
        return {"message": message, "signature": "0x" + signature.hex()}

    def get(self, path):
        return self.backend.client.get(f"/api{path}", headers=self.headers)

    def delete(self, path):
        return self.backend.client.delete(f"/api{path}", headers=self.headers)

    def post(self, path, body=None):
        return self.backend.client.post(f"/api{path}", json=body, headers=self.headers)

    def upload(self, data, title="A photograph"):
        files, form = {"file": ("a.jpg", data)}, {"title": title}
        return self.backend.client.post("/api/works", files=files, data=form, headers=self.headers)

    def send(self, prepared):
        return self.wallet.send_data(prepared["to"], prepared["data"])

    def ready_work(self, data=None):
        """An uploaded work whose fingerprint is made."""
        from backend.works.tasks import prepare

        work = self.upload(data or noise(next(_seeds))).json()
        prepare(work["id"])
        return self.get(f"/works/{work['id']}").json()

    def registered_work(self):
        work = self.ready_work()
        self.send(self.get(f"/works/{work['id']}/registration").json())
        index()
        return self.get(f"/works/{work['id']}").json()


def screenshot():
    """PNG of a page that is higher than what is shown of it."""
    out = io.BytesIO()
    Image.new("RGB", (1280, 4000), "white").save(out, "PNG")
    return out.getvalue()


def index():
    """What beat does every second."""
    from backend.worker import index as task

    task()


@pytest.fixture
def user(backend):
    return lambda **kwargs: User(backend, **kwargs)


@pytest.fixture
def report(backend):
    """Report a use of a work as the committee would, and let the members' services answer for it."""

    def make(
        work_id,
        page="https://shop.example/page",
        image="https://shop.example/i.jpg",
        picture=1,
        dossier_changes=None,
    ):
        from backend.core.services import own_store
        from backend.hits.tasks import open_reports

        seen_at = backend.chain.head()[1]
        png = screenshot()
        facts = {"workId": work_id, "pageUrl": page, "imageUrl": image, "seenAt": seen_at}
        match = {"score": 0.9, "mirrored": False, "transform": [1.0] * 9, "reasons": ["it is the same picture"]}
        files = {"page.png": png, "image.bin": noise(picture), "match.json": json.dumps(match).encode()}
        bundle, key = make_bundle(facts, files), new_key()
        cid = own_store().put_folder(seal_bundle(bundle, key))
        item = make_item(work_id, page, image, bundle.bundle_hash, cid, seen_at)
        tree = MerkleTree([item.leaf()])
        manifest = own_store().put(write_manifest([item.leaf()]))
        signed = Report(1, tree.root, 1, seen_at, cid_to_bytes(manifest))
        members = [account(i) for i in Roles.MEMBERS[:2]]
        deployment = backend.chain.deployment
        signatures = {m.address: sign(m, deployment, "Report", signed.message()) for m in members}
        wallet = Wallet(backend.chain, members[0].key.hex())
        wallet.send("EvidenceOracle", "submit", signed.encoded(), ascending(signatures))
        ripe = time.monotonic() + CHALLENGE_WINDOW

        opened = {"page_url": page, "image_url": image, "bundle_cid": cid, "bundle_key": key, **(dossier_changes or {})}
        dossier = Dossier(item, **opened, match=match)
        custodian = public_key(bytes.fromhex(backend.stack.secrets["custodian"]))
        row = {"leaf": "0x" + item.leaf().hex(), "sealed": dossier.sealed_to(custodian).hex()}
        place = f"127.0.0.1:{backend.members.port}/dossiers/0x{tree.root.hex()}?recipient=0x{custodian.hex()}"
        backend.members.answers[place] = (200, {"Content-Type": "application/json"}, json.dumps([row]).encode())
        index()
        open_reports()
        # Before, no case opens on it.
        time.sleep(max(ripe - time.monotonic(), 0))
        return "0x" + tree.root.hex()

    return make
