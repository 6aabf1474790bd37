"""Damaged and hostile bytes through the readers of strangers' data: pages, robots.txt, TDMRep files, CAR files,
evidence bundles and packages. No crash, bounded time, bounded memory."""

from __future__ import annotations

import contextlib
import io
import json
import random
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from oracle.crawl.coding import decoded
from oracle.crawl.pages import read_page
from oracle.crawl.reservations import fits, read_tdm_file, rules_of_header
from oracle.crawl.robots import parse_robots
from oracle.crawl.wire import readable
from oracle.errors import OracleError
from oracle.evidence.bundle import MANIFEST, SEALED, make_bundle, open_bundle, seal_bundle
from oracle.evidence.package import CAR_NAME, DOSSIER_NAME, open_package
from oracle.evidence.verify import verify_files
from oracle.report.dossier import Dossier
from oracle.sealing import encrypt_file, new_key
from oracle.store import unixfs
from oracle.store.car import CarFolder
from oracle.store.cids import cid_to_bytes
from scripts.soaking.pictures import resident
from scripts.soaking.results import Figures

MAX_SECONDS = 20.0
MAX_GROWTH_BYTES = 400 * 1024 * 1024
KEY = new_key()


@dataclass(frozen=True)
class Reader:
    """A function over strangers' bytes, and samples to begin with. Only an OracleError may come out of it."""

    name: str
    read: Callable[[bytes], object]
    samples: list[bytes]


