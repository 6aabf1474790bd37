"""The chain for browsers: read calls and signed transactions pass through to our node; nothing is signed here.

So the web app talks to one origin only, and works without a wallet. Anyone who does not trust this proxy can use their
own node. What passes is what our pages need: calls and events of our contracts, not the node's whole power.
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Any

import httpx
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from backend.chain.passage import checked
from backend.core.errors import ApiError
from backend.core.inputs import parse_json
from backend.core.limits import caller_of, limit
from backend.core.services import chain
from backend.core.settings import settings

router = APIRouter(tags=["chain"])

MAX_BODY = 256 * 1024
MAX_BATCH = 50
# Single requests, those of batches included: a page asks some twenty, and a waiting one five a second.
PER_MINUTE = 3000
TIMEOUT_SECONDS = 20
AT_ONCE = 16
# What a node says of a request that is not well-formed. Other refusals (401, 404, 429) are between it and us.
NOT_UNDERSTOOD = (400, 413, 422)
_room = asyncio.Semaphore(AT_ONCE)


@router.post("/rpc")
async def rpc(request: Request) -> JSONResponse:
    """JSON-RPC 2.0, one request or a batch; only what reads our contracts, and `eth_sendRawTransaction`."""
    if int(request.headers.get("content-length") or 0) > MAX_BODY:
        raise ApiError(413, "too_large", f"A request can have at most {MAX_BODY} bytes.")
    body = parse_json(await request.body())
    asked = body if isinstance(body, list) else [body]
    if not 0 < len(asked) <= MAX_BATCH:
        raise ApiError(413, "too_large", f"A batch must have 1 to {MAX_BATCH} requests.")
    passed = await run_in_threadpool(_admitted, asked, caller_of(request))
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS), _room, httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
            answer = await client.post(settings().rpc_url, json=passed if isinstance(body, list) else passed[0])
        if answer.status_code in NOT_UNDERSTOOD:
            raise ApiError(422, "bad_request", "The node did not understand this request.")
        answer.raise_for_status()
        return JSONResponse(answer.json())
    except (httpx.HTTPError, TimeoutError, ValueError) as problem:
        raise ApiError(
            503, "chain", f"The chain is not responding ({type(problem).__name__}). Try again in a minute."
        ) from problem


def _admitted(asked: list[Any], caller: str) -> list[dict[str, Any]]:
    """The requests as they are passed on, counted. Raises ApiError for all if one is refused."""
    told = "Too many requests to the chain. Try again in a minute."
    limit("rpc", caller, PER_MINUTE, told, len(asked))
    head = cache(lambda: chain().head()[0])
    found = [checked(one, head) for one in asked]
    if more := sum(weight - 1 for _, weight in found):
        limit("rpc", caller, PER_MINUTE, told, more)
    return [request for request, _ in found]
