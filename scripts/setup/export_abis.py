"""Writes the ABIs of our contracts to deployments/abi/, for Python and TypeScript. `--check` only compares."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".cache/brownie/build/contracts"
TARGET = ROOT / "deployments/abi"
ABSTRACT = {"PullPayments", "Quorum"}


def main() -> None:
    names = sorted(p.stem for p in ROOT.glob("contracts/*/*.sol") if p.parent.name != "interfaces")
    texts = {name: abi_text(name) for name in names if name not in ABSTRACT}
    stale = [n for n, text in texts.items() if not path(n).exists() or path(n).read_text() != text]
    stale += [p.stem for p in TARGET.glob("*.json") if p.stem not in texts]
    if "--check" in sys.argv and stale:
        sys.exit(
            f"deployments/abi is not what the contracts say ({', '.join(stale)}): run scripts/setup/export_abis.py"
        )
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in texts:
            path(name).write_text(texts[name])
        else:
            path(name).unlink()


def path(name: str) -> Path:
    return TARGET / f"{name}.json"


def abi_text(name: str) -> str:
    abi = json.loads((BUILD / f"{name}.json").read_text())["abi"]
    return json.dumps(abi, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    main()
