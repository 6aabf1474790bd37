"""The closing line of scripts/test: adds up what the rooms' JUnit reports say. Arguments: folder, number of rooms."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def main() -> None:
    folder, rooms = Path(sys.argv[1]), int(sys.argv[2])
    reports = sorted(folder.glob("*.xml"))
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for report in reports:
        # Our own test runners wrote these files a moment ago.
        root = ElementTree.parse(report).getroot()
        for suite in [root] if root.tag == "testsuite" else root.findall("testsuite"):
            for name in totals:
                totals[name] += int(suite.get(name) or 0)
    # A room that died without a report counts as one failure.
    failed = totals["failures"] + totals["errors"] + (rooms - len(reports))
    passed = totals["tests"] - totals["failures"] - totals["errors"] - totals["skipped"]
    skipped = f", {totals['skipped']} skipped" if totals["skipped"] else ""
    print(f"{passed} passed, {failed} failed{skipped}")
    if failed or not passed:
        sys.exit(1)


if __name__ == "__main__":
    main()
