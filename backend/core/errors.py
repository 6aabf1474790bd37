"""Errors that reach the user, each with a code for programs and a sentence for people."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError

from oracle.errors import BadImageError, ChainError, NotStoredError, OracleError, VerificationError


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
    return ApiError(404, "not_found", f"There is no such {what}, or it is not yours.")


def add_error_handlers(app: FastAPI) -> None:
    """Turn our errors, and those of the oracle library, into responses."""

    @app.exception_handler(ApiError)
    async def known(_: Request, problem: ApiError) -> JSONResponse:
        return problem_response(problem.status, problem.code, problem.message)

    @app.exception_handler(OracleError)
    async def library(_: Request, problem: OracleError) -> JSONResponse:
        if isinstance(problem, BadImageError):
            return problem_response(422, "bad_image", str(problem))
        if isinstance(problem, NotStoredError):
            return problem_response(404, "not_stored", str(problem))
        if isinstance(problem, VerificationError):
            return problem_response(422, "not_verified", str(problem))
        if isinstance(problem, ChainError):
            return problem_response(503, "chain", str(problem))
        return problem_response(503, "unavailable", str(problem))

    @app.exception_handler(OperationalError)
    async def database(_: Request, problem: OperationalError) -> JSONResponse:
        return problem_response(
            503, "database", "The database does not answer. Nothing was lost; try again in a minute."
        )


def problem_response(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse(Problem(code=code, message=message).model_dump(), status_code=status)
