"""`scripts/up`: starts the local stack, runs the demonstration, and keeps everything running (or not, with --once)."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import sys
import time
import webbrowser
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.table import Table

from oracle.chain.wallet import Wallet
from oracle.errors import OracleError
from scripts.demo.client import ApiRefusedError
from scripts.demo.journey import Journey, JourneyError, Outcome
from scripts.demo.web import COPY_KINDS
from scripts.stack.local import DEMO_ROLES, Roles, Stack, account, start_servers
from scripts.stack.servers import data_folder
from scripts.stack.supervisor import ChildError, Supervisor

console = Console(highlight=False)
DONE = "demonstration.json"
LEAST_FOUND = 0.9
ROLE_CPY = 50_000 * 10**18


def main() -> None:
    options = _options()
    for ended in (signal.SIGINT, signal.SIGTERM):  # also where a shell started us with SIGINT ignored
        signal.signal(ended, _interrupt)
    started = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:6.1f} s[/]  {text}", soft_wrap=True)

    folder = data_folder("once" if options.once else "up")
    lock = folder.with_suffix(".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another scripts/up runs on {folder}: stop it first.")
    if options.once or options.fresh:
        shutil.rmtree(folder)
        folder.mkdir()
    try:
        with Supervisor(folder / "logs") as supervisor:
            try:
                stack = _start(folder, supervisor, say)
                if options.once or not (folder / DONE).exists():
                    outcome = Journey(stack, say).run()
                    (folder / DONE).write_text(json.dumps(asdict(outcome), indent=2))
                    outcome.seconds = round(time.monotonic() - started, 1)
                    _show(outcome)
                    if options.json:
                        options.json.write_text(json.dumps(asdict(outcome), indent=2) + "\n")
                    if wrong := complaints(outcome):
                        raise JourneyError("; ".join(wrong))
                else:
                    stack.start_web()
                if not options.once:
                    _fund_roles(stack)
                    _tell_addresses(stack, folder)
                    _open_browser(stack.api_url)
                    _keep_running(supervisor)
            except KeyboardInterrupt:
                console.print("\nStopping …")
    except (JourneyError, ChildError, ApiRefusedError, OracleError, RuntimeError) as problem:
        console.print(f"[red]{problem}[/]\nLogs: {folder / 'logs'}", soft_wrap=True)
        sys.exit(1)
    console.print("Everything is stopped.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/up", description=__doc__)
    parser.add_argument("--once", action="store_true", help="run the demonstration in a fresh folder, then stop")
    parser.add_argument("--json", type=lambda p: Path(p).resolve(), help="write what happened to this file")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier run kept")
    return parser.parse_args()


def _start(folder: Path, supervisor: Supervisor, say: object) -> Stack:
    assert callable(say)
    stack = start_servers(folder, supervisor)
    say(f"PostgreSQL, Redis and the chain are up, the contracts are deployed ({stack.rpc_url}).")
    stack.start_backend()
    stack.start_nodes()
    stack.start_keeper()
    stack.wait_for_backend()
    say(f"API, worker and beat are up ({stack.api_url}).")
    stack.wait_for_nodes()
    say(f"Three oracle nodes are up ({', '.join(stack.node_urls)}).")
    return stack


def _show(outcome: Outcome) -> None:
    table = Table("copies", "found", "missed", title="The demonstration", title_justify="left")
    found, missed = Counter(h["transform"] for h in outcome.hits), Counter(m["transform"] for m in outcome.missed)
    for kind in COPY_KINDS:
        table.add_row(kind, str(found[kind]), str(missed[kind]))
    table.add_row("all", str(len(outcome.hits)), str(len(outcome.missed)), style="bold")
    console.print(table)
    console.print(
        f"{outcome.works} works, {outcome.pages} pages, {outcome.images} pictures; "
        f"{len(outcome.false_hits)} false hits; {outcome.licensed_skipped} licensed use and "
        f"{outcome.sublicensed_skipped} use under a sub-licence skipped; "
        f"{'a' if outcome.renewal else 'no'} subscription renewed by the keeper; "
        f"case {outcome.case['id']}: {' → '.join(outcome.case['stages'])}; "
        f"case {outcome.contested['id']}: {' → '.join(outcome.contested['stages'])}; {outcome.seconds} s."
    )


def complaints(outcome: Outcome) -> list[str]:
    """What of the outcome is not as it must be."""
    wrong = []
    if len(outcome.hits) < LEAST_FOUND * (len(outcome.hits) + len(outcome.missed)):
        wrong.append(f"only {len(outcome.hits)} copies were found, {len(outcome.missed)} were missed")
    if outcome.false_hits:
        wrong.append(f"{len(outcome.false_hits)} hits are false: {outcome.false_hits[0]['url']}")
    if outcome.licensed_skipped != 1:
        wrong.append("the licensed use was not skipped")
    if outcome.sublicensed_skipped != 1:
        wrong.append("the use under a sub-licence was not skipped")
    if not outcome.renewal:
        wrong.append("the subscription was not renewed")
    if outcome.contested.get("stages", [""])[-1] != "dismissed":
        wrong.append("the panel did not decide the contested case")
    return wrong


def _tell_addresses(stack: Stack, folder: Path) -> None:
    done = json.loads((folder / DONE).read_text())
    console.print(
        f"""
[bold]CopyTrack is running.[/]

  [bold]the web app                 {stack.api_url}[/]
  the API's documentation     {stack.api_url}/docs/
  chain (RPC, id 31337)       {stack.rpc_url}
  oracle nodes                {"  ".join(u + "/status" for u in stack.node_urls)}
  logs and data               {folder}

Try:
  sort the hits           {stack.api_url}/inbox, as Photographer of the built-in demonstration wallet
  the letter's portal     {done["case"]["link"]}
  check its evidence      {stack.api_url}/verify?case={done["case"]["link"].rsplit("/", 1)[1]}
  its certificate         {stack.api_url}/certificate/{done["case"]["work"]}
  compare two pictures    .venv/app/bin/oracle match WORK PICTURE

Ctrl-C stops everything. What was done is kept; scripts/up --fresh begins anew.
""",
        soft_wrap=True,
    )


def _fund_roles(stack: Stack) -> None:
    """CPY for who clicks through the demonstration: bonds, payments and the panel's fee need it."""
    chain = stack.chain()
    treasury = Wallet(chain, account(Roles.DEPLOYER).key.hex())
    for index in (*DEMO_ROLES.values(), Roles.OPERATOR):
        address = account(index).address
        if chain.call("CPYToken", "balanceOf", address) < ROLE_CPY // 10:
            treasury.send("CPYToken", "transfer", address, ROLE_CPY)


def _open_browser(url: str) -> None:
    """Where there is a screen."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(url)


def _keep_running(supervisor: Supervisor) -> None:
    while True:
        supervisor.check()
        time.sleep(1)


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
