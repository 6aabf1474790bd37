"""Starts the whole stack on a small web, seeds what the tests share, runs a command against it, stops everything.

`python -m tests.e2e.stack COMMAND …`; the command finds the description of the stack in the file E2E_STACK.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from eth_utils.crypto import keccak

from oracle.chain.licensing import Offer
from oracle.chain.wallet import Wallet
from oracle.report.items import place_hashes
from scripts.demo.client import Person
from scripts.demo.web import PHOTOS
from scripts.setup.install import find_chromium
from scripts.stack.local import Roles, Stack, account, start_servers
from scripts.stack.servers import ROOT, data_folder
from scripts.stack.supervisor import Supervisor
from tests.e2e import web

WEI = 10**18
DEMAND = 12_000
WAIT_SECONDS = 240
# Cases of the agency, each for one test that changes it.
CASES = ("contest", "licence", "poor", "reload")


def main() -> None:
    for ended in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ended, _interrupt)
    folder = data_folder(f"e2e-{random.randrange(10**9)}")
    code = 1
    try:
        with Supervisor(folder / "logs") as supervisor:
            stack = start(folder, supervisor)
            described = folder / "stack.json"
            described.write_text(json.dumps({**describe(stack), **seed(stack)}, indent=1))
            env = {**os.environ, "E2E_STACK": str(described), "CHROMIUM_PATH": find_chromium() or ""}
            code = subprocess.run(sys.argv[1:], env=env, cwd=ROOT).returncode
    except KeyboardInterrupt:
        print("stopped")
    finally:
        if code and os.environ.get("E2E_KEEP"):
            print(f"logs: {folder / 'logs'}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


def start(folder: Path, supervisor: Supervisor) -> Stack:
    """Servers, backend, nodes that know the small web, and the web itself."""
    stack = start_servers(folder, supervisor, api_port=0)
    fronts = web.build(stack.web_root)
    stack.start_web()
    stack.start_backend()
    for index in range(len(stack.node_ports)):
        stack.start_node(index, {"ORACLE_SEEDS": " ".join(fronts), "ORACLE_FLUSH_SECONDS": "5"})
    stack.wait_for_backend()
    stack.wait_for_nodes()
    return stack


def describe(stack: Stack) -> dict[str, Any]:
    """What a test must know: addresses, and the keys of the local chain's accounts."""
    keys = {name: "0x" + account(i).key.hex().removeprefix("0x") for name, i in _people().items()}
    return {
        "url": stack.api_url,
        "rpc": stack.rpc_url,
        "keys": keys,
        "photos": [str(PHOTOS / name) for name in web.BROWSER_PHOTOS],
        "copiesOfEach": len(web.SITES),
    }


def _people() -> dict[str, int]:
    # 16 has ether and no CPY.
    return {"photographer": Roles.PHOTOGRAPHER, "agency": Roles.AGENCY, "imageUser": Roles.IMAGE_USER, "poor": 16}


def seed(stack: Stack) -> dict[str, Any]:
    """CPY for who needs it; the agency's works, their hits, and opened cases."""
    chain = stack.chain()
    treasury = Wallet(chain, account(Roles.DEPLOYER).key.hex())
    # The operator bears the panel's fee.
    for role in (Roles.PHOTOGRAPHER, Roles.AGENCY, Roles.IMAGE_USER, Roles.OPERATOR):
        treasury.send("CPYToken", "transfer", account(role).address, 100_000 * WEI)
    agency = Person(stack.api_url, chain, account(Roles.AGENCY))
    agency.sign_in()
    for name in web.AGENCY_PHOTOS:
        data = (PHOTOS / name).read_bytes()
        work = agency.upload(name, data, name.removesuffix(".jpg"))
        _until(lambda work=work: agency.get(f"/works/{work['id']}")["state"] == "ready")
        agency.send(agency.get(f"/works/{work['id']}/registration"))
    wanted = len(web.AGENCY_PHOTOS) * len(web.SITES)
    hits = _until(lambda: found if len(found := agency.get("/hits")) >= wanted else None)
    cases = {}
    for name, hit in zip(CASES, sorted(hits, key=lambda h: h["id"]), strict=False):
        agency.post(f"/hits/{hit['id']}/mark", {"mark": "not_licensed"})
        case = agency.post(f"/hits/{hit['id']}/claim", {"amount": DEMAND, "currency": "EUR"})
        agency.send_all(agency.get(f"/cases/{case['id']}/opening"))
        _until(lambda case=case: agency.get(f"/cases/{case['id']}")["state"] == "open")
        cases[name] = {"id": case["id"], "token": case["link"].rsplit("/", 1)[1], "code": case["code"]}
        if name == "licence":
            cases[name]["licence"] = _licence(stack, agency, hit)
    return {"cases": cases}


def _licence(stack: Stack, agency: Person, hit: dict[str, Any]) -> str:
    """A licence for another site than the one of the hit: its id."""
    chain = stack.chain()
    buyer = Wallet(chain, account(Roles.LICENSEE).key.hex())
    offer = Offer(bytes.fromhex(hit["work_id"][2:]), 0, 86_400, keccak(text="terms"))
    agency.wallet.send("OfferBook", "create", offer.encoded())
    site = place_hashes("https://designer.example/")["site_hash"]
    buyer.send("LicenseLedger", "buy", offer.purchase(buyer.address, site))
    return "0x" + offer.licence_id(buyer.address, site).hex()


def _until(found: Any) -> Any:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        answer = found()
        if answer:
            return answer
        time.sleep(0.3)
    raise TimeoutError("the stack did not get ready in time")


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
