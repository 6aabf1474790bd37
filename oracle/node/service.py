"""The node's HTTP face: status, gateway, sealed dossiers, and the committee's requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy import Engine, select

from oracle.chain.licensing import Offer
from oracle.errors import NotStoredError, OracleError, VerificationError
from oracle.node.database import dossiers
from oracle.node.member import MemberService
from oracle.report.requests import requester
from oracle.store.base import ContentStore
from oracle.store.gateway import CAR_TYPE

MAX_BODY = 4 * 1024 * 1024


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
    app = FastAPI(title="CopyTrack oracle node", version="1")

    @app.exception_handler(VerificationError)
    async def refused(_: Request, problem: VerificationError) -> JSONResponse:
        return JSONResponse({"detail": str(problem)}, status_code=422)

    @app.exception_handler(OracleError)
    async def failed(_: Request, problem: OracleError) -> JSONResponse:
        return JSONResponse({"detail": str(problem)}, status_code=503)

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
        return {"verdicts": await run_in_threadpool(member.check, proposer, list(body.get("proposals", [])))}

    @app.post("/signatures")
    async def signatures(request: Request) -> dict[str, str]:
        _, body = await _from_member(request)
        return {"signature": (await run_in_threadpool(member.sign_report, body)).hex()}

    async def _from_member(request: Request) -> tuple[str, dict[str, Any]]:
        payload = b""
        async for part in request.stream():
            payload += part
            if len(payload) > MAX_BODY:
                raise HTTPException(413, f"at most {MAX_BODY} bytes")
        address = requester(request.headers, member.account.address, request.url.path, payload)
        await run_in_threadpool(member.must_be_member, address)
        try:
            body = json.loads(payload)
        except ValueError as problem:
            raise HTTPException(400, "not JSON") from problem
        if not isinstance(body, dict):
            raise HTTPException(400, "not a JSON object")
        return address, body

    return app
