"""forge's invariants and fuzzing, and halmos's proofs over what forge built."""

from __future__ import annotations

import secrets
import shlex
import subprocess
import sys
from pathlib import Path

from scripts.analysis.solidity import ROOT, environment, profile

SOLVER = Path(__file__).with_name("cvc5_front.py")


def fuzz(runs: int | None, depth: int | None, seed: int | None, more: list[str]) -> int:
    """Without a seed, another one each time; it is printed, so that whatever it finds can be found again."""
    seed = secrets.randbits(64) if seed is None else seed
    print(f"  forge  seed {seed}", flush=True)
    env = environment()
    if runs is not None:
        env |= {"FOUNDRY_INVARIANT_RUNS": str(runs), "FOUNDRY_FUZZ_RUNS": str(runs)}
    if depth is not None:
        env["FOUNDRY_INVARIANT_DEPTH"] = str(depth)
    return subprocess.run(["forge", "test", f"--fuzz-seed={seed}", *more], cwd=ROOT, env=env).returncode


def prove(seconds: int, more: list[str]) -> int:
    """Every panic counts as a failure, not only a false assertion: overflow must be impossible too."""
    command = [
        "halmos",
        f"--forge-build-out={profile()['out']}",
        "--match-contract=Symbolic$",
        f"--solver-command={shlex.join([sys.executable, str(SOLVER)])}",
        f"--solver-timeout-assertion={seconds}s",
        "--panic-error-codes=*",
        "--loop=5",  # the longest of ours goes over four payees
        "--no-status",
        *more,
    ]
    # Without a terminal it never asks whether it may download a solver.
    return subprocess.run(command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL).returncode
