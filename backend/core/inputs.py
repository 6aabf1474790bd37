"""What every request must keep to, checked in one place before a feature sees it.

Text holds no NUL, which PostgreSQL cannot store, and no lone surrogates, which no encoding of ours can write. JSON is
UTF-8 (RFC 8259), finite, neither deep nor large. A body tells its length before it comes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

from pydantic import AfterValidator, StringConstraints
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core.errors import ApiError, problem_response

MAX_JSON_BYTES = 1024 * 1024
MAX_JSON_DEPTH = 32
# What PostgreSQL's bigint holds. Larger amounts are text in this API, as JSON numbers do not carry them anyway.
MAX_INTEGER = 2**63 - 1
# Times are Unix seconds; a contract adds to them in 64 bits.
MAX_TIME = 2**40
MAX_URL_LENGTH = 8192

BAD_TEXT = "Text cannot contain NUL characters or lone surrogates."


def is_storable(text: str) -> bool:
    """Whether a database and a UTF-8 file can hold the text."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError(BAD_TEXT)
    return text


# A field of a form: the guard does not take apart what may hold files.
FormText = Annotated[str, AfterValidator(_storable)]
# 32 bytes: the id of a work, an offer or a licence, as the chain's events spell it.
HexId = Annotated[str, StringConstraints(pattern="^0x[0-9a-fA-F]{64}$"), AfterValidator(str.lower)]


def parse_json(raw: bytes) -> Any:
    """The value of a JSON text. Raises ApiError 413 and 422."""
    if len(raw) > MAX_JSON_BYTES:
        raise ApiError(413, "too_large", f"JSON can have at most {MAX_JSON_BYTES} bytes.")
    try:
        value = json.loads(raw.decode(), parse_float=_finite, parse_constant=_finite)
        _check(value)
    except (ValueError, RecursionError) as problem:  # RecursionError: some thousand brackets
        told = str(problem) if isinstance(problem, _RefusedError) else "This is not valid JSON in UTF-8."
        raise ApiError(422, "bad_json", told) from problem
    return value


class _RefusedError(ValueError):
    """JSON, but not as we take it. The message says what is refused."""


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _RefusedError("Numbers must be finite and within range.")
    return number


def _check(value: Any) -> None:
    waiting = [(value, 1)]
    while waiting:
        one, depth = waiting.pop()
        if isinstance(one, str) and not is_storable(one):
            raise _RefusedError(BAD_TEXT)
        if isinstance(one, int) and abs(one) > MAX_INTEGER:
            raise _RefusedError("Integers can have at most 63 bits. Send larger ones as strings.")
        if isinstance(one, dict | list):
            if depth > MAX_JSON_DEPTH:
                raise _RefusedError(f"JSON can be nested at most {MAX_JSON_DEPTH} levels deep.")
            parts = [*one, *one.values()] if isinstance(one, dict) else one
            waiting += [(part, depth + 1) for part in parts]


class InputGuard:
    """Refuses what no feature could take. A form at one of the paths `uploads` may have `most` bytes."""

    def __init__(self, app: ASGIApp, most: int, uploads: Collection[str]) -> None:
        self._app, self._most, self._uploads = app, most, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                receive = await self._checked(scope, receive)
            except ApiError as problem:
                await problem_response(problem.status, problem.code, problem.message)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _checked(self, scope: Scope, receive: Receive) -> Receive:
        """How the app receives the body. Raises ApiError."""
        if not is_storable(scope["path"]):
            raise ApiError(404, "not_found", "This address does not exist.")
        if b"\0" in unquote_to_bytes(scope["query_string"]):
            raise ApiError(422, "bad_text", BAD_TEXT)
        if any(b"\0" in value for _, value in scope["headers"]):
            raise ApiError(400, "bad_header", BAD_TEXT)
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
        is_form = kind == b"multipart/form-data"
        size = _size_of_body(headers, self._most if is_form and scope["path"] in self._uploads else MAX_JSON_BYTES)
        if size == 0 or is_form or kind == b"application/x-www-form-urlencoded":
            return receive
        body = await _whole(receive)
        if body is None:
            return receive
        parse_json(body)
        return _again(body, receive)


def _size_of_body(headers: dict[bytes, bytes], most: int) -> int:
    """Bytes that will come. Raises ApiError 411, and 413 for more than `most`."""
    said = headers.get(b"content-length", b"0")
    if b"transfer-encoding" in headers or not said.isdigit():
        raise ApiError(411, "length", "Send the body with a Content-Length header.")
    if len(said) > 15 or int(said) > most:
        raise ApiError(413, "too_large", f"The body can have at most {most} bytes.")
    return int(said)


async def _whole(receive: Receive) -> bytes | None:
    """The body, or None if the caller hung up. The server reads no more than the length that was told."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body once more, and then goes on as before."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class HeadAsGet:
    """Answers HEAD as GET without the body (RFC 9110, 9.3.2), for every address that knows GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app({**scope, "method": "GET"}, receive, without_body)
