"""Writes the ABIs of our contracts: as JSON to oracle/chain/abi/, and as typed constants for the web app.

`--check` only compares.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".cache/brownie/build/contracts"
TARGET = ROOT / "oracle/chain/abi"
TYPED = ROOT / "frontend/src/chain/abis.ts"


def main() -> None:
    names = sorted(p.stem for p in ROOT.glob("contracts/*/*.sol") if p.parent.name not in ("interfaces", "mocks"))
    texts = {name: abi_text(name) for name in names if is_deployed(name)}
    stale = [n for n, text in texts.items() if not path(n).exists() or path(n).read_text() != text]
    stale += [p.stem for p in TARGET.glob("*.json") if p.stem not in texts]
    typed = typescript(texts)
    typed_is_stale = not TYPED.exists() or TYPED.read_text() != typed
    if "--check" in sys.argv and (stale or typed_is_stale):
        names_told = ", ".join(stale) or TYPED.name
        sys.exit(f"The exported ABIs do not match the contracts ({names_told}): run scripts/setup/export_abis.py")
    TYPED.write_text(typed)
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in texts:
            path(name).write_text(texts[name])
        else:
            path(name).unlink()


def is_deployed(name: str) -> bool:
    """Abstract contracts have no code of their own, and libraries are compiled into their users."""
    built = json.loads((BUILD / f"{name}.json").read_text())
    return bool(built["bytecode"]) and built["type"] == "contract"


def path(name: str) -> Path:
    return TARGET / f"{name}.json"


def typescript(texts: dict[str, str]) -> str:
    """All ABIs as constants whose types the web app's calls are checked against."""
    lines = ["/** Written by scripts/setup/export_abis.py. Do not edit. */", "export const abis = {"]
    for name, text in sorted(texts.items()):
        lines.append(f"  {name}: {json.dumps(_without_internal_types(json.loads(text)), separators=(',', ':'))},")
    return "\n".join([*lines, "} as const;"]) + "\n"


def _without_internal_types(node: object) -> object:
    if isinstance(node, dict):
        return {k: _without_internal_types(v) for k, v in node.items() if k != "internalType"}
    return [_without_internal_types(v) for v in node] if isinstance(node, list) else node


def abi_text(name: str) -> str:
    abi = json.loads((BUILD / f"{name}.json").read_text())["abi"]
    return json.dumps(abi, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    main()
