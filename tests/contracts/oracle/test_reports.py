"""EvidenceOracle: reports of the committee, and the items in them."""

import pytest
from brownie import EvidenceOracle, accounts, chain
from eth_account.messages import encode_typed_data

from tests.contracts.conftest import EMPTY, at_second, cid, digest, merkle, raw, reverts

FIELDS = [
    ("uint64", "configCount"),
    ("bytes32", "root"),
    ("uint32", "size"),
    ("uint64", "observedAt"),
    ("bytes", "manifestCid"),
]
# Of the group of secp256k1: (r, ORDER - s) is the other signature of the same message.
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
# Signatures of other data recover to somebody else, wherever his address then stands.
SOMEBODY_ELSE = "(NotMember|SignersNotAscending)"


def test_a_report_is_recorded_with_its_number_and_its_times(system, make, bring):
    bring(make.report(digest("first"), 1))
    given = make.report(digest("root"), 7)
    tx = bring(given)
    assert tx.return_value == 2
    assert system.evidence.receipt(digest("root")) == (2, tx.timestamp, given[3], 7)
    assert dict(tx.events["Reported"]) == {
        "number": 2,
        "root": digest("root"),
        "configCount": 1,
        "size": 7,
        "observedAt": given[3],
        "manifestCid": cid(digest("root")),
        "proposer": system.stranger,
    }


def test_an_unknown_root_has_no_receipt(system):
    assert system.evidence.receipt(digest("nothing")) == (0, 0, 0, 0)


def test_a_root_is_reported_once(make, bring):
    bring(make.report(digest("root"), 1))
    with reverts("AlreadyReported", digest("root"), 1):
        bring(make.report(digest("root"), 2))


@pytest.mark.parametrize("missing", ["root", "items", "manifest"])
def test_a_report_has_root_items_and_manifest(make, bring, missing):
    config, root, size, observed, manifest = make.report(digest("root"), 1)
    given = {
        "root": (config, EMPTY, size, observed, manifest),
        "items": (config, root, 0, observed, manifest),
        "manifest": (config, root, size, observed, b""),
    }[missing]
    with reverts("EmptyReport"):
        bring(given)


def test_nothing_is_observed_in_the_future(make, bring):
    later = chain[-1].timestamp + 1000
    with reverts("ObservedInFuture"):
        bring(make.report(digest("root"), 1, observed=later))
    chain.sleep(1001)
    bring(make.report(digest("root"), 1, observed=later))


def test_a_report_names_the_committee_that_signed_it(make, bring):
    with reverts("StaleConfig", 2, 1):
        bring(make.report(digest("root"), 1, config=2))


@pytest.mark.parametrize("place, other", [(1, digest("other")), (2, 2), (3, 1), (4, cid("other"))])
def test_signatures_are_for_this_report_only(system, make, place, other):
    given = make.report(digest("root"), 1)
    changed = (*given[:place], other, *given[place + 1 :])
    with reverts(SOMEBODY_ELSE):
        system.evidence.submit(given, make.signed_report(changed, system.members[:2]), {"from": system.stranger})


@pytest.mark.parametrize("changed", [{"chainId": 1}, {"verifyingContract": "0x" + "11" * 20}, {"version": "2"}])
def test_signatures_for_a_fork_or_another_deployment_do_not_count(system, make, changed):
    given = make.report(digest("root"), 1)
    domain = {"name": "CopyTrack EvidenceOracle", "version": "1", "chainId": chain.id}
    domain["verifyingContract"] = system.evidence.address
    message = {f: v if isinstance(v, int) else raw(v) for (_, f), v in zip(FIELDS, given, strict=True)}
    types = {"Report": [{"type": kind, "name": field} for kind, field in FIELDS]}

    def signed(by_domain):
        signable = encode_typed_data(by_domain, types, message)
        return [m.sign_message(signable).signature for m in system.members[:2]]

    with reverts(SOMEBODY_ELSE):
        system.evidence.submit(given, signed({**domain, **changed}), {"from": system.stranger})
    system.evidence.submit(given, signed(domain), {"from": system.stranger})


