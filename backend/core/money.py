"""Money: whole minor units of a currency (ISO 4217); CPY in wei."""

from __future__ import annotations

from dataclasses import dataclass

# Minor units for one major unit; currencies in which claims can be made so far.
MINOR_UNITS = {"EUR": 100, "USD": 100, "GBP": 100, "CHF": 100, "JPY": 1}
CPY_WEI = 10**18


@dataclass(frozen=True)
class Money:
    """An amount that is owed or paid."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in MINOR_UNITS:
            raise ValueError(f"{self.currency} is not a supported currency ({', '.join(MINOR_UNITS)})")
        if self.minor < 0:
            raise ValueError("an amount cannot be negative")

    def __str__(self) -> str:
        unit = MINOR_UNITS[self.currency]
        if unit == 1:
            return f"{self.minor} {self.currency}"
        return f"{self.minor // unit}.{self.minor % unit:02d} {self.currency}"


def show_amount(minor: int, currency: str) -> str:
    """An amount as people read it. The contracts take any code of three letters, so a currency whose minor unit is not
    known here is shown in minor units: nobody may read 1.00 where 100.00 is meant."""
    if currency in MINOR_UNITS and minor >= 0:
        return str(Money(minor, currency))
    return f"{minor} minor units of {currency}"


def show_cpy(wei: int) -> str:
    """CPY with up to 18 decimals, none lost."""
    whole, part = divmod(wei, CPY_WEI)
    decimals = f"{part:018d}".rstrip("0")
    return f"{whole}.{decimals} CPY" if decimals else f"{whole} CPY"
