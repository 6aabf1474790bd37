"""Signing in with hostile messages and signatures, and with contract wallets."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from eth_account.messages import encode_defunct
from eth_utils.crypto import keccak

from oracle.chain.wallet import Wallet
from scripts.stack.local import Roles, account

# A contract wallet by hand. Called with 32 bytes, it approves them as a digest; called as isValidSignature(bytes32,
# bytes), it answers the magic value of EIP-1271 times what it keeps for the digest.
#   CALLDATASIZE PUSH1 32 EQ PUSH1 26 JUMPI
#   PUSH1 4 CALLDATALOAD SLOAD PUSH4 1626ba7e MUL PUSH1 224 SHL PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
#   JUMPDEST PUSH1 1 PUSH0 CALLDATALOAD SSTORE STOP
APPROVING = "36602014601a57" + "60043554631626ba7e0260e01b5f5260205ff3" + "5b60015f355500"
# One that never ends, one that is broken, one that reverts, one that answers too little, one that answers "yes" in the
# wrong place, one that answers a page of zeros.
HOSTILE = ("5b5f56", "fe", "5f5ffd", "631626ba7e5f526004601cf3", "631626ba7e5f5260205ff3", "6220000080600b5f395ff3")


def deployed(backend, runtime):
    """Address of a contract with this code."""
    size = len(runtime) // 2
    web3 = backend.chain.web3
    data = f"0x60{size:02x}80600a5f395ff300{runtime}"
    sent = web3.eth.send_transaction({"from": account(Roles.DEPLOYER).address, "data": data})
    return web3.eth.wait_for_transaction_receipt(sent)["contractAddress"]


def digest_of(text):
    message = encode_defunct(text=text)
    return keccak(b"\x19" + message.version + message.header + message.body)


def approve(backend, wallet, text):
    Wallet(backend.chain, account(Roles.DEPLOYER).key.hex()).send_data(wallet, "0x" + digest_of(text).hex())


def at(**ago):
    return (datetime.now(UTC) - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def someone(user):
    return user(signed_in=False)


def code_of(answer):
    return answer.status_code, answer.json().get("code")


SIZES = (0, 1, 32, 63, 64, 65, 66, 96, 1900)


@pytest.mark.parametrize(
    "signature",
    [
        *("0x" + "00" * size for size in SIZES),
        *("0x" + "ff" * size for size in SIZES),
        *("0x" + "00" * 64 + v for v in ("00", "01", "1b", "1c", "1d", "ff")),
        "0x" + "00" * 32 + "11" * 32 + "1b",
        "0x" + "11" * 32 + "00" * 32 + "1c",
        "0x" + "ff" * 64 + "1b",
    ],
)
def test_numbers_that_are_no_signature(someone, signature):
    signed = {**someone.signed_message(), "signature": signature}
    assert code_of(someone.post("/auth/sign-in", signed)) == (401, "bad_signature")


@pytest.mark.parametrize("signature", ["", "0", "0x0", "0xzz", "11" * 65, "0x" + "²" * 130, "0x" + "１" * 130, "0x\n"])
def test_what_is_not_even_hex(someone, signature):
    signed = {**someone.signed_message(), "signature": signature}
    assert code_of(someone.post("/auth/sign-in", signed)) == (422, "bad_signature")


def test_a_message_is_for_this_origin_and_for_now(someone, backend):
    def told(**changes):
        return code_of(someone.post("/auth/sign-in", someone.signed_message(**changes)))

    own = backend.stack.api_url
    for good in ({"issued_at": at(minutes=9)}, {"issued_at": at(minutes=-9)}, {"uri": f"{own}/works?a=b"}):
        assert told(**good)[0] == 200, good
    for bad in (
        {"uri": "https://evil.example"},
        {"uri": "http://127.0.0.1.evil.example/"},
        {"uri": "http://127.0.0.1/"},
        {"uri": own.replace("http:", "https:")},
        {"uri": own.replace("http://", "http://a@")},
        {"domain": "evil.example"},
        {"issued_at": at(minutes=11)},
        {"issued_at": at(minutes=-11)},
        {"issued_at": "1970-01-01T00:00:00Z"},
        {"issued_at": "9999-12-31T23:59:59Z"},
        {"expiration_time": at(seconds=1)},
        {"not_before": at(minutes=-1)},
    ):
        assert told(**bad) == (401, "bad_signature"), bad


def test_a_message_with_resources_and_times_is_taken(someone):
    more = {"expiration_time": at(minutes=-5), "not_before": at(minutes=5), "request_id": "7"}
    signed = someone.signed_message(**more, statement="Sign in.", resources=["https://a.example/", "ipfs://b"])
    assert someone.post("/auth/sign-in", signed).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m + "\n",
        lambda m: m.replace("Issued At: 20", "Issued At: 20²"),
        lambda m: m.replace("Issued At: 2", "Issued At: 0"),
        lambda m: m + "\nExpiration Time: 2026-02-31T99:99:99Z",
        lambda m: m + "\nExpiration Time: 9999-12-31T23:59:59-23:59",
        lambda m: m + "\nNot Before: 0001-01-01T00:00:00+23:59",
        lambda m: m.replace("Chain ID: ", "Chain ID: 99999999999999999999"),
        lambda m: m.replace("Chain ID: ", "Chain ID: ²"),
        lambda m: m.replace("URI: http", "URI: http://[::1"),
        lambda m: m.replace("Version: 1", "Version: 2"),
        lambda m: "",
        lambda m: m * 5,
        lambda m: m.lower(),
    ],
)
def test_malformed_messages(someone, change):
    signed = someone.signed_message()
    answer = someone.post("/auth/sign-in", {**signed, "message": change(signed["message"])})
    assert answer.status_code in (401, 422), answer.text


@pytest.mark.parametrize("unit", ["a", "1.", "\n- a:", "Resources:\n- ", "%41", "\n", "https://a.example/#"])
def test_no_message_takes_long(someone, unit):
    signed = someone.signed_message()
    started = time.monotonic()
    for text in (unit * (3900 // len(unit)), signed["message"] + "\nResources:" + unit * (3500 // len(unit)) + " "):
        assert someone.post("/auth/sign-in", {**signed, "message": text[:4000]}).status_code in (401, 422)
    assert time.monotonic() - started < 1


def test_a_contract_wallet_signs_in(someone, backend):
    wallet = deployed(backend, APPROVING)
    signed = someone.signed_message(address=wallet)  # signed by a key that is not the wallet's
    assert code_of(someone.post("/auth/sign-in", signed)) == (401, "bad_signature")
    approve(backend, wallet, signed["message"])
    for signature in ("0x", "0x" + "ab" * 300):
        again = someone.signed_message(address=wallet)
        approve(backend, wallet, again["message"])
        answer = someone.post("/auth/sign-in", {**again, "signature": signature})
        backend.client.cookies.clear()
        assert answer.json()["address"] == wallet
        assert code_of(someone.post("/auth/sign-in", {**again, "signature": signature})) == (401, "stale_nonce")


@pytest.mark.parametrize("runtime", HOSTILE)
def test_a_contract_that_does_not_answer_yes_is_no_fault(someone, backend, runtime):
    signed = someone.signed_message(address=deployed(backend, runtime))
    assert code_of(someone.post("/auth/sign-in", signed)) == (401, "bad_signature")


def test_an_address_without_code_has_no_signatures_of_contracts(someone, user):
    signed = someone.signed_message(address=user(signed_in=False).wallet.address)
    assert code_of(someone.post("/auth/sign-in", {**signed, "signature": "0x"})) == (401, "bad_signature")


def test_nonces_fill_nothing_and_are_limited(someone, backend):
    from backend.accounts.api import NONCES_PER_MINUTE
    from backend.core.services import redis

    before = redis().dbsize()
    answers = [someone.get("/auth/nonce") for _ in range(NONCES_PER_MINUTE + 5)]
    assert [a.status_code for a in answers[-5:]] == [429] * 5 and answers[0].status_code == 200
    assert redis().dbsize() - before <= 2
    assert len({a.json()["nonce"] for a in answers[:NONCES_PER_MINUTE]}) == NONCES_PER_MINUTE


def test_a_nonce_is_ours_and_ends(someone, monkeypatch):
    from backend.accounts import nonces

    nonce = nonces.new_nonce()
    assert nonces.is_fresh(nonce) and nonce.isalnum()
    for forged in (nonce[:-1] + "g", "0" + nonce[1:], nonce[1:], nonce.upper(), "", "²" * 56, nonce[:-32] + "0" * 32):
        assert not nonces.is_fresh(forged) and not nonces.use(forged)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + nonces.SECONDS + 1)
    assert not nonces.use(nonce)
    monkeypatch.undo()
    assert nonces.use(nonce) and not nonces.use(nonce)


def test_signing_in_is_limited(someone):
    from backend.accounts.api import SIGN_INS_PER_MINUTE

    answers = [
        someone.post("/auth/sign-in", {"message": "x", "signature": "0x"}) for _ in range(SIGN_INS_PER_MINUTE + 1)
    ]
    assert [a.status_code for a in answers[-2:]] == [422, 429]
