"""RPC endpoints as they are: short ranges of logs, machines that are behind, reorganisations while one reads."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from oracle.chain.client import RECENT_BLOCKS, Chain
from oracle.chain.follow import last_common_block, read_span
from oracle.chain.wallet import Wallet
from oracle.errors import ChainError
from scripts.stack.local import Roles, account


class Endpoint:
    """Stands before the real chain; `answer(request)` may return another answer, or None to pass it on."""

    def __init__(self, behind: str) -> None:
        self.behind = behind
        self.client = httpx.Client()
        self.asked: list[dict] = []
        self.answer = lambda asked: None
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.asked.append(asked)
                said = endpoint.answer(asked)
                if said is None:
                    said = endpoint.client.post(behind, json=asked, timeout=20).json()
                status = said.pop("status", 200)
                body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], **said}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def endpoint(servers):
    made = Endpoint(servers.rpc_url)
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def chain(servers, endpoint):
    return Chain(endpoint.url, servers.chain().deployment)


@pytest.fixture(scope="module")
def truth(servers):
    """A chain with some hundred blocks, and every event of CPYToken on it."""
    chain = servers.chain()
    treasury = Wallet(chain, account(Roles.DEPLOYER).key.hex())
    for _ in range(6):
        treasury.send("CPYToken", "transfer", account(Roles.OPERATOR).address, 1)
        chain.web3.provider.make_request("anvil_mine", ["0x14"])
    head, _ = chain.head()
    return head, chain.events(["CPYToken"], 0, head)


def blocks_of(asked):
    span = asked["params"][0]
    return int(span["toBlock"], 16) - int(span["fromBlock"], 16) + 1 if "fromBlock" in span else 1


@pytest.mark.parametrize("most", [1, 7, 50])
@pytest.mark.parametrize(
    "refusal",
    [
        {"error": {"code": -32005, "message": "query returned more than 10000 results"}},
        {"error": {"code": -32602, "message": "eth_getLogs is limited to a 500 range"}},
        {"status": 400, "error": {"code": -32600, "message": "block range too large"}},
        {"status": 413, "error": {"code": 1, "message": "too large"}},
    ],
)
def test_a_refused_range_is_halved_until_it_passes(chain, endpoint, truth, most, refusal):
    def answer(asked):
        too_many = asked["method"] == "eth_getLogs" and blocks_of(asked) > most
        return dict(refusal) if too_many else None

    head, events = truth
    endpoint.answer = answer
    chain.head()
    assert chain.events(["CPYToken"], 0, head) == events
    # What was refused is not asked again at every step.
    refused = sum(1 for a in endpoint.asked if a["method"] == "eth_getLogs" and blocks_of(a) > most)
    assert refused < 40


def test_an_endpoint_that_refuses_everything_is_an_error_and_ends(chain, endpoint):
    endpoint.answer = lambda asked: {"error": {"code": -32005, "message": "no"}}
    with pytest.raises(ChainError):
        chain.events(["CPYToken"], 0, 5000)
    assert len(endpoint.asked) < 30


def test_a_rate_limit_is_no_reason_to_ask_more_often(chain, endpoint, truth):
    endpoint.answer = lambda asked: {"status": 429, "error": {"code": 1, "message": "slow down"}}
    with pytest.raises(ChainError):
        chain.events(["CPYToken"], 0, truth[0])
    assert len({json.dumps(a["params"]) for a in endpoint.asked}) == 1


def test_a_machine_that_is_behind_loses_no_event(chain, endpoint, truth):
    """It answers ranges up to its own head without a word, and does not know the newest blocks by their hash."""
    head, events = truth
    behind = head - 3

    def answer(asked):
        if asked["method"] != "eth_getLogs":
            return None
        wanted = asked["params"][0]
        if "blockHash" in wanted:
            late = any(wanted["blockHash"] == h for h in newest)
            return {"error": {"code": -32000, "message": "unknown block"}} if late else None
        if int(wanted["toBlock"], 16) > behind:
            return {"result": []} if int(wanted["fromBlock"], 16) > behind else None
        return None

    newest = ["0x" + chain.block_hash(n).hex() for n in range(behind + 1, head + 1)]
    endpoint.answer = answer
    chain.head()
    with pytest.raises(ChainError):
        chain.events(["CPYToken"], 0, head)
    endpoint.answer = lambda asked: None
    assert chain.events(["CPYToken"], 0, head) == events


def test_blocks_that_do_not_follow_each_other_are_not_believed(chain, endpoint, truth):
    head, _ = truth

    def answer(asked):
        if asked["method"] == "eth_getBlockByNumber" and asked["params"][0] == hex(head):
            said = endpoint.client.post(endpoint.behind, json=asked, timeout=20).json()
            said["result"]["parentHash"] = "0x" + "11" * 32
            return {"result": said["result"]}
        return None

    endpoint.answer = answer
    chain.head()
    with pytest.raises(ChainError, match="changed in the meantime"):
        chain.events(["CPYToken"], head - RECENT_BLOCKS, head)


def test_an_event_that_cannot_be_decoded_is_passed_over(chain, endpoint, truth):
    head, events = truth

    def answer(asked):
        if asked["method"] != "eth_getLogs":
            return None
        logs = endpoint.client.post(endpoint.behind, json=asked, timeout=20).json()["result"]
        for log in logs:
            if "0x" + events[0].tx_hash.hex() == log["transactionHash"]:
                log["data"] = "0x01"
        return {"result": logs}

    endpoint.answer = answer
    chain.head()
    assert chain.events(["CPYToken"], 0, head) == events[1:]


def test_a_span_stays_behind_the_confirmations(chain, truth):
    head, events = truth
    span = read_span(chain, ["CPYToken"], 0, 4, 10_000)
    assert span.last == head - 4 and span.last_hash == chain.block_hash(head - 4)
    assert span.events == [e for e in events if e.block <= head - 4]
    assert read_span(chain, ["CPYToken"], head - 3, 4, 10) is None


def test_the_last_common_block_is_the_newest_that_is_still_there(chain, truth):
    head, _ = truth
    good = (head - 5, chain.block_hash(head - 5))
    kept = [(head + 9, b"f" * 32), (head, b"x" * 32), good, (head - 9, chain.block_hash(head - 9))]
    assert last_common_block(chain, kept) == head - 5
    assert last_common_block(chain, kept[:2]) is None
