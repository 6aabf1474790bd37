"""The node's HTTP face: status, gateway, sealed dossiers, and the committee's requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import Engine, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oracle.chain.licensing import Offer
from oracle.errors import NotStoredError, OracleError, VerificationError
from oracle.node.database import dossiers
from oracle.node.member import MemberService
from oracle.report.requests import requester
from oracle.store.base import ContentStore
from oracle.store.gateway import CAR_TYPE

MAX_BODY = 4 * 1024 * 1024


BOT_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>CopyTrackBot</title><style>body{font:1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}</style>
<h1>CopyTrackBot</h1>
<p>CopyTrackBot looks for copies of photographs whose owners registered them with CopyTrack. It reads public pages and
compares their pictures with the register.</p>
<h2>What it respects</h2>
<ul><li><code>robots.txt</code>, for pages, pictures and redirects: <code>User-agent: CopyTrackBot</code> or
<code>*</code>, with <code>Crawl-delay</code> and <code>Request-rate</code>.</li>
<li><code>X-Robots-Tag</code> headers and robots meta tags: <code>noindex</code>, <code>nofollow</code>,
<code>none</code>, <code>noimageindex</code>, <code>noai</code>, <code>noimageai</code>,
<code>unavailable_after</code>.</li>
<li>The text-and-data-mining reservation (TDMRep) as header, meta tag or <code>/.well-known/tdmrep.json</code>.</li>
<li><code>Retry-After</code> with status 429 or 503: it stays away from the whole site until then.</li></ul>
<h2>How to block it</h2>
<pre>User-agent: CopyTrackBot
Disallow: /</pre>
<p>It reads the file once an hour.</p></html>
"""


class BodyLimit:
    """Refuses bodies that are too large, whether their length is stated or not, before they are kept."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = JSONResponse({"detail": f"the body can have at most {self._most} bytes"}, status_code=413)
        said = dict(scope["headers"]).get(b"content-length", b"")
        if said and not (said.isdigit() and int(said[:20]) <= self._most):
            await refused(scope, receive, send)
            return
        parts: list[Message] = []
        size = 0
        more = scope["method"] in ("POST", "PUT", "PATCH", "DELETE")
        while more:
            message = await receive()
            parts.append(message)
            size += len(message.get("body", b""))
            more = message.get("more_body", False)
            if size > self._most:
                await refused(scope, receive, send)
                return

        async def replay() -> Message:
            return parts.pop(0) if parts else await receive()

        await self._app(scope, replay, send)


class QuoteRequest(BaseModel):
    """What a rate signer is asked to sign: the price of a case, or of an offer with all that it says."""

    case_id: int | None = Field(default=None, ge=1)
    offer: dict[str, Any] | None = None
    rate: int = Field(ge=1)
    valid_until: int = Field(ge=1)


def create_app(
    member: MemberService, store: ContentStore, engine: Engine, status: Callable[[], dict[str, Any]]
) -> FastAPI:
    """The service of one node. `store` is the node's own, without gateways behind it."""
    app = FastAPI(title="CopyTrack oracle node", version=version("copytrack"), docs_url=None, redoc_url=None)
    app.add_middleware(BodyLimit, most=MAX_BODY)

    @app.exception_handler(VerificationError)
    async def refused(_: Request, problem: VerificationError) -> JSONResponse:
        return JSONResponse({"detail": str(problem)}, status_code=422)

    @app.exception_handler(OracleError)
    async def failed(_: Request, problem: OracleError) -> JSONResponse:
        return JSONResponse({"detail": str(problem)}, status_code=503)

    @app.get("/bot")
    def bot() -> HTMLResponse:
        """For site owners who find our crawler in their logs."""
        return HTMLResponse(BOT_PAGE)

    @app.get("/status")
    def show_status() -> dict[str, Any]:
        return status()

    @app.get("/ipfs/{cid}")
    def gateway(cid: str) -> Response:
        """Trustless gateway: CARv1 only."""
        try:
            return Response(store.export_car(cid), media_type=CAR_TYPE)
        except NotStoredError as problem:
            raise HTTPException(404, "not stored here") from problem

    @app.get("/dossiers/{root}")
    def sealed_dossiers(root: str, recipient: str) -> list[dict[str, str]]:
        """Envelopes of a report for one published key; only its owner can open them."""
        with engine.begin() as connection:
            rows = connection.execute(
                select(dossiers).where(dossiers.c.root == root, dossiers.c.recipient == recipient)
            ).all()
        return [{"leaf": row.leaf, "sealed": bytes(row.sealed).hex()} for row in rows]

    @app.get("/rates")
    def rates() -> dict[str, int]:
        return member.rates()

    @app.post("/quotes")
    def quote(asked: QuoteRequest) -> dict[str, str]:
        if asked.offer is not None:
            offer = Offer.from_json(asked.offer)
            return {"signature": member.sign_quote_of_offer(offer, asked.rate, asked.valid_until).hex()}
        if asked.case_id is None:
            raise VerificationError("quote", "name a case or an offer")
        return {"signature": member.sign_quote_of_case(asked.case_id, asked.rate, asked.valid_until).hex()}

    @app.post("/checks")
    async def checks(request: Request) -> dict[str, Any]:
        proposer, body = await _from_member(request)
        proposals = body.get("proposals")
        if not isinstance(proposals, list) or not all(isinstance(p, dict) for p in proposals):
            raise HTTPException(400, "proposals must be a list of objects")
        return {"verdicts": await run_in_threadpool(member.check, proposer, proposals)}

    @app.post("/signatures")
    async def signatures(request: Request) -> dict[str, str]:
        _, body = await _from_member(request)
        return {"signature": (await run_in_threadpool(member.sign_report, body)).hex()}

    async def _from_member(request: Request) -> tuple[str, dict[str, Any]]:
        payload = await request.body()
        address = requester(request.headers, member.account.address, request.url.path, payload)
        await run_in_threadpool(member.must_be_member, address)
        try:
            body = json.loads(payload)
        except (ValueError, RecursionError) as problem:
            raise HTTPException(400, "the body is not JSON") from problem
        if not isinstance(body, dict):
            raise HTTPException(400, "the body is not a JSON object")
        return address, body

    return app
