"""Outside analysers over our contracts: scripts/analyse [slither|forge|halmos|coverage|reverts|all]."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable

from scripts.analysis import coverage, findings, forge, reverts, triage
from scripts.analysis.solidity import DisagreementError, require_agreement


def main() -> None:
    options = parse(sys.argv[1:])
    jobs: dict[str, Callable[[], int]] = {
        "slither": lambda: slither(options.list),
        "forge": lambda: forge.fuzz(options.runs, options.depth, options.seed, options.more),
        "halmos": lambda: forge.prove(options.seconds, options.more),
        "coverage": lambda: coverage.measure(options.more),
        "reverts": lambda: reverts.compare(options.write, options.seen),
    }
    # The tests that coverage counts run without it, too.
    wanted = ["slither", "forge", "halmos"] if options.analyser == "all" else [options.analyser]
    failed = []
    try:
        require_agreement()
        for name in wanted:
            say(f"{name} …")
            started = time.monotonic()
            if jobs[name]():
                failed.append(name)
            say(f"{name}: {time.monotonic() - started:.0f} s")
    except (DisagreementError, findings.AnalyserError, triage.TriageError) as problem:
        sys.exit(str(problem))
    sys.exit(f"Not accepted by {', '.join(failed)}" if failed else 0)


def parse(arguments: list[str]) -> argparse.Namespace:
    """What follows `--` goes to forge or halmos as it is."""
    parser = argparse.ArgumentParser(prog="scripts/analyse", description=__doc__)
    parser.set_defaults(analyser="slither", list=False, runs=None, depth=None, seed=None, seconds=300, more=[])
    parsers = parser.add_subparsers(
        dest="analyser", metavar="slither|forge|halmos|coverage|reverts|all (without: slither)"
    )
    static = parsers.add_parser("slither", help="patterns of mistakes, against contracts/triage.json")
    static.add_argument("--list", action="store_true", help="print entries for the untriaged findings, and do not fail")
    fuzzer = parsers.add_parser("forge", help="invariants and fuzzing in tests/contracts/forge")
    fuzzer.add_argument("--runs", type=int, help="sequences of calls (foundry.toml's unless given)")
    fuzzer.add_argument("--depth", type=int, help="calls in a sequence")
    fuzzer.add_argument("--seed", type=int, help="to have the same calls again")
    fuzzer.add_argument("more", nargs="*", help="after --: options of forge test")
    prover = parsers.add_parser("halmos", help="proofs of the check_ functions in contracts named …Symbolic")
    prover.add_argument("--seconds", type=int, default=300, help="per question to the solver")
    prover.add_argument("more", nargs="*", help="after --: options of halmos")
    measure = parsers.add_parser("coverage", help="statements and branches that the brownie tests go through")
    measure.add_argument("more", nargs="*", help="tests (all under tests/contracts unless given)")
    lists = parsers.add_parser("reverts", help="contracts/REVERTS.md: the errors of each function")
    lists.add_argument("--write", action="store_true", help="write the file anew")
    lists.add_argument("--seen", action="store_true", help="fail if the last run of tests/contracts missed one")
    parsers.add_parser("all", help="slither, forge and halmos, one after the other")
    options = parser.parse_args(arguments)
    options.analyser = options.analyser or "slither"
    return options


def slither(only_list: bool) -> int:
    found = findings.find()
    untriaged, stale = triage.compare(found, triage.load())
    if only_list:
        print(json.dumps(triage.entries(untriaged), indent=2, ensure_ascii=False))
        return 0
    for finding in untriaged:
        print(f"\nuntriaged: {finding.check} at {finding.where}\n{finding.text}")
    for check, where in stale:
        print(f"\nnothing found any more, delete it from {triage.FILE.name}: {check} at {where}")
    say(f"slither: {len(found)} findings, {len(untriaged)} untriaged, {len(stale)} entries that match nothing")
    return int(bool(untriaged or stale))


def say(text: str) -> None:
    """To stderr: stdout is for what can be piped on."""
    print(f"  analyse  {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
