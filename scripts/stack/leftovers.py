"""Processes of a run that could not stop them, because it was killed itself: noted while they run, ended at the next
start. Two databases on one folder would destroy it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

STOP_SECONDS = 20.0


def note_processes(logs: Path, running: Iterable[tuple[int, signal.Signals]]) -> None:
    """Note the process ids that run now, with the signals that end them."""
    rows = [{"pid": pid, "born": _born(pid), "signal": int(number)} for pid, number in running]
    written = _file(logs).with_suffix(".new")
    written.write_text(json.dumps(rows))
    written.replace(_file(logs))


def end_leftovers(logs: Path, say: Callable[[str], None]) -> None:
    """End what an earlier run left running, the last started first. Only for who holds the lock of the folder."""
    try:
        rows = json.loads(_file(logs).read_text())
    except (FileNotFoundError, ValueError):
        return
    # A number that another process has by now was born at another time.
    left = [row for row in reversed(rows) if row["born"] and _born(row["pid"]) == row["born"]]
    if left:
        processes = "1 process" if len(left) == 1 else f"{len(left)} processes"
        say(f"An earlier run was killed and left {processes} behind; stopping what is left.")
    for row in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(row["pid"], row["signal"])
    end = time.monotonic() + STOP_SECONDS
    while any(_born(row["pid"]) == row["born"] for row in left) and time.monotonic() < end:
        time.sleep(0.1)
    for row in left:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(row["pid"], signal.SIGKILL)
    _file(logs).unlink(missing_ok=True)


def _file(logs: Path) -> Path:
    return logs / "processes.json"


def _born(pid: int) -> int | None:
    """When the process started, in ticks since the machine did; None if there is none, or only its remains."""
    try:
        # proc(5): the name may contain anything, so what counts stands behind its closing bracket.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])
