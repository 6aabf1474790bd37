"""What of a soak test's output becomes a result, and how results are kept."""

import json

import pytest

from scripts.soaking.million import Entries
from scripts.soaking.results import Result, append, forge_figures, pytest_figures, table

FORGE = """
[PASS] invariant_books() (runs: 64, calls: 4096, reverts: 0)
[PASS] test_everyKindOfCallIsMade() (gas: 61721475)
[PASS] invariant_books() (runs: 32, calls: 1000, reverts: 2)
"""
FORGE_FAILED = """
[PASS] test_a() (gas: 1)
[FAIL: renew: 1 < 3] test_b() (gas: 61721475)
Encountered 1 failing test in tests/contracts/forge/Market.invariants.t.sol:MarketInvariants
[FAIL: renew: 1 < 3] test_b() (gas: 61721475)
"""


def result(what="forge", passed=True, **figures):
    return Result(what, 7, "2026-11-22T00:00:00+00:00", "abc1234", 12.3, figures, passed)


def test_sums_forges_runs():
    found = forge_figures(FORGE)
    assert found == {"passed": 3, "failed": 0, "sequences": 96, "calls": 5096, "reverts": 2}


def test_a_failure_that_forge_tells_twice_counts_once():
    assert forge_figures(FORGE_FAILED)["failed"] == 1
    assert forge_figures("[FAIL: half of the calls]\n\t[Sequence]")["failed"] == 1


def test_nothing_is_read_out_of_nothing():
    assert forge_figures("no tests")["calls"] == 0
    assert pytest_figures("") == {"passed": 0, "failed": 0}


@pytest.mark.parametrize(
    ("line", "passed", "failed"),
    [
        ("======= 3 passed in 61.20s (0:01:01) =======", 3, 0),
        ("1 failed, 2 passed, 4 warnings in 3.4s", 2, 1),
        ("2 failed, 1 error in 3s", 0, 3),
        ("42 passed in the text above\n1 failed in 3.00s", 0, 1),
    ],
)
def test_reads_the_last_line_of_pytest(line, passed, failed):
    found = pytest_figures(line)
    assert (found["passed"], found["failed"]) == (passed, failed)


def test_results_are_added_at_the_end(tmp_path):
    file = tmp_path / "results.json"
    append(result("forge", calls=5), file)
    append(result("million", passed=False), file)
    kept = json.loads(file.read_text())
    assert [r["what"] for r in kept] == ["forge", "million"]
    assert kept[0]["figures"] == {"calls": 5}
    assert set(kept[0]) == {"what", "seed", "date", "commit", "seconds", "figures", "passed"}
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("text", ["{}", "not JSON"])
def test_a_broken_file_is_left_alone(tmp_path, text):
    file = tmp_path / "results.json"
    file.write_text(text)
    with pytest.raises(ValueError):
        append(result(), file)
    assert file.read_text() == text


def test_the_table_tells_what_failed():
    text = table([result("forge", calls=1_234_567), result("million", passed=False, problem="another date")])
    assert "1,234,567" in text
    assert "FAILED" in text and "another date" in text


def test_works_are_the_same_each_time():
    entries = Entries(50, 3)
    assert list(entries) == list(entries)
    assert entries.at([40, 7]) == [list(entries)[40], list(entries)[7]]
    assert list(Entries(50, 4)) != list(entries)
