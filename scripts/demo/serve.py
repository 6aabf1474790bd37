"""Serves the demonstration's web: one folder per host, over https, on this machine only.

Run it as `python -m scripts.demo.serve --root DIR --door NAME PORT PORT --cert CERT.pem --key KEY.pem --log FILE`. The
host comes from the Host header. Plain http only answers with the https address of the same page. Each client has a door
of its own (a port for http, one for https), so that the log tells who asked: all of them share one address.

The log has one JSON object for each request: `at` (Unix seconds at which it came), `client` (its door), `scheme`,
`method`, `host`, `path` (with the query), `status`, `agent`. What a site answers besides its files stands in
`answers.json` beside the folders of the hosts (`scripts.demo.traps` writes it).
"""

import argparse
import json
import signal
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from .sites import OWN_HOST

ADDRESS = "127.0.0.1"
ANSWERS = "answers.json"
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
    ".xml": "application/xml; charset=utf-8",
    ".json": "application/json",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
    ".ico": "image/vnd.microsoft.icon",
}
NOT_FOUND = (
    '<!doctype html><html lang="de"><head><meta charset="utf-8"><title>404 – Seite nicht gefunden</title></head>'
    "<body><h1>Seite nicht gefunden</h1><p>Diese Adresse gibt es hier nicht (mehr). "
    '<a href="/">Zur Startseite</a></p></body></html>'
).encode()


@dataclass(frozen=True)
class Special:
    """What a path answers besides its file: more headers, or another status, for the first `times` requests only."""

    status: int = 200
    headers: Mapping[str, str] | None = None
    times: int | None = None


class Web:
    """What all doors share: the folders, the special answers, and the log. Safe to use from several threads."""

    def __init__(self, root: Path, log: Path | None) -> None:
        self.root = root
        self._log = log.open("a", encoding="utf-8") if log else None
        self._lock = threading.Lock()
        self._asked: Counter[tuple[str, str, str]] = Counter()
        file = root / ANSWERS
        told: dict[str, dict[str, Any]] = json.loads(file.read_text()) if file.exists() else {}
        self._specials = {address: Special(**answer) for address, answer in told.items()}

    def special(self, client: str, host: str, path: str) -> Special | None:
        """The special answer to a client's request. `times` counts the requests of each client."""
        found = self._specials.get(f"{host}{path}")
        if found is None or found.times is None:
            return found
        with self._lock:
            self._asked[client, host, path] += 1
            return found if self._asked[client, host, path] <= found.times else None

    def note(self, **request: object) -> None:
        """One line in the log, written before the answer goes out."""
        if self._log is not None:
            with self._lock:
                self._log.write(json.dumps(request, ensure_ascii=False) + "\n")
                self._log.flush()


