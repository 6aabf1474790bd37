"""Reading the chain: one connection, checked to be the right chain, with errors in our own words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import structlog
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_typing import ChecksumAddress
from hexbytes import HexBytes
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import HTTPError, ReadTimeout, RequestException
from web3 import HTTPProvider, Web3
from web3._utils.events import get_event_data
from web3.contract import Contract
from web3.exceptions import ContractCustomError, ContractLogicError, Web3Exception, Web3RPCError
from web3.providers.rpc.utils import ExceptionRetryConfiguration
from web3.types import FilterParams, LogReceipt

from oracle.chain.deployment import Deployment, abi, errors, event_topics
from oracle.errors import ChainError, RevertedError, WrongChainError

_log = structlog.get_logger()

TIMEOUT_SECONDS = 20
# Most blocks of one request for logs; what an endpoint refuses is halved.
LOG_RANGE = 2000
WIDEN_AFTER = 32
# An endpoint is often several machines, and one that is behind answers a range of blocks with what it has, without a
# word. By its hash it must know a block (EIP-234), so the newest are asked one by one.
RECENT_BLOCKS = 16
# A closed connection is opened again; what an endpoint refuses, or is slow at, is the caller's matter.
_RETRIES = ExceptionRetryConfiguration(errors=[RequestsConnectionError], retries=2, backoff_factor=0.2)
# Answers to too large a range come with these; what they mean otherwise is no reason to ask for less.
_NOT_ABOUT_THE_RANGE = (401, 403, 429)


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
        provider = HTTPProvider(
            rpc_url, request_kwargs={"timeout": TIMEOUT_SECONDS}, exception_retry_configuration=_RETRIES
        )
        self.web3 = Web3(provider)
        self._contracts: dict[str, Contract] = {}
        self._highest = 0
        self._log_range = LOG_RANGE
        self._passed = 0

    def check(self) -> None:
        """Raises WrongChainError if the endpoint serves another chain, ChainError if it does not answer."""
        with chain_errors(self.rpc_url):
            found = self.web3.eth.chain_id
        if found != self.deployment.chain_id:
            raise WrongChainError(
                f"{self.rpc_url} is chain {found}, but the contracts are on chain {self.deployment.chain_id}: "
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
        self._highest = max(self._highest, int(block["number"]))
        return int(block["number"]), int(block["timestamp"])

    def block_hash(self, number: int) -> bytes:
        with chain_errors(self.rpc_url):
            return bytes(self.web3.eth.get_block(number)["hash"])

    def block_time(self, number: int) -> int:
        with chain_errors(self.rpc_url):
            return int(self.web3.eth.get_block(number)["timestamp"])

    def events(self, contracts: list[str], first: int, last: int) -> list[Event]:
        """Events of these contracts in blocks first … last, in order of the chain.

        Raises ChainError if the endpoint does not have all of these blocks, or if the chain changes meanwhile.
        """
        if last < first:
            return []
        names = {self.deployment.addresses[name]: name for name in contracts}
        recent = max(first, min(last + 1, self._highest - RECENT_BLOCKS + 1))
        logs = [*self._logs_of_range(list(names), first, recent - 1), *self._logs_by_hash(list(names), recent, last)]
        found = (self._event(names[log["address"]], log) for log in logs)
        return sorted((event for event in found if event is not None), key=lambda e: (e.block, e.index))

    def events_about(self, contract: str, name: str, **indexed: Any) -> list[Event]:
        """Events of one kind with these indexed arguments (bytes32 or numbers), over the whole chain, in its order.

        The endpoint finds them by their topics, so the range is whole at first and halved where that is refused.
        """
        topic, entry = next((t, e) for t, e in event_topics(contract).items() if e["name"] == name)
        said = [indexed.get(i["name"]) for i in entry["inputs"] if i["indexed"]]
        words = [None if v is None else HexBytes(v if isinstance(v, bytes) else int(v).to_bytes(32)) for v in said]
        first, (last, _) = self.deployment.blocks[contract], self.head()
        logs: list[LogReceipt] = []
        step = last - first + 1
        while first <= last:
            wanted: FilterParams = {
                "address": self.deployment.addresses[contract],
                "fromBlock": first,
                "toBlock": min(last, first + step - 1),
                "topics": [HexBytes(topic), *words],
            }
            try:
                with chain_errors(self.rpc_url):
                    logs += self.web3.eth.get_logs(wanted)
            except ChainError as problem:
                if step == 1 or not _is_refused_range(problem.__cause__):
                    raise
                step = max(1, step // 2)
                continue
            first += step
        found = (self._event(contract, log) for log in logs)
        return sorted((event for event in found if event is not None), key=lambda e: (e.block, e.index))

    def input_of(self, contract: str, tx_hash: bytes) -> tuple[str, dict[str, Any]]:
        """Function of the contract that a transaction calls, and its arguments. Raises ChainError."""
        with chain_errors(self.rpc_url):
            transaction = self.web3.eth.get_transaction(HexBytes(tx_hash))
            function, arguments = self.contract(contract).decode_function_input(transaction["input"])
        return str(function.fn_name), dict(arguments)

    def _logs_of_range(self, addresses: list[ChecksumAddress], first: int, last: int) -> list[LogReceipt]:
        logs: list[LogReceipt] = []
        start = first
        while start <= last:
            end = min(last, start + self._log_range - 1)
            wanted: FilterParams = {"address": addresses, "fromBlock": start, "toBlock": end}
            try:
                with chain_errors(self.rpc_url):
                    logs += self.web3.eth.get_logs(wanted)
            except ChainError as problem:
                if end == start or not _is_refused_range(problem.__cause__):
                    raise
                self._log_range, self._passed = max(1, (end - start + 1) // 2), 0
                continue
            start, self._passed = end + 1, self._passed + 1
            if self._passed >= WIDEN_AFTER:  # what one crowded stretch needed is not needed for ever
                self._log_range, self._passed = min(LOG_RANGE, self._log_range * 2), 0
        return logs

    def _logs_by_hash(self, addresses: list[ChecksumAddress], first: int, last: int) -> list[LogReceipt]:
        logs: list[LogReceipt] = []
        parent: bytes | None = None
        for number in range(first, last + 1):
            with chain_errors(self.rpc_url):
                block = self.web3.eth.get_block(number)
                if parent is not None and bytes(block["parentHash"]) != parent:
                    raise ChainError(
                        f"block {number} does not follow the block before it: the chain changed in the meantime"
                    )
                parent = bytes(block["hash"])
                logs += self.web3.eth.get_logs({"address": addresses, "blockHash": block["hash"]})
        return logs

    def _event(self, contract: str, log: LogReceipt) -> Event | None:
        """The decoded log; None for what our ABI does not know, or what does not hold to it."""
        entry = event_topics(contract).get(bytes(log["topics"][0])) if log["topics"] else None
        if entry is None:
            return None
        try:
            data = get_event_data(self.web3.codec, cast(Any, entry), log)
            arguments = {i["name"]: _named(i, data["args"][i["name"]]) for i in entry["inputs"]}
        except (Web3Exception, DecodingError, ValueError) as problem:
            # One odd event must not keep anybody from reading those after it.
            _log.error("event not decoded", contract=contract, tx=log["transactionHash"].hex(), problem=str(problem))
            return None
        return Event(
            contract=contract,
            name=data["event"],
            arguments=arguments,
            block=int(log["blockNumber"]),
            block_hash=bytes(log["blockHash"]),
            index=int(log["logIndex"]),
            tx_hash=bytes(log["transactionHash"]),
        )


def _is_refused_range(cause: BaseException | None) -> bool:
    """Whether an endpoint may answer a shorter range: it refused, or did not get ready in time."""
    if isinstance(cause, HTTPError):
        return cause.response is not None and cause.response.status_code not in _NOT_ABOUT_THE_RANGE
    return isinstance(cause, Web3RPCError | ReadTimeout)


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
        raise ChainError(f"the chain at {rpc_url} is not responding: {problem}") from problem
    except (Web3RPCError, Web3Exception) as problem:
        raise ChainError(f"the chain at {rpc_url} rejected the request: {problem}") from problem


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
