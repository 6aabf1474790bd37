"""Work that goes on until somebody stops it: one failure is never the end of it."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import structlog

from oracle.errors import OracleError

log = structlog.get_logger()


def run_until(
    stop: Event,
    step: Callable[[], bool | None],
    doing: str,
    idle: float = 0.5,
    after_failure: float = 2.0,
    on_failure: Callable[[], None] = lambda: None,
) -> None:
    """Call `step` until `stop` is set: at once again if it returned True, else after `idle` seconds. After a failure
    `on_failure` is called, and then `step` in `after_failure` seconds. `doing` names the work in the log."""
    while not stop.is_set():
        try:
            stop.wait(0 if step() else idle)
            continue
        except OracleError as problem:
            log.warning(f"{doing} failed", problem=f"{type(problem).__name__}: {problem}")
        except Exception:
            log.exception(f"{doing} failed")
        on_failure()
        stop.wait(after_failure)
