"""Damaged and random files through decoder and matcher: no crash, no hang, bounded memory."""

from __future__ import annotations

import resource
import time
from pathlib import Path

from oracle.errors import BadImageError
from oracle.matching.describe.fingerprint import fingerprint
from oracle.matching.engine import Matcher
from oracle.pictures.decoding import MEMORY_BYTES, Decoder
from oracle.pictures.normalise import load_picture
from scripts.soaking.picture_files import fuzzed, photographs
from scripts.soaking.results import Figures

WORKS = 4
TIMEOUT_SECONDS = 20.0
# Of this process, above what it has with matcher and samples loaded: nothing may pile up.
MAX_GROWTH_BYTES = 300 * 1024 * 1024


def run(files: int, seed: int) -> tuple[Figures, bool]:
    """Returns what was measured, and whether nothing crashed, hung or grew."""
    matcher = matcher_of_photos()
    slowest, decoded, refused, found = 0.0, 0, 0, 0
    bad = {"crashed": 0, "timed out": 0}
    peaks: dict[int, int] = {}
    before = resident()
    with Decoder(timeout=TIMEOUT_SECONDS) as decoder:
        for data in fuzzed(files, seed):
            started = time.monotonic()
            try:
                picture = decoder.decode(data)
            except BadImageError as problem:
                refused += 1
                for name, words in (("crashed", "did not survive"), ("timed out", "not decoded within")):
                    bad[name] += words in str(problem)
            else:
                decoded += 1
                found += bool(matcher.query_picture(picture))
            slowest = max(slowest, time.monotonic() - started)
            for pid in decoder.pids:
                peaks[pid] = peak_of(pid) or peaks.get(pid, 0)
    after = resident()
    figures: Figures = {
        "files": files,
        "decoded": decoded,
        "refused": refused,
        "with a match": found,
        **bad,
        "slowest seconds": round(slowest, 2),
        "worker peak MiB": max(peaks.values(), default=0) // 2**20,
        "workers": len(peaks),
        "parent MiB": after // 2**20,
        "parent grew MiB": (after - before) // 2**20,
        "parent peak MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    bounded = max(peaks.values(), default=0) <= MEMORY_BYTES and after - before <= MAX_GROWTH_BYTES
    return figures, bounded and not any(bad.values()) and decoded > 0 and refused > 0


def matcher_of_photos() -> Matcher:
    """With some works in it, so that all stages run."""
    matcher = Matcher()
    for number, file in enumerate(photographs()[:WORKS]):
        public, thumbnail = fingerprint(load_picture(file.read_bytes()))
        matcher.add(f"0x{number:064x}", public.to_bytes(), thumbnail)
    return matcher


def peak_of(pid: int) -> int:
    """Most bytes that a process ever had in memory; 0 if it ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
