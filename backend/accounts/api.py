"""HTTP of accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from backend.accounts import service
from backend.accounts.models import Account
from backend.core.database import Db
from backend.core.services import chain
from backend.core.settings import settings

router = APIRouter(tags=["accounts"])
Me = Annotated[Account, Depends(service.current_account)]


class Nonce(BaseModel):
    nonce: str
    chain_id: int


class SignIn(BaseModel):
    message: str = Field(max_length=4000)
    signature: str = Field(max_length=4000)


class SessionOpened(BaseModel):
    address: str
    token: str


class SignedIn(BaseModel):
    address: str


class NewKey(BaseModel):
    name: str = Field(min_length=1, max_length=80)


@router.get("/auth/nonce")
def nonce() -> Nonce:
    return Nonce(nonce=service.new_nonce(), chain_id=chain().deployment.chain_id)


@router.post("/auth/sign-in")
def sign_in(body: SignIn, session: Db, response: Response) -> SessionOpened:
    """Opens a session: a cookie for the web app, and the same token for programs."""
    account, token = service.sign_in(session, body.message, body.signature)
    response.set_cookie(
        service.COOKIE,
        token,
        max_age=settings().session_hours * 3600,
        httponly=True,
        samesite="strict",
        secure=settings().public_url.startswith("https:"),
    )
    return SessionOpened(address=account.address, token=token)


@router.post("/auth/sign-out", status_code=204)
def sign_out(request: Request, session: Db, response: Response) -> None:
    service.sign_out(session, service.token_of(request))
    response.delete_cookie(service.COOKIE)


@router.get("/me")
def me(account: Annotated[Account | None, Depends(service.account_or_none)]) -> SignedIn | None:
    """Who is signed in; null for nobody."""
    return SignedIn(address=account.address) if account else None


@router.post("/api-keys", status_code=201)
def new_key(body: NewKey, account: Me, session: Db) -> dict[str, str]:
    return {"key": service.issue_api_key(session, account, body.name)}
