"""Settlement.join: more uses in one case."""

from brownie import chain

from tests.contracts.conftest import BOND, WINDOW, at_second, digest, reverts
from tests.contracts.enforcement.conftest import CLOSED, EVIDENCE, REFUSED, SETTLED, SUSTAINED, wait


def join(system, case_id, given, by=None):
    return system.settlement.join(case_id, *given[:4], {"from": by or system.holder})


def test_a_later_use_joins_and_the_demand_stays(system, make, court):
    case_id, given = make.case()
    before = system.settlement.caseOf(case_id)
    more = court.again(given)
    tx = join(system, case_id, more)
    leaf = system.evidence.leafOf(more[1])
    assert dict(tx.events["ItemJoined"]) == {"caseId": case_id, "root": more[0], "leaf": leaf, "seenAt": more[1][6]}
    assert system.settlement.caseOf(case_id) == before
    assert system.token.balanceOf(system.settlement) == BOND


def test_another_host_of_the_site_joins(system, make, court):
    case_id, given = make.case()
    item = make.item(given[1][0])
    blog = (item[0], digest("blog.shop"), *item[2:])
    root, (proof,) = make.reported([blog])
    wait(WINDOW + 1)
    assert join(system, case_id, (root, blog, proof, given[3])).events["ItemJoined"]["root"] == root


def test_only_the_claimant_joins(system, make, court):
    case_id, given = make.case()
    more = court.again(given)
    with reverts("NotClaimant", case_id, system.stranger):
        join(system, case_id, more, system.stranger)
    with reverts("NotClaimant", 9, system.holder):
        join(system, 9, more)


def test_a_use_of_another_work_or_on_another_site_is_another_case(system, make, court):
    case_id, given = make.case()
    elsewhere, other = court.again(given, site="another"), make.opening()
    for more in (elsewhere, other):
        with reverts("OtherUse", case_id, more[1][0], more[1][2]):
            join(system, case_id, more)


def test_a_covered_use_does_not_join(system, make, court):
    case_id, given = make.case()
    make.bought(make.offer(given[1][0], 0))
    wait(10)
    more = court.again(given, chain[-1].timestamp)
    with reverts("Covered", given[1][0], digest("shop"), more[1][6]):
        join(system, case_id, more)


def test_an_item_joins_in_the_second_in_which_its_window_ends(system, make):
    case_id, given = make.case()
    item = make.item(given[1][0])
    root, (proof,) = make.reported([item])
    ripe = system.evidence.receipt(root)[1] + WINDOW
    at_second(ripe - 1)
    with reverts("NotProven", root, ripe):
        join(system, case_id, (root, item, proof, given[3]))
    at_second(ripe)
    join(system, case_id, (root, item, proof, given[3]))


def test_a_use_joins_only_while_the_registration_is_undisputed_and_of_this_content(system, make, court):
    case_id, given = make.case()
    more = court.again(given)
    with reverts("OtherContent", given[1][0], digest("other")):
        join(system, case_id, (*more[:3], digest("other")))
    dispute = court.disputed(given)
    with reverts("DisputedRegistration", given[1][0]):
        join(system, case_id, more)
    court.ruled(dispute, REFUSED)
    join(system, case_id, more)


def test_a_challenged_item_does_not_join(system, make, court):
    case_id, given = make.case()
    item = make.item(given[1][0])
    root, (proof,) = make.reported([item])
    dispute = court.challenged((root, item, proof, given[3]))
    wait(WINDOW + 1)
    leaf = system.evidence.leafOf(item)
    with reverts("DisputedEvidence", leaf, 1):
        join(system, case_id, (root, item, proof, given[3]))
    assert system.arbitration.pendingOf(EVIDENCE, leaf) == dispute


def test_what_was_dismissed_does_not_come_back_by_joining(system, make, court):
    first, given = make.case()
    old = court.again(given)
    ruled_at = court.ruled(court.contested(first), SUSTAINED).timestamp
    wait(10)
    second = court.opened(court.again(given, ruled_at + 1))
    for seen in (old, given):
        with reverts("SeenBefore", seen[1][6], ruled_at):
            join(system, second, seen)
    join(system, second, court.again(given, ruled_at + 2))


def test_a_use_of_another_owners_time_does_not_join(system, make, court):
    given = make.opening()
    work_id = given[1][0]
    older = court.again(given)
    court.sold(work_id)
    court.attested(work_id, system.client)
    wait(5)
    case_id = court.opened(court.again(given, chain[-1].timestamp), system.client)
    with reverts("NotHolder", work_id, system.client):
        join(system, case_id, older, system.client)
    join(system, case_id, court.again(given, chain[-1].timestamp), system.client)


def test_a_use_that_joined_joins_again_without_harm(system, make, court):
    case_id, given = make.case()
    before = system.settlement.caseOf(case_id)
    for _ in range(2):
        join(system, case_id, given)
    assert system.settlement.caseOf(case_id) == before


def test_uses_join_while_the_case_is_contested_and_not_after_its_end(system, make, court):
    case_id, given = make.case()
    court.contested(case_id)
    more = court.again(given)
    join(system, case_id, more)
    court.paid(case_id)
    with reverts("WrongStage", case_id, SETTLED):
        join(system, case_id, more)
    other, given = make.case()
    system.settlement.close(other, {"from": system.holder})
    with reverts("WrongStage", other, CLOSED):
        join(system, other, given)


def test_a_use_joins_only_while_the_authorship_is_attested_and_first(system, make, court):
    case_id, given = make.case()
    work_id, more = given[1][0], court.again(given)
    system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})
    with reverts("NoAuthorship", work_id, system.holder):
        join(system, case_id, more)
    system.verifiers.setVerifier(system.verifier.address, True, {"from": system.governor})
    join(system, case_id, more)


def test_a_use_does_not_join_once_an_earlier_registration_is_attested(system, make, court):
    earlier = make.work("found twice", system.stranger)
    wait(5)
    work_id = make.work("found twice")
    make.attested(work_id)
    given = court.sighted(work_id, digest("found twice"))
    case_id = court.opened(given)
    more = court.again(given)
    court.attested(earlier, system.stranger)
    with reverts("EarlierRegistration", work_id, earlier):
        join(system, case_id, more)
