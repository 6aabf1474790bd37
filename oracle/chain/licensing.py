"""Offers and licences as the market's contracts take them: handed in whole, their ids are their hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from eth_abi.abi import encode
from eth_abi.exceptions import EncodingError
from eth_utils.crypto import keccak

from oracle.errors import VerificationError

# Bits of contracts/market/Presets.sol.
WEB_EDITORIAL, WEB_COMMERCIAL, SOCIAL, PRINT_EDITORIAL = 1, 2, 4, 8
ONLINE = WEB_EDITORIAL | WEB_COMMERCIAL | SOCIAL
EXCLUSIVE, TRANSFERABLE, SUBLICENSABLE, RENEWABLE = 1, 2, 4, 8
PRINT_ADVERTISING, PACKAGING, BROADCAST, MERCHANDISE, INTERNAL = 16, 32, 64, 128, 256
ALL_USES = 511
DAY = 86_400
# Every country, known and to come.
WORLD = 2**256 - 1
TERRITORIES = files("oracle.chain") / "territories.json"
_NUMBERS = ("price", "period", "grace", "uses", "rights", "territories", "nonce")
_TYPE = "(bytes32,uint96,bytes3,uint32,uint32,uint32,uint8,uint256,bytes32,uint64)"


@dataclass(frozen=True)
class Preset:
    """A standard price structure; period and grace in seconds."""

    uses: int
    rights: int
    period: int
    grace: int


# As contracts/market/Presets.sol; a test compares them.
PRESETS = {
    "editorial": Preset(WEB_EDITORIAL | PRINT_EDITORIAL, RENEWABLE, 365 * DAY, 30 * DAY),
    "web": Preset(WEB_EDITORIAL | WEB_COMMERCIAL, RENEWABLE, 365 * DAY, 30 * DAY),
    "print": Preset(PRINT_EDITORIAL | PRINT_ADVERTISING, 0, 365 * DAY, 0),
    "social": Preset(SOCIAL, RENEWABLE, 365 * DAY, 30 * DAY),
    "campaign": Preset(ONLINE | PRINT_ADVERTISING | BROADCAST, SUBLICENSABLE, 90 * DAY, 14 * DAY),
    "agency": Preset(ONLINE, SUBLICENSABLE | RENEWABLE, 365 * DAY, 30 * DAY),
    "exclusive web": Preset(ONLINE, EXCLUSIVE | RENEWABLE, 365 * DAY, 30 * DAY),
    "buy-out": Preset(ALL_USES, EXCLUSIVE | TRANSFERABLE | SUBLICENSABLE, 36_500 * DAY, 0),
}


@cache
def country_codes() -> tuple[str, ...]:
    """ISO 3166-1 alpha-2 codes; the place of a code is its bit."""
    return tuple(json.loads(TERRITORIES.read_text())["codes"])


def territories(*codes: str) -> int:
    """The bits of these countries. Raises ValueError for a code that is none."""
    known = country_codes()
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise ValueError(f"not in ISO 3166-1: {', '.join(unknown)}; use codes of two capital letters, such as DE")
    return sum(1 << known.index(code) for code in set(codes))


@dataclass(frozen=True)
class Offer:
    """A standing offer: price in CPY wei, or minor units of `currency`; periods in seconds."""

    work_id: bytes
    price: int
    period: int
    terms_hash: bytes
    grace: int = 0
    uses: int = ONLINE
    rights: int = 0
    territories: int = WORLD
    currency: str = ""
    nonce: int = 0

    def encoded(self) -> tuple[Any, ...]:
        """IOfferBook.Offer."""
        currency = self.currency.encode("ascii").ljust(3, b"\0")
        head = (self.work_id, self.price, currency, self.period, self.grace, self.uses, self.rights)
        return (*head, self.territories, self.terms_hash, self.nonce)

    @classmethod
    def from_encoded(cls, values: Sequence[Any]) -> Offer:
        """From IOfferBook.Offer, as calls and events give it."""
        work_id, price, currency, period, grace, uses, rights, territories_, terms_hash, nonce = values
        return cls(
            work_id=bytes(work_id),
            price=price,
            period=period,
            terms_hash=bytes(terms_hash),
            grace=grace,
            uses=uses,
            rights=rights,
            territories=territories_,
            currency=bytes(currency).rstrip(b"\0").decode("ascii"),
            nonce=nonce,
        )

    def to_json(self) -> dict[str, Any]:
        """Bytes as 0x-hex, large numbers as text."""
        plain = asdict(self)
        for name, value in plain.items():
            plain[name] = "0x" + value.hex() if isinstance(value, bytes) else value
        return {**plain, "price": str(self.price), "territories": str(self.territories), "nonce": str(self.nonce)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Offer:
        """Raises VerificationError."""
        try:
            values: dict[str, Any] = {name: int(data[name]) for name in _NUMBERS}
            values |= {n: bytes.fromhex(str(data[n]).removeprefix("0x")) for n in ("work_id", "terms_hash")}
            if any(len(value) != 32 for value in values.values() if isinstance(value, bytes)):
                raise ValueError("its hashes must be 32 bytes long")
            offer = cls(**values, currency=str(data["currency"]))
            _ = offer.offer_id  # refuses what does not fit the contract's types
        except (KeyError, ValueError, TypeError, EncodingError) as problem:
            raise VerificationError("offer", f"not a valid offer: {problem}") from problem
        return offer

    @property
    def offer_id(self) -> bytes:
        return bytes(keccak(encode([_TYPE], [self.encoded()])))

    def purchase(self, licensee: str, end_user: bytes, max_price: int | None = None) -> tuple[Any, ...]:
        """ILicenseLedger.Purchase: what is bought for whom; at most at this price if none is given."""
        return (self.encoded(), licensee, end_user, self.price if max_price is None else max_price)

    def licence_id(self, licensee: str, end_user: bytes) -> bytes:
        """Id of the licence that such a purchase makes."""
        return bytes(keccak(encode(["bytes32", "address", "bytes32"], [self.offer_id, licensee, end_user])))


# IOfferBook.Catalogue.
_CATALOGUE_TYPE = "(address,bytes32,uint96,bytes3,uint32,uint32,uint32,uint8,uint256,bytes32,uint64)"


@dataclass(frozen=True)
class Catalogue:
    """One offer for many works: of every work of its seller, or of those under `works`, a root of `catalogue_leaf`.

    `terms` says the rest; its `work_id` counts for nothing.
    """

    seller: str
    works: bytes
    terms: Offer

    def encoded(self) -> tuple[Any, ...]:
        """IOfferBook.Catalogue."""
        return (self.seller, self.works, *self.terms.encoded()[1:])

    @property
    def catalogue_id(self) -> bytes:
        return bytes(keccak(encode([_CATALOGUE_TYPE], [self.encoded()])))

    def offer_of(self, work_id: bytes) -> Offer:
        """The offer that the catalogue makes for a work."""
        return replace(self.terms, work_id=work_id)


def catalogue_leaf(work_id: bytes) -> bytes:
    """Leaf of a catalogue's tree, as `OfferBook.catalogueLeaf`."""
    return bytes(keccak(keccak(work_id)))
