"""The chain for browsers: read calls and signed transactions pass through to our node; nothing is signed here.

So the web app talks to one origin only, and works without a wallet. Who does not trust us asks his own node.
"""

from __future__ import annotations

import json
from typing import Any

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from backend.core.errors import ApiError
from backend.core.limits import caller_of, limit
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
PER_MINUTE = 1200
TIMEOUT_SECONDS = 20


@router.post("/rpc")
def rpc(request: Request, body: dict[str, Any] | list[dict[str, Any]]) -> JSONResponse:
    """JSON-RPC 2.0, one request or a batch; only what reads, and `eth_sendRawTransaction`."""
    asked = body if isinstance(body, list) else [body]
    limit("rpc", caller_of(request), PER_MINUTE, "Too many requests to the chain: wait a minute.")
    if not 0 < len(asked) <= MAX_BATCH or len(json.dumps(body)) > MAX_BODY:
        raise ApiError(413, "too_large", f"At most {MAX_BATCH} requests and {MAX_BODY} bytes are passed on at once.")
    refused = [str(one.get("method")) for one in asked if one.get("method") not in ALLOWED]
    if refused:
        raise ApiError(403, "method", f"{refused[0]} is not passed on: ask your own node.")
    try:
        answer = httpx.post(settings().rpc_url, json=body, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return JSONResponse(answer.json())
    except (httpx.HTTPError, ValueError) as problem:
        raise ApiError(503, "chain", f"The chain does not answer: {type(problem).__name__}.") from problem
