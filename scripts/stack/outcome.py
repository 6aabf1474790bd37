"""What the demonstration did, as a table, and what of it is not as it must be."""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table

from scripts.demo.journey import Outcome
from scripts.demo.web import COPY_KINDS

LEAST_FOUND = 0.9


def show(outcome: Outcome, console: Console) -> None:
    table = Table("copies", "found", "missed", title="The demonstration", title_justify="left")
    found, missed = Counter(h["transform"] for h in outcome.hits), Counter(m["transform"] for m in outcome.missed)
    for kind in COPY_KINDS:
        table.add_row(kind, str(found[kind]), str(missed[kind]))
    table.add_row("all", str(len(outcome.hits)), str(len(outcome.missed)), style="bold")
    console.print(table)
    console.print(
        f"{outcome.works} works, {outcome.pages} pages, {outcome.images} pictures; "
        f"{len(outcome.false_hits)} false hits; {outcome.licensed_skipped} licensed use and "
        f"{outcome.sublicensed_skipped} use under a sub-licence skipped; "
        f"{'a' if outcome.renewal else 'no'} subscription renewed by the keeper; "
        f"case {outcome.case['id']}: {' → '.join(outcome.case['stages'])}; "
        f"case {outcome.contested['id']}: {' → '.join(outcome.contested['stages'])}; {outcome.seconds} s."
    )


def complaints(outcome: Outcome) -> list[str]:
    """What of the outcome is not as it must be."""
    wrong = []
    if len(outcome.hits) < LEAST_FOUND * (len(outcome.hits) + len(outcome.missed)):
        wrong.append(f"only {len(outcome.hits)} copies were found, {len(outcome.missed)} were missed")
    if outcome.false_hits:
        wrong.append(f"{len(outcome.false_hits)} hits are wrong: {outcome.false_hits[0]['url']}")
    if outcome.licensed_skipped != 1:
        wrong.append("the licensed use was not skipped")
    if outcome.sublicensed_skipped != 1:
        wrong.append("the use under a sub-licence was not skipped")
    if not outcome.renewal:
        wrong.append("the subscription was not renewed")
    if outcome.contested.get("stages", [""])[-1] != "dismissed":
        wrong.append("the panel did not dismiss the contested case")
    return wrong
