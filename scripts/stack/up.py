"""`scripts/up`: starts the local stack, runs the demonstration, and keeps everything running unless --once is given."""

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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import NoReturn

import httpx
from rich.console import Console
from rich.markup import escape

from oracle.chain.wallet import Wallet
from oracle.errors import OracleError
from scripts.demo.client import ApiRefusedError
from scripts.demo.journey import SEED, Journey, JourneyError
from scripts.stack import own_site
from scripts.stack.leftovers import end_leftovers
from scripts.stack.local import DEMO_ROLES, Roles, Stack, account, start_servers
from scripts.stack.outcome import complaints, show
from scripts.stack.prepared import prepared_web
from scripts.stack.servers import data_folder
from scripts.stack.supervisor import WATCH_SECONDS, ChildError, LostError, Supervisor

console = Console(highlight=False)
DONE = "demonstration.json"
LOST = "lost.txt"
ROLE_CPY = 50_000 * 10**18
Say = Callable[[str], None]


def main() -> None:
    options = _options()
    for ended in (signal.SIGINT, signal.SIGTERM):  # also where a shell started us with SIGINT ignored
        signal.signal(ended, _interrupt)
    started = time.monotonic()

    def say(text: str, style: str = "none") -> None:
        console.print(f"[dim]{time.monotonic() - started:6.1f} s[/]  [{style}]{escape(text)}[/]", soft_wrap=True)

    folder = data_folder("once" if options.once else "up")
    lock = folder.with_suffix(".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another scripts/up is running on {folder}: stop it first.")
    end_leftovers(folder / "logs", say)
    if options.once or options.fresh:
        shutil.rmtree(folder)
        folder.mkdir()
    elif (folder / LOST).exists():
        sys.exit((folder / LOST).read_text())
    try:
        with Supervisor(folder / "logs") as supervisor:
            supervisor.watch(lambda told: say(told, "yellow"))
            try:
                _run(folder, supervisor, options, say)
            except KeyboardInterrupt:
                for ended in (signal.SIGINT, signal.SIGTERM):  # a second Ctrl-C must not leave half of them running
                    signal.signal(ended, signal.SIG_IGN)
                console.print("\nStopping …")
            except Exception:
                # What could not be reached may have ended for good just now: that is the better explanation.
                time.sleep(2 * WATCH_SECONDS)
                supervisor.check()
                raise
    except LostError as problem:
        (folder / LOST).write_text(f"{problem}\n")
        _fail(problem, folder)
    except (JourneyError, ChildError, ApiRefusedError, OracleError, httpx.HTTPError, RuntimeError) as problem:
        _fail(problem, folder)
    console.print("Everything has stopped.")


def _fail(problem: Exception, folder: Path) -> NoReturn:
    console.print(f"[red]{escape(str(problem))}[/]\nLogs: {folder / 'logs'}", soft_wrap=True)
    sys.exit(1)


def _run(folder: Path, supervisor: Supervisor, options: argparse.Namespace, say: Say) -> None:
    """The demonstration, where it is still to be done, and then whatever the user does, until the user stops it."""
    started = time.monotonic()
    to_do = options.once or not (folder / DONE).exists()
    with ThreadPoolExecutor(1) as pool:
        web = pool.submit(prepared_web, folder / "web", SEED) if to_do else None
        stack = _start(folder, supervisor, say)
    if web:
        outcome = Journey(stack, say, web.result()).run()
        (folder / DONE).write_text(json.dumps(asdict(outcome), indent=2))
        outcome.seconds = round(time.monotonic() - started, 1)
        show(outcome, console)
        if options.json:
            options.json.write_text(json.dumps(asdict(outcome), indent=2) + "\n")
        if wrong := complaints(outcome):
            raise JourneyError("; ".join(wrong))
    else:
        stack.start_web()
    if options.once:
        return
    _fund_roles(stack)
    if options.site:
        own_site.show_to_nodes(stack, options.site)
    _tell_addresses(stack, folder, options.site)
    _open_browser(stack.api_url)
    while True:
        supervisor.check()
        time.sleep(WATCH_SECONDS)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/up", description=__doc__)
    parser.add_argument("--once", action="store_true", help="run the demonstration in a fresh folder, then stop")
    parser.add_argument("--json", type=lambda p: Path(p).resolve(), help="write the results to this file")
    parser.add_argument("--fresh", action="store_true", help="discard the data of earlier runs")
    parser.add_argument(
        "--site",
        type=lambda p: Path(p).resolve(),
        metavar="FOLDER",
        help=f"serve this folder to the nodes as {own_site.ADDRESS}",
    )
    options = parser.parse_args()
    if options.site and not options.site.is_dir():
        parser.error(f"there is no folder {options.site}")
    if options.site and options.once:
        parser.error("--site needs a stack that keeps running: do not combine it with --once")
    return options


def _start(folder: Path, supervisor: Supervisor, say: Say) -> Stack:
    stack = start_servers(folder, supervisor, with_backend=True)
    say(f"PostgreSQL, Redis and the chain are up, and the contracts are deployed ({stack.rpc_url}).")
    stack.start_backend()
    stack.start_nodes()
    stack.wait_for_backend()
    say(f"API, worker and beat are up ({stack.api_url}).")
    stack.wait_for_nodes()
    say(f"Three oracle nodes are up ({', '.join(stack.node_urls)}).")
    stack.start_keeper()  # nobody waits for it: it would only keep the others from starting
    return stack


def _tell_addresses(stack: Stack, folder: Path, site: Path | None) -> None:
    done = json.loads((folder / DONE).read_text())
    own = f"{site} is {own_site.ADDRESS}" if site else f"scripts/up --site FOLDER   (as {own_site.ADDRESS})"
    console.print(
        f"""
[bold]CopyTrack is running.[/]

  [bold]the web app                 {stack.api_url}[/]
  the API's documentation     {stack.api_url}/docs/
  chain (RPC, id 31337)       {stack.rpc_url}
  oracle nodes                {"  ".join(u + "/status" for u in stack.node_urls)}
  logs and data               {folder}

Try:
  review the hits         {stack.api_url}/inbox (sign in as Photographer with the demonstration wallet)
  open the portal         {done["case"]["link"]}
  check the evidence      {stack.api_url}/verify?case={done["case"]["link"].rsplit("/", 1)[1]}
  see the certificate     {stack.api_url}/certificate/{done["case"]["work"]}
  compare two pictures    .venv/app/bin/oracle match WORK PICTURE

Let the nodes read pages of your choice:
  your own folder         {escape(own)}
  a page, by node 1       scripts/node 1 seed {own_site.ADDRESS}
  what node 1 found       scripts/node 1 matches
  all its pages again     scripts/node 1 recrawl

Ctrl-C stops everything. Your data is kept; scripts/up --fresh starts over.
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


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
