"""The evidence bundle: files, a manifest of their SHA-256, and their encryption file by file.

`bundleHash` on-chain is the SHA-256 of the manifest, so the manifest fixes every file; the content store holds only
ciphertexts, named like the files with `.sealed` behind.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oracle.errors import VerificationError
from oracle.sealing import decrypt_file, encrypt_file

MANIFEST = "manifest.json"
SEALED = ".sealed"
BUNDLE_VERSION = 1
_NAME = re.compile(r"^[a-z0-9][a-z0-9._-]{0,63}$")


@dataclass(frozen=True)
class Bundle:
    """Opened evidence: the facts that the manifest states, and the files by name (without the manifest)."""

    facts: dict[str, Any]
    files: dict[str, bytes]
    manifest: bytes

    @property
    def bundle_hash(self) -> bytes:
        return hashlib.sha256(self.manifest).digest()


def make_bundle(facts: Mapping[str, Any], files: Mapping[str, bytes]) -> Bundle:
    """Bundle of the files; `facts` must be JSON: work, addresses, times, tools, custody."""
    for name in files:
        if not _NAME.match(name) or name == MANIFEST:
            raise ValueError(f"not a valid name for a file in a bundle: {name!r}")
    stated = {
        "version": BUNDLE_VERSION,
        **facts,
        "files": {n: {"sha256": hashlib.sha256(d).hexdigest(), "size": len(d)} for n, d in sorted(files.items())},
    }
    manifest = json.dumps(stated, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return Bundle(stated, dict(files), manifest)


def seal_bundle(bundle: Bundle, key: bytes) -> dict[str, bytes]:
    """Ciphertexts by name, the manifest among them."""
    everything = {**bundle.files, MANIFEST: bundle.manifest}
    return {name + SEALED: encrypt_file(key, name, data) for name, data in everything.items()}


def open_bundle(sealed: Mapping[str, bytes], key: bytes) -> Bundle:
    """Decrypt and check every file. Raises VerificationError, which names the file that is not as it should be."""
    if MANIFEST + SEALED not in sealed:
        raise VerificationError(MANIFEST, "is missing: this is not an evidence bundle")
    manifest = decrypt_file(key, MANIFEST, sealed[MANIFEST + SEALED])
    try:
        facts = json.loads(manifest)
        listed = {name: (str(f["sha256"]), int(f["size"])) for name, f in facts["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise VerificationError(MANIFEST, "is not a valid manifest") from problem
    if facts.get("version") != BUNDLE_VERSION:
        raise VerificationError(MANIFEST, f"version {facts.get('version')} is unknown: update the oracle")
    added = {name.removesuffix(SEALED) for name in sealed} - set(listed) - {MANIFEST}
    if added:
        raise VerificationError(sorted(added)[0], "is not in the manifest, so it was added later")
    files = {}
    for name, stated in listed.items():
        if name + SEALED not in sealed:
            raise VerificationError(name, "is missing")
        data = decrypt_file(key, name, sealed[name + SEALED])
        if (hashlib.sha256(data).hexdigest(), len(data)) != stated:
            raise VerificationError(name, "does not match its SHA-256 in the manifest")
        files[name] = data
    return Bundle(facts, files, manifest)
