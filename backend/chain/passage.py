"""What passes through to our node: calls and events of our contracts, as our pages ask for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from backend.core.errors import ApiError
from backend.core.services import chain
from oracle.chain.deployment import event_topics

ALLOWED = {
    "eth_blockNumber", "eth_call", "eth_chainId", "eth_estimateGas", "eth_feeHistory", "eth_gasPrice", "eth_getBalance",
    "eth_getBlockByHash", "eth_getBlockByNumber", "eth_getCode", "eth_getLogs", "eth_getTransactionByHash",
    "eth_getTransactionCount", "eth_getTransactionReceipt", "eth_maxPriorityFeePerGas", "eth_sendRawTransaction",
    "net_version",
}  # fmt: skip
MAX_PARAMETERS = 4
MAX_ALTERNATIVES = 20
MAX_ID_LENGTH = 64
# Blocks of one request for logs.
MAX_BLOCKS = 10_000
# Each of these has one log for what its indexed values name. The verify page looks them up without knowing the block.
SINGLE_EVENTS = {"EvidenceOracle": ("Reported", "MembersSet")}
# A look-up over the whole chain counts as so many requests.
LOOKUP_WEIGHT = 50

_WORD = re.compile("0x[0-9a-fA-F]{64}")
_QUANTITY = re.compile("0x[0-9a-fA-F]{1,16}")
_NEWEST = ("latest", "pending", "safe", "finalized")


def checked(asked: object, head: Callable[[], int]) -> tuple[dict[str, Any], int]:
    """The request as it is passed on, and as how many it counts. `head` tells the latest block.

    Raises ApiError 422 for what is no request (JSON-RPC 2.0, https://www.jsonrpc.org/specification, with parameters by
    position), 403 for what is none of our pages' business.
    """
    if not isinstance(asked, dict) or not isinstance(method := asked.get("method"), str):
        raise _malformed("A request must be an object with jsonrpc, id, method and params.")
    number = asked.get("id")
    if isinstance(number, bool) or not isinstance(number, int | str) or len(str(number)) > MAX_ID_LENGTH:
        raise _malformed("The id of a request must be an integer or a short string.")
    if method not in ALLOWED:
        raise ApiError(403, "method", f"{method[:80]} is not available here. Use your own node.")
    parameters = asked.get("params", [])
    if not isinstance(parameters, list) or len(parameters) > MAX_PARAMETERS:
        raise _malformed(f"The params of a request must be a list of at most {MAX_PARAMETERS} values.")
    weight = 1
    if method in ("eth_call", "eth_estimateGas"):
        _must_be_our_call(parameters)
    if method == "eth_getLogs":
        weight = _weight_of_logs(parameters, head)
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}, weight


def _must_be_our_call(parameters: list[Any]) -> None:
    # A third parameter overrides the state that is asked.
    call = parameters[0] if parameters else None
    if not isinstance(call, dict) or len(parameters) > 2 or not _is_ours(call.get("to")):
        raise _not_ours()


def _weight_of_logs(parameters: list[Any], head: Callable[[], int]) -> int:
    """As how many requests it counts. Raises ApiError unless it is about few blocks, or looks one event up."""
    wanted = parameters[0] if len(parameters) == 1 else None
    if not isinstance(wanted, dict):
        raise _not_ours()
    addresses = wanted.get("address")
    addresses = addresses if isinstance(addresses, list) else [addresses]
    if not 0 < len(addresses) <= MAX_ALTERNATIVES or not all(map(_is_ours, addresses)):
        raise _not_ours()
    topics = wanted.get("topics")
    if not isinstance(topics, list) or len(topics) > 4:
        raise _not_ours()
    named = [_named(topic) for topic in topics]
    if not any(named):  # without a topic these are all events of a contract
        raise _not_ours()
    if wanted.get("blockHash") is not None:
        if wanted.get("fromBlock") is not None or wanted.get("toBlock") is not None:
            raise _malformed("Request logs either by blockHash or by fromBlock and toBlock.")
        if not isinstance(wanted["blockHash"], str) or not _WORD.fullmatch(wanted["blockHash"]):
            raise _malformed("A blockHash must be 0x followed by 64 hex digits.")
        return 1
    first, last = (_block(wanted.get(name), head) for name in ("fromBlock", "toBlock"))
    if last - first < MAX_BLOCKS:
        return 1
    kind = topics[0].lower() if isinstance(topics[0], str) else ""
    if kind in _single_events() and any(isinstance(topic, str) for topic in topics[1:]):
        return LOOKUP_WEIGHT
    raise ApiError(422, "range", f"Request logs for at most {MAX_BLOCKS} blocks at a time.")


def _named(topic: object) -> bool:
    """Whether a place of a filter names values, and is no wildcard. Raises ApiError for what is no topic."""
    if topic is None:
        return False
    values = topic if isinstance(topic, list) else [topic]
    if len(values) > MAX_ALTERNATIVES:
        raise _malformed(f"Each position in topics can have at most {MAX_ALTERNATIVES} values.")
    if not all(value is None or (isinstance(value, str) and _WORD.fullmatch(value)) for value in values):
        raise _malformed("A topic must be 0x followed by 64 hex digits, a list of these, or null.")
    return bool(values) and None not in values


def _block(said: object, head: Callable[[], int]) -> int:
    """Number of a block; the latest where none is named, as nodes do."""
    if said is None or said in _NEWEST:
        return head()
    if said == "earliest":
        return 0
    if isinstance(said, str) and _QUANTITY.fullmatch(said):
        return int(said, 16)
    raise _malformed("A block must be 0x followed by hex digits, or a block tag.")


def _is_ours(address: object) -> bool:
    return isinstance(address, str) and address.lower() in _our_contracts()


@cache
def _our_contracts() -> frozenset[str]:
    return frozenset(address.lower() for address in chain().deployment.addresses.values())


@cache
def _single_events() -> frozenset[str]:
    return frozenset(
        "0x" + topic.hex()
        for contract, names in SINGLE_EVENTS.items()
        for topic, event in event_topics(contract).items()
        if event["name"] in names
    )


def _malformed(told: str) -> ApiError:
    return ApiError(422, "bad_request", told)


def _not_ours() -> ApiError:
    return ApiError(403, "not_ours", "Only calls to CopyTrack's contracts and their events are available here.")
