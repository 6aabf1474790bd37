"""Prints the first of N free loopback ports that follow each other. Argument: N."""

from __future__ import annotations

import socket
import sys
from contextlib import ExitStack


def main() -> None:
    wanted = int(sys.argv[1])
    for _ in range(100):
        with ExitStack() as held:
            first = held.enter_context(bound(0)).getsockname()[1]
            try:
                for port in range(first + 1, first + wanted):
                    held.enter_context(bound(port))
            except (OSError, OverflowError):
                continue
            print(first)
            return
    sys.exit(f"no {wanted} free ports follow each other on this machine")


def bound(port: int) -> socket.socket:
    """A socket that holds this loopback port; 0 lets the system choose. OSError if it is taken."""
    held = socket.socket()
    try:
        held.bind(("127.0.0.1", port))
    except OSError:
        held.close()
        raise
    return held


if __name__ == "__main__":
    main()
