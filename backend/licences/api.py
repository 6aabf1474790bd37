"""HTTP of the market: what anybody may ask, and the transactions that buy a licence with one's own wallet."""

from __future__ import annotations

from eth_utils.address import is_address, to_checksum_address
from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from backend.chain.transactions import Transaction
from backend.core.database import Db
from backend.core.errors import ApiError
from backend.core.inputs import HexId
from backend.core.limits import limited
from backend.licences import service

router = APIRouter(tags=["open"])
# Each asks the chain, and all rate signers where the price is in a currency.
PURCHASES_PER_MINUTE = 30


class Buying(BaseModel):
    """Who buys, and the site that will use the work."""

    licensee: str = Field(max_length=64)
    url: str = Field(max_length=2000, description="any address of the site, such as https://www.example.com/")
    whole_site: bool = True
    """Or only the host of the address."""


class PreparedPurchase(BaseModel):
    """Amounts in CPY wei, as text."""

    licence_id: str
    price: str
    shown: str
    valid_until: int | None
    """Unix seconds until which the quote of a price in a currency counts."""
    transactions: list[Transaction]


@router.post("/open/offers/{offer_id}/purchase", dependencies=[Depends(limited("purchase", PURCHASES_PER_MINUTE))])
def purchase(offer_id: HexId, body: Buying, session: Db) -> PreparedPurchase:
    """Transactions for the licensee's own wallet, in order: allowance, and purchase or renewal."""
    if not is_address(body.licensee):
        raise ApiError(422, "bad_address", "The licensee is an Ethereum address: 0x and 40 digits.")
    licensee = to_checksum_address(body.licensee)
    found = service.purchase(session, offer_id, licensee, body.url, body.whole_site)
    return PreparedPurchase(
        licence_id="0x" + found.licence_id.hex(),
        price=str(found.price),
        shown=found.shown,
        valid_until=found.valid_until,
        transactions=found.transactions,
    )
