"""The stack on which the demonstration has run, once for all tests of this room."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal

import httpx
import pytest

from scripts.demo.journey import Journey
from scripts.stack.local import start_servers
from scripts.stack.servers import data_folder
from scripts.stack.supervisor import Supervisor


class Interrupted(Journey):
    """Node 2 is killed in the middle of it."""

    def settle(self):
        self.kept = status(self.stack.node_urls[1]), self.nodes[1].crawler.matches()
        kill(self.stack.nodes[1])
        super().settle()


def status(url):
    """What a node says of itself; None from one that does not answer."""
    try:
        return httpx.get(f"{url}/status", timeout=10).json()
    except httpx.HTTPError:
        return None


def kill(child):
    os.kill(child.process.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def journey():
    """A started stack on which the demonstration has run."""
    told = []
    folder = data_folder(f"journey-{random.randrange(10**9)}")
    try:
        with Supervisor(folder / "logs") as supervisor:
            supervisor.watch(told.append)
            stack = start_servers(folder, supervisor, api_port=0, with_backend=True)
            stack.takeover_seconds = 12
            stack.start_backend()
            stack.start_nodes()
            stack.start_keeper()
            stack.wait_for_backend()
            stack.wait_for_nodes()
            made = Interrupted(stack, print)
            made.told = told
            made.run()
            # Before anything else happens: restarted servers refuse anew, and stopped nodes ask for nothing.
            made.asked = [json.loads(line) for line in stack.requests_log.read_text().splitlines()]
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)
