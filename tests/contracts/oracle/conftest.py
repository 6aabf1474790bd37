"""Short ways to bring reports."""

from types import SimpleNamespace

import pytest


@pytest.fixture(scope="module")
def bring(system, make):
    """bring(report, members): submit it with their signatures."""

    def submit(given, by=None):
        signed = make.signed_report(given, by or system.members[:2])
        return system.evidence.submit(given, signed, {"from": system.stranger})

    return submit


@pytest.fixture(params=["EvidenceOracle", "Rates", "Arbitration"])
def committee(request, system):
    """Each contract that asks a majority of signers, and who signs for it."""
    members = {"EvidenceOracle": system.members, "Rates": system.rates, "Arbitration": system.panel}[request.param]
    return SimpleNamespace(name=request.param, contract=system.contracts[request.param], members=members)