def run(inputs: int, seed: int, folder: CarFolder) -> tuple[Figures, bool]:
    """Returns what was measured, and whether nothing crashed, hung or grew."""
    rng = random.Random(seed)
    figures: Figures = {"inputs": 0, "refused": 0}
    problems: list[str] = []
    before = resident()
    for reader in readers(folder):
        slowest = 0.0
        for data in mutated(reader.samples, inputs, rng):
            started = time.monotonic()
            try:
                reader.read(data)
            except OracleError:
                figures["refused"] = int(figures["refused"]) + 1
            except Exception as problem:
                problems.append(f"{reader.name}: {type(problem).__name__}: {problem} for {data[:200]!r}")
            slowest = max(slowest, time.monotonic() - started)
            figures["inputs"] = int(figures["inputs"]) + 1
        figures[f"slowest {reader.name} s"] = round(slowest, 2)
        if slowest > MAX_SECONDS:
            problems.append(f"{reader.name}: took {slowest:.1f} s")
    grew = resident() - before
    figures |= {"crashed": len(problems), "grew MiB": grew // 2**20}
    if problems:
        figures["problem"] = problems[0]
    return figures, not problems and grew <= MAX_GROWTH_BYTES


def readers(folder: CarFolder) -> list[Reader]:
    files = {"page.png": b"P" * 300, "image.bin": b"I" * 300, "match.json": b"{}"}
    bundle = make_bundle({"workId": "0x", "custody": [{"at": "now", "previous": "0" * 64}]}, files)
    cid = folder.put_folder(seal_bundle(bundle, KEY))
    car, root = folder.export_car(cid), cid_to_bytes(cid)

    def read_car(data: bytes) -> None:
        block_of = unixfs.checked(unixfs.read_car(data))
        for walk in (unixfs.read_file, unixfs.read_folder, lambda c, b: list(unixfs.all_cids(c, b))):
            with contextlib.suppress(OracleError):
                walk(root, block_of)

    def read_blocks(data: bytes) -> None:
        """Any bytes as a node of the graph that names itself and others."""
        other = root[:4] + b"x" * 32

        def block_of(cid: bytes) -> bytes:
            return data if cid == root else data[::-1] if cid == other else data[:100]

        for walk in (unixfs.read_file, unixfs.read_folder, lambda c, b: list(unixfs.all_cids(c, b))):
            with contextlib.suppress(OracleError):
                walk(root, block_of)

    def read_manifest_of_bundle(data: bytes) -> None:
        sealed = {**seal_bundle(bundle, KEY), MANIFEST + SEALED: encrypt_file(KEY, MANIFEST, data)}
        verify_files(sealed, KEY)
        open_bundle(sealed, KEY)

    def read_headers(data: bytes) -> None:
        text = data.decode("latin-1")
        rules_of_header([text])
        readable(data)
        parts = text.split("\n", 1)
        fits(parts[0], parts[-1])
        for name in ("gzip", "deflate", "br", "zstd"):
            with contextlib.suppress(OracleError):
                decoded(data, name, 1_000_000, "it")

    return [
        Reader("page", lambda data: read_page("https://a.example/", data), PAGES),
        Reader("robots.txt", lambda data: parse_robots(data).allow("https://a.example/a/b.jpg?c"), ROBOTS),
        Reader("TDMRep", read_tdm_file, [b'[{"location": "/a/*", "tdm-reservation": 1}]']),
        Reader(
            "headers",
            read_headers,
            [b"noindex, unavailable_after: 25 Jun 2010 15:00:00 PST", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"],
        ),
        Reader("CAR", read_car, [car]),
        Reader("blocks", read_blocks, [unixfs.read_car(car)[root], b""]),
        Reader(
            "manifest",
            read_manifest_of_bundle,
            [bundle.manifest, b'{"files": []}', b'{"files": {"a": 5}, "version": 1}'],
        ),
        Reader("package", open_package, [_package(car)]),
        Reader("dossier", lambda data: Dossier.opened(data, KEY), [b"", b"x" * 200]),
    ]


def _package(car: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr(DOSSIER_NAME, json.dumps({"root": "0x"}))
        package.writestr(CAR_NAME, car)
    return out.getvalue()


def mutated(samples: list[bytes], count: int, rng: random.Random) -> Iterator[bytes]:
    """Samples with bytes flipped, cut, repeated, swapped and mixed with each other; and plain noise."""
    yield from samples
    for _ in range(count):
        data = bytearray(rng.choice(samples))
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(data) + 1)
            match rng.randrange(6):
                case 0:
                    data[at : at + 1] = rng.randbytes(1)
                case 1:
                    del data[at : at + rng.randrange(40)]
                case 2:
                    data[at:at] = data[at : at + rng.randrange(60)] * rng.choice((1, 2, 50))
                case 3:
                    other = rng.choice(samples)
                    start = rng.randrange(len(other) + 1)
                    data[at:at] = other[start : start + rng.randrange(80)]
                case 4:
                    data[at:at] = rng.choice(TOKENS) * rng.choice((1, 1, 2, 200))
                case _:
                    data[at:at] = rng.randbytes(rng.randrange(12))
        yield bytes(data[:200_000])


TOKENS = [
    *(
        b"<div>",
        b"<b>",
        b"<img src=",
        b"url(",
        b"{",
        b"[",
        b"<!--",
        b"'",
        b'"',
        b"\0",
        b"\xff\xfe",
        b"&#x0;",
        b"*",
        b"$",
    ),
    *(b"<style>", b"<template shadowrootmode=open>", b"User-agent: *\n", b"Disallow: /", b"srcset=", b"1x,", b"\r\n"),
]
PAGES = [
    b'<!doctype html><base href=/x/><img src=a.jpg srcset="a.jpg 1x,b.jpg 2x"><p style="background:url(c.jpg)">',
    b"<style>@media print{.a{background:image-set('a.jpg' 1x,url(b.jpg) 2x)}}</style><table background=t.jpg>",
    b'<script type="application/ld+json">{"image":{"@list":["a.jpg",{"url":"b.jpg"}]}}</script>',
    b"<meta charset=windows-1251><title>\xd4\xee\xf2\xee</title><img src=/\xf4.jpg?\xf4>",
    b"<iframe srcdoc='&lt;img src=x.jpg>'></iframe><x><template shadowrootmode=open><img src=y.jpg></template></x>",
    b'<meta http-equiv=refresh content="0;url=z.html"><a rel=nofollow href=//b.example/\\x>y</a>',
    b"<svg><image href=i.jpg>",
]
ROBOTS = [
    b"User-agent: *\nDisallow: /a*b$\nAllow: /\nCrawl-delay: 1.5\nRequest-rate: 1/5s\nSitemap: https://a.example/s.xml\n",
    b"\xef\xbb\xbfUser-agent: CopyTrackBot/1\nUser-agent: x\nDisallow: /\xc3\xa9%c3%a9\n# c\n\nVisit-time: 0600-0845\n",
]
