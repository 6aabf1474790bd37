"""HTTP of accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from backend.accounts import service
from backend.accounts.models import Account
from backend.core.database import Db
from backend.core.services import chain

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


class NewKey(BaseModel):
    name: str = Field(min_length=1, max_length=80)


@router.get("/auth/nonce")
def nonce() -> Nonce:
    return Nonce(nonce=service.new_nonce(), chain_id=chain().deployment.chain_id)


@router.post("/auth/sign-in")
def sign_in(body: SignIn, session: Db) -> SessionOpened:
    account, token = service.sign_in(session, body.message, body.signature)
    return SessionOpened(address=account.address, token=token)


@router.get("/me")
def me(account: Me) -> dict[str, str]:
    return {"address": account.address}


@router.post("/api-keys", status_code=201)
def new_key(body: NewKey, account: Me, session: Db) -> dict[str, str]:
    return {"key": service.issue_api_key(session, account, body.name)}
