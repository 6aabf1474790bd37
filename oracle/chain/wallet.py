"""Sending transactions: simulate, price, sign, wait. One wallet sends one transaction at a time."""

from __future__ import annotations

import threading
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_typing import HexStr
from web3.types import TxParams, TxReceipt, Wei

from oracle.chain.client import Chain, chain_errors
from oracle.errors import ChainError, NotEnoughGasError

RECEIPT_SECONDS = 120


class Wallet:
    """A private key on one chain."""

    def __init__(self, chain: Chain, key: str) -> None:
        self.chain = chain
        self.account: LocalAccount = Account.from_key(key)
        self._lock = threading.Lock()

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
        """Send prepared calldata, as an API returns it; waits for the receipt."""
        self.chain.check()
        web3 = self.chain.web3
        with self._lock, chain_errors(self.chain.rpc_url):
            tx: TxParams = {"from": self.account.address, "to": web3.to_checksum_address(to), "data": HexStr(data)}
            web3.eth.call(tx)  # a refusal comes back here, with its reason, before anything is paid
            gas = web3.eth.estimate_gas(tx) * 12 // 10
            base = web3.eth.get_block("latest").get("baseFeePerGas", Wei(0))
            tip = web3.eth.max_priority_fee
            price = 2 * base + tip
            balance = web3.eth.get_balance(self.account.address)
            if balance < gas * price:
                raise NotEnoughGasError(
                    f"account {self.address} has {balance} wei, this transaction may cost {gas * price} wei: "
                    "send it some of the chain's own coin"
                )
            tx.update(
                {
                    "gas": gas,
                    "maxFeePerGas": Wei(price),
                    "maxPriorityFeePerGas": Wei(tip),
                    "nonce": web3.eth.get_transaction_count(self.account.address, "pending"),
                    "chainId": self.chain.deployment.chain_id,
                    "value": Wei(0),
                }
            )
            unsigned: dict[str, Any] = {k: v for k, v in tx.items() if k != "from"}
            signed = self.account.sign_transaction(unsigned)
            tx_hash = web3.eth.send_raw_transaction(signed.raw_transaction)
            receipt = web3.eth.wait_for_transaction_receipt(tx_hash, timeout=RECEIPT_SECONDS, poll_latency=0.1)
        if receipt["status"] != 1:
            raise ChainError(f"transaction {tx_hash.hex()} was mined but failed")
        return receipt
