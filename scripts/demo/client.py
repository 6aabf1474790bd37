"""A holder, an image user or a licensee as a program: signs in, uploads, and sends what the API prepared."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
from eth_account.messages import encode_defunct
from eth_account.signers.local import LocalAccount
from siwe import SiweMessage
from web3.types import TxReceipt

from oracle.chain.client import Chain
from oracle.chain.wallet import Wallet

TIMEOUT_SECONDS = 60
# Connecting is tried again for a minute (0.5, 1, 2, 4 … s): the API may be starting again.
CONNECT_RETRIES = 8


class ApiRefusedError(Exception):
    """The API refused; the message is its own."""


class Person:
    """An account with a wallet, and the API as it sees it."""

    def __init__(self, api_url: str, chain: Chain, account: LocalAccount) -> None:
        self.chain = chain
        self.wallet = Wallet(chain, account.key.hex())
        self._api_url = api_url
        transport = httpx.HTTPTransport(retries=CONNECT_RETRIES)
        self._http = httpx.Client(base_url=f"{api_url}/api", timeout=TIMEOUT_SECONDS, transport=transport)

    @property
    def address(self) -> str:
        return self.wallet.address

    def get(self, path: str) -> Any:
        try:
            return self._answer(self._http.get(path))
        except httpx.NetworkError:  # the API ended while it was reading; asking twice changes nothing
            return self._answer(self._http.get(path))

    def post(self, path: str, body: Any = None) -> Any:
        return self._answer(self._http.post(path, json=body))

    def sign_in(self) -> None:
        """Sign-In with Ethereum."""
        nonce = self.get("/auth/nonce")
        message = SiweMessage(
            domain=urlsplit(self._api_url).netloc,
            address=self.address,
            statement="Sign in to CopyTrack.",
            uri=self._api_url,
            version="1",
            chain_id=nonce["chain_id"],
            nonce=nonce["nonce"],
            issued_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        ).prepare_message()
        signature = self.wallet.account.sign_message(encode_defunct(text=message)).signature
        session = self.post("/auth/sign-in", {"message": message, "signature": "0x" + signature.hex()})
        self._http.headers["Authorization"] = f"Bearer {session['token']}"

    def upload(self, name: str, data: bytes, title: str) -> Any:
        return self._answer(self._http.post("/works", files={"file": (name, data)}, data={"title": title}))

    def send(self, prepared: dict[str, Any]) -> TxReceipt:
        """Send a transaction that the API prepared, with the own wallet."""
        return self.wallet.send_data(prepared["to"], prepared["data"])

    def send_all(self, prepared: Iterable[dict[str, Any]]) -> list[TxReceipt]:
        return [self.send(one) for one in prepared]

    @staticmethod
    def _answer(response: httpx.Response) -> Any:
        if response.status_code >= 400:
            told = response.json() if response.headers.get("content-type", "").startswith("application/json") else {}
            raise ApiRefusedError(
                f"{response.status_code} {told.get('code', '')}: {told.get('message', response.text)}"
            )
        return response.json()
