"""Our contracts as the analysers get them: the same compiler and settings as what is deployed."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
CONTRACTS = ROOT / "contracts"
FORGE = ROOT / "node_modules/@foundry-rs/forge-linux-amd64/bin"


class DisagreementError(Exception):
    """foundry.toml and brownie-config.yaml name different compilers or settings."""


def profile() -> dict[str, Any]:
    """What foundry.toml says."""
    found: dict[str, Any] = tomllib.loads((ROOT / "foundry.toml").read_text())["profile"]["default"]
    return found


def compiler() -> Path:
    """Native solc, or npm's behind a front: scripts/setup puts either into the same place."""
    return ROOT / str(profile()["solc"])


def require_agreement() -> None:
    """Analysing something else than what brownie deploys would prove nothing."""
    brownie = (ROOT / "brownie-config.yaml").read_text()
    ours = profile()
    expected = {
        "evm_version": ours["evm_version"],
        "version": Path(ours["solc"]).name.removeprefix("solc-v"),
        "runs": str(ours["optimizer_runs"]),
        "enabled": str(ours["optimizer"]).lower(),
    }
    for key, value in expected.items():
        found = re.search(rf"^\s*{key}:\s*(\S+)", brownie, re.MULTILINE)
        if found is None or found[1] != value:
            raise DisagreementError(f"{key}: brownie-config.yaml says {found and found[1]}, foundry.toml {value}")


def standard_json() -> dict[str, Any]:
    """All contracts as one compilation, so that detectors see calls between them and npm's slow solc starts once."""
    ours = profile()
    files = sorted(path.relative_to(ROOT).as_posix() for path in CONTRACTS.rglob("*.sol"))
    return {
        "language": "Solidity",
        "sources": {file: {"content": (ROOT / file).read_text()} for file in files},
        "settings": {
            "evmVersion": ours["evm_version"],
            "optimizer": {"enabled": ours["optimizer"], "runs": ours["optimizer_runs"]},
            "viaIR": ours.get("via_ir", False),
            "remappings": ours["remappings"],
            "outputSelection": {
                "*": {"": ["ast"], "*": ["abi", "devdoc", "userdoc", "evm.bytecode", "evm.deployedBytecode"]}
            },
        },
    }


def environment() -> dict[str, str]:
    """slither and halmos call forge by name; all of them keep files in HOME: here one of the project's own."""
    home = CACHE / "forge/home"
    home.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(FORGE), str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, "HOME": str(home), "PATH": path}
