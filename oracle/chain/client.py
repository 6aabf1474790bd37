"""Reading the chain: one connection, checked to be the right chain, with errors in our own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from requests.exceptions import RequestException
from web3 import HTTPProvider, Web3
from web3._utils.events import get_event_data
from web3.contract import Contract
from web3.exceptions import ContractCustomError, ContractLogicError, Web3Exception, Web3RPCError
from web3.types import FilterParams, LogReceipt

from oracle.chain.deployment import Deployment, abi, errors, event_topics
from oracle.errors import ChainError, RevertedError, WrongChainError

TIMEOUT_SECONDS = 20
# Public endpoints refuse longer ranges of logs.
LOG_RANGE = 2000


@dataclass(frozen=True)
class Event:
    """One decoded log of one of our contracts."""

    contract: str
    name: str
    arguments: dict[str, Any]
    block: int
    block_hash: bytes
    index: int
    tx_hash: bytes


class Chain:
    """A chain and our contracts on it."""

    def __init__(self, rpc_url: str, deployment: Deployment) -> None:
        self.rpc_url = rpc_url
        self.deployment = deployment
        self.web3 = Web3(HTTPProvider(rpc_url, request_kwargs={"timeout": TIMEOUT_SECONDS}))
        self._contracts: dict[str, Contract] = {}

    def check(self) -> None:
        """Raises WrongChainError if the endpoint serves another chain, ChainError if it does not answer."""
        with chain_errors(self.rpc_url):
            found = self.web3.eth.chain_id
        if found != self.deployment.chain_id:
            raise WrongChainError(
                f"{self.rpc_url} is chain {found}, the contracts are on chain {self.deployment.chain_id}: "
                "change the RPC address or deploy there first"
            )

    def contract(self, name: str) -> Contract:
        if name not in self._contracts:
            self._contracts[name] = self.web3.eth.contract(address=self.deployment.addresses[name], abi=abi(name))
        return self._contracts[name]

    def call(self, contract: str, function: str, *arguments: Any, sender: str | None = None) -> Any:
        """Result of a view. Raises RevertedError, ChainError."""
        bound = self.contract(contract).get_function_by_name(function)(*arguments)
        with chain_errors(self.rpc_url):
            return bound.call({"from": Web3.to_checksum_address(sender)} if sender else {})

    def head(self) -> tuple[int, int]:
        """Number and Unix time of the latest block."""
        with chain_errors(self.rpc_url):
            block = self.web3.eth.get_block("latest")
        return int(block["number"]), int(block["timestamp"])

    def block_hash(self, number: int) -> bytes:
        with chain_errors(self.rpc_url):
            return bytes(self.web3.eth.get_block(number)["hash"])

    def block_time(self, number: int) -> int:
        with chain_errors(self.rpc_url):
            return int(self.web3.eth.get_block(number)["timestamp"])

    def events(self, contracts: list[str], first: int, last: int) -> list[Event]:
        """Events of these contracts in blocks first … last, in order of the chain."""
        if last < first:
            return []
        names = {self.deployment.addresses[name]: name for name in contracts}
        logs: list[LogReceipt] = []
        for start in range(first, last + 1, LOG_RANGE):
            wanted: FilterParams = {
                "address": list(names),
                "fromBlock": start,
                "toBlock": min(last, start + LOG_RANGE - 1),
            }
            with chain_errors(self.rpc_url):
                logs += self.web3.eth.get_logs(wanted)
        found = []
        for log in logs:
            name = names[log["address"]]
            entry = event_topics(name).get(bytes(log["topics"][0]))
            if entry is None:
                continue
            data = get_event_data(self.web3.codec, cast(Any, entry), log)
            found.append(
                Event(
                    contract=name,
                    name=data["event"],
                    arguments={i["name"]: _named(i, data["args"][i["name"]]) for i in entry["inputs"]},
                    block=int(log["blockNumber"]),
                    block_hash=bytes(log["blockHash"]),
                    index=int(log["logIndex"]),
                    tx_hash=bytes(log["transactionHash"]),
                )
            )
        return sorted(found, key=lambda e: (e.block, e.index))


def _named(parameter: dict[str, Any], value: Any) -> Any:
    """A value of an event with the names of its structs' fields, which come as plain tuples."""
    if parameter["type"] == "tuple":
        fields = value.values() if isinstance(value, Mapping) else value
        return {c["name"]: _named(c, v) for c, v in zip(parameter["components"], fields, strict=True)}
    if parameter["type"] == "tuple[]":
        return [_named({**parameter, "type": "tuple"}, v) for v in value]
    return value


@contextmanager
def chain_errors(rpc_url: str) -> Iterator[None]:
    """Turns web3's exceptions into ours."""
    try:
        yield
    except ContractCustomError as problem:
        raise _decoded(str(problem.data)) from problem
    except ContractLogicError as problem:
        raise RevertedError(str(problem.message or "reverted")) from problem
    except (RequestException, ConnectionError, TimeoutError) as problem:
        raise ChainError(f"the chain at {rpc_url} does not answer: {problem}") from problem
    except (Web3RPCError, Web3Exception) as problem:
        raise ChainError(f"the chain at {rpc_url} refused: {problem}") from problem


def _decoded(data: str) -> RevertedError:
    raw = bytes.fromhex(data.removeprefix("0x"))
    known = errors().get(raw[:4])
    if known is None:
        return RevertedError(f"unknown error {raw[:4].hex()}")
    name, kinds = known
    try:
        return RevertedError(name, decode(kinds, raw[4:]))
    except DecodingError:
        return RevertedError(name)
