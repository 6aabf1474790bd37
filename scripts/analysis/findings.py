"""slither's findings, each with a name that survives changes elsewhere in the file."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scripts.analysis.solidity import CACHE, CONTRACTS, ROOT, compiler, environment, standard_json

# Lists every version range of OpenZeppelin's files, and so says nothing of ours; solhint checks ours.
LEFT_OUT = ("pragma",)
DEADLINE_SECONDS = 900


class AnalyserError(Exception):
    """The analyser itself did not get through."""


@dataclass(frozen=True, order=True)
class Finding:
    check: str
    # Contract.function(types), Contract.variable, Contract.function(types).variable, or a file.
    where: str
    text: str


def find() -> list[Finding]:
    """Run slither over all contracts. Findings that touch OpenZeppelin's files only are not ours and are left out."""
    folder = CACHE / "analysis"
    folder.mkdir(parents=True, exist_ok=True)
    source, result = folder / "contracts.json", folder / "slither.json"
    source.write_text(json.dumps(standard_json()))
    result.unlink(missing_ok=True)
    run = subprocess.run(
        [
            "slither",
            source.relative_to(ROOT),
            "--compile-force-framework=solc-json",
            f"--solc={compiler()}",
            f"--exclude={','.join(LEFT_OUT)}",
            f"--json={result}",
            "--fail-none",
        ],
        cwd=ROOT,
        # It walks through sets: another order of them, and it finds another number of dependencies on the time.
        env={**environment(), "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
    )
    answer = json.loads(result.read_text()) if result.exists() else {}
    if run.returncode or not answer.get("success"):
        raise AnalyserError(f"slither broke:\n{answer.get('error') or run.stderr[-4000:]}")
    return sorted(parse(answer["results"].get("detectors", [])))


def parse(detectors: list[dict[str, Any]]) -> Iterator[Finding]:
    ours = f"{CONTRACTS.relative_to(ROOT)}/"
    for detector in detectors:
        for element in detector["elements"]:
            if element["source_mapping"]["filename_relative"].startswith(ours):
                yield Finding(detector["check"], place(element), detector["description"].strip())
                break


def place(element: dict[str, Any]) -> str:
    """The element's full name. A statement has none of its own: that of its function."""
    names: list[str] = []
    part: dict[str, Any] | None = element
    while part:
        more = part.get("type_specific_fields", {})
        if part["type"] not in ("node", "pragma", "file"):
            names.append(more.get("signature") or part["name"])
        part = more.get("parent")
    return ".".join(reversed(names)) or element["source_mapping"]["filename_relative"]
