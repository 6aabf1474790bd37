"""HTTP of the market: what anybody may ask, and the transactions that buy a licence with one's own wallet."""

from __future__ import annotations

from typing import Literal

from eth_utils.address import is_address, to_checksum_address
from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from backend.accounts.api import Me
from backend.chain.transactions import Transaction
from backend.core.database import Db
from backend.core.errors import ApiError
from backend.core.inputs import FormText, HexId
from backend.core.limits import limited
from backend.licences import catalogues, service

router = APIRouter(tags=["open"])
catalogue_router = APIRouter(prefix="/catalogues", tags=["licences"])
# Each asks the chain, and all rate signers where the price is in a currency.
PURCHASES_PER_MINUTE = 30


class Buying(BaseModel):
    """Who buys, and the site that will use the work."""

    licensee: str = Field(max_length=64)
    url: str = Field(max_length=2000, description="any address of the site, such as https://www.example.com/")
    whole_site: bool = True
    """Or only the host of the address."""


class Terms(BaseModel):
    """Terms of an offer for many works. Uses, rights, period and grace are those of the price structure."""

    preset: Literal["editorial", "web", "print", "social", "campaign", "agency", "exclusive web", "buy-out"]
    price: str = Field(pattern=r"^[0-9]{1,29}$", description="CPY wei, or minor units of the currency")
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$", description="ISO 4217; empty for a price in CPY")
    terms: FormText = Field(min_length=1, max_length=20_000, description="the licence, in words")
    works: list[HexId] | None = Field(default=None, min_length=1, max_length=10_000)
    """Works that are offered; without, every work that the account owns or will own."""


class PreparedCatalogue(BaseModel):
    catalogue_id: str
    transaction: Transaction


class Catalogue(BaseModel):
    """An open offer for many works. Large numbers are text."""

    model_config = ConfigDict(from_attributes=True, coerce_numbers_to_str=True)
    catalogue_id: str
    works_root: str
    """Root over the works; zero for every work of the seller."""
    price: str
    currency: str
    period: int
    grace: int
    uses: int
    rights: int
    terms_hash: str


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
    licensee = _licensee(body)
    return _shown(service.purchase(session, offer_id, licensee, body.url, body.whole_site))


@router.post(
    "/open/works/{work_id}/catalogues/{catalogue_id}/purchase",
    dependencies=[Depends(limited("purchase", PURCHASES_PER_MINUTE))],
)
def purchase_from_catalogue(work_id: HexId, catalogue_id: HexId, body: Buying, session: Db) -> PreparedPurchase:
    """Transactions for the licensee's own wallet that buy a licence of a work which a catalogue offers."""
    licensee = _licensee(body)
    return _shown(service.purchase_from_catalogue(session, work_id, catalogue_id, licensee, body.url, body.whole_site))


@catalogue_router.get("")
def my_catalogues(account: Me, session: Db) -> list[Catalogue]:
    """Open offers of the account for many works."""
    return [Catalogue.model_validate(row) for row in catalogues.catalogues_of(session, account.address)]


@catalogue_router.post("")
def make_catalogue(account: Me, body: Terms, session: Db) -> PreparedCatalogue:
    """The transaction that offers licences of all these works at once."""
    terms = catalogues.Terms(body.preset, int(body.price), body.currency, body.terms)
    made = catalogues.make(session, account, terms, body.works)
    return PreparedCatalogue(catalogue_id=made.catalogue_id, transaction=made.transaction)


@catalogue_router.post("/{catalogue_id}/closing")
def close_catalogue(account: Me, catalogue_id: HexId, session: Db) -> Transaction:
    """The transaction that ends an offer for many works; licences that were sold run on."""
    return catalogues.close(session, account, catalogue_id)


def _licensee(body: Buying) -> str:
    if not is_address(body.licensee):
        raise ApiError(422, "bad_address", "The licensee must be an Ethereum address: 0x followed by 40 hex digits.")
    return to_checksum_address(body.licensee)


def _shown(found: service.Purchase) -> PreparedPurchase:
    return PreparedPurchase(
        licence_id="0x" + found.licence_id.hex(),
        price=str(found.price),
        shown=found.shown,
        valid_until=found.valid_until,
        transactions=found.transactions,
    )
