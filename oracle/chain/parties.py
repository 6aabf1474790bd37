"""What parties publish of themselves: in KeyDirectory an X25519 key and an address under which they serve, and members
of the committee in EvidenceOracle their method of comparing pictures."""

from __future__ import annotations

from urllib.parse import urlsplit

from oracle.chain.client import Chain
from oracle.errors import ChainError
from oracle.sealing import can_wrap_to

MAX_ENDPOINT = 300


def published_key(chain: Chain, account: str) -> bytes:
    """X25519 key of an account; empty if it published none that can be used. Raises ChainError."""
    key = bytes(chain.call("KeyDirectory", "keyOf", account))
    return key if can_wrap_to(key) else b""


def published_endpoint(chain: Chain, account: str) -> str:
    """Address of an account's service; empty if it published none that can be asked.

    It is the party's own text: whatever it is, it must not keep us from the others.
    """
    try:
        said = str(chain.call("KeyDirectory", "endpointOf", account))
        parts = urlsplit(said)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and said.isascii() and " " not in said
        usable = usable and said.isprintable()
    except ValueError:
        return ""
    except ChainError as problem:
        # Text that is no UTF-8 fails to be decoded, which is no fault of the chain's.
        if isinstance(problem.__cause__, ValueError | UnicodeError) or "decode" in str(problem).lower():
            return ""
        raise
    return said if usable and len(said) <= MAX_ENDPOINT else ""


def declared_method(chain: Chain, account: str) -> str:
    """Method by which a member says that it compares pictures; empty if it says nothing. Raises ChainError."""
    said = bytes(chain.call("EvidenceOracle", "methodOf", account))
    name = said.rstrip(b"\0")
    return name.decode() if name.isascii() and name.decode().isprintable() else "0x" + said.hex()


def method_word(name: str) -> bytes:
    """A method's name as the contract keeps it, 32 bytes. Raises ValueError for more than 32 bytes."""
    word = name.encode()
    if len(word) > 32:
        raise ValueError(f"a method name can have at most 32 bytes, not {len(word)}")
    return word.ljust(32, b"\0")
