"""Requests that the API's own OpenAPI document allows or forbids, and worse: what no document describes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

import httpx
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode

LONG = 100_000
# httpx writes no longer address.
MAX_URL = 60_000
TEXTS = (
    "", "\0", "a\0b", "\ud800", "\udfff\ud800", "²", "１２", "a" * 300, "a" * 5000, "é" * 3000, "../../etc/passwd",
    "%00", "%", "null", "NaN", "-1", "1e999", str(2**63), str(2**64), str(-(2**63) - 1), "9" * 5000, "0x",
    "0x" + "g" * 64, "0x" + "f" * 64, "https://", "http://[::1", "http://a.example:99999999/", "https://a.example/\0",
    "http://\ud800/", "bafy", "0" * 36, "\r\nX: y", "'; DROP TABLE uploads; --", "{{7*7}}", "\u202e", "😀" * 50,
)  # fmt: skip
NUMBERS = (0, -1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**400, 1.5, 1e308, float("inf"), float("nan"))
RAW_BODIES = (
    b"", b"\0", b"\xff\xfe", b"\xff" * 100, b"null", b"5", b'"x"', b"{", b"[" * LONG, b"[" * LONG + b"]" * LONG,
    b'{"a":' * LONG, b"9" * 5000, b"1e999", b"[NaN]", b'"\\ud800"', b'{"\\u0000": 1}', b'"' + b"a" * LONG + b'"',
)  # fmt: skip
TYPES = ("application/json", "text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data",
         "multipart/form-data; boundary=x", "application/json; charset=idna", "a/b; charset=\\", "\xe9")  # fmt: skip
HEADERS = {
    "Authorization": ("Bearer", "Bearer \xff", "Bearer " + "a" * 5000, "Basic \xb2", "\0", "bearer  ct_x"),
    "Cookie": ("copytrack_session=\xff", "copytrack_session=" + "a" * 5000, "=;=", "copytrack_session=\0", "a=\x01"),
    "Origin": ("null", "http://[::1", "\xff"),
    "Content-Length": ("\xb2", "-1", "9" * 5000, "1e3"),
    "Range": ("bytes=-", "bytes=9999999999999999999999-", "bytes=0-0,1-1,\xb2-"),
    "If-None-Match": ('"\xff"',),
    "Accept-Encoding": ("\xff", "gzip;q=\xb2"),
    "Host": ("\xff", "", "a" * 300),
}


@dataclass(frozen=True)
class Sent:
    """A request, as it can be sent again."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __str__(self) -> str:
        body = repr(self.body[:200]) + ("…" if len(self.body) > 200 else "")
        return f"{self.method} {self.url[:300]} {dict(self.headers)} {body}"


def requests(document: Mapping[str, Any], known: Mapping[str, list[str]], examples: int, chosen: int) -> Iterator[Sent]:
    """For each operation of an OpenAPI document so many requests that hold to it, that break it, and that are hostile.

    `known` has real values for parameters by their names, so that requests get past what is not there. `chosen` is the
    seed: the same one gives the same requests.
    """
    schema = schemathesis.openapi.from_dict(dict(document))
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            try:
                cases = _drawn(operation.as_strategy(generation_mode=mode), examples, chosen)
            except Unsatisfiable:  # nothing breaks an operation that takes nothing
                continue
            for case, source in cases:
                yield _request(case, known, source)


def _drawn(strategy: st.SearchStrategy[Case], examples: int, chosen: int) -> list[tuple[Case, random.Random]]:
    drawn: list[tuple[Case, random.Random]] = []

    @seed(chosen)
    @settings(max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategy, st.integers(0, 2**32))
    def draw(case: Case, number: int) -> None:
        drawn.append((case, random.Random(f"{chosen} {number} {len(drawn)}")))

    draw()
    return drawn


def _request(case: Case, known: Mapping[str, list[str]], source: random.Random) -> Sent:
    def value(name: str, drawn: object) -> object:
        kind = source.random()
        if kind < 0.6 and name in known:
            return source.choice(known[name])
        return source.choice(TEXTS) if kind > 0.8 else drawn

    path = case.path
    for name, drawn in case.path_parameters.items():
        text = value(name, unquote(str(drawn), errors="replace"))
        path = path.replace(f"{{{name}}}", quote(str(text), safe="", errors="surrogatepass"))
    query = "&".join(
        f"{_escaped(name)}={_escaped(value(name, drawn))}"
        for name, drawn in case.query.items()
        if source.random() < 0.95
    )
    body, kind = _body(case, source)
    headers = [("Content-Type", kind)] if kind else []
    if source.random() < 0.15:
        name = source.choice(list(HEADERS))
        headers.append((name, source.choice(HEADERS[name])))
    url = f"{path}?{query}" if query else path
    return Sent(case.method.upper(), url[:MAX_URL], tuple(headers), body)


def _body(case: Case, source: random.Random) -> tuple[bytes, str]:
    """A body with its content type."""
    if case.media_type is None:
        return (source.choice(RAW_BODIES), source.choice(TYPES)) if source.random() < 0.1 else (b"", "")
    if source.random() < 0.2:
        return source.choice(RAW_BODIES), source.choice(TYPES)
    if isinstance(case.body, bytes):
        return case.body, case.media_type
    if case.media_type == "multipart/form-data":
        return _form(case.body if isinstance(case.body, dict) else {}, source), "multipart/form-data; boundary=x"
    hostile = _hostile(case.body, source) if source.random() < 0.5 else case.body
    try:
        return json.dumps(hostile).encode(), case.media_type
    except (TypeError, ValueError, RecursionError):
        return repr(hostile).encode(errors="replace"), case.media_type


def _form(fields: Mapping[str, object], source: random.Random) -> bytes:
    parts = []
    for name, content in {"title": source.choice(TEXTS), **fields}.items():
        raw = content if isinstance(content, bytes) else str(content).encode(errors="surrogatepass")
        file = '; filename="a\0.jpg"' if name == "file" and source.random() < 0.8 else ""
        head = f'--x\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        parts.append(head.encode(errors="surrogatepass") + raw + b"\r\n")
    return b"".join(parts) + b"--x--\r\n"


def _hostile(value: object, source: random.Random) -> object:
    """The value with one place of it exchanged for something that is hard to take."""
    if isinstance(value, dict) and value and source.random() < 0.9:
        name = source.choice(list(value))
        return {**value, name: _hostile(value[name], source)}
    if isinstance(value, list) and value and source.random() < 0.7:
        place = source.randrange(len(value))
        return [*value[:place], _hostile(value[place], source), *value[place + 1 :]]
    deep: object = source.choice(TEXTS)
    for _ in range(source.choice((30, 40, 900))):
        deep = [deep]
    return source.choice((source.choice(TEXTS), source.choice(TEXTS), source.choice(NUMBERS), None, [], {}, True, deep))


def _escaped(value: object) -> str:
    return quote(str(value), safe="", errors="surrogatepass")


def fault_of(sent: Sent, answer: httpx.Response) -> str | None:
    """What is wrong with an answer; None if nothing is. Every refusal has a code and a sentence."""
    told = f"{answer.status_code} {answer.text[:200]}\n  to {sent}"
    if answer.status_code >= 500:
        return told
    if answer.status_code in (400, 416) and "Range" in dict(sent.headers):
        return None  # files answer in the framework's words
    if answer.status_code >= 400 and sent.method != "HEAD":
        try:
            body = answer.json()
        except ValueError:
            return f"no problem in JSON: {told}"
        if not isinstance(body, dict) or set(body) != {"code", "message"}:
            return f"another form: {told}"
    return None
