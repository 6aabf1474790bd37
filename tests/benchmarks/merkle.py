"""`scripts/bench merkle [--works N] [--json FILE]`: builds the tree of a batch, proves works of it, prints a table."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from oracle.chain.batches import Entry, batch_leaf, batch_leaves
from oracle.merkle import MerkleTree, verify_proof

SEED = 20261122
PROOFS = 10_000
CID = bytes.fromhex("01551220")  # CIDv1, raw, sha2-256: 36 bytes with the digest
BARS = {"build_s": 60.0, "peak_rss_mb": 2000.0, "proof_p99_ms": 10.0}
console = Console(highlight=False)


def main() -> None:
    options = _options()
    told = measure(options.works)
    show(told)
    if options.json:
        options.json.write_text(json.dumps(told, indent=2) + "\n")
    good = told["verified"] == told["proofs"] and not told["foreign_verified"]
    sys.exit(0 if good and all(told[name] <= bar for name, bar in BARS.items()) else 1)


def measure(works: int) -> dict[str, Any]:
    """All figures. MB are of 1000² bytes.

    Building is from entries to root, the making of the random entries included; a proof is from an entry and its place
    to leaf and siblings.
    """
    places = sorted(random.Random(SEED).sample(range(works), min(PROOFS, works)))
    chosen: dict[int, tuple[str, Entry]] = dict.fromkeys(places, ("", (0, b"", 0, b"", b"")))

    started, cpu_started = time.perf_counter(), time.process_time()
    tree = MerkleTree(batch_leaves(_kept(entries(works), chosen)))
    build_s, build_cpu_s = time.perf_counter() - started, time.process_time() - cpu_started

    times, verified, foreign_verified = [], 0, 0
    for place, (owner, entry) in chosen.items():
        started = time.perf_counter()
        leaf = batch_leaf(owner, entry)
        proof = tree.proof(place)
        times.append((time.perf_counter() - started) * 1000)
        verified += verify_proof(leaf, proof, tree.root)
        kind, content_hash, engine, *cids = entry
        foreign = batch_leaf(owner, (kind, content_hash, engine + 1, cids[0], cids[1]))
        foreign_verified += verify_proof(foreign, proof, tree.root)
    times.sort()
    return {
        "works": works,
        "build_s": round(build_s, 2),
        "build_cpu_s": round(build_cpu_s, 2),
        "peak_rss_mb": round(_peak_rss() / 1e6, 1),
        "proofs": len(times),
        "proof_median_ms": round(statistics.median(times), 4),
        "proof_p99_ms": round(times[int(len(times) * 0.99)], 4),
        "proof_max_ms": round(times[-1], 4),
        "verified": verified,
        "foreign_verified": foreign_verified,
        "root": "0x" + tree.root.hex(),
    }


def entries(works: int) -> Iterator[tuple[str, Entry]]:
    """Owners and entries, the same in every run."""
    source = random.Random(SEED + 1)
    owners = ["0x" + source.randbytes(20).hex() for _ in range(100)]
    for _ in range(works):
        cids = CID + source.randbytes(32), CID + source.randbytes(32)
        yield source.choice(owners), (source.randrange(5), source.randbytes(32), source.randrange(1, 100), *cids)


def _kept(source: Iterator[tuple[str, Entry]], chosen: dict[int, tuple[str, Entry]]) -> Iterator[tuple[str, Entry]]:
    """The same entries; those at the chosen places are noted on the way."""
    for place, entry in enumerate(source):
        if place in chosen:
            chosen[place] = entry
        yield entry


def _peak_rss() -> int:
    """Bytes. From the kernel's own mark, because getrusage's also counts what the parent had before the start."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM: this needs Linux")


def show(told: dict[str, Any]) -> None:
    table = Table("what", "measured", "bar", title=f"A batch of {told['works']:,} works", title_justify="left")
    table.add_row("entries to root", f"{told['build_s']} s", f"≤ {BARS['build_s']:.0f} s")
    table.add_row("  of these on the processor", f"{told['build_cpu_s']} s", "")
    table.add_row("peak memory", f"{told['peak_rss_mb']} MB", f"≤ {BARS['peak_rss_mb']:.0f} MB")
    table.add_row(f"leaf and proof, median of {told['proofs']:,}", f"{told['proof_median_ms']} ms", "")
    table.add_row("leaf and proof, p99", f"{told['proof_p99_ms']} ms", f"≤ {BARS['proof_p99_ms']:.0f} ms")
    table.add_row("proofs that verify", f"{told['verified']:,}", "all")
    table.add_row("foreign leaves that verify", f"{told['foreign_verified']:,}", "none")
    console.print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench merkle", description=__doc__)
    parser.add_argument("--works", type=int, default=1_000_000, help="works in the batch")
    parser.add_argument("--json", type=lambda p: Path(p).resolve(), help="write the figures to this file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
