"""The chain: what we sign and hash is what the contracts check, and mistakes are told in words."""

import json

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from oracle.chain.client import Chain, Event
from oracle.chain.deployment import Deployment
from oracle.chain.licensing import Offer, country_codes, territories
from oracle.chain.parties import declared_method, method_word
from oracle.chain.quorum import Members, apply_quorum_events
from oracle.chain.signing import ascending, sign, signer_of, typed_message
from oracle.chain.wallet import Wallet
from oracle.errors import ChainError, NotEnoughGasError, RevertedError, WrongChainError
from oracle.merkle import MerkleTree
from oracle.quotes import Payment
from oracle.report.items import Report, make_item
from oracle.store.cids import cid_of, cid_to_bytes
from scripts.stack import supervisor as supervisor_module
from scripts.stack.local import Roles, account
from scripts.stack.supervisor import ChildError, Supervisor


@pytest.fixture(scope="module")
def chain(servers):
    return servers.chain()


def digest(message):
    return keccak(b"\x19" + message.version + message.header + message.body)


def test_report_and_quote_digests_equal_the_contracts(chain):
    report = Report(1, b"r" * 32, 3, 1_700_000_000, cid_to_bytes(cid_of(b"m")))
    ours = digest(typed_message(chain.deployment, "Report", report.message()))
    assert ours == bytes(chain.call("EvidenceOracle", "reportDigest", report.encoded()))
    settlement = chain.deployment.addresses["Settlement"]
    quote = Payment(settlement, (4).to_bytes(32, "big"), 5, "EUR", {}).message(10**17, 1_800_000_000)
    assert quote["amount"] == 5 * 10**17
    ours = digest(typed_message(chain.deployment, "Quote", quote))
    assert ours == bytes(chain.call("Rates", "quoteDigest", tuple(quote.values())))
    ruling = {"disputeId": 3, "outcome": 1, "barredUntil": 7, "reasonsHash": b"r" * 32}
    ours = digest(typed_message(chain.deployment, "Ruling", ruling))
    assert ours == bytes(chain.call("Arbitration", "rulingDigest", tuple(ruling.values())))
    signed = sign(account(5), chain.deployment, "Quote", quote)
    assert signer_of(chain.deployment, "Quote", quote, signed) == account(5).address


def test_ids_of_offers_and_licences_equal_the_contracts(chain):
    for offer in (
        Offer(b"w" * 32, 5, 6, b"t" * 32),
        Offer(b"w" * 32, 2**90, 2**32 - 1, b"t" * 32, 9, 1, 15, 3, "EUR", 2**60),
    ):
        assert Offer.from_json(offer.to_json()) == Offer.from_encoded(offer.encoded()) == offer
        assert offer.offer_id == bytes(chain.call("OfferBook", "idOf", offer.encoded()))
        licensee = account(3).address
        known = bytes(chain.call("LicenseLedger", "licenceIdOf", offer.offer_id, licensee, b"e" * 32))
        assert offer.licence_id(licensee, b"e" * 32) == known


def test_countries_have_their_bits_for_ever():
    codes = country_codes()
    assert len(codes) == len(set(codes)) == 249
    # Written down apart from the file: what was sold must never change its meaning.
    assert [codes.index(c) for c in ("AD", "DE", "FR", "US", "ZW")] == [0, 56, 74, 232, 248]
    assert territories("DE", "FR", "DE") == 1 << 56 | 1 << 74
    with pytest.raises(ValueError, match="XX"):
        territories("DE", "XX")


def test_a_removed_member_is_no_member_any_more():
    def event(name, **arguments):
        return Event("EvidenceOracle", name, arguments, 1, b"", 0, b"")

    first = event("MembersSet", configCount=1, members=["0xa", "0xb", "0xc"])
    gone = event("MemberRemoved", configCount=1, member="0xb")
    known = apply_quorum_events(Members(), [first])
    assert apply_quorum_events(known, [gone]) == Members(1, ("0xa", "0xc"))
    assert apply_quorum_events(known, [gone, event("MembersSet", configCount=2, members=["0xb"])]).config_count == 2


