"""The worker and beat processes: tasks of all features, and what runs by the clock.

Run with `celery -A backend.worker worker` and `celery -A backend.worker beat`.
"""

from __future__ import annotations

from backend.cases import service as cases
from backend.cases import tasks as case_tasks
from backend.chain import service as chain
from backend.core.services import celery
from backend.hits import service as hits
from backend.hits import tasks as hit_tasks
from backend.licences import service as licences
from backend.works import tasks as work_tasks
from backend.works.projection import projection as works_projection

PROJECTIONS = (works_projection, licences.projection, hits.projection, cases.projection)

app = celery()


@app.task(name="chain.index")  # type: ignore[untyped-decorator]
def index() -> None:
    chain.index(PROJECTIONS)


# Ticks that nobody took in time are dropped: the next one does the same.
app.conf.beat_schedule = {
    name: {"task": task, "schedule": seconds, "options": {"expires": seconds * 2}}
    for name, task, seconds in (
        ("index", index.name, 1.0),
        ("open reports", hit_tasks.open_reports.name, 2.0),
        ("bring contests", case_tasks.bring_contests.name, 3.0),
        ("sweep uploads", work_tasks.sweep.name, 10.0),
    )
}
