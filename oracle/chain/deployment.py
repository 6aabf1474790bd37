"""Where the contracts are: the address file that `brownie run deploy` writes, and the exported ABIs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from eth_typing import ABIEvent, ChecksumAddress
from eth_utils.abi import event_abi_to_log_topic, function_signature_to_4byte_selector
from eth_utils.address import to_checksum_address

from oracle.errors import ChainError

ABIS = files("oracle.chain") / "abi"


@dataclass(frozen=True)
class Deployment:
    """Addresses and first blocks of one chain's contracts."""

    chain_id: int
    addresses: dict[str, ChecksumAddress]
    blocks: dict[str, int]

    @classmethod
    def load(cls, file: Path) -> Deployment:
        """Read deployments/<chainId>.json. Raises ChainError."""
        try:
            found = json.loads(file.read_text())
        except FileNotFoundError as problem:
            raise ChainError(f"address file {file} not found: run `brownie run deploy` first") from problem
        contracts = found["contracts"]
        return cls(
            chain_id=int(found["chainId"]),
            addresses={name: to_checksum_address(entry["address"]) for name, entry in contracts.items()},
            blocks={name: int(entry["block"]) for name, entry in contracts.items()},
        )

    @property
    def first_block(self) -> int:
        return min(self.blocks.values())


@cache
def abi(name: str) -> list[dict[str, Any]]:
    """ABI of one of our contracts."""
    found: list[dict[str, Any]] = json.loads((ABIS / f"{name}.json").read_text())
    return found


@cache
def errors() -> dict[bytes, tuple[str, list[str]]]:
    """Custom errors of all our contracts: selector → (name, argument types)."""
    found = {}
    for file in ABIS.iterdir():
        for entry in abi(file.name.removesuffix(".json")):
            if entry["type"] == "error":
                kinds = [parameter["type"] for parameter in entry["inputs"]]
                signature = f"{entry['name']}({','.join(kinds)})"
                found[function_signature_to_4byte_selector(signature)] = (entry["name"], kinds)
    return found


@cache
def event_topics(contract: str) -> dict[bytes, dict[str, Any]]:
    """Events of a contract: first topic → ABI entry."""
    return {event_abi_to_log_topic(cast(ABIEvent, e)): e for e in abi(contract) if e["type"] == "event"}