def test_leaves_and_proofs_are_those_of_the_contract(chain):
    pages = [f"https://s{n}.example/" for n in range(5)]
    items = [make_item("0x" + "a1" * 32, page, page + "i.jpg", b"b" * 32, cid_of(b"c"), 5) for page in pages]
    for item in items:
        assert item.leaf() == bytes(chain.call("EvidenceOracle", "leafOf", item.encoded()))
    tree = MerkleTree([i.leaf() for i in items])
    report = Report(1, tree.root, 5, chain.head()[1], cid_to_bytes(cid_of(b"manifest")))
    members = [account(i) for i in Roles.MEMBERS[:2]]
    signatures = {m.address: sign(m, chain.deployment, "Report", report.message()) for m in members}
    Wallet(chain, members[0].key.hex()).send("EvidenceOracle", "submit", report.encoded(), ascending(signatures))
    for n, item in enumerate(items):
        assert chain.call("EvidenceOracle", "proves", tree.root, item.encoded(), tree.proof(n))


def test_a_refusal_is_named_before_anything_is_paid(chain):
    wallet = Wallet(chain, account(Roles.IMAGE_USER).key.hex())
    before = chain.web3.eth.get_balance(wallet.address)
    with pytest.raises(RevertedError) as refused:
        wallet.send("Settlement", "close", 99)
    assert refused.value.name == "NotClaimant" and refused.value.arguments == (99, wallet.address.lower())
    with pytest.raises(RevertedError, match="NothingOwed"):
        wallet.send("Settlement", "withdraw", wallet.address)
    assert chain.web3.eth.get_balance(wallet.address) == before


def test_an_account_without_gas_is_told_so(chain):
    poor = Wallet(chain, Account.create().key.hex())
    with pytest.raises(NotEnoughGasError, match="send it some"):
        poor.send("KeyDirectory", "publish", b"k" * 32, "")


def test_another_chain_is_told_so(servers, tmp_path):
    written = json.loads(servers.deployment_file.read_text())
    elsewhere = tmp_path / "1.json"
    elsewhere.write_text(json.dumps({**written, "chainId": 1}))
    wallet = Wallet(Chain(servers.rpc_url, Deployment.load(elsewhere)), account(1).key.hex())
    with pytest.raises(WrongChainError, match="is chain 31337"):
        wallet.send("KeyDirectory", "publish", b"k" * 32, "")


def test_a_chain_that_is_down_is_told_so(servers, tmp_path):
    with pytest.raises(ChainError, match="is not responding"):
        Chain("http://127.0.0.1:9", Deployment.load(servers.deployment_file)).check()
    with pytest.raises(ChainError, match="run deploy"):
        Deployment.load(tmp_path / "none.json")


def test_transactions_of_one_wallet_do_not_get_in_each_others_way(chain):
    from concurrent.futures import ThreadPoolExecutor

    wallet = Wallet(chain, account(Roles.LICENSEE).key.hex())
    with ThreadPoolExecutor(6) as pool:
        keys = [bytes([n + 1]) * 32 for n in range(12)]
        receipts = list(pool.map(lambda k: wallet.send("KeyDirectory", "publish", k, ""), keys))
    assert len({r["transactionHash"] for r in receipts}) == 12


def test_the_supervisor_stops_what_it_started(tmp_path, monkeypatch):
    with Supervisor(tmp_path) as supervisor:
        stubborn = supervisor.start("stubborn", ["sh", "-c", "trap '' TERM; sleep 600 & wait"])
        quick = supervisor.start("quick", ["sh", "-c", "echo told; exit 3"])
        quick.process.wait(5)
        with pytest.raises(ChildError, match=r"ended with exit code 3\..*\ntold"):
            supervisor.check()
        monkeypatch.setattr(supervisor_module, "STOP_SECONDS", 1)
    assert stubborn.process.poll() is not None


def test_members_declare_their_method_of_comparing_pictures(chain):
    member = account(Roles.MEMBERS[0])
    wallet = Wallet(chain, member.key.hex())
    assert declared_method(chain, member.address) == ""
    wallet.send("EvidenceOracle", "declareMethod", method_word("orb"))
    assert declared_method(chain, member.address) == "orb"
    wallet.send("EvidenceOracle", "declareMethod", b"\xff" * 32)  # its own bytes, whatever they are
    assert declared_method(chain, member.address) == "0x" + "ff" * 32
    wallet.send("EvidenceOracle", "declareMethod", bytes(32))
    with pytest.raises(ValueError, match="32 bytes"):
        method_word("x" * 33)
