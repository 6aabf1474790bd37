"""Sign-in with Ethereum (EIP-4361), sessions and API keys."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from fastapi import Request
from siwe import SiweMessage, VerificationError
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.accounts.models import Account, Token
from backend.core.database import Db
from backend.core.errors import ApiError
from backend.core.services import chain, redis
from backend.core.settings import settings

NONCE_SECONDS = 600
COOKIE = "copytrack_session"


def new_nonce() -> str:
    """A nonce that is good for one sign-in within ten minutes."""
    nonce = secrets.token_hex(16)
    redis().set(f"nonce:{nonce}", "1", ex=NONCE_SECONDS)
    return nonce


def sign_in(session: Session, text: str, signature: str) -> tuple[Account, str]:
    """Check the signed message and open a session. Returns the account and its token."""
    try:
        message = SiweMessage.from_message(message=text)
    except ValueError as problem:
        raise ApiError(422, "bad_message", "This is not a Sign-In with Ethereum message (EIP-4361).") from problem
    if message.chain_id != chain().deployment.chain_id:
        raise ApiError(
            422,
            "wrong_chain",
            f"The message is for chain {message.chain_id}; switch the wallet to chain {chain().deployment.chain_id}.",
        )
    try:
        message.verify(signature, domain=urlsplit(settings().public_url).netloc, nonce=message.nonce)
    except VerificationError as problem:
        raise ApiError(401, "bad_signature", f"The sign-in was not accepted: {type(problem).__name__}.") from problem
    if not redis().getdel(f"nonce:{message.nonce}"):
        raise ApiError(401, "stale_nonce", "The nonce is unknown or used up: ask for a new one.")
    account = account_of(session, message.address)
    return account, _issue(session, account, "session", "", timedelta(hours=settings().session_hours))


def account_of(session: Session, address: str) -> Account:
    """The account of an address; made on first sight."""
    session.execute(insert(Account).values(address=address).on_conflict_do_nothing())
    return session.scalars(select(Account).where(Account.address == address)).one()


def issue_api_key(session: Session, account: Account, name: str) -> str:
    """A key for programs; shown once."""
    return _issue(session, account, "api", name, None)


def _issue(session: Session, account: Account, kind: str, name: str, lifetime: timedelta | None) -> str:
    token = f"ct_{secrets.token_urlsafe(32)}"
    expires = datetime.now(UTC) + lifetime if lifetime else None
    session.add(Token(account_id=account.id, token_hash=_hash(token), kind=kind, name=name, expires_at=expires))
    return token


def current_account(session: Db, request: Request) -> Account:
    """Dependency: the account behind `Authorization: Bearer …`, or behind the web app's cookie."""
    token = token_of(request)
    found = session.execute(
        select(Account, Token).join(Token, Token.account_id == Account.id).where(Token.token_hash == _hash(token))
    ).first()
    if found is None:
        raise ApiError(401, "sign_in", "Sign in first, or send a valid API key.")
    account, record = found
    if record.expires_at and record.expires_at < datetime.now(UTC):
        raise ApiError(401, "session_over", "The session is over: sign in again.")
    return account


def account_or_none(session: Db, request: Request) -> Account | None:
    """Dependency: the account, or None for who has not signed in."""
    try:
        return current_account(session, request)
    except ApiError as problem:
        if problem.status == 401:
            return None
        raise


def token_of(request: Request) -> str:
    """Token of a request, empty if there is none. A cookie counts only for requests of our own pages."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        return token if scheme.lower() == "bearer" else ""
    cookie = request.cookies.get(COOKIE, "")
    if cookie and request.method not in ("GET", "HEAD"):
        origin = request.headers.get("Origin", "")
        if origin != own_origin():
            raise ApiError(403, "other_origin", f"This page must be opened at {own_origin()}, not at {origin or '?'}.")
    return cookie


def own_origin() -> str:
    """Scheme, host and port under which the web app is served."""
    parts = urlsplit(settings().public_url)
    return f"{parts.scheme}://{parts.netloc}"


def sign_out(session: Session, token: str) -> None:
    """End a session. Twice is the same as once."""
    session.execute(delete(Token).where(Token.token_hash == _hash(token), Token.kind == "session"))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
