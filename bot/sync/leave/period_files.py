"""What goes into the files of a payroll period: all of it again, or minus and plus of what was imported. Pure.

A file that nobody has called imported is made again whole, under the next number; the ledger moves only when a person
says that a file was imported. What came after that is a difference, in a file where the importer is known to take it,
else as a list for a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bot.domain.leave import LeaveChild, LeavePerson, LeaveSnapshot
from bot.domain.leave_calendar import days_between, rounded
from bot.domain.leave_delivery import (
    DayKey,
    FileMode,
    FileRow,
    LeaveFileRequest,
    PayrollPeriod,
    ScheduledDay,
)
from bot.sync.leave.day_plan import WRITTEN, DayPlan, DayStep


class FileState(StrEnum):
    """How far a file has come. IMPORTED is said by a person."""

    MADE = "made"
    DOWNLOADED = "downloaded"
    IMPORTED = "imported"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class LatestFile:
    """The file of a period that was made last. `booked`: one of the period's files has been imported."""

    sequence: int
    state: FileState
    content_digest: str
    booked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContext:
    """What rows are filled from: people by id, the read, public holidays, and whether children's names may be in a
    file."""

    people: Mapping[str, LeavePerson]
    snapshot: LeaveSnapshot
    holidays: frozenset[date] = frozenset()
    child_names: bool = False
    schedules: bool = True


def file_request(
    period: PayrollPeriod,
    plan: DayPlan,
    latest: LatestFile | None,
    context: FileContext,
    *,
    made_on: date,
    differences_proven: bool,
    stands: bool = False,
    list_alone: bool = False,
) -> LeaveFileRequest | None:
    """What the next file of a period holds; None where nothing is to be written.

    `plan` is one without reading the target, of the days that were imported: what it does not write is in no file.
    `stands` says that payroll has something of these days already, by a file of this period or of another one that had
    some of its days: then no file may call itself the whole period. `list_alone`: there are no files, and a
    person types in the first list as well.
    """
    rows = difference_rows(written_steps(period, plan), context)
    if not rows and (list_alone or latest is None or stands or latest.booked or latest.state is FileState.IMPORTED):
        return None
    mode = FileMode.WHOLE
    if stands or (latest is not None and (latest.booked or latest.state is FileState.IMPORTED)):
        mode = FileMode.DIFFERENCE if differences_proven else FileMode.LIST
    if list_alone:
        mode = FileMode.LIST
    return LeaveFileRequest(
        period=period,
        sequence=latest.sequence + 1 if latest is not None else 1,
        mode=mode,
        made_on=made_on,
        rows=rows,
        schedules=_schedules(period, rows, context) if context.schedules else {},
    )


def number_in_files(person: LeavePerson) -> str:
    """What a file names somebody by, and what is taken back from later, whoever has it then."""
    return person.target_id or person.number


def written_steps(period: PayrollPeriod, plan: DayPlan) -> list[DayStep]:
    """What a file of the period would do to the days that were imported."""
    return [step for step in plan.steps if step.kind in WRITTEN and step.key.day in period]


def difference_rows(steps: Iterable[DayStep], context: FileContext) -> Sequence[FileRow]:
    """Minus what was delivered, then plus what is wanted, under each key that differs; never one row for both."""
    rows: list[FileRow] = []
    for step in steps:
        if step.old:
            parents = step.entry.contributors if step.entry is not None else ()
            rows.append(_as_before(_row(step.key, -step.old, parents, step.scheduled, context), step))
        if step.new:
            rows.append(_row(step.key, step.new, step.contributors, step.scheduled, context))
    return sorted(rows, key=_order)


def _as_before(row: FileRow, step: DayStep) -> FileRow:
    """The row under the number that the imported file had: another one may be another person's in payroll by now."""
    number = step.entry.row.target_id if step.entry is not None and step.entry.row is not None else ""
    return replace(row, person=replace(row.person, number=number, target_id=None)) if number else row


def net_hours(rows: Iterable[FileRow]) -> dict[DayKey, Decimal]:
    """What rows add up to under each key; keys that come to nothing are left out."""
    sums: dict[DayKey, Decimal] = {}
    for row in rows:
        sums[row.key] = sums.get(row.key, Decimal(0)) + row.hours
    return {key: hours for key, hours in sums.items() if hours}


def _row(
    key: DayKey, hours: Decimal, parents: tuple[str, ...], scheduled: Decimal | None, context: FileContext
) -> FileRow:
    person = context.people.get(key.employee_id) or LeavePerson(employee_id=key.employee_id, number="")
    child: LeaveChild | None = context.snapshot.children.get(key.child) if context.child_names and key.child else None
    return FileRow(
        person=person,
        key=key,
        hours=hours,
        scheduled=scheduled,
        contributors=parents,
        child_name=child.name if child is not None else None,
    )


def _schedules(
    period: PayrollPeriod, rows: Iterable[FileRow], context: FileContext
) -> Mapping[str, Sequence[ScheduledDay]]:
    people = {row.person.employee_id: row.person for row in rows}
    made: dict[str, Sequence[ScheduledDay]] = {}
    for employee_id, person in people.items():
        days: list[ScheduledDay] = []
        for day in days_between(period.first, period.last):
            schedule = context.snapshot.schedules.on(day, employee_id, person.office_id)
            if schedule is not None:
                days.append(
                    ScheduledDay(
                        day=day,
                        hours=rounded(schedule.hours(day)),
                        shifts=schedule.shifts_of(day),
                        holiday=day in context.holidays,
                    )
                )
        if days:
            made[employee_id] = days
    return made


def _order(row: FileRow) -> tuple[str, date, str, str, Decimal]:
    return row.person.number, row.key.day, row.key.code, row.key.child, row.hours
