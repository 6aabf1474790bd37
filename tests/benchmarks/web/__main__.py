"""`scripts/bench web [--json FILE] [--hits N] [--runs N]`: starts a stack, measures, prints a table, writes JSON."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from scripts.demo.client import Person
from scripts.demo.web import PHOTOS
from scripts.setup.install import find_chromium
from scripts.stack.local import Roles, Stack, account, start_servers
from scripts.stack.servers import ROOT, data_folder
from scripts.stack.supervisor import Supervisor
from tests.benchmarks.web import decisions
from tests.benchmarks.web.committee import report_copies

DIST = ROOT / "frontend/dist"
HERE = Path(__file__).parent
DECISIONS = 100
# docs/decisions/011-speed-of-the-web-app.md
BARS = {"entry_kb_gz": 110.0, "front_page_lcp_ms": 1500.0, "next_hit_p95_ms": 100.0}
console = Console(highlight=False)


def main() -> None:
    options = _options()
    folder = data_folder(f"bench-{random.randrange(10**9)}")
    try:
        with Supervisor(folder / "logs") as supervisor:
            stack = start_servers(folder, supervisor, api_port=0, methods=0)
            stack.start_backend()
            node = stack.start_node(0)
            stack.wait_for_backend()
            stack.wait_for_node(0, node)
            told = measure(stack, options.hits, options.runs)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show(told)
    if options.json:
        options.json.write_text(json.dumps(told, indent=2) + "\n")
    sys.exit(0 if all(told[name] <= bar for name, bar in BARS.items()) else 1)


def measure(stack: Stack, hits: int, runs: int) -> dict[str, Any]:
    """All figures. Times in milliseconds, sizes in kB of 1000 bytes."""
    told: dict[str, Any] = {"entry_kb_gz": round(entry_bytes() / 1000, 1), "runs": runs}
    pages = [lighthouse(stack.api_url) for _ in range(runs)]
    told["front_page_lcp_ms"] = round(statistics.median(p["lcp"] for p in pages))
    told["front_page_lcp_all_ms"] = [round(p["lcp"]) for p in pages]
    told["front_page_scores"] = {k: statistics.median(p["scores"][k] for p in pages) for k in pages[0]["scores"]}
    told["hits"] = seed(stack, hits)
    times = sorted(decisions.measure(stack.api_url, find_chromium() or "", DECISIONS))
    told["decisions"] = len(times)
    told["next_hit_median_ms"] = round(statistics.median(times), 1)
    told["next_hit_p95_ms"] = round(times[int(len(times) * 0.95) - 1], 1)
    told["next_hit_max_ms"] = round(times[-1], 1)
    return told


def entry_bytes() -> int:
    """Gzipped bytes of all scripts that the app's page loads before anything is chosen."""
    page = (DIST / "app.html").read_text()
    waiting = re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', page)
    seen: dict[str, int] = {}
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        code = (DIST / name).read_bytes()
        seen[name] = len(gzip.compress(code, 9))
        imports = re.findall(rb'(?:^|[;}\n])import(?:[^"\'();]*?from)?["\']\./([^"\']+\.js)["\']', code)
        waiting += [f"assets/{found.decode()}" for found in imports]
    if not seen:
        raise RuntimeError(f"{DIST}/app.html names no script: build the web app first")
    return sum(seen.values())


def lighthouse(url: str) -> dict[str, Any]:
    """One run on the front page as on a phone: throttled network and processor, simulated."""
    env = {**os.environ, "CHROMIUM_PATH": find_chromium() or "", "NODE_NO_WARNINGS": "1"}
    command = ["node", str(HERE / "lighthouse.mjs"), url]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(f"lighthouse failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def seed(stack: Stack, hits: int) -> int:
    """A photographer with works and hits."""
    person = Person(stack.api_url, stack.chain(), account(Roles.PHOTOGRAPHER))
    person.sign_in()
    works = {}
    for file in sorted(PHOTOS.glob("*.jpg")):
        made = person.upload(file.name, file.read_bytes(), file.stem)
        works[made["work_id"]] = file
    _until(lambda: all(w["state"] == "ready" for w in person.get("/works")))
    drafted = person.post("/works/batches", {"works": [w["id"] for w in person.get("/works")]})
    person.send(drafted["transaction"])
    _until(lambda: person.get("/works/batches")[0]["anchored"])
    person.send_all(person.get(f"/works/batches/{drafted['id']}/claims"))
    _until(lambda: all(w["registered_at"] for w in person.get("/works")))
    reported = report_copies(stack, works, hits)
    _until(lambda: len(person.get("/hits")) >= reported)
    return reported


def _until(holds: Any, seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("the stack did not get ready in time")
        time.sleep(0.3)


def show(told: dict[str, Any]) -> None:
    table = Table("what", "measured", "bar", title="The web app", title_justify="left")
    table.add_row("entry, gzipped", f"{told['entry_kb_gz']} kB", "≤ 110 kB")
    table.add_row(
        f"front page on a phone: LCP, median of {told['runs']}", f"{told['front_page_lcp_ms']} ms", "< 1500 ms"
    )
    for name, score in told["front_page_scores"].items():
        table.add_row(f"  {name}", f"{score * 100:.0f}", "≥ 95")
    table.add_row(f"key to next hit, median of {told['decisions']}", f"{told['next_hit_median_ms']} ms", "")
    table.add_row("key to next hit, p95", f"{told['next_hit_p95_ms']} ms", "< 100 ms")
    console.print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench web", description=__doc__)
    parser.add_argument("--json", type=lambda p: Path(p).resolve(), help="write the figures to this file")
    parser.add_argument("--hits", type=int, default=130, help="copies that are reported")
    parser.add_argument("--runs", type=int, default=5, help="runs of Lighthouse")
    return parser.parse_args()


if __name__ == "__main__":
    main()
