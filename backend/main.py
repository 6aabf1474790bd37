"""The API process: everything is put together here. Run it with `uvicorn backend.main:app`."""

from __future__ import annotations

from fastapi import FastAPI
from sqlalchemy import text

from backend.accounts.api import router as accounts
from backend.cases.api import router as cases
from backend.core.database import transaction
from backend.core.errors import Problem, add_error_handlers
from backend.core.services import chain, redis
from backend.hits.api import router as hits
from backend.openapi.api import router as openapi
from backend.works.api import router as works


def create_app() -> FastAPI:
    """The whole API."""
    errors: dict[int | str, dict[str, object]] = {
        status: {"model": Problem} for status in (401, 403, 404, 409, 413, 422, 429, 503)
    }
    api = FastAPI(title="CopyTrack", version="1", responses=errors)
    add_error_handlers(api)
    for router in (accounts, works, hits, cases, openapi):
        api.include_router(router)

    @api.get("/health", tags=["open"])
    def health() -> dict[str, object]:
        """Whether each outside part answers."""
        with transaction() as session:
            session.execute(text("SELECT 1"))
        redis().ping()
        chain().check()
        return {"ok": True, "block": chain().head()[0]}

    return api


app = create_app()
