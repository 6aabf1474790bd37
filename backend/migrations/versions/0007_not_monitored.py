"""Why a work is not monitored"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("uploads", sa.Column("not_monitored", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("uploads", "not_monitored")
