"""Quorum: who signs for the oracle, for the rates and for the panel, and how that changes."""

import pytest
from brownie import web3
from eth_account import Account

from tests.contracts.conftest import cid, digest, reverts, signers


def addresses(accounts):
    return [a.address for a in accounts]


def by(system):
    return {"from": system.governor}


# ----------------------------------------------------------------------------------------------------- how many sign


def test_no_report_stands_on_less_than_the_threshold(system, make, bring):
    given = make.report(digest("root"), 1)
    with reverts("QuorumMissing", 0, 2):
        system.evidence.submit(given, [], {"from": system.stranger})
    with reverts("QuorumMissing", 1, 2):
        bring(given, system.members[:1])
    bring(given, system.members[1:])


def test_more_may_sign_than_need_to(make, bring, system):
    assert bring(make.report(digest("root"), 1), system.members).return_value == 1


def test_one_member_who_signs_twice_is_one_member(system, make, bring):
    member = system.members[0]
    with reverts("SignersNotAscending", member.address, member.address):
        bring(make.report(digest("root"), 1), [member, member])


def test_signatures_stand_in_ascending_order(system, make, bring):
    first, second = system.members[:2]
    with reverts("SignersNotAscending", second.address, first.address):
        bring(make.report(digest("root"), 1), [second, first])


def test_a_stranger_among_the_signers_spoils_a_report(system, make, bring):
    stranger = Account.from_key(web3.keccak(text="stranger"))
    mixed = sorted([*system.members, stranger], key=lambda a: int(a.address, 16))
    with reverts("NotMember", stranger.address):
        bring(make.report(digest("root"), 1), mixed)


# --------------------------------------------------------------------------------------------------------- rotation


def test_the_governor_replaces_members(committee, system):
    new = addresses(signers("new", 5))
    tx = committee.contract.setMembers(new, 3, by(system))
    assert dict(tx.events["MembersSet"]) == {"configCount": 2, "members": new, "threshold": 3}
    contract = committee.contract
    assert (contract.configCount(), contract.threshold(), contract.memberCount()) == (2, 3, 5)
    assert all(contract.isMember(m) for m in new)
    assert not any(contract.isMember(m.address) for m in committee.members)


@pytest.mark.parametrize("account", ["stranger", "pauser", "operator"])
def test_nobody_else_changes_members(committee, system, account):
    caller = getattr(system, account)
    with reverts("AccessManagedUnauthorized", caller):
        committee.contract.setMembers([caller], 1, {"from": caller})
    with reverts("AccessManagedUnauthorized", caller):
        committee.contract.removeMember(committee.members[0].address, cid("proof"), {"from": caller})


def test_there_are_1_to_31_members(committee, system):
    many = addresses(signers("m", 32))
    with reverts("BadMembers", 0):
        committee.contract.setMembers([], 0, by(system))
    with reverts("BadMembers", 32):
        committee.contract.setMembers(many, 17, by(system))
    committee.contract.setMembers(many[:31], 16, by(system))
    assert committee.contract.memberCount() == 31
    committee.contract.setMembers(many[:1], 1, by(system))
    assert committee.contract.memberCount() == 1


@pytest.mark.parametrize(
    "members, threshold, allowed",
    [(1, 0, False), (2, 1, False), (3, 2, True), (4, 2, False), (4, 3, True), (4, 4, True), (4, 5, False)],
)
def test_a_threshold_is_a_majority(system, members, threshold, allowed):
    new = addresses(signers("m", members))
    if allowed:
        system.evidence.setMembers(new, threshold, by(system))
        assert system.evidence.threshold() == threshold
    else:
        with reverts("BadThreshold", threshold, members):
            system.evidence.setMembers(new, threshold, by(system))


def test_members_are_distinct_and_somebody(system):
    first, second = addresses(signers("m", 2))
    nobody = "0x" + "00" * 20
    for members in ([first, first], [second, first], [nobody, first]):
        with reverts("SignersNotAscending"):
            system.evidence.setMembers(members, 2, by(system))
    assert not system.evidence.isMember(nobody)


