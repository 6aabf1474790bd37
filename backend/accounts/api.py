"""HTTP of accounts."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from backend.accounts import service
from backend.accounts.models import Account
from backend.accounts.nonces import new_nonce
from backend.core.database import Db
from backend.core.limits import limited
from backend.core.services import chain
from backend.core.settings import settings

router = APIRouter(tags=["accounts"])
Me = Annotated[Account, Depends(service.current_account)]
NONCES_PER_MINUTE = 60
SIGN_INS_PER_MINUTE = 30


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
    """A key for programs; without `days` it lives until it is revoked."""

    name: str = Field(min_length=1, max_length=80)
    days: int | None = Field(default=None, ge=1, le=3650)


class ApiKey(BaseModel):
    """An API key, without what opens the account: that is told once, when it is made."""

    model_config = ConfigDict(from_attributes=True)
    id: uuid.UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    """To the minute; null if it was never used."""
    expires_at: datetime | None


class IssuedKey(ApiKey):
    key: str


@router.get("/auth/nonce", dependencies=[Depends(limited("nonce", NONCES_PER_MINUTE))])
def nonce() -> Nonce:
    return Nonce(nonce=new_nonce(), chain_id=chain().deployment.chain_id)


@router.post("/auth/sign-in", dependencies=[Depends(limited("sign-in", SIGN_INS_PER_MINUTE))])
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


@router.post("/auth/sign-out-everywhere", status_code=204)
def sign_out_everywhere(account: Me, session: Db, response: Response) -> None:
    """Ends all sessions of the account, on all devices. API keys stay."""
    service.sign_out_everywhere(session, account)
    response.delete_cookie(service.COOKIE)


@router.get("/api-keys")
def list_keys(account: Me, session: Db) -> list[ApiKey]:
    return [ApiKey.model_validate(key) for key in service.api_keys_of(session, account)]


@router.post("/api-keys", status_code=201)
def new_key(body: NewKey, account: Me, session: Db, request: Request) -> IssuedKey:
    """Makes an API key. Keep `key` well: it cannot be read again."""
    service.must_be_session(session, request)
    lifetime = timedelta(days=body.days) if body.days else None
    made, secret = service.issue_api_key(session, account, body.name, lifetime)
    return IssuedKey(key=secret, **ApiKey.model_validate(made).model_dump())


@router.delete("/api-keys/{key_id}", status_code=204)
def revoke_key(key_id: uuid.UUID, account: Me, session: Db) -> None:
    """The key opens nothing from now on."""
    service.revoke_api_key(session, account, key_id)
