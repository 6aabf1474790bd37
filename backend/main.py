"""The API process: everything is put together here. Run it with `uvicorn backend.main:app`."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy import text
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.accounts.api import router as accounts
from backend.cases.api import router as cases
from backend.cases.portal import router as portal
from backend.chain.api import router as chain_router
from backend.core.database import transaction
from backend.core.errors import Problem, add_error_handlers, problem_response
from backend.core.services import chain, redis
from backend.core.settings import settings
from backend.core.webapp import serve_web_app
from backend.hits.api import router as hits
from backend.licences.api import router as licences
from backend.openapi.api import gateway
from backend.openapi.api import router as openapi
from backend.works.api import router as works


class BodyLimit:
    """Refuses bodies that are too large, or of unknown size, before a byte of them is kept."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("POST", "PUT", "PATCH"):
            headers = dict(scope["headers"])
            said = headers.get(b"content-length", b"")
            if b"transfer-encoding" in headers or (said and not said.isdigit()):
                await problem_response(411, "length", "Send the body with its Content-Length.")(scope, receive, send)
                return
            if said and int(said) > self._most:
                told = f"At most {self._most} bytes are taken."
                await problem_response(413, "too_large", told)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def create_app() -> FastAPI:
    """The whole API."""
    errors: dict[int | str, dict[str, object]] = {
        status: {"model": Problem} for status in (401, 403, 404, 409, 413, 422, 429, 503)
    }
    api = FastAPI(
        title="CopyTrack", version="1", responses=errors, openapi_url="/api/openapi.json", docs_url=None, redoc_url=None
    )
    add_error_handlers(api)
    api.add_middleware(BodyLimit, most=settings().max_upload_bytes + 1024 * 1024)
    for router in (accounts, works, hits, cases, portal, licences, openapi, chain_router):
        api.include_router(router, prefix="/api")
    api.include_router(gateway)

    @api.get("/health", tags=["open"])
    def health() -> dict[str, object]:
        """Whether each outside part answers."""
        with transaction() as session:
            session.execute(text("SELECT 1"))
        redis().ping()
        chain().check()
        return {"ok": True, "block": chain().head()[0]}

    serve_web_app(api, settings().web_folder)
    return api


app = create_app()