def test_members_of_an_earlier_set_cannot_sign(system, make, bring):
    stale = make.report(digest("root"), 1)
    new = signers("new", 5)
    system.evidence.setMembers(addresses(new), 3, by(system))
    with reverts("StaleConfig", 1, 2):
        bring(stale, system.members[:2])
    fresh = make.report(digest("root"), 1)
    with reverts("NotMember", system.members[0].address):
        bring(fresh, system.members)
    bring(fresh, new[:3])


def test_old_quotes_and_rulings_end_with_their_signers(system, make):
    case_id, _ = make.case()
    quote = make.quote(case_id)
    signed = make.signed_quote(quote)
    make.funded(system.payer, quote[3], system.settlement)
    system.quotes.setMembers(addresses(signers("new", 3)), 2, by(system))
    with reverts("NotMember", system.rates[0].address):
        system.settlement.pay(quote, signed, {"from": system.payer})

    make.funded(system.operator, system.arbitration.fee(), system.arbitration)
    system.arbitration.contest(case_id, digest("reasons"), {"from": system.operator})
    ruling, signed = make.ruling(1, 1)
    system.arbitration.setMembers(addresses(signers("new", 3)), 2, by(system))
    with reverts("NotMember", system.panel[0].address):
        system.arbitration.rule(ruling, signed, {"from": system.stranger})


def test_a_member_who_stays_signs_for_the_new_set_only(system, make, bring):
    system.evidence.setMembers(addresses(system.members[:2]), 2, by(system))
    with reverts("StaleConfig", 1, 2):
        bring(make.report(digest("root"), 1, config=1))
    bring(make.report(digest("root"), 1))


def test_rotation_leaves_earlier_reports_standing(system, make):
    item = make.item(digest("w"))
    root, (proof,) = make.reported([item])
    system.evidence.setMembers(addresses(signers("new", 3)), 2, by(system))
    assert system.evidence.proves(root, item, proof)


# ---------------------------------------------------------------------------------------------------------- removal


def test_a_member_that_lied_is_removed_with_published_proof(committee, system):
    contract, liar = committee.contract, committee.members[1].address
    tx = contract.removeMember(liar, cid("proof"), by(system))
    assert dict(tx.events["MemberRemoved"]) == {"configCount": 1, "member": liar, "proofCid": cid("proof")}
    assert not contract.isMember(liar)
    assert (contract.memberCount(), contract.threshold(), contract.configCount()) == (2, 2, 1)


def test_a_removed_member_cannot_sign(system, make, bring):
    liar = system.members[0]
    system.evidence.removeMember(liar.address, cid("proof"), by(system))
    given = make.report(digest("root"), 1)
    with reverts("NotMember", liar.address):
        bring(given, system.members[:2])
    bring(given, system.members[1:])


def test_nobody_is_removed_without_proof(committee, system):
    member = committee.members[0].address
    with reverts("ProofMissing", member):
        committee.contract.removeMember(member, b"", by(system))


def test_only_members_are_removed_and_only_once(committee, system):
    with reverts("NotMember", system.stranger):
        committee.contract.removeMember(system.stranger, cid("proof"), by(system))
    member = committee.members[0].address
    committee.contract.removeMember(member, cid("proof"), by(system))
    with reverts("NotMember", member):
        committee.contract.removeMember(member, cid("proof"), by(system))


def test_removal_leaves_enough_members_to_sign(committee, system):
    committee.contract.removeMember(committee.members[0].address, cid("proof"), by(system))
    with reverts("BadThreshold", 2, 1):
        committee.contract.removeMember(committee.members[1].address, cid("proof"), by(system))
    committee.contract.setMembers(addresses(signers("one", 1)), 1, by(system))
    with reverts("BadThreshold", 1, 0):
        committee.contract.removeMember(signers("one", 1)[0].address, cid("proof"), by(system))


def test_a_removed_member_may_be_named_again(system):
    member = system.members[0].address
    system.evidence.removeMember(member, cid("proof"), by(system))
    system.evidence.setMembers([member], 1, by(system))
    assert system.evidence.isMember(member)
