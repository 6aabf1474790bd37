"""What people decided on findings: contracts/triage.json, a list of check, where and reason.

A finding without an entry fails, and so does an entry without a finding: it would excuse whatever comes there next. Two
findings of one check at one place need two entries.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from scripts.analysis.findings import Finding
from scripts.analysis.solidity import CONTRACTS

FILE = CONTRACTS / "triage.json"
# Starts the reasons that --list prints, so that a pasted entry is not taken for a decision.
UNDECIDED = "TODO"

Key = tuple[str, str]


class TriageError(Exception):
    """The file is not what it should be."""


def load(path: Path = FILE) -> list[Key]:
    if not path.exists():
        return []
    keys: list[Key] = []
    for entry in json.loads(path.read_text()):
        if set(entry) != {"check", "where", "reason"}:
            raise TriageError(f"An entry has check, where and reason, but this one has not: {entry}")
        if not entry["reason"].strip() or entry["reason"].startswith(UNDECIDED):
            raise TriageError(f"No reason yet for {entry['check']} at {entry['where']}")
        keys.append((entry["check"], entry["where"]))
    return keys


def compare(findings: list[Finding], decided: list[Key]) -> tuple[list[Finding], list[Key]]:
    """Findings that nobody decided on, and decisions whose finding is gone."""
    left = Counter(decided)
    untriaged = []
    for finding in findings:
        key = (finding.check, finding.where)
        if left[key]:
            left[key] -= 1
        else:
            untriaged.append(finding)
    return untriaged, sorted(left.elements())


def entries(findings: list[Finding]) -> list[dict[str, Any]]:
    """Ready to be pasted; the reason still holds what slither said."""
    return [
        {"check": f.check, "where": f.where, "reason": f"{UNDECIDED}: {' '.join(f.text.split())}"} for f in findings
    ]
