"""Employments: there, in order, with a percentage on the right scale and a contract type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.domain.employee import Employee, Employment
from bot.domain.employments import overlaps
from bot.domain.findings import Finding
from bot.sync.checks.context import CheckContext
from bot.sync.checks.findings import finding

_EARLIEST = date(1950, 1, 1)
_FAR_AHEAD_DAYS = 550


def check_employment(employee: Employee, context: CheckContext) -> Iterator[Finding]:
    """The employments that are in force or to come are judged; past ones only for their order."""
    jobs = employee.employments
    if not jobs:
        yield finding("employment.missing")
        return
    for job in jobs:
        if job.end is not None and job.end < job.start:
            yield finding("employment.backwards", start=job.start, end=job.end)
    current = [job for job in jobs if job.end is None or job.end >= context.today]
    for job in current:
        yield from _percentage(job)
        if job.type is None:
            yield finding("employment.type_missing", start=job.start)
    yield from _overlaps(jobs, context)
    yield from _start(employee, jobs, context)
    yield from _end(employee, context)


def _percentage(job: Employment) -> Iterator[Finding]:
    share = job.percentage
    if share is None or share == 0:
        return  # 0 % is how on-call work is written
    if share < 0 or share > 200:
        yield finding("employment.percentage_range", percentage=share)
    elif share <= 1:
        yield finding("employment.percentage_scale", percentage=share)
    elif share > 100:
        yield finding("employment.percentage_high", percentage=share)


def _overlaps(jobs: tuple[Employment, ...], context: CheckContext) -> Iterator[Finding]:
    """Two at once, of which the later one lasts: also one that begins before the former, which is over, has ended."""
    for earlier, later in overlaps(jobs):
        if later.end is None or later.end >= context.today:
            yield finding("employment.overlap", first=earlier.start, second=later.start)
            return


def _start(employee: Employee, jobs: tuple[Employment, ...], context: CheckContext) -> Iterator[Finding]:
    latest = jobs[-1].start
    born = employee.birth_date
    ahead = (latest - context.today).days
    if latest < _EARLIEST or ahead > _FAR_AHEAD_DAYS or (born is not None and latest.year - born.year < 13):
        yield finding("start.implausible", start=latest)
    elif ahead > 0:
        yield finding("start.future", start=latest)
    if employee.hire_date is not None and employee.hire_date not in {job.start for job in jobs}:
        yield finding("start.differs", hire_date=employee.hire_date, start=latest)


def _end(employee: Employee, context: CheckContext) -> Iterator[Finding]:
    """Somebody who leaves, or has left, with an employment that goes on: it is what pay goes by."""
    for job in employee.employments:
        if job.end is not None or job.start > context.today:
            continue
        if employee.end_date is not None and employee.end_date >= job.start:
            yield finding("end.differs", left=employee.end_date, start=job.start)
        elif not employee.active:
            yield finding("end.missing", start=job.start)
