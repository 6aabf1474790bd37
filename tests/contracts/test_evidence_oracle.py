"""EvidenceOracle and KeyDirectory: reports of the committee."""

import brownie
from brownie import chain, web3
from eth_account import Account

from tests.contracts.conftest import digest, merkle, reverts, signers


def test_a_threshold_of_members_reports(system, make):
    given = make.report(digest("root"), 7)
    tx = system.evidence.submit(given, make.signed_report(given, system.members[1:]), {"from": system.stranger})
    number, reported_at, observed_at, size = system.evidence.receipt(digest("root"))
    assert (number, reported_at, size) == (1, tx.timestamp, 7)
    assert observed_at == given[3]
    assert tx.events["Reported"]["manifestCid"] == given[4]


def test_one_member_alone_cannot(system, make):
    given = make.report(digest("root"), 1)
    with reverts("QuorumMissing", 1, 2):
        system.evidence.submit(given, make.signed_report(given, system.members[:1]), {"from": system.stranger})


def test_the_same_member_twice_is_one_member(system, make):
    given = make.report(digest("root"), 1)
    member = system.members[0]
    with reverts("SignersNotAscending", member.address, member.address):
        system.evidence.submit(given, make.signed_report(given, [member, member]), {"from": system.stranger})


def test_signatures_stand_in_ascending_order(system, make):
    given = make.report(digest("root"), 1)
    with reverts("SignersNotAscending"):
        system.evidence.submit(given, make.signed_report(given, system.members[1::-1]), {"from": system.stranger})


def test_strangers_do_not_count(system, make):
    given = make.report(digest("root"), 1)
    mixed = sorted([system.members[0], Account.from_key(web3.keccak(text="x"))], key=lambda a: int(a.address, 16))
    with reverts("NotMember"):
        system.evidence.submit(given, make.signed_report(given, mixed), {"from": system.stranger})


def test_a_signature_is_for_one_report_only(system, make):
    given = make.report(digest("root"), 1)
    other = make.report(digest("other"), 1)
    with brownie.reverts():
        system.evidence.submit(given, make.signed_report(other, system.members[:2]), {"from": system.stranger})


def test_a_root_is_reported_once(system, make):
    given = make.report(digest("root"), 1)
    signed = make.signed_report(given, system.members[:2])
    system.evidence.submit(given, signed, {"from": system.stranger})
    with reverts("AlreadyReported", digest("root"), 1):
        system.evidence.submit(given, signed, {"from": system.stranger})


def test_rotated_members_cannot_sign(system, make):
    stale = make.report(digest("root"), 1)
    new = signers("new", 5)
    system.evidence.setMembers([m.address for m in new], 3, {"from": system.governor})
    with reverts("StaleConfig", 1, 2):
        system.evidence.submit(stale, make.signed_report(stale, system.members[:2]), {"from": system.stranger})
    fresh = make.report(digest("root"), 1)
    with reverts("NotMember"):
        system.evidence.submit(fresh, make.signed_report(fresh, system.members), {"from": system.stranger})
    system.evidence.submit(fresh, make.signed_report(fresh, new[:3]), {"from": system.stranger})
    assert system.evidence.isMember(new[0].address) and not system.evidence.isMember(system.members[0].address)


def test_a_report_is_complete_and_not_from_the_future(system, make):
    for broken in (
        make.report("0x" + "00" * 32, 1),
        make.report(digest("root"), 0),
        (*make.report(digest("root"), 1)[:4], b""),
    ):
        with reverts("EmptyReport"):
            system.evidence.submit(broken, make.signed_report(broken, system.members[:2]), {"from": system.stranger})
    future = make.report(digest("root"), 1, observed=chain.time() + 1000)
    with reverts("ObservedInFuture"):
        system.evidence.submit(future, make.signed_report(future, system.members[:2]), {"from": system.stranger})


def test_items_are_proven_one_by_one(system, make):
    items = [make.item(digest("w"), site) for site in "abcde"]
    root, proofs = make.reported(items)
    for item, proof in zip(items, proofs, strict=True):
        assert system.evidence.proves(root, item, proof)
    assert not system.evidence.proves(root, items[0], proofs[1])
    changed = (*items[0][:6], items[0][6] + 1, items[0][7])
    assert not system.evidence.proves(root, changed, proofs[0])
    lonely_root, lonely = merkle([system.evidence.leafOf(items[0])])
    assert not system.evidence.proves(lonely_root, items[0], lonely[0])


def test_members_are_a_strict_majority_of_distinct_accounts(system):
    addresses = [m.address for m in signers("m", 32)]
    by = {"from": system.governor}
    with reverts("BadMembers", 0):
        system.evidence.setMembers([], 1, by)
    with reverts("BadMembers", 32):
        system.evidence.setMembers(addresses, 17, by)
    with reverts("BadThreshold", 2, 4):
        system.evidence.setMembers(addresses[:4], 2, by)
    with reverts("BadThreshold", 5, 4):
        system.evidence.setMembers(addresses[:4], 5, by)
    with reverts("SignersNotAscending"):
        system.evidence.setMembers([addresses[0], addresses[0]], 2, by)
    with brownie.reverts():
        system.evidence.setMembers(addresses[:3], 2, {"from": system.stranger})


def test_keys_are_published_by_their_owners(system):
    system.keys.publish(digest("key"), "https://node.example", {"from": system.holder})
    assert system.keys.keyOf(system.holder) == digest("key")
    assert system.keys.endpointOf(system.holder) == "https://node.example"
    with reverts("EmptyKey"):
        system.keys.publish("0x" + "00" * 32, "", {"from": system.holder})
