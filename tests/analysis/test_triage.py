"""Which findings pass, and by what name they are known."""

import json

import pytest

from scripts.analysis.findings import Finding, parse
from scripts.analysis.triage import TriageError, compare, entries, load


def finding(where="Vault.pay(uint256)", check="timestamp"):
    return Finding(check, where, "Vault.pay(uint256) uses timestamp:\n\t- a > b")


def element(kind, name, parent=None, file="contracts/Vault.sol", **more):
    fields = {**more, **({"parent": parent} if parent else {})}
    return {"type": kind, "name": name, "source_mapping": {"filename_relative": file}, "type_specific_fields": fields}


CONTRACT = element("contract", "Vault")
FUNCTION = element("function", "pay", CONTRACT, signature="pay(uint256)")


def written(tmp_path, *reasons):
    file = tmp_path / "triage.json"
    file.write_text(json.dumps([{"check": "timestamp", "where": "Vault.pay(uint256)", "reason": r} for r in reasons]))
    return file


def test_a_decided_finding_passes(tmp_path):
    assert compare([finding()], load(written(tmp_path, "minutes do not matter"))) == ([], [])


def test_a_second_finding_at_the_same_place_needs_a_second_entry(tmp_path):
    untriaged, stale = compare([finding(), finding()], load(written(tmp_path, "minutes do not matter")))
    assert untriaged == [finding()]
    assert stale == []


def test_an_entry_without_finding_is_stale(tmp_path):
    decided = load(written(tmp_path, "minutes do not matter"))
    assert compare([finding("Vault.take()")], decided) == (
        [finding("Vault.take()")],
        [("timestamp", "Vault.pay(uint256)")],
    )


@pytest.mark.parametrize("reason", ["", "  ", entries([finding()])[0]["reason"]])
def test_an_entry_needs_a_reason_of_somebodys_own(tmp_path, reason):
    with pytest.raises(TriageError, match="No reason yet"):
        load(written(tmp_path, reason))


def test_no_file_decides_nothing(tmp_path):
    assert load(tmp_path / "triage.json") == []


@pytest.mark.parametrize(
    ("found", "where"),
    [
        (CONTRACT, "Vault"),
        (FUNCTION, "Vault.pay(uint256)"),
        (element("node", "a > b", FUNCTION), "Vault.pay(uint256)"),
        (element("variable", "due", FUNCTION), "Vault.pay(uint256).due"),
        (element("pragma", "^0.8.28"), "contracts/Vault.sol"),
    ],
)
def test_places_have_no_line_numbers(found, where):
    made = list(parse([{"check": "timestamp", "description": "…", "elements": [found]}]))
    assert [f.where for f in made] == [where]


def test_findings_in_other_peoples_files_only_are_left_out():
    theirs = element("function", "f", file="node_modules/@openzeppelin/contracts/F.sol", signature="f()")
    detectors = [
        {"check": "timestamp", "description": "theirs", "elements": [theirs]},
        {"check": "reentrancy-benign", "description": "ours, through theirs", "elements": [theirs, FUNCTION]},
    ]
    assert [f.text for f in parse(detectors)] == ["ours, through theirs"]
