"""The passage to the chain: what our pages ask passes, and nothing else."""

import pytest

from oracle.chain.deployment import event_topics

WORD = "0x" + "22" * 32


@pytest.fixture
def ask(backend):
    def ask(method, *params):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        return backend.client.post("/api/rpc", json=body)

    return ask


@pytest.fixture
def addresses(backend):
    return backend.chain.deployment.addresses


def topic(contract, name):
    return next("0x" + raw.hex() for raw, event in event_topics(contract).items() if event["name"] == name)


REQUEST = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}


@pytest.mark.parametrize(
    "body",
    [
        *({**REQUEST, "method": method} for method in ([], 5, None, {}, True, ["eth_chainId"])),
        *({**REQUEST, "params": params} for params in ({}, 5, "x", {"to": "0x"}, True, None, [1] * 5)),
        *({**REQUEST, "id": number} for number in (None, [], {}, 1.5, True, "x" * 65)),
        {"method": "eth_chainId"},
        5,
        "x",
        [[]],
        [[REQUEST]],
        [REQUEST, 5],
    ],
)
def test_what_is_no_request_is_refused(backend, body):
    answer = backend.client.post("/api/rpc", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request"), answer.text


@pytest.mark.parametrize("parameter", [None, 5, "x", [], {"to": 5}, {"to": None}, {"to": ["0x"]}, {"to": {}}])
@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas", "eth_getLogs"])
def test_strange_parameters_are_refused(ask, method, parameter):
    assert ask(method, parameter).status_code == 403


@pytest.mark.parametrize("parameters", [[5], ["x", "y", "z"], [{}, {}], [[[]]], ["0x", "earliest"], [-1, 1e300]])
def test_the_node_says_what_it_does_not_understand(ask, parameters):
    from backend.chain.passage import ALLOWED

    for method in ALLOWED - {"eth_call", "eth_estimateGas", "eth_getLogs"}:
        answer = ask(method, *parameters)
        assert answer.status_code < 500, (method, answer.text)


def test_a_call_with_strange_fields_is_no_fault(ask, addresses):
    for fields in (
        {"data": 5},
        {"data": "zz"},
        {"gas": "0x" + "f" * 64},
        {"value": []},
        {"from": {}},
        {"data": "0x" + "00" * 50_000},
    ):
        assert ask("eth_call", {"to": addresses["CPYToken"], **fields}, "latest").status_code < 500
    assert ask("eth_call", {"to": addresses["CPYToken"], "data": "0x18160ddd"}, {"x": []}).status_code < 500


@pytest.mark.parametrize(
    "topics", [None, [], [None], [[]], [[None]], [None, None], [None, []], [[WORD, None]], {}, "x"]
)
def test_events_without_a_topic_are_all_of_them(ask, addresses, topics):
    answer = ask("eth_getLogs", {"address": addresses["CPYToken"], "fromBlock": "0x0", "topics": topics})
    assert (answer.status_code, answer.json()["code"]) == (403, "not_ours")


@pytest.mark.parametrize("topics", [[5], [["x"]], ["0x"], [{}], [[[WORD]]], [[WORD] * 21], [True]])
def test_a_topic_is_a_word(ask, addresses, topics):
    assert ask("eth_getLogs", {"address": addresses["CPYToken"], "topics": topics}).status_code == 422


def test_logs_are_told_of_ten_thousand_blocks(ask, addresses, monkeypatch):
    from backend.chain import passage

    monkeypatch.setattr(passage, "MAX_BLOCKS", 5)
    first = 100
    fits = {"address": addresses["CPYToken"], "topics": [topic("CPYToken", "Transfer")]}

    def asked(**blocks):
        answer = ask("eth_getLogs", {**fits, **{k: hex(v) if isinstance(v, int) else v for k, v in blocks.items()}})
        return answer.status_code

    for blocks in (
        {},
        {"fromBlock": None, "toBlock": None},
        {"fromBlock": "latest"},
        {"fromBlock": "pending", "toBlock": "latest"},
        {"fromBlock": "earliest", "toBlock": "0x4"},
        {"fromBlock": first, "toBlock": first + 4},
    ):
        assert asked(**blocks) == 200, blocks
    for blocks in (
        {"fromBlock": 0},
        {"fromBlock": "earliest"},
        {"fromBlock": "earliest", "toBlock": "safe"},
        {"fromBlock": first, "toBlock": first + 5},
        {"fromBlock": "0x", "toBlock": "0x1"},
        {"fromBlock": "-0x1"},
        {"fromBlock": "oldest"},
        {"fromBlock": [], "toBlock": {}},
        {"fromBlock": "0x" + "f" * 17},
    ):
        assert asked(**blocks) == 422, blocks


def test_the_limit_of_blocks_is_the_stated_one(ask, addresses):
    fits = {"address": addresses["CPYToken"], "topics": [topic("CPYToken", "Transfer")], "fromBlock": "0x0"}
    assert ask("eth_getLogs", {**fits, "toBlock": hex(9_999)}).status_code == 200
    assert ask("eth_getLogs", {**fits, "toBlock": hex(10_000)}).json()["code"] == "range"


def test_the_logs_of_one_block_are_asked_by_its_hash(ask, backend, addresses):
    fits = {"address": [addresses["CPYToken"]], "topics": [topic("CPYToken", "Transfer")]}
    known = "0x" + backend.chain.block_hash(backend.chain.deployment.blocks["CPYToken"]).hex()
    assert ask("eth_getLogs", {**fits, "blockHash": known}).json()["result"]
    for odd in ({"blockHash": known, "fromBlock": "0x0"}, {"blockHash": "0x1"}, {"blockHash": 5}):
        assert ask("eth_getLogs", {**fits, **odd}).status_code == 422


def test_addresses_of_a_filter_are_all_ours(ask, addresses):
    topics = [topic("CPYToken", "Transfer")]
    for address in ([], [addresses["CPYToken"], "0x" + "11" * 20], [None], [[addresses["CPYToken"]]], {}, 5):
        assert ask("eth_getLogs", {"address": address, "topics": topics}).status_code == 403


def test_what_the_verify_page_looks_up_is_found_over_any_range(ask, user, report, addresses, monkeypatch):
    """As frontend/src/features/verify/checks.ts asks: by root, and by the number of the committee's configuration."""
    from backend.chain import passage

    root = report(user().registered_work()["work_id"])
    monkeypatch.setattr(passage, "MAX_BLOCKS", 1)
    oracle = addresses["EvidenceOracle"]

    def found(*topics):
        return ask("eth_getLogs", {"address": oracle, "fromBlock": "0x0", "topics": list(topics)}).json().get("result")

    (log,) = found(topic("EvidenceOracle", "Reported"), None, root)
    assert len(found(topic("EvidenceOracle", "MembersSet"), log["topics"][3])) == 1
    assert found(topic("EvidenceOracle", "Reported")) is None
    assert found([topic("EvidenceOracle", "Reported")], None, root) is None


def test_a_look_up_over_the_whole_chain_counts_for_many(ask, backend, addresses, monkeypatch):
    from backend.chain import api, passage

    monkeypatch.setattr(passage, "MAX_BLOCKS", 1)
    monkeypatch.setattr(api, "PER_MINUTE", 3 * passage.LOOKUP_WEIGHT)
    wanted = {"address": addresses["EvidenceOracle"], "fromBlock": "0x0"}
    wanted["topics"] = [topic("EvidenceOracle", "Reported"), None, WORD]
    assert [ask("eth_getLogs", wanted).status_code for _ in range(4)][-1] == 429
