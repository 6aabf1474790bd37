"""The API under requests that no document describes: no answer may be a fault of the server."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from scripts.soaking.results import Figures, pytest_figures

FILE = "tests/backend/test_fuzz.py"
Logged = Callable[[str, list[str], dict[str, str]], tuple[int, str]]


def run(logged: Logged, env: dict[str, str], folder: Path, examples: int, seed: int) -> tuple[Figures, bool]:
    """`examples` of each operation and kind. Returns what was answered how often, and whether nothing was a fault."""
    told = folder / "http.json"
    parts = [told.with_suffix(f".{who}.json") for who in ("holder", "anybody")]
    for part in parts:
        part.unlink(missing_ok=True)
    chosen = {"EXAMPLES": str(examples), "SEED": str(seed), "FIGURES": str(told)}
    more = {f"COPYTRACK_FUZZ_{name}": value for name, value in chosen.items()}
    code, output = logged("http", [sys.executable, "-m", "pytest", FILE, "-q"], {**env, **more})
    figures: Figures = {"examples": examples, **pytest_figures(output)}
    for part in parts:
        answers = json.loads(part.read_text()) if part.exists() else {}
        for name, count in answers.items():
            figures[name] = int(figures.get(name, 0)) + int(count)
    passed = (
        code == 0 and figures.get("faults") == 0 and figures["failed"] == 0 and int(figures["passed"]) == len(parts)
    )
    return figures, passed
