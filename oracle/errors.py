"""What can go wrong, as a reader can act on it. Every error of the library is an `OracleError`."""

from __future__ import annotations


class OracleError(Exception):
    """Base of all errors of this library. The message says what to do."""


class BadImageError(OracleError):
    """The bytes are not a picture that can be used: empty, truncated, no image, or larger than the limits."""


class FetchError(OracleError):
    """An address could not be fetched this time; later may be better."""


class FetchRefusedError(FetchError):
    """We will not fetch this address: forbidden by robots.txt, by our address rules or by its size."""


class StoreError(OracleError):
    """The content store does not answer as it should."""


class BadCidError(StoreError):
    """What was named is no CID as this project uses them."""


class NotStoredError(StoreError):
    """The content store does not have this CID."""


class CorruptContentError(StoreError):
    """Stored bytes do not hash to their CID."""


class ChainError(OracleError):
    """The chain refused or does not answer."""


class WrongChainError(ChainError):
    """The RPC endpoint serves another chain than the deployment is on."""


class NotEnoughGasError(ChainError):
    """The account cannot pay for the transaction."""


class RevertedError(ChainError):
    """A contract refused. `name` is its custom error, `arguments` what it says."""

    def __init__(self, name: str, arguments: tuple[object, ...] = ()) -> None:
        self.name = name
        self.arguments = arguments
        shown = ", ".join(str(a.hex()) if isinstance(a, bytes) else str(a) for a in arguments)
        super().__init__(f"the contract rejected the call: {name}({shown})")


class EvidenceError(OracleError):
    """Evidence could not be captured: the page is an error, a consent wall or a CAPTCHA, or the browser failed."""


class VerificationError(OracleError):
    """Something stated does not agree with what was found. `subject` names the file or step."""

    def __init__(self, subject: str, message: str) -> None:
        self.subject = subject
        super().__init__(f"{subject}: {message}")
