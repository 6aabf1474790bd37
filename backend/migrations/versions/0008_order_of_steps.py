"""A case's steps in the order of the chain, not of two clocks"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

# Of the events in one transaction, the one that this step came from: contract and names are those of cases.
ON_CHAIN = """
update case_transitions step set block = event.block, log_index = event.index
from chain_events event where event.tx_hash = step.tx_hash and event.contract = 'Settlement'
and event.name in ('CaseOpened', 'CaseSettled', 'DemandLowered', 'CaseContested', 'CaseUpheld', 'CaseDismissed',
                   'CaseClosed')
"""
HERE = """
update case_transitions set block = coalesce(
    (select max(block) from chain_events where time <= extract(epoch from case_transitions.at)), 0)
where block is null
"""
# Clocks differ, and a block's time has whole seconds; but nothing is opened before it is claimed.
CLAIMED = """
update case_transitions claim set block = opening.block - 1
from case_transitions opening where opening.case_id = claim.case_id and opening.why = 'opened on-chain'
and claim.state = 'claimed' and claim.block >= opening.block
"""


def upgrade() -> None:
    op.add_column("case_transitions", sa.Column("block", sa.BigInteger(), nullable=True))
    op.add_column("case_transitions", sa.Column("log_index", sa.BigInteger(), nullable=True))
    op.execute(ON_CHAIN)
    op.execute(HERE)
    op.execute(CLAIMED)
    op.alter_column("case_transitions", "block", nullable=False)


def downgrade() -> None:
    op.drop_column("case_transitions", "log_index")
    op.drop_column("case_transitions", "block")
