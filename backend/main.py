"""The API process: everything is put together here. Run it with `uvicorn backend.main:app`."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import Depends, FastAPI
from sqlalchemy import text

from backend.accounts.api import router as accounts
from backend.cases.api import router as cases
from backend.cases.portal import router as portal
from backend.chain.api import router as chain_router
from backend.core.database import transaction
from backend.core.errors import Problem, add_error_handlers
from backend.core.inputs import InputGuard
from backend.core.limits import limited
from backend.core.services import chain, redis
from backend.core.settings import settings
from backend.core.webapp import serve_web_app
from backend.hits.api import router as hits
from backend.licences.api import catalogue_router
from backend.licences.api import router as licences
from backend.public.api import gateway
from backend.public.api import router as public
from backend.works.api import router as works

PORTAL_ANSWERS_PER_MINUTE = 30


def create_app() -> FastAPI:
    """The whole API."""
    errors: dict[int | str, dict[str, object]] = {
        status: {"model": Problem} for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
    }
    api = FastAPI(
        title="CopyTrack",
        version=version("copytrack"),
        responses=errors,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    add_error_handlers(api)
    api.add_middleware(InputGuard, most=settings().max_upload_bytes + 1024 * 1024, uploads=("/api/works",))
    for router in (accounts, works, hits, cases, licences, catalogue_router, public, chain_router):
        api.include_router(router, prefix="/api")
    # Answers and quotes, which need no account; a quote asks all rate signers.
    answers = Depends(limited("portal", PORTAL_ANSWERS_PER_MINUTE, reads=False))
    api.include_router(portal, prefix="/api", dependencies=[answers])
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