class Handler(BaseHTTPRequestHandler):
    """What both servers have in common: finding the host, and answering briefly."""

    protocol_version = "HTTP/1.1"
    server_version = "demo-web"
    sys_version = ""
    timeout = 30
    scheme = ""

    def __init__(
        self, request: socket.socket, client_address: tuple[str, int], server: "Server", web: Web, client: str
    ) -> None:
        self.web = web
        self.client = client
        self.arrived = 0.0
        super().__init__(request, client_address, server)

    def parse_request(self) -> bool:
        self.arrived = time.time()
        return super().parse_request()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        headers = getattr(self, "headers", None)  # there are none where a request makes no sense
        self.web.note(
            at=round(self.arrived, 3),
            client=self.client,
            scheme=self.scheme,
            method=self.command,
            host=headers.get("Host", "") if headers else "",
            path=getattr(self, "path", ""),
            status=int(code),
            agent=headers.get("User-Agent", "") if headers else "",
        )

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing on the screen: the log has it all."""

    def host(self) -> str | None:
        """The host asked for, if there is a folder for it."""
        name = self.headers.get("Host", "").partition(":")[0].lower().rstrip(".")
        known = {entry.name for entry in self.web.root.iterdir() if entry.is_dir()}
        return name if name in known else None

    def answer(self, status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def not_found(self) -> None:
        self.answer(HTTPStatus.NOT_FOUND, NOT_FOUND, {"Content-Type": TYPES[".html"]})


class RedirectHandler(Handler):
    """Plain http: sends everyone to https."""

    scheme = "http"

    def do_GET(self) -> None:
        host = self.host()
        if host is None or not self.path.startswith("/"):
            self.not_found()
            return
        self.answer(HTTPStatus.MOVED_PERMANENTLY, headers={"Location": f"https://{host}{self.path}"})

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for


class FileHandler(Handler):
    """https: the files of the host's folder."""

    scheme = "https"

    def do_GET(self) -> None:
        host = self.host()
        path = urlsplit(self.path).path
        special = self.web.special(self.client, host, path) if host is not None else None
        if special is not None and special.status != HTTPStatus.OK:
            self.answer(HTTPStatus(special.status), headers=dict(special.headers or {}))
            return
        file = self.find(host, path) if host is not None else None
        if file is None:
            listing = self.listing(path) if host == OWN_HOST else None
            if listing is None:
                self.not_found()
            else:
                self.answer(HTTPStatus.OK, listing, {"Content-Type": TYPES[".html"]})
        elif file.name == "index.html" and not path.endswith(("/", "/index.html")):
            self.answer(HTTPStatus.MOVED_PERMANENTLY, headers={"Location": f"{path}/"})
        else:
            self.send_file(file, dict(special.headers or {}) if special else {})

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def find(self, host: str, path: str) -> Path | None:
        """The file behind a path of a host, provided that it lies inside the host's folder."""
        name = unquote(path)
        if "\0" in name or not name.startswith("/"):
            return None
        folder = (self.web.root / host).resolve()
        file = (folder / name.lstrip("/")).resolve()
        if file.is_dir():
            file = file / "index.html"
        return file if file.is_relative_to(folder) and file.is_file() else None

    def listing(self, path: str) -> bytes | None:
        """A page that shows the pictures of a folder without a page, and links to what else lies there."""
        top = (self.web.root / OWN_HOST).resolve()
        folder = (top / unquote(path).lstrip("/")).resolve()
        if not path.endswith("/") or not folder.is_relative_to(top) or not folder.is_dir():
            return None
        items = []
        for entry in sorted(folder.iterdir()):
            if entry.name.startswith("."):
                continue
            address, name = quote(entry.name + "/" * entry.is_dir()), escape(entry.name)
            if entry.suffix.lower() in PICTURES:
                items.append(f'<figure><img src="{address}" alt=""><figcaption>{name}</figcaption></figure>')
            else:
                items.append(f'<p><a href="{address}">{name}</a></p>')
        head = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>My site</title></head>'
        return f"{head}<body>{''.join(items)}</body></html>".encode()

    def is_fresh(self, tag: str, changed: datetime) -> bool:
        """Whether the asker's copy is still the current one; its tag counts more than its date."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            known = {entry.strip().removeprefix("W/") for entry in tags.split(",")}
            return "*" in known or tag in known
        since = self.headers.get("If-Modified-Since")
        if since is None:
            return False
        try:
            return changed <= parsedate_to_datetime(since).astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            return False

    def send_file(self, file: Path, more: dict[str, str]) -> None:
        facts = file.stat()
        tag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
        changed = datetime.fromtimestamp(int(facts.st_mtime), UTC)
        headers = {
            "ETag": tag,
            "Last-Modified": format_datetime(changed, usegmt=True),
            "Cache-Control": "max-age=0, must-revalidate",
            **more,
        }
        if self.is_fresh(tag, changed):
            self.answer(HTTPStatus.NOT_MODIFIED, headers=headers)
            return
        headers["Content-Type"] = TYPES.get(file.suffix.lower(), "application/octet-stream")
        self.answer(HTTPStatus.OK, file.read_bytes(), headers)


class Server(ThreadingHTTPServer):
    """A threaded server whose handshakes, if it speaks TLS, happen in the threads."""

    daemon_threads = True
    # A crawler opens many connections at once.
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """Visitors who hang up or distrust the certificate are no news; anything else is."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError, ssl.SSLError)):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def open_servers(web: Web, client: str, http: int, https: int, tls: ssl.SSLContext) -> tuple[Server, Server]:
    """Binds both ports of a door; port 0 picks a free one."""
    plain = Server((ADDRESS, http), partial(RedirectHandler, web=web, client=client))
    secure = Server((ADDRESS, https), partial(FileHandler, web=web, client=client))
    secure.socket = tls.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
    return plain, secure


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context


def serve(web: Web, doors: list[tuple[str, int, int]], tls: ssl.SSLContext) -> None:
    """Serves until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    servers = [server for name, http, https in doors for server in open_servers(web, name, http, https, tls)]
    threads = [threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    hosts = sum(1 for entry in web.root.iterdir() if entry.is_dir())
    ports = ", ".join(str(server.server_address[1]) for server in servers)
    print(f"ready: {hosts} hosts on {ADDRESS}, http and https by turns on ports {ports}", flush=True)
    stop.wait()
    for server in servers:
        server.shutdown()
        server.server_close()
    for thread in threads:
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the demonstration's web on this machine.")
    parser.add_argument("--root", type=Path, required=True, help="folder with one folder per host")
    door = ("NAME", "HTTP", "HTTPS")
    parser.add_argument("--door", nargs=3, action="append", required=True, metavar=door, help="ports of a client")
    parser.add_argument("--cert", type=Path, required=True, help="certificate chain of the server (PEM)")
    parser.add_argument("--key", type=Path, required=True, help="key of the server (PEM)")
    parser.add_argument("--log", type=Path, help="file that gets a line for each request")
    options = parser.parse_args()
    if not options.root.is_dir():
        parser.error(f"there is no folder {options.root}")
    doors = [(name, int(http), int(https)) for name, http, https in options.door]
    serve(Web(options.root.resolve(), options.log), doors, tls_context(options.cert, options.key))


if __name__ == "__main__":
    main()
