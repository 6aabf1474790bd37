"""scripts/deploy.py and scripts/accept.py: who may do what on a live chain, and what a pause stops."""

import brownie
import pytest
from brownie import ZERO_ADDRESS, accounts, chain, web3

from scripts.accept import accept, differences
from scripts.deploy import ADMIN_ROLE, PAUSER_ROLE
from tests.contracts.conftest import (
    BOND,
    DAY,
    NO_PERMIT,
    NO_QUOTE,
    configuration,
    deployed,
    digest,
    reverts,
    signers,
)
from tests.contracts.market.conftest import BUYER, order

# An acceptance asks for hundreds of views; other tests go through their branches.
pytestmark = pytest.mark.no_call_coverage

DELAY = 2 * DAY
PUBLIC_ROLE = 2**64 - 1
NOT_THERE = "0x" + "11" * 20


def live_configuration(**changes):
    return configuration(governor=accounts[7].address, governor_delay=DELAY, **changes)


@pytest.fixture(scope="module")
def live():
    """As on a live chain: another governs than the deployer, and only after a delay."""
    return deployed(governor=accounts[7].address, governor_delay=DELAY)


@pytest.fixture
def governor():
    return accounts[7]


def scheduled(live, governor, contract, data):
    live.authority.schedule(contract, data, 0, {"from": governor})


# ------------------------------------------------------------------------------------------------------------- rights


def test_the_deployer_has_no_rights_left(live):
    by = {"from": accounts[0]}
    with reverts("AccessManagedUnauthorized", accounts[0]):
        live.verifiers.setVerifier(accounts[0], True, by)
    with reverts("AccessManagedUnauthorized", accounts[0]):
        live.settlement.pause(by)
    with reverts("AccessManagerUnauthorizedAccount", accounts[0], ADMIN_ROLE):
        live.authority.grantRole(ADMIN_ROLE, accounts[0], 0, by)
    with reverts("AccessManagerUnauthorizedCall"):
        live.authority.schedule(live.verifiers, live.verifiers.setVerifier.encode_input(accounts[0], True), 0, by)


def test_what_the_governor_does_is_announced_and_waits(live, governor):
    data = live.verifiers.setVerifier.encode_input(accounts[6], True)
    with reverts("AccessManagerNotScheduled"):
        live.verifiers.setVerifier(accounts[6], True, {"from": governor})
    scheduled(live, governor, live.verifiers, data)
    chain.sleep(DELAY - 60)
    with reverts("AccessManagerNotReady"):
        live.authority.execute(live.verifiers, data, {"from": governor})
    chain.sleep(61)
    with reverts("AccessManagerUnauthorizedCall"):
        live.authority.execute(live.verifiers, data, {"from": accounts[0]})
    live.authority.execute(live.verifiers, data, {"from": governor})
    assert live.verifiers.isVerifier(accounts[6])
    with reverts("AccessManagerNotScheduled"):
        live.authority.execute(live.verifiers, data, {"from": governor})


def test_the_governor_can_shorten_neither_his_delay_nor_the_list_of_governors_at_once(live, governor):
    for call, arguments in (
        (live.authority.grantRole, (ADMIN_ROLE, governor, 0)),
        (live.authority.grantRole, (ADMIN_ROLE, accounts[6], 0)),
        (live.authority.updateAuthority, (live.verifiers, live.book)),
    ):
        with reverts("AccessManagerNotScheduled"):
            call(*arguments, {"from": governor})


def test_the_pauser_pauses_at_once_but_only_the_governor_resumes_after_his_delay(live, governor):
    for contract in (live.ledger, live.settlement):
        contract.pause({"from": live.pauser})
        assert contract.paused()
        with reverts("AccessManagedUnauthorized", live.pauser):
            contract.unpause({"from": live.pauser})
        data = contract.unpause.encode_input()
        scheduled(live, governor, contract, data)
        chain.sleep(DELAY)
        live.authority.execute(contract, data, {"from": governor})
        assert not contract.paused()


def test_the_pauser_can_do_nothing_else(live):
    by = {"from": live.pauser}
    for call, arguments in (
        (live.verifiers.setVerifier, (live.pauser, True)),
        (live.ledger.setPlatforms, ([digest("x")], True)),
        (live.evidence.setMembers, ([live.pauser], 1)),
        (live.quotes.setMembers, ([live.pauser], 1)),
        (live.arbitration.setMembers, ([live.pauser], 1)),
        (live.book.add, ([digest("x")], [live.book])),
        (live.registry.setArbitration, (live.pauser,)),
        (live.registry.setMarket, (live.pauser,)),
        (live.evidence.setArbitration, (live.pauser,)),
        (live.settlement.setOperator, (live.pauser,)),
    ):
        with reverts("AccessManagedUnauthorized", live.pauser):
            call(*arguments, by)


