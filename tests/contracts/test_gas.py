"""What operations cost, against the budgets and the committed snapshot. `scripts/bench gas --write` renews it."""

import json
import os
from pathlib import Path

from tests.benchmarks.gas import BUDGETS, measure
from tests.contracts.conftest import deployed, makers

SNAPSHOT = Path(__file__).resolve().parents[2] / "contracts/gas-snapshot.json"
TOLERANCE = 1.02
FIXTURES = (
    "tests/benchmarks/gas.py: whole transactions, solc 0.8.34 runs 800 cancun; committee 5 of 7, 2 of 3 rate signers; "
    "reports of 500 items; co-owners who were never paid before; buyers and sellers that hold CPY"
)


def test_costs_stay_within_budget_and_snapshot():
    system = deployed(7, threshold=5)
    found = measure(system, makers(system))
    known = json.loads(SNAPSHOT.read_text())["gas"] if SNAPSHOT.exists() else {}
    table(found, known)
    if os.environ.get("WRITE_GAS_SNAPSHOT"):
        SNAPSHOT.write_text(json.dumps({"fixtures": FIXTURES, "gas": found}, indent=2) + "\n")
        known = found
    assert {n: g for n, g in found.items() if g > BUDGETS.get(n, 16_700_000)} == {}
    assert set(known) == set(found), "scripts/bench gas --write"
    assert {n: (g, known[n]) for n, g in found.items() if g > known[n] * TOLERANCE} == {}


def table(found, known):
    print(f"\n{'operation':48}{'gas':>10}{'snapshot':>10}{'budget':>10}")
    for name, gas in found.items():
        print(f"{name:48}{gas:>10,}{known.get(name, 0):>10,}{BUDGETS.get(name, 0) or '':>10}")
