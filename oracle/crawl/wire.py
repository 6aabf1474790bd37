"""A connection to a web server: the head of each answer is kept as sent, and read as browsers read it.

h11, below httpcore, refuses an answer for one odd line in its head. Browsers pass over such lines, so broken servers
and evaders get pages shown that a strict reader never sees.
"""

from __future__ import annotations

import re
import ssl
from typing import Any

import httpcore

from oracle.deadlines import DeadlineStream

MAX_HEAD_BYTES = 64 * 1024

_FIELD = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\x00\r\n]*")
_STATUS = re.compile(rb"HTTP/(\d)\.(\d)[ \t]+(\d{3})(.*)")
_END = re.compile(rb"\r?\n\r?\n")
# Says of the message's length are the connection's matter, and two that differ are an attack.
_LENGTH = b"content-length"


class WebStream(DeadlineStream):
    """A connection to a web server. `get_extra_info("head")` is the head of the last answer, byte for byte."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        super().__init__(inner)
        self._waiting = False
        self._ready = b""
        self._head = b""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._waiting = True
        super().write(buffer, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._waiting:
            self._read_head(max_bytes, timeout)
        if self._ready:
            part, self._ready = self._ready[:max_bytes], self._ready[max_bytes:]
            return part
        return super().read(max_bytes, timeout)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = super().start_tls(ssl_context, server_hostname, timeout)
        assert isinstance(secured, DeadlineStream)
        return WebStream(secured._inner)

    def get_extra_info(self, info: str) -> Any:
        return self._head if info == "head" else super().get_extra_info(info)

    def _read_head(self, max_bytes: int, timeout: float | None) -> None:
        """Read to the end of the head. Interim answers (1xx) stay before it."""
        data = b""
        while (end := _end_of_head(data)) is None and len(data) <= MAX_HEAD_BYTES:
            part = super().read(max_bytes, timeout)
            data += part
            if not part:
                break
        self._waiting = False
        if end is None:  # cut off, or out of all proportion: h11 says so
            self._ready = data
            return
        start, stop = end
        self._head = data[start:stop]
        self._ready = data[:start] + readable(self._head) + data[stop:]


def _end_of_head(data: bytes) -> tuple[int, int] | None:
    """Where the head of the final answer begins and ends."""
    start = 0
    while found := _END.search(data, start):
        status = _STATUS.match(data[start : found.start() + 1].split(b"\n")[0].strip())
        if status is None or not status[3].startswith(b"1"):
            return start, found.end()
        start = found.end()
    return None


def readable(head: bytes) -> bytes:
    """The head with what a strict reader accepts: lines that are no header are left out, a length said twice alike is
    said once, and folded lines are joined."""
    lines = re.split(rb"\r?\n", head.rstrip(b"\r\n"))
    status = _STATUS.match(lines[0].strip())
    if status is None:
        return head
    reason = re.sub(rb"[\x00-\x08\x0a-\x1f\x7f]", b"", status[4]).strip()
    kept = [b"HTTP/%b.%b %b %b" % (status[1], status[2], status[3], reason)]
    joined: list[bytes] = []
    for line in lines[1:]:
        if line[:1] in (b" ", b"\t") and joined:
            joined[-1] += b" " + line.strip()
        else:
            joined.append(line)
    lengths: set[bytes] = set()
    for line in joined:
        name, colon, value = line.partition(b":")
        line = name.rstrip(b" \t") + colon + re.sub(rb"[\x00-\x08\x0a-\x1f\x7f]", b"", value)
        if not _FIELD.fullmatch(line):
            continue
        if name.strip().lower() == _LENGTH:
            said = {part.strip() for part in value.split(b",")}
            if said <= lengths:
                continue
            lengths |= said
            line = b"Content-Length: " + b", ".join(sorted(said)) if len(said) > 1 else b"Content-Length: " + said.pop()
        kept.append(line)
    return b"\r\n".join(kept) + b"\r\n\r\n"