# ------------------------------------------------------------------------------------------------------- what stops


def test_a_pause_stops_new_business(system, make):
    purchase = make.purchase(make.offer(make.work()))
    opening = make.opening()
    item, proof = opening[1], opening[2]
    ordered = make.purchase(purchase[0], BUYER)
    assignment = (item[0], system.payer, 0, 0, 0)
    for contract in (system.ledger, system.settlement):
        contract.pause({"from": system.pauser})
    by = {"from": system.payer}
    for call, arguments in (
        (system.ledger.buy, (purchase,)),
        (system.ledger.buyQuoted, (purchase, NO_QUOTE, [], NO_PERMIT)),
        (system.ledger.buyFor, (ordered, NO_QUOTE, [], order(system, make, ordered))),
        (system.settlement.open, (opening,)),
        (system.settlement.openAssigned, (opening, assignment, [])),
        (system.settlement.join, (1, opening[0], item, proof, opening[3])),
    ):
        with reverts("EnforcedPause"):
            call(*arguments, by)


def test_a_pause_stops_no_renewal_of_a_running_licence(system, make):
    given, _ = make.bought(make.offer(make.work()))
    until = system.ledger.licence(make.licence_id(given))["until"]
    system.ledger.pause({"from": system.pauser})
    make.funded(system.payer, given[3], system.ledger)
    system.ledger.buy(given, {"from": system.payer})
    assert system.ledger.licence(make.licence_id(given))["until"] == until + 365 * DAY


def test_a_pause_stops_neither_payments_nor_withdrawals_nor_ends(system, make):
    make.bought(make.offer(make.work()))
    paid, closed = make.case(site="one")[0], make.case(site="two")[0]
    for contract in (system.ledger, system.settlement):
        contract.pause({"from": system.pauser})
    quote = make.quote(paid)
    make.funded(system.payer, quote[3], system.settlement)
    system.settlement.pay(quote, make.signed_quote(quote), {"from": system.payer})
    system.settlement.close(closed, {"from": system.holder})
    assert system.settlement.owed(system.holder) > 2 * BOND
    for contract in (system.ledger, system.settlement):
        due = contract.owed(system.holder)
        before = system.token.balanceOf(system.holder)
        contract.withdraw(system.holder, {"from": system.holder})
        assert system.token.balanceOf(system.holder) == before + due > before


def test_after_a_pause_business_resumes(system, make):
    offered = make.offer(make.work())
    system.ledger.pause({"from": system.pauser})
    system.ledger.unpause({"from": system.governor})
    make.bought(offered)


# --------------------------------------------------------------------------------------------------------- acceptance


def test_a_deployment_as_configured_is_accepted(live, system, capsys):
    accept(live.contracts, live_configuration(), accounts[0].address)
    accept(system.contracts, configuration(), accounts[0].address)
    assert capsys.readouterr().out.count("Accepted: 14 contracts") == 2


def one(found):
    (sentence,) = found
    return sentence


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"governor_delay": DELAY + 1}, f"can govern after {DELAY} s, not {DELAY + 1} s"),
        ({"threshold": 3}, "EvidenceOracle requires 2 of 3, not 3 of 3"),
        ({"methods": 1}, "EvidenceOracle.requiredMethods is 0, not 1"),
        ({"rate_threshold": 3}, "Rates requires 2 of 3, not 3 of 3"),
        ({"panel_threshold": 3}, "Arbitration requires 2 of 3, not 3 of 3"),
        ({"challenge_window": 61}, "challengeWindow is 60, not 61"),
        ({"operator": ZERO_ADDRESS}, "operator is"),
        ({"ruling_time": 1}, "Arbitration.rulingTime is"),
        ({"release_grace": 1}, "Settlement.releaseGrace is"),
        ({"bond": 1}, "Settlement.bond is"),
        ({"earlier": {"Settlement": NOT_THERE}}, f"Settlement.earlier is {ZERO_ADDRESS}, not {NOT_THERE}"),
        ({"earlier": {"LicenseLedger": NOT_THERE}}, f"LicenseLedger.earlier is {ZERO_ADDRESS}, not {NOT_THERE}"),
        ({"arbitration_fee": 1}, "Arbitration.fee is"),
        ({"token_holder": ZERO_ADDRESS}, "the supply went to"),
        ({"platforms": []}, "is not in the configuration"),
        ({"platforms": [digest("platform"), digest("other")]}, f"platform {digest('other')} is missing"),
        ({"verifiers": []}, "is not in the configuration"),
    ],
    ids=lambda given: next(iter(given)) if isinstance(given, dict) else "",
)
def test_another_value_is_found(live, change, words):
    found = list(differences(live.contracts, {**live_configuration(), **change}, accounts[0].address))
    assert found and all(words in sentence for sentence in found)


