"""Quotes: a demand in a currency becomes an amount of CPY that k of n rate signers sign."""

from __future__ import annotations

import json
import time
from statistics import median_low
from typing import Any

import structlog
from pydantic import BaseModel

from backend.chain.transactions import Transaction, prepare
from backend.core.errors import ApiError
from backend.core.money import Money, show_cpy
from backend.core.services import chain, committee
from oracle.chain.signing import ascending, signer_of
from oracle.report.requests import ask

log = structlog.get_logger()

VALID_SECONDS = 10 * 60
TIMEOUT_SECONDS = 10
MAX_RATE = 10**30


class SignedQuote(BaseModel):
    """Amounts in CPY wei, as text: they do not fit a JSON number."""

    case_id: int
    rate: str
    amount: str
    shown: str
    valid_until: int
    signatures: list[str]
    sources: dict[str, str]
    """Rate of each signer that was asked, in CPY wei for one minor unit."""
    transactions: list[Transaction]


def quote(case_id: int, demand: int, currency: str) -> SignedQuote:
    """Ask the rate signers. The rate is the median of theirs; each signs only a rate close to its own."""
    signers = {address: endpoint for address, _, endpoint in committee("Settlement")}
    rates = {address: rate for address, e in signers.items() if (rate := _rate(e, currency)) is not None}
    needed = int(chain().call("Settlement", "threshold"))
    if len(rates) < needed:
        raise ApiError(503, "no_rate", f"Only {len(rates)} of {needed} rate signers have a rate for {currency} now.")
    rate = median_low(rates.values())
    valid_until = chain().head()[1] + VALID_SECONDS
    valid_until = min(valid_until, int(time.time()) + VALID_SECONDS)
    message = {"caseId": case_id, "rate": rate, "amount": demand * rate, "validUntil": valid_until}
    signatures: dict[str, bytes] = {}
    for address in rates:
        if len(signatures) < needed and (signature := _signature(signers[address], address, message)):
            signatures[address] = signature
    if len(signatures) < needed:
        raise ApiError(
            503, "no_quote", f"Only {len(signatures)} of {needed} rate signers signed: try again in a minute."
        )
    given = (case_id, rate, demand * rate, valid_until)
    settlement = chain().deployment.addresses["Settlement"]
    shown = show_cpy(demand * rate)
    ordered = ascending(signatures)
    return SignedQuote(
        case_id=case_id,
        rate=str(rate),
        amount=str(demand * rate),
        shown=shown,
        valid_until=valid_until,
        signatures=["0x" + s.hex() for s in ordered],
        sources={address: str(r) for address, r in rates.items()},
        transactions=[
            prepare("CPYToken", "approve", settlement, demand * rate, summary=f"Allow the payment of {shown}"),
            prepare("Settlement", "pay", given, ordered, summary=f"Pay {shown} for {Money(demand, currency)}"),
        ],
    )


def _rate(endpoint: str, currency: str) -> int | None:
    try:
        rate = int(ask("GET", f"{endpoint}/rates", TIMEOUT_SECONDS)[currency])
    except Exception as problem:  # whatever a signer sends, the others count
        log.warning("no rate", endpoint=endpoint, problem=f"{type(problem).__name__}: {problem}")
        return None
    return rate if 0 < rate < MAX_RATE else None


def _signature(endpoint: str, address: str, message: dict[str, Any]) -> bytes | None:
    asked = {"case_id": message["caseId"], "rate": message["rate"], "valid_until": message["validUntil"]}
    try:
        answer = ask("POST", f"{endpoint}/quotes", TIMEOUT_SECONDS, json.dumps(asked).encode())
        signature = bytes.fromhex(answer["signature"])
        signer = signer_of(chain().deployment, "Quote", message, signature)
    except Exception as problem:
        log.warning("no signature", signer=address, problem=f"{type(problem).__name__}: {problem}")
        return None
    return signature if signer == address else None
