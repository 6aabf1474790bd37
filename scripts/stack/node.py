"""`scripts/node N …`: runs `oracle node …` with the environment of node N of the running local stack."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from pathlib import Path

from scripts.stack.local import BIN, PYTHON_ENV, Roles, env_file
from scripts.stack.servers import data_folder

USAGE = """scripts/node N seed URL…    give node N (1, 2 or 3) pages to read
scripts/node N matches      print what it found, one JSON object per line
scripts/node N recrawl      read every page it knows again"""


def main() -> None:
    numbers = [str(number + 1) for number in range(len(Roles.MEMBERS))]
    if len(sys.argv) < 3 or sys.argv[1] not in numbers:
        sys.exit(USAGE)
    number, arguments = int(sys.argv[1]), sys.argv[2:]
    folder = data_folder("up")
    if not _runs(folder):
        sys.exit("No stack is running. Start it with scripts/up and wait until it prints the addresses.")
    if arguments[0] == "run":
        sys.exit(f"Node {number} is already running: scripts/up started it.")
    try:
        env = json.loads(env_file(folder, number - 1).read_text())
    except FileNotFoundError:
        sys.exit(f"Node {number} has not started yet: wait until scripts/up prints the addresses.")
    os.execve(BIN / "oracle", ["oracle", "node", *arguments], {**os.environ, **PYTHON_ENV, **env})


def _runs(folder: Path) -> bool:
    """Whether scripts/up holds the folder."""
    with folder.with_suffix(".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


if __name__ == "__main__":
    main()