def test_another_governor_or_pauser_is_found(live):
    for key, verb in (("governor", "govern"), ("pauser", "pause")):
        config = live_configuration()
        right = config[key]
        config[key] = accounts[5].address
        found = set(differences(live.contracts, config, accounts[0].address))
        assert found == {f"{accounts[5].address} cannot {verb}", f"{right} can also {verb}"}


@pytest.mark.parametrize("key", ["members", "rate_signers", "panel"])
def test_a_wrong_signer_is_found(live, key):
    config = live_configuration()
    outsider = signers("outsider", 1)[0].address
    config[key] = [*config[key][:2], outsider]
    assert f"{outsider} is not a member" in one(differences(live.contracts, config, accounts[0].address))


def test_a_deployer_who_kept_his_rights_is_found(system):
    """Here he governs himself; the configuration says that another does."""
    found = set(differences(system.contracts, live_configuration(), accounts[0].address))
    assert found == {f"{accounts[0].address} can also govern", f"{accounts[7].address} cannot govern"}


def give_a_right(system):
    system.authority.grantRole(ADMIN_ROLE, accounts[5], 0, {"from": system.governor})


def take_the_pausers_right(system):
    system.authority.revokeRole(PAUSER_ROLE, system.pauser, {"from": system.governor})


def slow_the_pauser(system):
    system.authority.grantRole(PAUSER_ROLE, system.pauser, 60, {"from": system.governor})


def let_everybody_set_verifiers(system):
    selectors = [system.verifiers.signatures["setVerifier"]]
    system.authority.setTargetFunctionRole(system.verifiers, selectors, PUBLIC_ROLE, {"from": system.governor})


def let_nobody_pause(system):
    selectors = [system.ledger.signatures["pause"]]
    system.authority.setTargetFunctionRole(system.ledger, selectors, ADMIN_ROLE, {"from": system.governor})


def let_pausers_name_pausers(system):
    system.authority.setRoleAdmin(PAUSER_ROLE, PAUSER_ROLE, {"from": system.governor})


def let_pausers_cancel(system):
    system.authority.setRoleGuardian(PAUSER_ROLE, PAUSER_ROLE, {"from": system.governor})


def close_the_hub(system):
    system.authority.setTargetClosed(system.verifiers, True, {"from": system.governor})


def pause(system):
    system.ledger.pause({"from": system.pauser})


def add_a_verifier(system):
    system.verifiers.setVerifier(accounts[5], True, {"from": system.governor})


def drop_a_verifier(system):
    system.verifiers.setVerifier(system.verifier.address, False, {"from": system.governor})


def list_a_platform(system):
    system.ledger.setPlatforms([digest("another")], True, {"from": system.governor})


def replace_the_committee(system):
    system.evidence.setMembers([m.address for m in signers("new", 3)], 2, {"from": system.governor})


def name_another_panel(system):
    for contract in (system.registry, system.evidence):
        contract.setArbitration(accounts[5], {"from": system.governor})


def name_another_market(system):
    system.registry.setMarket(accounts[5], {"from": system.governor})


def name_another_operator(system):
    system.settlement.setOperator(accounts[5], {"from": system.governor})


def book_another(system):
    system.book.add(["0x" + b"Rates".hex().ljust(64, "0")], [system.keys], {"from": system.governor})


