"""scripts/soak [--quick] [--seed N] [--only stateful|forge|million|pictures|readers|http]: long runs, and their
results in a file."""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from oracle.store.car import CarFolder
from scripts.analysis.solidity import environment
from scripts.soaking import http_api, million, pictures, readers
from scripts.soaking.results import Figures, Result, append, forge_figures, pytest_figures, table

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "tests/soak-results.json"
LOGS = ROOT / ".cache/soak"
MACHINES = "tests/contracts/**/*_stateful.py"


@dataclass(frozen=True)
class Size:
    examples: int
    steps: int
    runs: int
    depth: int
    works: int
    files: int
    requests: int
    inputs: int


LONG = Size(examples=30, steps=60, runs=1000, depth=300, works=1_000_000, files=10_000, requests=300, inputs=20_000)
QUICK = Size(examples=5, steps=15, runs=64, depth=100, works=50_000, files=500, requests=10, inputs=500)


def main() -> None:
    options = parse(sys.argv[1:])
    LOGS.mkdir(parents=True, exist_ok=True)
    size = QUICK if options.quick else LONG
    jobs: dict[str, Callable[[Size, int], tuple[Figures, bool]]] = {
        "stateful": stateful,
        "forge": forge,
        "million": a_million,
        "pictures": lambda size, seed: pictures.run(size.files, seed),
        "readers": of_readers,
        "http": lambda size, seed: http_api.run(logged, dict(os.environ), LOGS, size.requests, seed),
    }
    say(f"seed {options.seed}")
    results = []
    for name in [options.only] if options.only else list(jobs):
        say(f"{name} …")
        results.append(measured(name, jobs[name], size, options.seed))
        append(results[-1], options.results)
    print(table(results))
    sys.exit(0 if all(result.passed for result in results) else 1)


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few minutes, to see that everything runs")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="another one each time unless given")
    parser.add_argument(
        "--only", choices=("stateful", "forge", "million", "pictures", "readers", "http"), help="one of them"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="file that the results are added to")
    return parser.parse_args(arguments)


def measured(name: str, job: Callable[[Size, int], tuple[Figures, bool]], size: Size, seed: int) -> Result:
    date, started = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    try:
        figures, passed = job(size, seed)
    except (million.WrongError, OSError, ValueError) as problem:
        figures, passed = {"problem": str(problem)}, False
    return Result(name, seed, date, commit(), round(time.monotonic() - started, 1), figures, passed)


def stateful(size: Size, seed: int) -> tuple[Figures, bool]:
    """brownie's state machines, with many examples and steps each."""
    files = sorted(str(file.relative_to(ROOT)) for file in ROOT.glob(MACHINES))
    if not files:
        return {"problem": f"no file matches {MACHINES}"}, False
    env = {"COPYTRACK_FUZZ_EXAMPLES": str(size.examples), "COPYTRACK_FUZZ_STEPS": str(size.steps)}
    # Walks that draw from numbers of their own, not from hypothesis.
    env["COPYTRACK_WALKS"] = str(size.examples)
    command = ["scripts/setup/brownie.sh", "test", *files, f"--hypothesis-seed={seed}", "-n", "2"]
    code, output = logged("stateful", command, {**os.environ, **env})
    figures = {"files": len(files), "examples": size.examples, "steps": size.steps, **pytest_figures(output)}
    return figures, code == 0 and figures["failed"] == 0 and int(figures["passed"]) > 0


def forge(size: Size, seed: int) -> tuple[Figures, bool]:
    """The invariants of tests/contracts/forge, in many long sequences."""
    env = environment()
    env |= {"FOUNDRY_INVARIANT_RUNS": str(size.runs), "FOUNDRY_INVARIANT_DEPTH": str(size.depth)}
    command = ["forge", "test", "--match-contract=Invariants$", f"--fuzz-seed={seed}"]
    code, output = logged("forge", command, env)
    figures = {"runs": size.runs, "depth": size.depth, **forge_figures(output)}
    return figures, code == 0 and figures["failed"] == 0 and int(figures["calls"]) > 0


def a_million(size: Size, seed: int) -> tuple[Figures, bool]:
    code, output = logged("compile", ["scripts/setup/brownie.sh", "compile"], dict(os.environ))
    if code:
        raise ValueError(f"the contracts do not compile:\n{output[-2000:]}")
    return million.run(size.works, seed)


def of_readers(size: Size, seed: int) -> tuple[Figures, bool]:
    with tempfile.TemporaryDirectory() as folder:
        return readers.run(size.inputs, seed, CarFolder(Path(folder)))


def logged(name: str, command: list[str], env: dict[str, str]) -> tuple[int, str]:
    """Exit code and output, which also goes into a file: what failed is told there."""
    log = LOGS / f"{name}.log"
    with log.open("w") as file:
        code = subprocess.run(command, cwd=ROOT, env=env, stdout=file, stderr=subprocess.STDOUT).returncode
    if code:
        say(f"{name} failed, see {log.relative_to(ROOT)}")
    return code, log.read_text(errors="replace")


def commit() -> str:
    head = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    tracked = ["git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!tests/soak-results.json"]
    changed = subprocess.run(tracked, cwd=ROOT, capture_output=True, text=True).stdout
    return head.strip() + ("+" if changed else "")


def say(text: str) -> None:
    print(f"  soak  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
