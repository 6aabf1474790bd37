"""Each verifier's attestation stands by itself; hits know their picture; catalogues of offers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("pk_attestations", "attestations", type_="primary")
    op.create_primary_key("pk_attestations", "attestations", ["work_id", "subject", "verifier"])
    op.add_column("hits", sa.Column("picture_hash", sa.Text(), server_default="", nullable=False))

    op.add_column("offers", sa.Column("catalogue_id", sa.Text(), nullable=True))
    op.create_table(
        "catalogues",
        sa.Column("catalogue_id", sa.Text(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("works_root", sa.Text(), nullable=False),
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
        sa.PrimaryKeyConstraint("catalogue_id", name=op.f("pk_catalogues")),
    )
    op.create_index(op.f("ix_catalogues_seller"), "catalogues", ["seller"])
    op.create_table(
        "catalogue_works",
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("work_ids", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("root", name=op.f("pk_catalogue_works")),
    )


def downgrade() -> None:
    op.drop_table("catalogue_works")
    op.drop_table("catalogues")
    op.drop_column("offers", "catalogue_id")
    op.drop_column("hits", "picture_hash")
    # Of several verifiers' attestations, the one that lasts longest.
    op.execute(
        "DELETE FROM attestations a USING attestations b WHERE a.work_id = b.work_id AND a.subject = b.subject"
        " AND (a.expires_at, a.verifier) < (b.expires_at, b.verifier)"
    )
    op.drop_constraint("pk_attestations", "attestations", type_="primary")
    op.create_primary_key("pk_attestations", "attestations", ["work_id", "subject"])
