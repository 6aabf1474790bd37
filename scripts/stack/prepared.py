"""What takes long to make and turns out the same each time, kept for the next stack: the state of the local chain after
deployment, and the demonstration's web.

The chain's state is only for chains that are fresh and local. What decides how a deployment turns out is in the key:
contracts, scripts, compiler settings, configuration, and the program that is the chain. An address file and a state
belong together.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import PIL

from scripts.demo.truth import Picture
from scripts.demo.web import build_web, read_truth

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".cache" / "deployed"
KEPT_WEBS, BEING_BUILT = ROOT / ".cache" / "webs", "new-"
SECONDS = 60
# Of the oldest, more are of no use to anybody.
MAX_KEPT = 8


def state_key(config: dict[str, Any]) -> str:
    """A key that two deployments share if they turn out alike."""
    files = [*sorted((ROOT / "contracts").rglob("*.sol")), *(ROOT / "scripts" / n for n in ("deploy.py", "accept.py"))]
    files += [ROOT / name for name in ("brownie-config.yaml", "contracts.lock", "package-lock.json")]
    return _key(json.dumps(config, sort_keys=True), files)


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


def prepared_web(target: Path, seed: int) -> list[Picture]:
    """As `scripts.demo.web.build_web`, whose result is kept."""
    files = [
        file for file in sorted((ROOT / "scripts" / "demo").rglob("*")) if file.is_file() and file.suffix != ".pyc"
    ]
    kept = KEPT_WEBS / _key(f"{seed} {PIL.__version__}", files)
    if not kept.exists():
        KEPT_WEBS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=BEING_BUILT, dir=KEPT_WEBS) as folder:
            build_web(Path(folder) / "web", seed)
            for old in KEPT_WEBS.iterdir():
                if not old.name.startswith(BEING_BUILT):
                    shutil.rmtree(old, ignore_errors=True)
            with contextlib.suppress(OSError):  # another stack was quicker
                (Path(folder) / "web").rename(kept)
    shutil.copytree(kept, target, dirs_exist_ok=True)
    return read_truth(target)


def _key(said: str, files: Iterable[Path]) -> str:
    digest = hashlib.sha256(said.encode())
    for file in files:
        digest.update(f"\0{file.relative_to(ROOT)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _ask(rpc_url: str, method: str, *arguments: str) -> Any:
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(arguments)}
    answer = httpx.post(rpc_url, json=body, timeout=SECONDS).json()
    if "error" in answer:
        raise RuntimeError(f"the chain rejected {method}: {answer['error']['message']}")
    return answer["result"]
