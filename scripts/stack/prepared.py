"""The state of the local chain after deployment, kept so that the next stack with the same contracts begins with it.

Only for chains that are fresh and local. What decides how a deployment turns out is in the key: contracts, scripts,
compiler settings, configuration, and the program that is the chain. An address file and a state belong together.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".cache" / "deployed"
SECONDS = 60
# Of the oldest, more are of no use to anybody.
MAX_KEPT = 8


def state_key(config: dict[str, Any]) -> str:
    """The same for deployments that turn out the same."""
    files = [*sorted((ROOT / "contracts").rglob("*.sol")), *(ROOT / "scripts" / n for n in ("deploy.py", "accept.py"))]
    files += [ROOT / name for name in ("brownie-config.yaml", "contracts.lock", "package-lock.json")]
    digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode())
    for file in files:
        digest.update(f"\0{file.relative_to(ROOT)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:32]


def restore(rpc_url: str, address_file: Path, key: str) -> bool:
    """Give a fresh chain a kept state and write the address file. False if there is no such state."""
    file = KEPT / f"{key}.json"
    try:
        kept = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        return False
    if _ask(rpc_url, "eth_blockNumber") != "0x0" or not _ask(rpc_url, "anvil_loadState", kept["state"]):
        return False
    address_file.parent.mkdir(parents=True, exist_ok=True)
    address_file.write_text(json.dumps(kept["addresses"], indent=2) + "\n")
    file.touch()
    return True


def keep(rpc_url: str, address_file: Path, key: str) -> None:
    """Keep the state of a chain on which nothing but the deployment happened."""
    state = _ask(rpc_url, "anvil_dumpState")
    KEPT.mkdir(parents=True, exist_ok=True)
    written = KEPT / f"{key}.{address_file.stat().st_ino}.new"
    written.write_text(json.dumps({"addresses": json.loads(address_file.read_text()), "state": state}))
    written.replace(KEPT / f"{key}.json")
    kept = sorted(KEPT.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in kept[MAX_KEPT:]:
        old.unlink(missing_ok=True)


def _ask(rpc_url: str, method: str, *arguments: str) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(arguments)}
    answer = httpx.post(rpc_url, json=body, timeout=SECONDS).json()
    if "error" in answer:
        raise RuntimeError(f"the chain answers to {method}: {answer['error']['message']}")
    return answer["result"]
