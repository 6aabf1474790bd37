"""API keys that can be listed and end; what opens the evidence hash of an attestation; perceptual hashes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_tokens_account_id"), "tokens", ["account_id"])
    op.create_table(
        "attestation_evidence",
        sa.Column("work_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("evidence_hash", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("work_id", "subject", name=op.f("pk_attestation_evidence")),
        sa.UniqueConstraint("evidence_hash", name=op.f("uq_attestation_evidence_evidence_hash")),
    )
    # The sweeper fills it for works that are there already.
    op.add_column("uploads", sa.Column("pdq", postgresql.BIT(256), nullable=True))


def downgrade() -> None:
    op.drop_column("uploads", "pdq")
    op.drop_table("attestation_evidence")
    op.drop_index(op.f("ix_tokens_account_id"), "tokens")
    op.drop_column("tokens", "last_used_at")
