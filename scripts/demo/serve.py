"""Serves the demonstration's web: one folder per host, over https, on this machine only.

Run it as `python -m scripts.demo.serve --root DIR --http PORT --https PORT --cert CERT.pem --key KEY.pem`. The host
comes from the Host header. Plain http only answers with the https address of the same page.
"""

import argparse
import signal
import socket
import ssl
import sys
import threading
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

ADDRESS = "127.0.0.1"
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


class Handler(BaseHTTPRequestHandler):
    """What both servers have in common: finding the host, and answering briefly."""

    protocol_version = "HTTP/1.1"
    server_version = "demo-web"
    sys_version = ""
    timeout = 30

    def __init__(self, request: socket.socket, client_address: tuple[str, int], server: "Server", root: Path) -> None:
        self.root = root
        super().__init__(request, client_address, server)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the one line at the start is all the output."""

    def host(self) -> str | None:
        """The host asked for, if there is a folder for it."""
        name = self.headers.get("Host", "").partition(":")[0].lower().rstrip(".")
        known = {entry.name for entry in self.root.iterdir() if entry.is_dir()}
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

    def do_GET(self) -> None:
        host = self.host()
        if host is None or not self.path.startswith("/"):
            self.not_found()
            return
        self.answer(HTTPStatus.MOVED_PERMANENTLY, headers={"Location": f"https://{host}{self.path}"})

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for


class FileHandler(Handler):
    """https: the files of the host's folder."""

    def do_GET(self) -> None:
        host = self.host()
        path = urlsplit(self.path).path
        file = self.find(host, path) if host is not None else None
        if file is None:
            self.not_found()
        elif file.name == "index.html" and not path.endswith(("/", "/index.html")):
            self.answer(HTTPStatus.MOVED_PERMANENTLY, headers={"Location": f"{path}/"})
        else:
            self.send_file(file)

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def find(self, host: str, path: str) -> Path | None:
        """The file behind a path of a host, provided that it lies inside the host's folder."""
        name = unquote(path)
        if "\0" in name or not name.startswith("/"):
            return None
        folder = (self.root / host).resolve()
        file = (folder / name.lstrip("/")).resolve()
        if file.is_dir():
            file = file / "index.html"
        return file if file.is_relative_to(folder) and file.is_file() else None

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

    def send_file(self, file: Path) -> None:
        facts = file.stat()
        tag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
        changed = datetime.fromtimestamp(int(facts.st_mtime), UTC)
        headers = {
            "ETag": tag,
            "Last-Modified": format_datetime(changed, usegmt=True),
            "Cache-Control": "max-age=0, must-revalidate",
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


def open_servers(root: Path, http: int, https: int, certificate: Path, key: Path) -> tuple[Server, Server]:
    """Binds both ports; port 0 picks a free one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    plain = Server((ADDRESS, http), partial(RedirectHandler, root=root))
    secure = Server((ADDRESS, https), partial(FileHandler, root=root))
    secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
    return plain, secure


def serve(root: Path, http: int, https: int, certificate: Path, key: Path) -> None:
    """Serves until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    servers = open_servers(root, http, https, certificate, key)
    threads = [threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    hosts = sum(1 for entry in root.iterdir() if entry.is_dir())
    ports = [server.server_address[1] for server in servers]
    print(f"ready: {hosts} hosts, http on {ADDRESS}:{ports[0]}, https on {ADDRESS}:{ports[1]}", flush=True)
    stop.wait()
    for server in servers:
        server.shutdown()
        server.server_close()
    for thread in threads:
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serve the demonstration's web on this machine.")
    parser.add_argument("--root", type=Path, required=True, help="folder with one folder per host")
    parser.add_argument("--http", type=int, required=True, help="port for plain http")
    parser.add_argument("--https", type=int, required=True, help="port for https")
    parser.add_argument("--cert", type=Path, required=True, help="certificate chain of the server (PEM)")
    parser.add_argument("--key", type=Path, required=True, help="key of the server (PEM)")
    options = parser.parse_args()
    if not options.root.is_dir():
        parser.error(f"there is no folder {options.root}")
    serve(options.root.resolve(), options.http, options.https, options.cert, options.key)


if __name__ == "__main__":
    main()
