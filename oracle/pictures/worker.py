"""The process in which untrusted pictures are decoded: `decoding.py` starts it and talks to it through two pipes.

It limits itself before it reads the first byte of a picture. Messages are fixed headers, then bytes; see `serve`.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import struct
import sys

from PIL import AvifImagePlugin, Image

from oracle.errors import BadImageError
from oracle.pictures import webp
from oracle.pictures.normalise import MAX_BYTES, load_found, load_picture

READY = b"CTDECODE"
# Address space in bytes, seconds for a small picture.
SETTINGS = struct.Struct("<Qd")
# A number to be echoed, the side to scale down to, whether the picture was found on the web, bytes that follow.
REQUEST = struct.Struct("<QI?Q")
# The echo, bytes of JSON, bytes of pixels of all frames.
ANSWER = struct.Struct("<QIQ")
MAX_FACTS = 4096
MAX_PROBLEM = 300  # twelve bytes each at worst
# A whole picture of 640 × 480 fits, so that writer and reader do not have to take turns.
PIPE_BYTES = 1024 * 1024

# A file of so many bytes may take twice the time, and so on. A progressive JPEG of 200 megapixels (60 MB) takes 5 s,
# and 20 s where other processes want the same cores.
TWICE_THE_TIME_BYTES = 64 * 1024 * 1024

_PR_SET_NO_NEW_PRIVS = 38
_STDIN, _STDOUT = 0, 1


def main() -> None:
    widen(_STDIN)
    memory_bytes, timeout = SETTINGS.unpack(_read(SETTINGS.size))
    Image.init()  # imports what Pillow would import when the first picture needs it: no file can be opened later
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    webp.prepare()
    limit(memory_bytes)
    _write(READY)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            serve(timeout)


def limit(memory_bytes: int) -> None:
    """Give up what decoding does not need. Descriptors that are open stay so, but there can be no new ones: neither
    files nor sockets."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    for nothing in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
        resource.setrlimit(nothing, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def serve(timeout: float) -> None:
    """Answer one request. Raises EOFError when there are no more."""
    token, work_side, found, size = REQUEST.unpack(_read(REQUEST.size))
    if size > MAX_BYTES:
        raise EOFError
    data = bytes(_read(size))
    # If nobody is left to end us: counted over the whole life, so it moves along.
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds_for(size, timeout)) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
    pixels = b""
    try:
        picture = load_found(data, work_side) if found else load_picture(data, work_side)
    except BadImageError as problem:
        facts = json.dumps({"problem": str(problem)[:MAX_PROBLEM]})
    else:
        rows, columns = picture.rgb.shape[:2]
        sizes = {"rows": rows, "columns": columns, "width": picture.width, "height": picture.height}
        frames = picture.frames
        facts = json.dumps({**sizes, "format": picture.format, "frames": [frame.frame for frame in frames]})
        pixels = b"".join(frame.rgb.tobytes() for frame in frames)
    _write(ANSWER.pack(token, len(facts), len(pixels)) + facts.encode())
    _write(pixels)


def seconds_for(size: int, timeout: float) -> float:
    """How long a file of so many bytes may take if a small one may take `timeout`."""
    return timeout * (1 + size / TWICE_THE_TIME_BYTES)


def widen(pipe: int) -> None:
    """Make room in the pipe. Some systems allow less: then it is only slower."""
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _read(size: int) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = os.readv(_STDIN, [view])
        if not count:
            raise EOFError
        view = view[count:]
    return data


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(_STDOUT, view) :]


if __name__ == "__main__":
    try:
        main()
    except EOFError:
        sys.exit(0)
