"""Errors that reach the user, each with a code for programs and a sentence for people."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from redis.exceptions import RedisError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.exceptions import HTTPException

from oracle.errors import BadCidError, BadImageError, ChainError, NotStoredError, OracleError, RevertedError
from oracle.errors import VerificationError as NotVerifiedError
from oracle.names import BadNameError

# Kinds of the library's errors, the narrower before the wider.
LIBRARY: tuple[tuple[type[OracleError], int, str], ...] = (
    (BadImageError, 422, "bad_image"),
    (BadNameError, 422, "bad_url"),
    (NotVerifiedError, 422, "not_verified"),
    (BadCidError, 400, "bad_cid"),
    (NotStoredError, 404, "not_stored"),
    (RevertedError, 409, "refused"),
    (ChainError, 503, "chain"),
    (OracleError, 503, "unavailable"),
)
CODES = {400: "bad_request", 404: "not_found", 405: "method", 413: "too_large"}
# Of the fields that are wrong, so many are named.
FIELDS_NAMED = 3


class Problem(BaseModel):
    """Body of every error response."""

    code: str
    message: str


class ApiError(Exception):
    """An error with its HTTP status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message
        super().__init__(message)


def not_found(what: str) -> ApiError:
    return ApiError(404, "not_found", f"This {what} does not exist, or you do not have access to it.")


def add_error_handlers(app: FastAPI) -> None:
    """Turn our errors, those of the oracle library, and those of the parts below into responses of one form."""

    @app.exception_handler(ApiError)
    async def known(_: Request, problem: ApiError) -> JSONResponse:
        return problem_response(problem.status, problem.code, problem.message)

    @app.exception_handler(OracleError)
    async def library(_: Request, problem: OracleError) -> JSONResponse:
        status, code = next((status, code) for kind, status, code in LIBRARY if isinstance(problem, kind))
        return problem_response(status, code, str(problem))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, problem: RequestValidationError) -> JSONResponse:
        # Without the values: not everything that can be sent can be sent back.
        told = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors()[:FIELDS_NAMED]]
        return problem_response(422, "invalid", "; ".join(told))

    @app.exception_handler(HTTPException)
    async def framework(_: Request, problem: HTTPException) -> JSONResponse:
        code = CODES.get(problem.status_code, "refused")
        return problem_response(problem.status_code, code, str(problem.detail), problem.headers)

    @app.exception_handler(DataError)
    async def value(_: Request, problem: DataError) -> JSONResponse:
        return problem_response(422, "bad_value", "A value is invalid or out of range.")

    @app.exception_handler(IntegrityError)
    async def conflict(_: Request, problem: IntegrityError) -> JSONResponse:
        return problem_response(
            409, "conflict", "Another request made the same change at the same time. Reload and check the result."
        )

    @app.exception_handler(OperationalError)
    @app.exception_handler(NoConnectionError)
    async def database(_: Request, problem: Exception) -> JSONResponse:
        return problem_response(
            503, "database", "The database is not responding. Nothing was lost. Try again in a minute."
        )

    @app.exception_handler(RedisError)
    async def counters(_: Request, problem: RedisError) -> JSONResponse:
        return problem_response(503, "redis", "Part of the service is not responding. Try again in a minute.")


def problem_response(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The response of an error; what cannot be written of its message becomes a question mark."""
    told = message.encode(errors="replace").decode()
    return JSONResponse(Problem(code=code, message=told).model_dump(), status_code=status, headers=headers)
