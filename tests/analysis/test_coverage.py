"""How brownie's report becomes what is counted."""

from scripts.analysis import coverage
from scripts.analysis.coverage import merged, share, table, uncovered

TEXT = "if (a == b)\n  x = ü;\nif (c)\n"


def artefact(name, path="contracts/Vault.sol"):
    fn = {"statements": {"1": [14, 19]}, "branches": {"2": [4, 10, True], "3": [26, 27, False]}}
    return {
        "contractName": name,
        "allSourcePaths": {"5": path, "6": "/elsewhere/openzeppelin/contracts/ERC20.sol"},
        "coverageMap": {kind: {"5": {"Vault.pay": entries}, "6": {"X.y": entries}} for kind, entries in fn.items()},
    }


def highlights(name, first="green", second="red", statement="green"):
    return {
        "statements": {name: {"5": [[14, 19, statement, ""]]}},
        "branches": {name: {"5": [[4, 10, first, ""], [26, 27, second, ""]]}},
    }


def test_counts_only_our_own_files():
    found = merged([artefact("Vault"), artefact("Mock", "contracts/mocks/Mock.sol")], highlights("Vault"))
    assert list(found) == ["contracts/Vault.sol"]


def test_what_no_test_deployed_counts_as_missed():
    found = merged([artefact("Vault")], {"statements": {}, "branches": {}})["contracts/Vault.sol"]
    assert found.statements == {(14, 19): False}
    assert found.branches == {(4, 10): set(), (26, 27): set()}


def test_answers_in_two_contracts_that_inherit_a_file_add_up():
    parts = [highlights("One", "yellow"), highlights("Two", "orange", "yellow", "red")]
    both = {kind: {**parts[0][kind], **parts[1][kind]} for kind in parts[0]}
    found = merged([artefact("One"), artefact("Two"), artefact("Three")], both)["contracts/Vault.sol"]
    assert found.branches == {(4, 10): {True, False}, (26, 27): {True}}
    assert found.statements == {(14, 19): True}


def test_tells_line_and_condition_of_what_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(coverage, "ROOT", tmp_path)
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts/Vault.sol").write_text(TEXT)
    found = merged([artefact("Vault")], highlights("Vault", "yellow", "green"))
    assert list(uncovered(found)) == ["contracts/Vault.sol:1: never false: a == b"]
    found = merged([artefact("Vault")], highlights("Vault", "green", "red"))
    assert list(uncovered(found)) == [
        "contracts/Vault.sol:3: never false: c",
        "contracts/Vault.sol:3: never true: c",
    ]


def test_a_hundred_per_cent_means_all():
    assert share(999, 1000).endswith(" 99 %")
    assert share(0, 0).endswith("100 %")
    lines = list(table(merged([artefact("Vault")], highlights("Vault"))))
    assert lines[1].split() == ["contracts/Vault.sol", "1/1", "100", "%", "2/4", "50", "%"]
