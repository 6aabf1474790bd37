"""Child processes: started in order, logged to files, watched, and all stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

STOP_SECONDS = 15


class ChildError(Exception):
    """A process ended or did not become ready. The message ends with its last lines."""


@dataclass
class Child:
    """A running process and its log."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals

    def tail(self, lines: int = 25) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Supervisor:
    """Starts processes and stops them in reverse order, whatever happens."""

    def __init__(self, logs: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self.logs = logs
        self.children: list[Child] = []

    def __enter__(self) -> Supervisor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_all()

    def start(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        user: int | None = None,
        cwd: Path | None = None,
        stop_signal: str = "SIGTERM",
    ) -> Child:
        """Start a process in a session of its own, so that Ctrl-C reaches only us and we stop the others in order."""
        log = self.logs / f"{name}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                user=user,
                cwd=cwd or "/",
                start_new_session=True,
            )
        child = Child(name, process, log, signal.Signals[stop_signal])
        self.children.append(child)
        return child

    def wait_until(self, ready: Callable[[], bool], child: Child, seconds: float) -> None:
        """Raises ChildError if the child ends or is not ready in time."""
        end = time.monotonic() + seconds
        while not ready():
            if child.process.poll() is not None:
                raise ChildError(f"{child.name} ended with {child.process.returncode}:\n{child.tail()}")
            if time.monotonic() > end:
                raise ChildError(f"{child.name} was not ready after {seconds:.0f} s:\n{child.tail()}")
            time.sleep(0.1)

    def check(self) -> None:
        """Raises ChildError if a child has ended."""
        for child in self.children:
            if child.process.poll() is not None:
                raise ChildError(f"{child.name} ended with {child.process.returncode}:\n{child.tail()}")

    def stop(self, child: Child) -> None:
        """Ask the child's whole group to end, then make it."""
        if child in self.children:
            self.children.remove(child)
        if child.process.poll() is None:
            os.kill(child.process.pid, child.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait(STOP_SECONDS)

    def stop_all(self) -> None:
        """The last started first. Those that need longest are asked first, so that they end side by side."""
        for child in reversed(self.children[:]):
            if child.process.poll() is None and child.name not in ("postgres", "redis", "chain"):
                os.kill(child.process.pid, child.stop_signal)
        for child in reversed(self.children[:]):
            self.stop(child)
