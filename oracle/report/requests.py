"""Requests between members: signed with the member's account, fresh, for one body only; answers bounded."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from typing import Any

import httpx
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount

from oracle.errors import OracleError, VerificationError

MAX_SKEW_SECONDS = 120
MAX_ANSWER_BYTES = 8 * 1024 * 1024
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


class NoAnswerError(OracleError):
    """Another party does not answer, or not as it should."""


def ask(
    method: str, url: str, seconds: float, content: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Any:
    """JSON answer of another party, within a total time and size. Raises NoAnswerError."""
    end = time.monotonic() + seconds
    sent = {"Content-Type": "application/json", **(headers or {})}
    try:
        with httpx.stream(method, url, content=content, headers=sent, timeout=seconds) as response:
            data = b""
            for part in response.iter_bytes():
                data += part
                if len(data) > MAX_ANSWER_BYTES or time.monotonic() > end:
                    raise NoAnswerError(f"{url} sends too much or too slowly")
            if response.status_code >= 400:
                raise NoAnswerError(f"{url} answers {response.status_code}: {data[:300].decode('utf-8', 'replace')}")
            return json.loads(data)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as problem:
        raise NoAnswerError(f"{url}: {problem}") from problem
