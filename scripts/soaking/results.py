"""What soak tests found, and the file that keeps it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

Figures = dict[str, int | float | str]


@dataclass(frozen=True)
class Result:
    what: str
    # Whatever is found can be found again with it.
    seed: int
    # ISO 8601, UTC.
    date: str
    # With a "+" if files differed from it.
    commit: str
    seconds: float
    figures: Figures
    passed: bool


def append(result: Result, file: Path) -> None:
    """Add it at the end of the file's list; the file is replaced at once, never half written."""
    known = json.loads(file.read_text()) if file.exists() else []
    if not isinstance(known, list):
        raise ValueError(f"{file.name} holds no list of results")
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps([*known, asdict(result)], indent=2, ensure_ascii=False) + "\n")
    fresh.replace(file)


def table(results: list[Result]) -> str:
    rows = [f"{'what':10}{'result':9}{'seconds':>9}  figures"]
    for result in results:
        figures = ", ".join(f"{name} {shown(value)}" for name, value in result.figures.items())
        rows.append(f"{result.what:10}{'passed' if result.passed else 'FAILED':9}{result.seconds:>9.0f}  {figures}")
    return "\n".join(rows)


def shown(value: float | str) -> str:
    return f"{value:,}" if isinstance(value, int | float) else value


def forge_figures(output: str) -> Figures:
    """Of forge's summary: invariants, sequences, calls, reverts, and what else was tested."""
    runs = re.findall(r"\(runs: (\d+), calls: (\d+), reverts: (\d+)\)", output)
    failed = len(set(re.findall(r"^\[FAIL.*?\] (\w+)\(", output, re.MULTILINE)))
    return {
        "passed": len(re.findall(r"^\[PASS\]", output, re.MULTILINE)),
        "failed": failed or len(re.findall(r"^\[FAIL", output, re.MULTILINE)),
        **{name: sum(int(run[i]) for run in runs) for i, name in enumerate(("sequences", "calls", "reverts"))},
    }


def pytest_figures(output: str) -> Figures:
    """Of the last line of pytest's report."""
    lines = [line for line in output.splitlines() if re.search(r"\bin \d+(\.\d+)?s\b", line)]
    counts = re.findall(r"(\d+) (passed|failed|errors?|skipped)", lines[-1]) if lines else []
    found: Figures = {"passed": 0, "failed": 0}
    for count, word in counts:
        name = "failed" if word.startswith("error") else word
        found[name] = int(found.get(name, 0)) + int(count)
    return found
