"""What this node knows of uses that were reported, by itself or by another member."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine, select

from oracle.node.database import confirmations, matches


def root_of_use(
    engine: Engine, covered: Callable[[str, str, int], bool], work_id: str, image_url: str, site: str
) -> str | None:
    """Root under which this use was reported, unless that was settled since: then it is a new sighting."""
    with engine.begin() as connection:
        rows = [
            row
            for table, reported in (
                (confirmations, confirmations.c.reported.is_(True)),
                (matches, matches.c.state.in_(["reported", "elsewhere"])),
            )
            for row in connection.execute(
                select(table.c.root, table.c.page_url, table.c.seen_at).where(
                    table.c.work_id == work_id, table.c.image_url == image_url, table.c.site == site, reported
                )
            )
        ]
    for row in rows:
        settled = row.seen_at and covered(work_id, row.page_url, row.seen_at)
        if row.root and not settled:
            return str(row.root)
    return None
