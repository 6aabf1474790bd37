"""Which statements and branches of our contracts the brownie tests go through.

brownie runs in a folder of its own with the optimizer off: the optimizer merges conditions, and their branches would
be missing from the count without a word.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scripts.analysis.solidity import CACHE, ROOT

FOLDER = CACHE / "coverage"
LINKED = ("contracts", "scripts", "tests", ".venv", "node_modules", "deployments", "pyproject.toml")
TESTS = "tests/contracts"
# Gas of code that is not optimized says nothing; a random walk must not be what alone goes through a branch, and
# tracing all its transactions takes hours.
LEFT_OUT = ("test_gas.py", "test_*_stateful.py")
WORKERS = "2"
NOT_OURS = ("contracts/mocks/", "contracts/interfaces/")
# brownie's colours say how a condition was ever answered.
ANSWERS = {"green": {True, False}, "yellow": {True}, "orange": {False}, "red": set()}

Place = tuple[int, int]


@dataclass
class Source:
    """What was gone through in one file, whichever contracts inherit it; places are bytes from and to."""

    statements: dict[Place, bool] = field(default_factory=dict)
    branches: dict[Place, set[bool]] = field(default_factory=lambda: defaultdict(set))


def measure(tests: list[str]) -> int:
    """Exit code: whether all tests pass and each condition was answered both ways."""
    prepare()
    command = [str(FOLDER / "scripts/setup/brownie.sh"), "test", *(tests or files()), "--coverage", "-q", "-n", WORKERS]
    # Contracts that are not optimized are larger than what a chain takes.
    env = {**os.environ, "COPYTRACK_ANVIL_OPTIONS": "--disable-code-size-limit"}
    log = FOLDER / "tests.log"
    with log.open("w") as file:
        failed = subprocess.run(command, cwd=FOLDER, env=env, stdout=file, stderr=subprocess.STDOUT).returncode
    report = FOLDER / ".cache/brownie/reports/coverage.json"
    if not report.exists():
        print(f"brownie wrote no report; the end of its output:\n{log.read_text(errors='replace')[-3000:]}")
        return 1
    built = [json.loads(path.read_text()) for path in (FOLDER / ".cache/brownie/build/contracts").glob("*.json")]
    sources = merged(built, json.loads(report.read_text())["highlights"])
    print("\n".join(table(sources)))
    missing = list(uncovered(sources))
    print("\n".join(missing))
    if failed:
        print(f"Tests failed, see {log.relative_to(ROOT)}")
    return int(bool(failed or missing))


def prepare() -> None:
    """A project like ours, but with another configuration and its own build."""
    for stale in (".cache/brownie/reports", ".cache/brownie/build/tests.json"):
        path = FOLDER / stale
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    home, real = FOLDER / ".cache/brownie-home", CACHE / "brownie-home"
    (home / ".brownie").mkdir(parents=True, exist_ok=True)
    links = {FOLDER / name: ROOT / name for name in LINKED}
    links |= {home / name: real / name for name in (".solcx", ".brownie/packages")}
    for link, target in links.items():
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    text = (ROOT / "brownie-config.yaml").read_text()
    (FOLDER / "brownie-config.yaml").write_text(text.replace("enabled: true", "enabled: false"))


def files() -> list[str]:
    found = (path for path in (ROOT / TESTS).rglob("test_*.py") if not any(map(path.match, LEFT_OUT)))
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def merged(built: Iterable[dict[str, Any]], highlights: dict[str, Any]) -> dict[str, Source]:
    """By file of ours; what no test deployed counts as not gone through."""
    sources: dict[str, Source] = defaultdict(Source)
    for artefact in built:
        coverage = artefact.get("coverageMap")
        if not coverage:
            continue
        for number, path in artefact["allSourcePaths"].items():
            if not path.startswith("contracts/") or path.startswith(NOT_OURS):
                continue
            source = sources[path]
            for start, stop in places(coverage["statements"].get(number, {})):
                source.statements.setdefault((start, stop), False)
            for start, stop in places(coverage["branches"].get(number, {})):
                source.branches[start, stop] |= set()
            name = artefact["contractName"]
            for start, stop, colour, _ in highlights["statements"].get(name, {}).get(number, []):
                source.statements[start, stop] |= colour == "green"
            for start, stop, colour, _ in highlights["branches"].get(name, {}).get(number, []):
                source.branches[start, stop] |= ANSWERS[colour]
    return {path: source for path, source in sorted(sources.items()) if source.statements or source.branches}


def places(functions: dict[str, dict[str, list[Any]]]) -> Iterator[Place]:
    for entries in functions.values():
        for start, stop, *_ in entries.values():
            yield start, stop


def table(sources: dict[str, Source]) -> Iterator[str]:
    yield f"{'':48}{'statements':>18}{'branches':>18}"
    sums = [0, 0, 0, 0]
    for path, source in sources.items():
        counts = [sum(source.statements.values()), len(source.statements)]
        counts += [sum(map(len, source.branches.values())), 2 * len(source.branches)]
        sums = [a + b for a, b in zip(sums, counts, strict=True)]
        yield row(path, *counts)
    yield row("all", *sums)


def row(name: str, done: int, statements: int, answered: int, answers: int) -> str:
    return f"{name:48}{share(done, statements):>18}{share(answered, answers):>18}"


def share(part: int, whole: int) -> str:
    # Rounded down: 100 % means all.
    return f"{part}/{whole} {100 * part // whole if whole else 100:3} %"


def uncovered(sources: dict[str, Source]) -> Iterator[str]:
    for path, source in sources.items():
        text = (ROOT / path).read_bytes()
        for (start, stop), answers in sorted(source.branches.items()):
            for answer in sorted({True, False} - answers):
                line = text.count(b"\n", 0, start) + 1
                condition = " ".join(text[start:stop].decode(errors="replace").split())
                yield f"{path}:{line}: never {str(answer).lower()}: {condition}"
