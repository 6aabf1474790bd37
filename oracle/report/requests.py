"""Requests between members: signed with the member's account, fresh, and for one body only."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from oracle.errors import VerificationError

MAX_SKEW_SECONDS = 120
_TIME = "X-CopyTrack-Time"
_SIGNATURE = "X-CopyTrack-Signature"


def request_headers(account: LocalAccount, payload: bytes) -> dict[str, str]:
    """Headers that prove who sends the payload, and when."""
    at = str(int(time.time()))
    signature = account.sign_message(encode_defunct(text=_text(at, payload))).signature
    return {_TIME: at, _SIGNATURE: signature.hex()}


def requester(headers: Mapping[str, str], payload: bytes) -> str:
    """Address of who sent the payload. Raises VerificationError for a missing, old or broken signature."""
    at, signature = headers.get(_TIME, ""), headers.get(_SIGNATURE, "")
    if not at.isdigit() or abs(time.time() - int(at)) > MAX_SKEW_SECONDS:
        raise VerificationError("request", "its time is missing or too far off: check the clocks")
    try:
        return str(Account.recover_message(encode_defunct(text=_text(at, payload)), signature=bytes.fromhex(signature)))
    except Exception as problem:  # eth_account raises many kinds for malformed signatures
        raise VerificationError("request", "its signature is broken") from problem


def _text(at: str, payload: bytes) -> str:
    return f"CopyTrack committee request\n{at}\n{hashlib.sha256(payload).hexdigest()}"
