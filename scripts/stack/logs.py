"""Logs as people read them: what a line of JSON says, instead of the line."""

from __future__ import annotations

import json
from pathlib import Path

# Enough for the last lines of a log, however long it has become.
TAIL_BYTES = 256 * 1024
_SAID_FIRST = ("message", "event", "msg")
# What a line tells besides its message and is worth reading.
_DETAILS = ("problem", "error", "reason", "url")


def last_lines(log: Path, lines: int) -> str:
    """The last lines of a log, as people read them. Empty if there is no log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return ""
    return "\n".join(readable(line) for line in text.splitlines()[-lines:])


def readable(line: str) -> str:
    """What a log line says: of a JSON object its level and message, and what went wrong; any other line as it is."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    said = next((str(entry[key]) for key in _SAID_FIRST if entry.get(key)), "") if isinstance(entry, dict) else ""
    if not said:
        return line
    details = [str(entry[key]) for key in _DETAILS if entry.get(key)]
    if trace := str(entry.get("exception") or "").strip():
        details.append(trace.splitlines()[-1].strip())
    level = f"{entry['level']}: " if entry.get("level") else ""
    return f"{level}{said}{' – ' if details else ''}{'; '.join(details)}"