def test_a_malleable_or_broken_signature_is_refused(system, make):
    given = make.report(digest("root"), 1)
    first, second = make.signed_report(given, system.members[:2])
    r, s, v = first[:32], int.from_bytes(first[32:64], "big"), first[64]
    twin = r + (ORDER - s).to_bytes(32, "big") + bytes([55 - v])
    with reverts("ECDSAInvalidSignatureS"):
        system.evidence.submit(given, [twin, second], {"from": system.stranger})
    with reverts("ECDSAInvalidSignatureLength", 64):
        system.evidence.submit(given, [first[:64], second], {"from": system.stranger})
    with reverts("ECDSAInvalidSignature"):
        system.evidence.submit(given, [bytes(65), second], {"from": system.stranger})


def test_who_copies_a_report_from_the_queue_only_pays_for_it(system, make):
    given = make.report(digest("root"), 1)
    signed = make.signed_report(given, system.members)
    system.evidence.submit(given, signed[:2], {"from": accounts[7]})
    with reverts("AlreadyReported", digest("root"), 1):
        system.evidence.submit(given, signed, {"from": system.stranger})
    assert system.evidence.receipt(digest("root"))[2:] == (given[3], 1)


def test_a_contract_without_a_committee_takes_no_report(system, make):
    fresh = system.governor.deploy(EvidenceOracle, system.arbitration, system.authority)
    given = make.report(digest("root"), 1)
    with reverts("StaleConfig", 1, 0):
        fresh.submit(given, [], {"from": system.stranger})
    with reverts("QuorumMissing", 0, 0):
        fresh.submit((0, *given[1:]), [], {"from": system.stranger})


# ------------------------------------------------------------------------------------------------------------- items


def test_items_are_proven_one_by_one(system, make):
    items = [make.item(digest("w"), site) for site in "abcde"]
    root, proofs = make.reported(items)
    reported_at = system.evidence.receipt(root)[1]
    for item, proof in zip(items, proofs, strict=True):
        assert system.evidence.proves(root, item, proof)
        assert system.evidence.check(root, item, proof) == (system.evidence.leafOf(item), reported_at, 0)
    assert not system.evidence.proves(root, items[0], proofs[1])
    assert system.evidence.check(root, items[0], proofs[1])[1] == 0


def test_each_field_of_an_item_counts(system, make):
    item = make.item(digest("w"))
    root, (proof, _) = make.reported([item, make.item(digest("w"))])
    for place in range(len(item)):
        changed = (*item[:place], item[place] - 1 if place == 6 else digest("other"), *item[place + 1 :])
        assert not system.evidence.proves(root, changed, proof)


def test_a_tree_that_nobody_reported_proves_nothing(system, make):
    undated = make.item(digest("w"), seen=0)
    for item in (make.item(digest("w")), undated):
        root, (proof,) = merkle([system.evidence.leafOf(item)])
        assert not system.evidence.proves(root, item, proof)
        assert system.evidence.check(root, item, proof)[1] == 0


def test_nothing_is_seen_after_its_report(system, make):
    now = chain.time()
    early, late = make.item(digest("w"), seen=now), make.item(digest("w"), seen=now + 1000)
    root, proofs = make.reported([early, late])
    assert system.evidence.proves(root, early, proofs[0])
    chain.sleep(2000)
    chain.mine()
    assert not system.evidence.proves(root, late, proofs[1])
    assert system.evidence.check(root, late, proofs[1])[1] == 0


def test_an_item_seen_in_the_second_of_its_report_is_proven(system, make):
    then = chain[-1].timestamp + 50
    item = make.item(digest("w"), seen=then)
    root, (proof,) = merkle([system.evidence.leafOf(item)])
    given = make.report(root, 1)
    signed = make.signed_report(given, system.members[:2])
    at_second(then)
    system.evidence.submit(given, signed, {"from": system.stranger})
    assert system.evidence.check(root, item, proof)[1] == then


def test_only_the_panel_says_where_an_item_stands(system):
    with reverts("NotArbitration", system.governor):
        system.evidence.setStanding(digest("leaf"), 2, {"from": system.governor})
    assert system.evidence.standingOf(digest("leaf")) == 0
    assert system.evidence.arbitration() == system.arbitration


def test_the_governor_names_another_panel(system):
    with reverts("AccessManagedUnauthorized", system.stranger):
        system.evidence.setArbitration(system.stranger, {"from": system.stranger})
    tx = system.evidence.setArbitration(system.payer, {"from": system.governor})
    assert tx.events["ArbitrationSet"]["arbitration"] == system.payer == system.evidence.arbitration()
    system.evidence.setStanding(digest("leaf"), 2, {"from": system.payer})
    assert system.evidence.standingOf(digest("leaf")) == 2
