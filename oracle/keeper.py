"""The keeper: renews licences whose subscribers said so on-chain. Anybody may run one, with an RPC endpoint and gas.

It reads who subscribed from events, asks the chain which renewals would go through, and sends those in batches. What
fails is asked again later; one poor account stops nobody else.
"""

from __future__ import annotations

import time
from pathlib import Path
from threading import Event
from typing import Any

import structlog
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from oracle.chain.client import Chain
from oracle.chain.licensing import Offer
from oracle.chain.quorum import Roster
from oracle.chain.wallet import Wallet
from oracle.errors import RevertedError
from oracle.loop import run_until
from oracle.quotes import NoQuoteError, Payment, gather_quote, rate_signers

log = structlog.get_logger()

BATCH = 50
# After a renewal failed: its account may be filled up meanwhile.
RETRY_SECONDS = 600.0
MAX_RETRY_SECONDS = 86_400.0
NO_QUOTE = ("0x" + "00" * 20, bytes(32), 0, 0, 0, 0)


class KeeperSettings(BaseSettings):
    """Each is the environment variable ORACLE_<NAME>."""

    model_config = SettingsConfigDict(env_prefix="ORACLE_")

    key: SecretStr
    """Private key (hex) of the account that pays for renewals' gas."""
    rpc_url: str
    deployment: Path
    """Address file deployments/<chainId>.json."""
    keeper_seconds: float = 60.0
    """Pause between two looks at the chain."""
    confirmations: int = 0
    """Blocks that must follow a block before its subscriptions are read."""


class Keeper:
    """Knows the subscriptions, and renews what is due."""

    def __init__(self, chain: Chain, wallet: Wallet, confirmations: int = 0) -> None:
        self._chain = chain
        self._wallet = wallet
        self._confirmations = confirmations
        self._next_block = chain.deployment.blocks["Subscriptions"]
        self._licences: dict[bytes, tuple[Any, ...]] = {}
        self._last_charge: dict[bytes, int] = {}
        self._retry_at: dict[bytes, tuple[float, int]] = {}
        self._rate_signers = Roster(chain, "Rates")

    def tick(self) -> int:
        """Renew what is due now. Returns the number of renewals sent. Raises OracleError."""
        self._read()
        now = self._chain.head()[1]
        due = [licence_id for licence_id in self._licences if self._is_due(licence_id, now)]
        sent = 0
        for start in range(0, len(due), BATCH):
            sent += self._renew(due[start : start + BATCH])
        return sent

    def _read(self) -> None:
        head = self._chain.head()[0] - self._confirmations
        if head < self._next_block:
            return
        for event in self._chain.events(["Subscriptions"], self._next_block, head):
            licence_id = bytes(event.arguments["licenceId"])
            if event.name == "Subscribed":
                self._licences[licence_id] = _values(event.arguments["licence"])
                self._last_charge[licence_id] = int(event.arguments["until"])
                self._retry_at.pop(licence_id, None)
            elif event.name == "Cancelled":
                self._licences.pop(licence_id, None)
        self._next_block = head + 1

    def _is_due(self, licence_id: bytes, now: int) -> bool:
        if self._last_charge[licence_id] < now or self._retry_at.get(licence_id, (0, 0))[0] > time.monotonic():
            return False
        try:
            return bool(self._chain.call("Subscriptions", "dueAt", self._licences[licence_id]) <= now)
        except RevertedError as problem:  # one licence that the chain does not know must not stop the others
            self._let_rest(licence_id, str(problem))
            return False

    def _renew(self, due: list[bytes]) -> int:
        good = [renewal for licence_id in due if (renewal := self._good(licence_id))]
        if not good:
            return 0
        self._wallet.send("Subscriptions", "renewMany", good)
        log.info("renewed", licences=len(good))
        return len(good)

    def _good(self, licence_id: bytes) -> tuple[Any, ...] | None:
        """The renewal, if the chain would carry it out now."""
        try:
            renewal = self._renewal(licence_id)
            if self._chain.call("Subscriptions", "renewMany", [renewal]) == 1:
                return renewal
            problem = "refused"
        except (NoQuoteError, RevertedError) as found:
            problem = str(found)
        self._let_rest(licence_id, problem)
        return None

    def _let_rest(self, licence_id: bytes, problem: str) -> None:
        """Try again later, and later still each time."""
        _, failures = self._retry_at.get(licence_id, (0.0, 0))
        pause = min(RETRY_SECONDS * 2**failures, MAX_RETRY_SECONDS)
        self._retry_at[licence_id] = (time.monotonic() + pause, failures + 1)
        log.info("not renewable now", licence="0x" + licence_id.hex(), problem=problem, again_in=pause)

    def _renewal(self, licence_id: bytes) -> tuple[Any, ...]:
        """Raises NoQuoteError for a price in a currency that nobody quotes now."""
        licence = self._licences[licence_id]
        offer = Offer.from_encoded(licence[0])
        if not offer.currency:
            return (licence, NO_QUOTE, [])
        ledger = self._chain.deployment.addresses["LicenseLedger"]
        payment = Payment(ledger, offer.offer_id, offer.price, offer.currency, {"offer": offer.to_json()})
        quote = gather_quote(self._chain, payment, rate_signers(self._chain, self._rate_signers))
        return (licence, quote.encoded(), quote.signatures)

    def run(self, seconds: float, stop: Event | None = None) -> None:
        """Tick every so many seconds until `stop` is set, or the process ends. What the chain refuses now is tried
        again."""

        def renew() -> None:
            self.tick()

        run_until(stop or Event(), renew, "renewing subscriptions", seconds, after_failure=seconds)


def _values(struct: Any) -> Any:
    """A struct of an event as the tuple that a call takes."""
    return tuple(_values(v) for v in struct.values()) if isinstance(struct, dict) else struct
