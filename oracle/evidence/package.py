"""The evidence package: one ZIP with a dossier and the sealed bundle, so that a party can check and keep it alone."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from typing import Any

from oracle.errors import VerificationError

DOSSIER_NAME = "dossier.json"
CAR_NAME = "bundle.car"
# A bundle holds a page's screenshots and archive: some ten megabytes.
MAX_PART = 200 * 1024 * 1024


def open_package(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Dossier and CAR of a package. Raises VerificationError."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = {}
            for name in (DOSSIER_NAME, CAR_NAME):
                if package.getinfo(name).file_size > MAX_PART:
                    raise VerificationError(name, f"is larger than {MAX_PART} bytes")
                parts[name] = package.read(name)
        dossier = json.loads(parts[DOSSIER_NAME])
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, RuntimeError, OSError) as problem:
        raise VerificationError("package", f"is not an evidence package: {problem}") from problem
    if not isinstance(dossier, dict):
        raise VerificationError(DOSSIER_NAME, "is not a JSON object")
    return dossier, parts[CAR_NAME]
