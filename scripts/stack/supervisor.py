"""Child processes: started in order, logged to files, started again when they end, and all stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from scripts.stack.leftovers import note_processes
from scripts.stack.logs import last_lines

STOP_SECONDS = 15
WATCH_SECONDS = 0.2
# Pause before a child is started again, in seconds: doubled with each time in a row, up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = 1, 60
# A child that ran for so long is healthy: its next end is a first one again.
HEALTHY_SECONDS = 60.0
# A child that ends this often in a row, each time this soon, will not run however often it is started.
MAX_QUICK_ENDS, QUICK_SECONDS = 5, 30.0


class ChildError(Exception):
    """A process does not run and will not. The message is a sentence, with its last lines if they help."""


class LostError(ChildError):
    """A process ended that cannot be started again without losing what others rely on. The message says what to do."""


@dataclass
class Child:
    """A process, how to start it, and how often it ended."""

    name: str
    title: str
    """What the screen calls it, at the beginning of a sentence."""
    command: Sequence[str]
    env: Mapping[str, str] = field(repr=False)  # keys stand in it
    user: int | None
    cwd: Path
    log: Path
    stop_signal: signal.Signals
    if_lost: str
    """What to do if it ends, where it must not be started again; empty for all others."""
    process: subprocess.Popen[bytes]
    started_at: float = 0.0
    again_at: float | None = None
    """While it is down: when it is started again (monotonic seconds)."""
    ends: int = 0
    quick_ends: int = 0

    def tail(self, lines: int = 25) -> str:
        """Its last lines, as people read them."""
        return last_lines(self.log, lines)

    def how_it_ended(self) -> str:
        """`was killed by signal 9`, `ended with exit code 3`."""
        code = self.process.returncode
        return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"


class Supervisor:
    """Starts processes and stops them in reverse order, whatever happens. Safe to use from several threads.

    While it watches (`watch`), a child that ends is started again, with the same command, environment, user and log.
    """

    def __init__(self, logs: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self.logs = logs
        self.children: list[Child] = []
        self._failure: ChildError | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None

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
        title: str | None = None,
        if_lost: str = "",
    ) -> Child:
        """Start a process in a session of its own, so that Ctrl-C reaches only us and we stop the others in order."""
        log, signalled = self.logs / f"{name}.log", signal.Signals[stop_signal]
        whole_env, folder = {**os.environ, **(env or {})}, cwd or Path("/")
        with self._lock:
            process = _spawn(command, whole_env, user, folder, log)
            known = (name, title or name, command, whole_env, user, folder, log, signalled, if_lost)
            child = Child(*known, process=process, started_at=time.monotonic())
            self.children.append(child)
            self._note()
        return child

    def wait_until(self, ready: Callable[[], bool], child: Child, seconds: float) -> None:
        """Raises ChildError if the child ends for good or is not ready in time."""
        end = time.monotonic() + seconds
        while not ready():
            self.check(child)
            if time.monotonic() > end:
                raise ChildError(f"{child.title} was not ready after {seconds:.0f} s. Its last lines:\n{child.tail()}")
            time.sleep(0.1)

    def watch(self, say: Callable[[str], None]) -> None:
        """From now on start again what ends, in a thread; `say` is given a sentence each time."""
        self._watcher = threading.Thread(target=self._watch, args=(say,), name="supervisor", daemon=True)
        self._watcher.start()

    def check(self, only: Child | None = None) -> None:
        """Raises ChildError if a child, or the one named, has ended for good: at once where nobody watches."""
        if self._failure is not None:
            raise self._failure
        if self._watcher is not None:
            return
        for child in [only] if only else self.children[:]:
            if child.process.poll() is not None:
                raise ChildError(f"{child.title} {child.how_it_ended()}. Its last lines:\n{child.tail()}")

    def _watch(self, say: Callable[[str], None]) -> None:
        while self._failure is None and not self._stopping.wait(WATCH_SECONDS):
            with self._lock:
                children = self.children[:]
            for child in children:
                try:
                    told = self._look_after(child)
                except ChildError as problem:
                    self._failure = problem
                    return
                except OSError as problem:
                    self._failure = ChildError(f"{child.title} could not be restarted: {problem}")
                    return
                if told:
                    say(told)

    def _look_after(self, child: Child) -> str:
        """Start the child again if it is due, or plan to if it has ended. Returns what the screen should say."""
        with self._lock:
            now = time.monotonic()
            if child not in self.children or self._stopping.is_set():
                return ""
            if child.again_at is not None:
                if now >= child.again_at:
                    child.process = _spawn(child.command, child.env, child.user, child.cwd, child.log)
                    child.started_at, child.again_at = now, None
                    self._note()
                return ""
            if child.process.poll() is None:
                return ""
            _end_group(child)
            lived = now - child.started_at
            child.ends = child.ends + 1 if lived < HEALTHY_SECONDS else 1
            child.quick_ends = child.quick_ends + 1 if lived < QUICK_SECONDS else 0
            pause = min(FIRST_PAUSE * 2 ** min(child.ends - 1, 16), LONGEST_PAUSE)
            child.again_at = now + pause
        how = f"{child.title} {child.how_it_ended()}"
        if child.if_lost:
            raise LostError(f"{how}. {child.if_lost}")
        if child.quick_ends >= MAX_QUICK_ENDS:
            raise ChildError(f"{how}, {MAX_QUICK_ENDS} times in a row. Its last lines:\n{child.tail()}")
        return f"{how}; starting it again in {pause} s."

    def stop(self, child: Child) -> None:
        """Ask the child's whole group to end, then make it."""
        with self._lock:  # from here on nobody starts it again
            if child in self.children:
                self.children.remove(child)
                self._note()
        if child.process.poll() is None:
            os.kill(child.process.pid, child.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(STOP_SECONDS)
        _end_group(child)
        child.process.wait(STOP_SECONDS)

    def _note(self) -> None:
        note_processes(self.logs, ((c.process.pid, c.stop_signal) for c in self.children))

    def stop_all(self) -> None:
        """The last started first. Those that need longest are asked first, so that they end side by side."""
        self._stopping.set()
        if self._watcher is not None:
            self._watcher.join()
        for child in reversed(self.children[:]):
            if child.process.poll() is None and child.name not in ("postgres", "redis", "chain"):
                os.kill(child.process.pid, child.stop_signal)
        for child in reversed(self.children[:]):
            self.stop(child)


def _spawn(
    command: Sequence[str], env: Mapping[str, str], user: int | None, cwd: Path, log: Path
) -> subprocess.Popen[bytes]:
    with log.open("ab") as out:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=dict(env),
            user=user,
            cwd=cwd,
            start_new_session=True,
        )


def _end_group(child: Child) -> None:
    """What a child started and left behind would hold its port and its files."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.process.pid, signal.SIGKILL)
