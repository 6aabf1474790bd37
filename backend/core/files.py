"""Private files, encrypted at rest and named by the hash of their content."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from fastapi import Response

from backend.core.errors import ApiError
from backend.core.settings import settings
from oracle.sealing import decrypt_file, encrypt_file


def _key() -> bytes:
    return bytes.fromhex(settings().files_key.get_secret_value())


def keep_file(data: bytes) -> str:
    """Keep a file; returns its SHA-256 (hex), under which it is read. Twice is the same as once."""
    name = hashlib.sha256(data).hexdigest()
    target = _path(name)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as out:
            out.write(encrypt_file(_key(), name, data))
            out.flush()
            os.fsync(out.fileno())
        Path(out.name).replace(target)
    return name


def read_file(name: str) -> bytes:
    try:
        return decrypt_file(_key(), name, _path(name).read_bytes())
    except FileNotFoundError as problem:
        raise ApiError(503, "file_missing", f"File {name[:12]}… is missing from the file store.") from problem


def zipped(data: bytes, name: str) -> Response:
    """Answer with a ZIP to be saved."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(data, media_type="application/zip", headers=headers)


def seal_secret(secret: bytes) -> bytes:
    """Encrypt a small secret for a column of the database."""
    return encrypt_file(_key(), "secret", secret)


def open_secret(sealed: bytes) -> bytes:
    return decrypt_file(_key(), "secret", sealed)


def _path(name: str) -> Path:
    return settings().files_folder / name[:2] / name
