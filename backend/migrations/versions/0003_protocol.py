"""the whole protocol: ids of offers and licences are hashes

The tables of offers, licences and releases follow from the chain's events alone, so they are made anew; `backend
reindex` fills them. The contracts of this version are new ones: a database of an older version has nothing of theirs.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("offers", "licences", "releases"):
        op.drop_table(table)
    op.create_table(
        "offers",
        sa.Column("offer_id", sa.Text(), nullable=False),
        sa.Column("work_id", sa.Text(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("price", sa.Numeric(78, 0), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.Column("grace", sa.BigInteger(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("rights", sa.Integer(), nullable=False),
        sa.Column("territories", sa.Numeric(78, 0), nullable=False),
        sa.Column("terms_hash", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Numeric(20, 0), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_offers")),
    )
    op.create_index(op.f("ix_offers_work_id"), "offers", ["work_id"])
    op.create_table(
        "licences",
        sa.Column("licence_id", sa.Text(), nullable=False),
        sa.Column("work_id", sa.Text(), nullable=False),
        sa.Column("end_user", sa.Text(), nullable=False),
        sa.Column("licensee", sa.Text(), nullable=False),
        sa.Column("offer_id", sa.Text(), nullable=True),
        sa.Column("parent_id", sa.Text(), nullable=True),
        sa.Column("starts", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("licence_id", name=op.f("pk_licences")),
    )
    op.create_index(op.f("ix_licences_work_id"), "licences", ["work_id"])
    op.create_index(op.f("ix_licences_end_user"), "licences", ["end_user"])
    op.create_table(
        "releases",
        sa.Column("block", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("index", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("tx_hash", sa.Text(), nullable=False),
        sa.Column("work_id", sa.Text(), nullable=False),
        sa.Column("site_hash", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("block", "index", name=op.f("pk_releases")),
    )
    op.create_index(op.f("ix_releases_work_id"), "releases", ["work_id"])
    op.add_column("registered_works", sa.Column("standing", sa.Text(), server_default="clear", nullable=False))
    op.alter_column("case_answers", "licence_id", type_=sa.Text(), postgresql_using="licence_id::text")
    op.add_column("chain_cases", sa.Column("dispute_id", sa.BigInteger(), nullable=True))
    op.add_column("cases", sa.Column("panel_asked", sa.Boolean(), server_default="false", nullable=False))


def downgrade() -> None:
    raise RuntimeError("ids of this version do not fit the older tables: restore a copy from before")
