"""Pictures, servers and a small web for all tests outside the contracts' own."""

from __future__ import annotations

import contextlib
import io
import json
import random
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from oracle.crawl.addresses import Resolver
from oracle.crawl.http import Fetcher
from scripts.demo.web import PHOTOS
from scripts.stack.local import Stack, start_servers
from scripts.stack.servers import data_folder
from scripts.stack.supervisor import Supervisor

# How long an example takes says more about the machine than about us.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    """Mark what starts servers, so that the quick tests can run alone: `scripts/test oracle -- -m "not servers"`."""
    for item in items:
        if "servers" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.servers)


@pytest.fixture(scope="session")
def photos() -> list[Path]:
    """The demonstration's registered photographs."""
    rows = json.loads((PHOTOS / "photos.json").read_text())
    return [PHOTOS / row["file"] for row in rows if row["registered"]]


@pytest.fixture(scope="session")
def strangers() -> list[Path]:
    """Photographs that are not registered, other parts of registered scenes among them."""
    return sorted((PHOTOS / "unrelated").glob("*.jpg"))


def jpeg(image: Image.Image, quality: int = 80) -> bytes:
    out = io.BytesIO()
    image.convert("RGB").save(out, "JPEG", quality=quality)
    return out.getvalue()


def png(image: Image.Image) -> bytes:
    """The image as PNG, pixel by pixel."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def noise(seed: int, size: tuple[int, int] = (300, 200)) -> bytes:
    """A JPEG that has never been seen: coarse noise."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (size[1] // 8, size[0] // 8, 3), dtype=np.uint8)
    return jpeg(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC), 90)


@pytest.fixture(scope="session")
def servers() -> Iterator[Stack]:
    """PostgreSQL, Redis, and a chain with the contracts; no backend, no nodes."""
    folder = data_folder(f"test-{random.randrange(10**9)}")
    try:
        with Supervisor(folder / "logs") as supervisor:
            yield start_servers(folder, supervisor, api_port=0, methods=0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Site:
    """A web server on loopback that answers just what a test says; known to the fetcher as http://*.test/."""

    def __init__(self) -> None:
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        # Answers byte for byte, head and all; the connection is closed behind them.
        self.raw: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.times: list[tuple[float, str]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host = self.headers.get("Host", "")
                site.asked.append(f"{host}{self.path}")
                site.times.append((time.monotonic(), f"{host}{self.path}"))
                if raw := site.raw.get(f"{host}{self.path}"):
                    self.wfile.write(raw)
                    self.close_connection = True
                    return
                status, headers, body = site.answers.get(f"{host}{self.path}", (404, {}, b"no such page"))
                self.send_response(status)
                for key, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def forget(self) -> None:
        for kept in (self.answers, self.raw, self.asked, self.times):
            kept.clear()

    def page(self, url: str, html: str, **headers: str) -> None:
        self.answer(url, 200, html.encode(), **headers)

    def answer(self, url: str, status: int, body: bytes = b"", **headers: str) -> None:
        place = url.removeprefix("http://")
        self.answers[place] = (status, {k.replace("_", "-"): v for k, v in headers.items()}, body)

    def resolver_map(self) -> dict[str, dict[str, str]]:
        return {"*.test": {"80": f"127.0.0.1:{self.port}"}}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def fetcher(site: Site, tmp_path: Path) -> Iterator[Fetcher]:
    file = tmp_path / "resolver.json"
    file.write_text(json.dumps(site.resolver_map()))
    made = Fetcher(Resolver.from_file(file))
    yield made
    made.close()


class Tarpit:
    """A server on loopback that answers `head` and then drips bytes, one each `pause` seconds."""

    def __init__(self, head: bytes = b"", pause: float = 0.2) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.visits = 0
        self._head, self._pause, self._over = head, pause, threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.visits += 1
                threading.Thread(target=self._drip, args=(connection,), daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.recv(65536)
            connection.sendall(self._head)
            while not self._over.wait(self._pause):
                connection.sendall(b"x")

    def close(self) -> None:
        self._over.set()
        self.socket.close()
