"""Quotes: a price in a currency becomes an amount of CPY that k of n rate signers sign."""

from __future__ import annotations

from pydantic import BaseModel

from backend.chain import roster
from backend.chain.transactions import Transaction, prepare
from backend.core.errors import ApiError
from backend.core.money import Money, show_cpy
from backend.core.services import chain
from oracle.quotes import NoQuoteError, Payment, Quote, gather_quote


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


def quote_for(payment: Payment) -> Quote:
    """Ask the rate signers. Raises ApiError 503 if too few answer."""
    try:
        return gather_quote(chain(), payment, roster.rate_signers())
    except NoQuoteError as problem:
        raise ApiError(503, "no_quote", str(problem)) from problem


def quote(case_id: int, demand: int, currency: str) -> SignedQuote:
    """A quote for a case, with the transactions that pay it."""
    settlement = chain().deployment.addresses["Settlement"]
    payment = Payment(settlement, case_id.to_bytes(32, "big"), demand, currency, {"case_id": case_id})
    found = quote_for(payment)
    amount = int(found.message["amount"])
    shown = show_cpy(amount)
    summary = f"Pay {shown} ({Money(demand, currency)})"
    return SignedQuote(
        case_id=case_id,
        rate=str(found.message["rate"]),
        amount=str(amount),
        shown=shown,
        valid_until=found.message["validUntil"],
        signatures=["0x" + s.hex() for s in found.signatures],
        sources={address: str(r) for address, r in found.rates.items()},
        transactions=[
            prepare("CPYToken", "approve", settlement, amount, summary=f"Approve the payment of {shown}"),
            prepare("Settlement", "pay", found.encoded(), found.signatures, summary=summary),
        ],
    )
