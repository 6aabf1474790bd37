"""Requests between members: signed with the member's account, fresh, and good for one body at one place only."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from oracle.errors import VerificationError

MAX_SKEW_SECONDS = 120
_TIME = "X-CopyTrack-Time"
_SIGNATURE = "X-CopyTrack-Signature"


def request_headers(account: LocalAccount, recipient: str, url: str, payload: bytes) -> dict[str, str]:
    """Headers that prove who sends the payload, when, and to which member and path: nobody can use it elsewhere."""
    at = str(int(time.time()))
    text = _text(at, recipient, urlsplit(url).path, payload)
    return {_TIME: at, _SIGNATURE: account.sign_message(encode_defunct(text=text)).signature.hex()}


def requester(headers: Mapping[str, str], recipient: str, path: str, payload: bytes) -> str:
    """Address of who sent the payload to this recipient and path.

    Raises VerificationError for a missing, old or broken signature. One that was made for another member or path gives
    another address, which is no member's.
    """
    at, signature = headers.get(_TIME, ""), headers.get(_SIGNATURE, "")
    fresh = at.isascii() and at.isdigit() and len(at) < 16 and abs(time.time() - int(at)) <= MAX_SKEW_SECONDS
    if not fresh:
        raise VerificationError("request", "its time is missing or too far from ours: check the clocks")
    text = _text(at, recipient, path, payload)
    try:
        return str(Account.recover_message(encode_defunct(text=text), signature=bytes.fromhex(signature)))
    except Exception as problem:  # eth_account raises many kinds for malformed signatures
        raise VerificationError("request", "its signature is invalid") from problem


def _text(at: str, recipient: str, path: str, payload: bytes) -> str:
    digest = hashlib.sha256(payload).hexdigest()
    return f"CopyTrack committee request\n{at}\n{recipient.lower()}\n{path.rstrip('/').rpartition('/')[2]}\n{digest}"
