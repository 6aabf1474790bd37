"""Prices in a currency as CPY: k of n rate signers sign the median of their rates, for one payment and some minutes."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median_low
from typing import Any

import structlog

from oracle.chain.client import Chain
from oracle.chain.parties import published_endpoint
from oracle.chain.quorum import Roster
from oracle.chain.signing import ascending, signer_of
from oracle.errors import ChainError
from oracle.peers import ask

log = structlog.get_logger()

VALID_SECONDS = 10 * 60
TIMEOUT_SECONDS = 10
MAX_RATE = 10**30


class NoQuoteError(ChainError):
    """Too few rate signers have a rate, or sign."""


@dataclass(frozen=True)
class Payment:
    """What is to be paid: `subject` is a case's number or an offer's id in 32 bytes, `price` in minor units, `asked`
    what signers are told to find it: {"case_id": …} or {"offer": {…}}."""

    consumer: str
    subject: bytes
    price: int
    currency: str
    asked: Mapping[str, Any]

    def message(self, rate: int, valid_until: int) -> dict[str, Any]:
        """The EIP-712 message Quote; `rate` in CPY wei for one minor unit, `valid_until` in Unix seconds."""
        return {
            "consumer": self.consumer,
            "subject": self.subject,
            "rate": rate,
            "amount": self.price * rate,
            "issuedAt": valid_until - VALID_SECONDS,
            "validUntil": valid_until,
        }


@dataclass(frozen=True)
class Quote:
    """A signed quote: the struct's fields, signatures in ascending order of signers, and every rate that was told."""

    message: dict[str, Any]
    signatures: list[bytes]
    rates: dict[str, int]

    def encoded(self) -> tuple[Any, ...]:
        """IRates.Quote."""
        return tuple(self.message.values())


def rate_signers(chain: Chain, roster: Roster) -> dict[str, str]:
    """Account → published address of the current rate signers (`roster` is that of Rates). Raises ChainError."""
    found = {account: published_endpoint(chain, account) for account in roster.members().addresses}
    return {account: endpoint for account, endpoint in found.items() if endpoint}


def gather_quote(chain: Chain, payment: Payment, signers: Mapping[str, str]) -> Quote:
    """Ask the rate signers (account → published address). Each signs only a rate close to its own.

    Raises NoQuoteError, ChainError.
    """
    rates = {a: rate for a, e in signers.items() if (rate := _rate(e, payment.currency)) is not None}
    needed = int(chain.call("Rates", "threshold"))
    if len(rates) < needed:
        raise NoQuoteError(
            f"Not enough rate signers have a rate for {payment.currency} ({len(rates)} of {needed} needed). Try again "
            "in a minute."
        )
    valid_until = min(chain.head()[1], int(time.time())) + VALID_SECONDS
    message = payment.message(median_low(rates.values()), valid_until)
    signatures: dict[str, bytes] = {}
    for address in rates:
        if len(signatures) < needed and (s := _signature(chain, signers[address], address, payment, message)):
            signatures[address] = s
    if len(signatures) < needed:
        raise NoQuoteError(
            f"Not enough rate signers signed the quote ({len(signatures)} of {needed} needed). Try again in a minute."
        )
    return Quote(message, ascending(signatures), rates)


def _rate(endpoint: str, currency: str) -> int | None:
    try:
        rate = int(ask("GET", f"{endpoint}/rates", TIMEOUT_SECONDS)[currency])
    except Exception as problem:  # whatever a signer sends, the others count
        log.warning("no rate", endpoint=endpoint, problem=f"{type(problem).__name__}: {problem}")
        return None
    return rate if 0 < rate < MAX_RATE else None


def _signature(chain: Chain, endpoint: str, address: str, payment: Payment, message: dict[str, Any]) -> bytes | None:
    asked = {**payment.asked, "rate": message["rate"], "valid_until": message["validUntil"]}
    try:
        answer = ask("POST", f"{endpoint}/quotes", TIMEOUT_SECONDS, json.dumps(asked).encode())
        signature = bytes.fromhex(answer["signature"])
        signer = signer_of(chain.deployment, "Quote", message, signature)
    except Exception as problem:
        log.warning("no signature", signer=address, problem=f"{type(problem).__name__}: {problem}")
        return None
    return signature if signer == address else None
