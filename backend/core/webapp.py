"""The built web app: served by the API's process, with headers that allow nothing but our own files."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from base64 import b64encode
from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.responses import FileResponse, HTMLResponse
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core.errors import ApiError
from backend.core.inputs import HeadAsGet
from oracle.store.gateway import CAR_TYPE

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
# Older Pythons do not know it.
mimetypes.add_type("image/avif", ".avif")
LANDING, SHELL = "index.html", "app.html"


class SecurityHeaders:
    """Puts the headers onto every answer that does not set them itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(h for h in self._headers if h[0] not in own)]
            await send(message)

        await self._app(scope, receive, with_headers)


def serve_web_app(api: FastAPI, folder: Path) -> None:
    """Serve the files of the built web app, and its shell for every page. Call it after all other routes are there."""
    root = folder.resolve()
    # Ciphertexts do not get smaller.
    excluded = (*DEFAULT_EXCLUDED_CONTENT_TYPES, CAR_TYPE)
    api.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=6, exclude_content_types=excluded)
    api.add_middleware(SecurityHeaders)
    api.add_middleware(HeadAsGet)

    @api.get("/{path:path}", include_in_schema=False)
    def page(path: str) -> Response:
        if path == "api" or path.startswith("api/"):
            raise ApiError(404, "not_found", "This API address does not exist. See /docs/.")
        file = _file_of(root, path)
        if file == root / LANDING:
            return _landing(file.read_bytes())
        if file:
            return FileResponse(file, headers={"Cache-Control": _cache(path)})
        if "." in path.rsplit("/", 1)[-1] or not (root / SHELL).is_file():
            raise ApiError(404, "not_found", "This file does not exist.")
        return FileResponse(root / SHELL, headers={"Cache-Control": "no-cache"})


def _file_of(root: Path, path: str) -> Path | None:
    """The file behind a path. Raises ApiError 404 for a path that no file system can name."""
    try:
        file = (root / (path or LANDING)).resolve()
        if path.endswith("/"):
            file = file / LANDING
        return file if file.is_relative_to(root) and file.is_file() else None
    except (OSError, ValueError) as problem:
        raise ApiError(404, "not_found", "This address does not exist.") from problem


def _landing(page: bytes) -> Response:
    """The front page has its styles inside: the policy allows just those, by their hash."""
    styles = re.findall(rb"<style[^>]*>(.*?)</style>", page, re.DOTALL)
    hashes = " ".join(f"'sha256-{b64encode(hashlib.sha256(style).digest()).decode()}'" for style in styles)
    policy = CONTENT_SECURITY_POLICY.replace("style-src 'self'", f"style-src 'self' {hashes}".rstrip())
    return HTMLResponse(page, headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"})


def _cache(path: str) -> str:
    """Vite names assets by their content."""
    return "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
