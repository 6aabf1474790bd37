"""Nonces for signing in. Nothing is kept of one until it is used: whoever asks for many fills no store.

A nonce is its time, chance, and a code over both that only we can make. Used ones are remembered until they end.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time

from backend.core.services import redis
from backend.core.settings import settings

SECONDS = 600
_NONCE = re.compile("([0-9a-f]{24})([0-9a-f]{32})")
_TIME_DIGITS = 8


def new_nonce() -> str:
    """A nonce that is good for one sign-in within ten minutes: letters and digits, as EIP-4361 wants them."""
    said = f"{int(time.time()):0{_TIME_DIGITS}x}{secrets.token_hex(8)}"
    return said + _code(said)


def is_fresh(nonce: str) -> bool:
    """Whether it is one of ours, and not over."""
    found = _NONCE.fullmatch(nonce)
    if found is None or not hmac.compare_digest(_code(found[1]), found[2]):
        return False
    return 0 <= time.time() - int(found[1][:_TIME_DIGITS], 16) < SECONDS


def use(nonce: str) -> bool:
    """Use a nonce up. False if it is not fresh, or was used before."""
    return is_fresh(nonce) and bool(redis().set(f"nonce:{nonce}", "1", nx=True, ex=SECONDS))


def _code(said: str) -> str:
    key = bytes.fromhex(settings().files_key.get_secret_value())
    return hmac.digest(key, b"CopyTrack sign-in nonce " + said.encode(), hashlib.sha256).hex()[:32]
