"""Sign-in with Ethereum (EIP-4361), sessions and API keys."""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from fastapi import Request
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.accounts import nonces
from backend.accounts.messages import own_origin, read_message
from backend.accounts.models import API_KEY, SESSION, Account, Token
from backend.accounts.signatures import is_signed_by
from backend.core.database import Db
from backend.core.errors import ApiError, not_found
from backend.core.settings import settings

COOKIE = "copytrack_session"
MAX_KEYS = 20
USE_NOTED_EVERY = timedelta(minutes=1)
_HEX = re.compile("0x(?:[0-9a-fA-F]{2})*")


def sign_in(session: Session, text: str, signature: str) -> tuple[Account, str]:
    """Check the signed message and open a session. Returns the account and its token."""
    message = read_message(text)
    if not _HEX.fullmatch(signature):
        raise ApiError(422, "bad_signature", "A signature must be 0x followed by two hex digits for each byte.")
    if not nonces.is_fresh(message.nonce):
        raise _stale_nonce()
    # Over the text as it came: what a library makes of it need not be what the wallet showed.
    if not is_signed_by(message.address, text, bytes.fromhex(signature[2:])):
        raise ApiError(401, "bad_signature", f"Sign-in failed: {message.address} did not sign this message.")
    if not nonces.use(message.nonce):
        raise _stale_nonce()
    account = account_of(session, message.address)
    forget_expired(session, account)
    return account, _issue(session, account, SESSION, "", timedelta(hours=settings().session_hours))[1]


def _stale_nonce() -> ApiError:
    return ApiError(401, "stale_nonce", "The nonce is unknown or has already been used. Request a new one.")


def account_of(session: Session, address: str) -> Account:
    """The account of an address; made on first sight."""
    session.execute(insert(Account).values(address=address).on_conflict_do_nothing())
    return session.scalars(select(Account).where(Account.address == address)).one()


def issue_api_key(session: Session, account: Account, name: str, lifetime: timedelta | None) -> tuple[Token, str]:
    """A key for programs; what opens the account is told once. Raises ApiError 409 if there are too many."""
    session.execute(select(Account.id).where(Account.id == account.id).with_for_update())  # one after the other
    forget_expired(session, account)
    if len(api_keys_of(session, account)) >= MAX_KEYS:
        raise ApiError(409, "too_many_keys", f"An account can have at most {MAX_KEYS} API keys. Revoke one first.")
    return _issue(session, account, API_KEY, name, lifetime)


def api_keys_of(session: Session, account: Account) -> Sequence[Token]:
    """Living keys, the oldest first."""
    return session.scalars(
        select(Token)
        .where(Token.account_id == account.id, Token.kind == API_KEY)
        .where(or_(Token.expires_at.is_(None), Token.expires_at > func.now()))
        .order_by(Token.created_at)
    ).all()


def revoke_api_key(session: Session, account: Account, key_id: uuid.UUID) -> None:
    """From now on the key opens nothing. Raises ApiError 404 for a key that is not there, or not theirs."""
    mine = (Token.id == key_id, Token.account_id == account.id, Token.kind == API_KEY)
    if session.execute(delete(Token).where(*mine).returning(Token.id)).first() is None:
        raise not_found("API key")


def forget_expired(session: Session, account: Account) -> None:
    session.execute(delete(Token).where(Token.account_id == account.id, Token.expires_at <= func.now()))


def _issue(session: Session, account: Account, kind: str, name: str, lifetime: timedelta | None) -> tuple[Token, str]:
    secret = f"ct_{secrets.token_urlsafe(32)}"
    expires = datetime.now(UTC) + lifetime if lifetime else None
    made = Token(account_id=account.id, token_hash=_hash(secret), kind=kind, name=name, expires_at=expires)
    session.add(made)
    session.flush()
    return made, secret


def current_account(session: Db, request: Request) -> Account:
    """Dependency: the account behind `Authorization: Bearer …`, or behind the web app's cookie."""
    token = token_of(request)
    found = session.execute(
        select(Account, Token).join(Token, Token.account_id == Account.id).where(Token.token_hash == _hash(token))
    ).first()
    if found is None:
        raise ApiError(401, "sign_in", "Sign in or send a valid API key.")
    account, record = found
    if record.expires_at and record.expires_at < datetime.now(UTC):
        raise ApiError(401, "session_over", "Your session or API key has expired. Sign in again or use a valid key.")
    if record.kind == API_KEY:
        _note_use(session, record)
    return account


def _note_use(session: Session, key: Token) -> None:
    """When the key was used, to the minute. Requests at the same moment do not wait for each other."""
    now = datetime.now(UTC)
    if key.last_used_at is None or key.last_used_at < now - USE_NOTED_EVERY:
        free = select(Token.id).where(Token.id == key.id).with_for_update(skip_locked=True).scalar_subquery()
        session.execute(update(Token).where(Token.id == free).values(last_used_at=now))


def must_be_session(session: Session, request: Request) -> None:
    """Raises ApiError 403 for an API key: a stolen one must not make others that outlive it."""
    kind = session.scalar(select(Token.kind).where(Token.token_hash == _hash(token_of(request))))
    if kind != SESSION:
        raise ApiError(403, "session_only", "Sign in with your wallet to do this. An API key cannot create API keys.")


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
            raise ApiError(403, "other_origin", f"Open this page at {own_origin()}, not at {origin or '?'}.")
    return cookie


def sign_out(session: Session, token: str) -> None:
    """End a session. Twice is the same as once."""
    session.execute(delete(Token).where(Token.token_hash == _hash(token), Token.kind == SESSION))


def sign_out_everywhere(session: Session, account: Account) -> None:
    """End all sessions of an account. API keys stay."""
    session.execute(delete(Token).where(Token.account_id == account.id, Token.kind == SESSION))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
