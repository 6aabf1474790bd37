"""Messages with which people sign in (EIP-4361): what they say, and whether that is for us and for now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from siwe import SiweMessage

from backend.core.errors import ApiError
from backend.core.services import chain
from backend.core.settings import settings

# How far a wallet's clock may be from ours.
CLOCK_TOLERANCE = timedelta(minutes=10)
MAX_LINES = 40
MAX_LINE = 300
_FIRST_LINE = " wants you to sign in with your Ethereum account:"


def own_origin() -> str:
    """Scheme, host and port under which the web app is served."""
    return _origin_of(settings().public_url)


def read_message(text: str) -> SiweMessage:
    """A message for us, and for now. Raises ApiError 422 for what is none, 401 for one that is not for us."""
    lines = text.split("\n")
    # The library's parsers take many seconds for long lines (ABNF) or many resources (pattern), so neither gets there.
    if len(lines) > MAX_LINES or max(map(len, lines)) > MAX_LINE or not lines[0].endswith(_FIRST_LINE):
        raise _no_message()
    own = urlsplit(own_origin())
    said = lines[0].removesuffix(_FIRST_LINE)
    if said not in (own.netloc, own_origin()):
        raise _refused(f"the message is for {said}, not for {own.netloc}")
    try:
        message = SiweMessage.from_message(text.partition("\nResources:")[0], abnf=False)
    except ValueError as problem:
        raise _no_message() from problem
    if message.chain_id != chain().deployment.chain_id:
        known = chain().deployment.chain_id
        told = f"The message is for chain {message.chain_id}. Switch your wallet to chain {known}."
        raise ApiError(422, "wrong_chain", told)
    if _origin_of(message.uri).lower() != own_origin().lower():
        raise _refused(f"the message names {message.uri}, which is not {own_origin()}")
    now = datetime.now(UTC)
    if abs(_time(message.issued_at) - now) > CLOCK_TOLERANCE:
        raise _refused(
            f"the message was issued at {message.issued_at}, too far from the current time; check your device's clock"
        )
    if message.expiration_time and _time(message.expiration_time) <= now:
        raise _refused("the message has expired; sign a new one")
    if message.not_before and _time(message.not_before) > now:
        raise _refused("the message is not valid yet")
    return message


def _time(said: str) -> datetime:
    """A time of a message. Raises ApiError: the grammar allows dates that no calendar has."""
    try:
        return datetime.fromisoformat(said.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as problem:
        raise ApiError(422, "bad_message", f"{said} is not a valid time.") from problem


def _origin_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _no_message() -> ApiError:
    return ApiError(422, "bad_message", "This is not a Sign-In with Ethereum message (EIP-4361).")


def _refused(why: str) -> ApiError:
    return ApiError(401, "bad_signature", f"Sign-in failed: {why}.")
