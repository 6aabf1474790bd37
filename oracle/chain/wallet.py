"""Sending transactions: simulate, price, sign, wait, pay more. One wallet sends one transaction at a time, and one
process uses an account."""

from __future__ import annotations

import threading
import time
from typing import Any, NamedTuple

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
from hexbytes import HexBytes
from web3.exceptions import TransactionNotFound, Web3RPCError
from web3.types import TxParams, TxReceipt

from oracle.chain.client import Chain, chain_errors
from oracle.errors import ChainError, NotEnoughGasError

RECEIPT_SECONDS = 180.0
# After which a transaction that is not mined is sent again for more.
REPLACE_SECONDS = 45.0
POLL_SECONDS = 0.1


class Fees(NamedTuple):
    """Wei for one unit of gas: the most, and the part for the block's producer (EIP-1559)."""

    most: int
    tip: int


class Wallet:
    """A private key on one chain."""

    def __init__(self, chain: Chain, key: str) -> None:
        self.chain = chain
        self.account: LocalAccount = Account.from_key(key)
        self._lock = threading.Lock()
        # Nonce and fees of a transaction that was not mined in time.
        self._stuck: tuple[int, Fees] | None = None

    @property
    def address(self) -> str:
        return str(self.account.address)

    def send(self, contract: str, function: str, *arguments: Any) -> TxReceipt:
        """Call a function of a contract. Raises RevertedError, NotEnoughGasError, WrongChainError, ChainError."""
        bound = self.chain.contract(contract).get_function_by_name(function)(*arguments)
        with chain_errors(self.chain.rpc_url):
            data = bound._encode_transaction_data()
        return self.send_data(str(bound.address), data)

    def send_data(self, to: str, data: str) -> TxReceipt:
        """Send prepared calldata, as an API returns it; waits for the receipt.

        A transaction that is not mined is replaced by one that pays more, at the same nonce: either of them may be
        mined, never both. Raises ChainError if none was after RECEIPT_SECONDS; what comes next takes its place.
        """
        self.chain.check()
        web3 = self.chain.web3
        with self._lock, chain_errors(self.chain.rpc_url):
            tx: TxParams = {"from": self.account.address, "to": web3.to_checksum_address(to), "data": HexStr(data)}
            web3.eth.call(tx)  # a refusal comes back here, with its reason, before anything is paid
            gas = web3.eth.estimate_gas(tx) * 12 // 10
            nonce, stuck = self._free_nonce()
            unsigned: dict[str, Any] = {
                "to": tx["to"],
                "data": tx["data"],
                "gas": gas,
                "nonce": nonce,
                "chainId": self.chain.deployment.chain_id,
                "value": 0,
            }
            receipt = self._until_mined(unsigned, self._fees(stuck, gas))
        if receipt["status"] != 1:
            raise ChainError(f"transaction {receipt['transactionHash'].hex()} was mined but failed")
        return receipt

    def _free_nonce(self) -> tuple[int, Fees | None]:
        """The next nonce, and what a stuck transaction at it pays, which is to be replaced."""
        web3, address = self.chain.web3, self.account.address
        end = time.monotonic() + REPLACE_SECONDS
        while True:
            mined = web3.eth.get_transaction_count(address, "latest")
            waiting = web3.eth.get_transaction_count(address, "pending")
            known = self._stuck if self._stuck and self._stuck[0] == mined else None
            if waiting <= mined and known is None:
                return mined, None
            # What another run of this process sent a moment ago gets the time to be mined.
            if known or time.monotonic() > end:
                return mined, known[1] if known else Fees(0, 0)
            time.sleep(POLL_SECONDS)

    def _fees(self, replaced: Fees | None, gas: int) -> Fees:
        """What the chain asks now, and at least an eighth more than what is replaced. Raises NotEnoughGasError."""
        web3 = self.chain.web3
        base = int(web3.eth.get_block("latest").get("baseFeePerGas", 0))
        tip = int(web3.eth.max_priority_fee)
        fees = Fees(2 * base + tip, tip)
        if replaced is not None:
            fees = Fees(max(fees.most, _an_eighth_more(replaced.most)), max(fees.tip, _an_eighth_more(replaced.tip)))
        balance = int(web3.eth.get_balance(self.account.address))
        if balance < gas * fees.most:
            raise NotEnoughGasError(
                f"account {self.address} has {balance} wei, but this transaction may cost {gas * fees.most} wei: "
                "send it some of the chain's native coin"
            )
        return fees

    def _until_mined(self, unsigned: dict[str, Any], fees: Fees) -> TxReceipt:
        web3 = self.chain.web3
        hashes: list[HexBytes] = []
        end = time.monotonic() + RECEIPT_SECONDS
        while True:
            sent = self._broadcast(unsigned, fees)
            if sent is not None:
                hashes.append(sent)
            self._stuck = (unsigned["nonce"], fees)
            replace_at = time.monotonic() + REPLACE_SECONDS
            while time.monotonic() < min(replace_at, end):
                receipt = self._receipt(hashes)
                if receipt is not None:
                    self._stuck = None
                    return receipt
                time.sleep(POLL_SECONDS)
            if time.monotonic() >= end:
                shown = ", ".join(h.to_0x_hex() for h in hashes)
                raise ChainError(
                    f"not mined after {RECEIPT_SECONDS:.0f} s: {shown}; the next transaction will replace it"
                )
            if web3.eth.get_transaction_count(self.account.address, "latest") > unsigned["nonce"]:
                continue  # one of them was mined just now
            fees = self._fees(fees, unsigned["gas"])

    def _broadcast(self, unsigned: dict[str, Any], fees: Fees) -> HexBytes | None:
        """Sign and send; None if the chain has it, or one that took its place, already. A stuck transaction that is
        known to the chain only is outbid step by step."""
        web3 = self.chain.web3
        while True:
            priced = {**unsigned, "maxFeePerGas": fees.most, "maxPriorityFeePerGas": fees.tip}
            signed = self.account.sign_transaction(priced)
            try:
                return HexBytes(web3.eth.send_raw_transaction(signed.raw_transaction))
            except Web3RPCError as problem:
                said = str(problem).lower()
                if "already known" in said or "already imported" in said:
                    return HexBytes(signed.hash)
                if "nonce too low" in said:
                    return HexBytes(signed.hash)
                if "underpriced" not in said:
                    raise
            fees = self._fees(fees, unsigned["gas"])

    def _receipt(self, hashes: list[HexBytes]) -> TxReceipt | None:
        """Receipt of whichever of them was mined."""
        for sent in hashes:
            try:
                return self.chain.web3.eth.get_transaction_receipt(sent)
            except TransactionNotFound:
                continue
        return None


def _an_eighth_more(fee: int) -> int:
    """What nodes ask for a replacement: 12.5 %."""
    return fee + fee // 8 + 1
