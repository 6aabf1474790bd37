"""Cases: what runs by the clock."""

from __future__ import annotations

import structlog

from backend.cases import service
from backend.core.database import transaction
from backend.core.locks import Lock, try_lock
from backend.core.services import celery, chain
from backend.core.settings import settings
from oracle.chain.wallet import Wallet
from oracle.errors import OracleError

log = structlog.get_logger()
# ISettlement.Stage.
_OPEN = 1


@celery().task(name="cases.bring_contests")  # type: ignore[untyped-decorator]
def bring_contests() -> None:
    """Bring what image users asked for before the panel. The chain says whether it was done already."""
    with transaction() as guard:
        if not try_lock(guard, Lock.CONTESTS):
            return
        with transaction() as session:
            waiting = service.contests_to_bring(session)
        for case_id, reasons in waiting:
            try:
                bring_contest(case_id, reasons)
            except OracleError as problem:  # another one must not wait for this one; the next tick tries again
                log.warning("contest not brought", case=case_id, problem=f"{type(problem).__name__}: {problem}")


def bring_contest(case_id: int, reasons: bytes) -> None:
    """Contest a case from the operator's account, with the panel's fee. Raises OracleError."""
    if chain().call("Settlement", "caseOf", case_id)[3] != _OPEN:
        return
    wallet = Wallet(chain(), settings().custodian_account_key.get_secret_value())
    fee = int(chain().call("Arbitration", "fee"))
    deposit = fee if chain().call("Settlement", "operator") == wallet.address else 2 * fee
    panel = chain().deployment.addresses["Arbitration"]
    if int(chain().call("CPYToken", "allowance", wallet.address, panel)) < deposit:
        wallet.send("CPYToken", "approve", panel, deposit)
    wallet.send("Arbitration", "contest", case_id, reasons)
