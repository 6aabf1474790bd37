"""Transactions for the user's own wallet: the API prepares, the wallet signs. We never hold a user's key."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from backend.core.services import chain


class Transaction(BaseModel):
    """What a wallet is to send."""

    chain_id: int
    to: str
    data: str
    contract: str
    function: str
    summary: str


def prepare(contract: str, function: str, *arguments: Any, summary: str) -> Transaction:
    """Calldata for a function of one of our contracts."""
    found = chain().contract(contract)
    data = found.encode_abi(abi_element_identifier=function, args=list(arguments))
    return Transaction(
        chain_id=chain().deployment.chain_id,
        to=chain().deployment.addresses[contract],
        data=data,
        contract=contract,
        function=function,
        summary=summary,
    )
