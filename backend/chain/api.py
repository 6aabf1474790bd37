"""The chain for browsers: read calls and signed transactions pass through to our node; nothing is signed here.

So the web app talks to one origin only, and works without a wallet. Who does not trust us asks his own node. What
passes is what our pages need: calls and events of our contracts, not the node's whole power.
"""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any

import httpx
from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from backend.core.errors import ApiError
from backend.core.limits import caller_of, limit
from backend.core.services import chain
from backend.core.settings import settings

router = APIRouter(tags=["chain"])

ALLOWED = {
    "eth_blockNumber", "eth_call", "eth_chainId", "eth_estimateGas", "eth_feeHistory", "eth_gasPrice", "eth_getBalance",
    "eth_getBlockByHash", "eth_getBlockByNumber", "eth_getCode", "eth_getLogs", "eth_getTransactionByHash",
    "eth_getTransactionCount", "eth_getTransactionReceipt", "eth_maxPriorityFeePerGas", "eth_sendRawTransaction",
    "net_version",
}  # fmt: skip
MAX_BODY = 256 * 1024
MAX_BATCH = 50
# Single requests, those of batches included: a page asks some twenty, and a waiting one five a second.
PER_MINUTE = 3000
TIMEOUT_SECONDS = 20
AT_ONCE = 16
_room = asyncio.Semaphore(AT_ONCE)


@router.post("/rpc")
async def rpc(request: Request) -> JSONResponse:
    """JSON-RPC 2.0, one request or a batch; only what reads our contracts, and `eth_sendRawTransaction`."""
    if int(request.headers.get("content-length") or 0) > MAX_BODY:
        raise ApiError(413, "too_large", f"At most {MAX_BODY} bytes are passed on at once.")
    try:
        body = json.loads(await request.body())
    except ValueError as problem:
        raise ApiError(422, "bad_json", "This is not JSON.") from problem
    asked = body if isinstance(body, list) else [body]
    if not 0 < len(asked) <= MAX_BATCH:
        raise ApiError(413, "too_large", f"At most {MAX_BATCH} requests are passed on at once.")
    told = "Too many requests to the chain: wait a minute."
    await run_in_threadpool(limit, "rpc", caller_of(request), PER_MINUTE, told, len(asked))
    for one in asked:
        _must_be_ours(one)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS), _room, httpx.AsyncClient(timeout=TIMEOUT_SECONDS) as client:
            answer = await client.post(settings().rpc_url, json=body)
        answer.raise_for_status()
        return JSONResponse(answer.json())
    except (httpx.HTTPError, TimeoutError, ValueError) as problem:
        raise ApiError(503, "chain", f"The chain does not answer: {type(problem).__name__}.") from problem


def _must_be_ours(asked: Any) -> None:
    """Raises ApiError 403 unless the request is of an allowed kind and about our contracts."""
    method = asked.get("method") if isinstance(asked, dict) else None
    if method not in ALLOWED:
        raise ApiError(403, "method", f"{method} is not passed on: ask your own node.")
    if method not in ("eth_call", "eth_estimateGas", "eth_getLogs"):
        return
    parameters = asked.get("params") or [{}]
    about = parameters[0] if isinstance(parameters[0], dict) else {}
    ours = str(about.get("address" if method == "eth_getLogs" else "to")).lower() in _our_contracts()
    # A third parameter overrides the state that is asked; events without a topic are all of them.
    if not ours or len(parameters) > 2 or (method == "eth_getLogs" and not about.get("topics")):
        raise ApiError(403, "not_ours", "Only calls and events of CopyTrack's contracts are passed on.")


@cache
def _our_contracts() -> frozenset[str]:
    return frozenset(address.lower() for address in chain().deployment.addresses.values())
