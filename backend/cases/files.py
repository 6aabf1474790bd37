"""Case files: all that a list shows of many cases, read in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.cases import service
from backend.cases.models import Answer, Case, ChainCase, Transition
from backend.cases.states import CaseState
from backend.core.database import among
from backend.core.money import Money
from backend.hits import service as hits
from backend.hits.models import Hit
from backend.works import service as works

Row = TypeVar("Row")


@dataclass(frozen=True)
class CaseFile:
    """A case with its hit, the title of its work, what the chain says, answers, and steps; both in order."""

    case: Case
    hit: Hit
    work_title: str
    on_chain: ChainCase | None
    answers: Sequence[Answer]
    steps: Sequence[Transition]

    @property
    def state(self) -> CaseState:
        return service.state_from(self.case, self.on_chain, self.answers)

    @property
    def demand(self) -> Money:
        return service.demand_from(self.case, self.on_chain)


def file_of(session: Session, case: Case) -> CaseFile:
    return files_of(session, [case])[0]


def files_of(session: Session, cases: Sequence[Case]) -> list[CaseFile]:
    """The files of these cases, in their order."""
    found_hits = hits.by_ids(session, [case.hit_id for case in cases])
    titles = works.titles_of(session, {case.work_id for case in cases})
    by_leaf = service.chain_cases(session, [case.leaf for case in cases])
    ids = [case.id for case in cases]
    answers = _grouped(
        (answer.case_id, answer)
        for answer in session.scalars(select(Answer).where(among(Answer.case_id, ids)).order_by(Answer.created_at))
    )
    steps = _grouped(
        (step.case_id, step)
        for step in session.scalars(
            select(Transition).where(among(Transition.case_id, ids)).order_by(*service.IN_ORDER)
        )
    )
    return [
        CaseFile(
            case=case,
            hit=found_hits[case.hit_id],
            work_title=titles[case.work_id],
            on_chain=by_leaf.get(case.leaf),
            answers=answers[case.id],
            steps=steps[case.id],
        )
        for case in cases
    ]


def _grouped(rows: Iterable[tuple[Hashable, Row]]) -> dict[Hashable, list[Row]]:
    groups: dict[Hashable, list[Row]] = defaultdict(list)
    for key, row in rows:
        groups[key].append(row)
    return groups
