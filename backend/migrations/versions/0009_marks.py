"""Marks say what a holder knows, not what a court decides"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RENAMED = (("illegal", "not_licensed"), ("legal", "allowed"))
HITS = sa.table("hits", sa.column("mark", sa.Text()))


def upgrade() -> None:
    for old, new in RENAMED:
        _rename(old, new)


def downgrade() -> None:
    for old, new in RENAMED:
        _rename(new, old)


def _rename(before: str, after: str) -> None:
    op.execute(HITS.update().where(HITS.c.mark == before).values(mark=after))