def take_another_authority(system):
    other = brownie.Authority.deploy(system.governor, {"from": system.governor})
    system.authority.updateAuthority(system.quotes, other, {"from": system.governor})


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (give_a_right, ["can also govern"]),
        (take_the_pausers_right, ["cannot pause"]),
        (slow_the_pauser, ["can pause after 60 s, not 0 s"]),
        (let_everybody_set_verifiers, [f"of VerifierHub is role {PUBLIC_ROLE}'s, not role 0's"]),
        (let_nobody_pause, ["of LicenseLedger is role 0's, not role 1's"]),
        (let_pausers_name_pausers, ["role 1 has role 1 as its admin"]),
        (let_pausers_cancel, ["role 1 has role 1 as its guardian"]),
        (close_the_hub, ["VerifierHub is closed"]),
        (pause, ["LicenseLedger is paused"]),
        (add_a_verifier, ["is not in the configuration"]),
        (drop_a_verifier, ["is missing"]),
        (list_a_platform, ["is not in the configuration"]),
        (replace_the_committee, ["is not a member"] * 3),
        (name_another_panel, ["WorkRegistry.arbitration is", "EvidenceOracle.arbitration is"]),
        (name_another_market, ["WorkRegistry.market is"]),
        (name_another_operator, ["Settlement.operator is"]),
        (book_another, ["AddressBook does not name"]),
        (take_another_authority, ["Rates.authority is"]),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_a_change_after_the_deployment_is_found(system, tamper, words):
    tamper(system)
    found = list(differences(system.contracts, configuration(), accounts[0].address))
    assert len(found) == len(words) and all(w in f for w, f in zip(words, found, strict=True)), found


def test_rights_that_were_given_and_taken_back_are_no_difference(system):
    give_a_right(system)
    system.authority.revokeRole(ADMIN_ROLE, accounts[5], {"from": system.governor})
    close_the_hub(system)
    system.authority.setTargetClosed(system.verifiers, False, {"from": system.governor})
    let_everybody_set_verifiers(system)
    selectors = [system.verifiers.signatures["setVerifier"]]
    system.authority.setTargetFunctionRole(system.verifiers, selectors, ADMIN_ROLE, {"from": system.governor})
    assert list(differences(system.contracts, configuration(), accounts[0].address)) == []


def test_a_contract_from_another_deployment_is_found_wherever_it_is_known(system, live):
    contracts = {**system.contracts, "Rates": live.quotes}
    found = "\n".join(differences(contracts, configuration(), accounts[0].address))
    for words in ("LicenseLedger.rates is", "Settlement.rates is", "Rates.authority is", "AddressBook does not name"):
        assert words in found
    # What differs between two deployments of the same contract is no other code.
    assert "has different code" not in found


def code_of(contract):
    return bytearray(web3.eth.get_code(contract.address))


def set_code(contract, code):
    answer = web3.provider.make_request("anvil_setCode", [contract.address, "0x" + bytes(code).hex()])
    assert "error" not in answer, answer


def change_a_byte(code):
    # In the middle of the compiler's hash of the sources at the end: all views answer as before.
    code[-20] ^= 1
    return code


def add_a_byte(code):
    return code + b"\0"


def leave_a_byte_out(code):
    return code[:-1]


@pytest.mark.parametrize("change", [change_a_byte, add_a_byte, leave_a_byte_out])
@pytest.mark.parametrize("name", ["CPYToken", "Rates", "Settlement"])
def test_a_contract_with_our_views_and_another_body_is_found(system, name, change):
    contract = system.contracts[name]
    set_code(contract, change(code_of(contract)))
    found = one(differences(system.contracts, configuration(), accounts[0].address))
    assert found == f"{name} at {contract.address} has different code from contracts/ as compiled here"


def test_an_address_without_code_is_found_before_anything_is_asked(system):
    class Nothing:
        address = accounts[5].address

    found = one(differences({**system.contracts, "Rates": Nothing}, configuration()))
    assert found == f"Rates has no code at {accounts[5].address}"


def test_all_differences_are_told_at_once(system):
    with pytest.raises(SystemExit) as told:
        accept(system.contracts, configuration(bond=1, release_grace=1), accounts[0].address)
    assert "Settlement.bond is" in str(told.value) and "Settlement.releaseGrace is" in str(told.value)


def test_rights_are_read_over_many_pages_of_blocks(system, monkeypatch):
    monkeypatch.setattr("scripts.accept.BLOCKS_AT_ONCE", 3)
    since = min(c.tx.block_number for c in system.contracts.values())
    assert list(differences(system.contracts, configuration(), accounts[0].address, since)) == []
    give_a_right(system)
    assert web3.eth.block_number > since + 6
    assert "can also govern" in one(differences(system.contracts, configuration(), accounts[0].address, since))
