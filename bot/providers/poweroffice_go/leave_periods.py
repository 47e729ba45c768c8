"""Leaves of absence of employments: made, and ended. None is deleted, as the a-melding may have reported it.

Source: PowerOffice's description of API v2 (/Employees/Employments/{id}/Leaves), and the rules of the a-melding: a
wrong end is corrected, another percentage is an end and a new leave, and one that never was ends on its first day. A
leave carries the source's id as the id that is reported (`ReportingId`), by which it is found again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import DayKey, PeriodWrite, RowReference, TargetPeriod
from bot.providers.errors import Rejected, WriteConflict
from bot.providers.kit.concurrency import gather_bounded
from bot.providers.kit.json_values import amount_of, day_of, text_of
from bot.providers.kit.leave_errors import LeaveErrors, kept_private
from bot.providers.poweroffice_go.client import PowerofficeGoClient
from bot.providers.poweroffice_go.errors import ERRORS
from bot.providers.poweroffice_go.field_table import replaced
from bot.providers.poweroffice_go.leave_settings import LEAVE_TYPES, is_adjusted

JOBS = "/Employees/Employments"
ONE_BY_ONE = 10
"""People up to whom each one's employments are asked for; of more, everybody's at once."""

LEAVE_ERRORS = LeaveErrors("poweroffice_go")
Json = Mapping[str, Any]


class GoLeavePeriods:
    """The leaves of absence of one client."""

    def __init__(self, client: PowerofficeGoClient) -> None:
        self._client = client

    async def read(self, people: Sequence[LeavePerson]) -> list[TargetPeriod]:
        """All leaves of these people, of any time, whoever made them. Layoffs are no leaves."""
        known = {person.target_id: person.employee_id for person in people if person.target_id is not None}
        if len(known) > ONE_BY_ONE:
            jobs = [job for job in await self._whole(JOBS) if _owner(job) in known]
        else:
            each = await gather_bounded(*(self._jobs(person) for person in known))
            jobs = [job for own in each for job in own]
        found = await gather_bounded(*(self._rows(str(job["Id"])) for job in jobs))
        return [
            _period(str(job["Id"]), row, known[_owner(job)])
            for job, rows in zip(jobs, found, strict=True)
            for row in rows
        ]

    async def create(self, write: PeriodWrite) -> RowReference:
        """Make a leave in the one employment that covers it, unless it is there by its id, or another of its type."""
        wanted = write.wanted
        with _private(write):
            if wanted.code not in LEAVE_TYPES:
                raise LEAVE_ERRORS.code_refused("poweroffice_go: no such type of leave", "missing")
            _check_shape(write)
            async with self._client.write_lock(_number(write.person)):
                job = await self._employment(write)
                there = [_period(job, row, "") for row in await self._rows(job)]
                if any(one.reference == wanted.key.reference or _is_alike(one, write) for one in there):
                    raise LEAVE_ERRORS.row_exists(f"poweroffice_go: {JOBS}/{job}/Leaves: there is one")
                _refuse_crowd(there, write)
                body = {
                    "ReportingId": wanted.key.reference,
                    "StartDate": wanted.first.isoformat(),
                    **({"EndDate": wanted.last.isoformat()} if wanted.last is not None else {}),
                    "LeavePercentage": wanted.percent,
                    "TypeOfLeave": wanted.code,
                    "AdjustFixedWage": is_adjusted(wanted.code, write.settings),
                }
                return await self._sent("POST", f"{JOBS}/{job}/Leaves", body, job, write, wanted.last)

    async def update(self, write: PeriodWrite, row: RowReference) -> RowReference:
        """Move the last day. Raises `Rejected` where anything else differs: that is an end and a new leave."""
        wanted = write.wanted
        with _private(write):
            async with self._client.write_lock(_number(write.person)):
                job, held = await self._held(write, row)
                if (held.first, held.code, held.percent) != (wanted.first, wanted.code, wanted.percent):
                    raise LEAVE_ERRORS.rejected("poweroffice_go: more than the end differs", "fixed_period")
                if held.last == wanted.last:
                    return row
                if wanted.last is None:
                    raise LEAVE_ERRORS.rejected("poweroffice_go: an end is to go", "open_period")
                _check_shape(write)
                others = [_period(job, one, "") for one in await self._rows(job)]
                others = [one for one in others if one.row.target_id != row.target_id]
                if any(_is_alike(one, write) for one in others):
                    # Such as a later part of the leave that is still to be decided about: both would count.
                    raise LEAVE_ERRORS.rejected("poweroffice_go: another in these days", "meets_another")
                _refuse_crowd(others, write)
                return await self._end(job, write, held, wanted.last)

    async def end_on_first_day(self, write: PeriodWrite, row: RowReference) -> RowReference:
        """Let a leave end on the day it began, as a person has decided."""
        with _private(write):
            async with self._client.write_lock(_number(write.person)):
                job, held = await self._held(write, row)
                return row if held.last == held.first else await self._end(job, write, held, held.first)

    async def _end(self, job: str, write: PeriodWrite, held: TargetPeriod, last: date) -> RowReference:
        if held.locked:
            key = DayKey(write.wanted.employee_id, last, write.wanted.code)
            raise LEAVE_ERRORS.day_closed("poweroffice_go: ended and reported", write.person, key)
        path = _path(held.row.target_id)
        return await self._sent("PATCH", path, [replaced("EndDate", last.isoformat())], job, write, last)

    async def _held(self, write: PeriodWrite, row: RowReference) -> tuple[str, TargetPeriod]:
        """The employment, and the leave as it is now. Raises where it is gone, was changed, or is another one."""
        path = _path(row.target_id)
        job = row.target_id.partition("/")[0]
        if job not in {str(one["Id"]) for one in await self._jobs(_number(write.person))}:
            raise LEAVE_ERRORS.row_gone("poweroffice_go: an employment is gone, or is another's")
        shown = await self._client.get(path)
        if shown is None:
            raise LEAVE_ERRORS.row_gone(f"poweroffice_go: {JOBS}/{job}/Leaves: one is gone")
        held = _period(job, shown, write.wanted.employee_id)
        if held.row != row or held.reference != write.wanted.key.reference:
            raise LEAVE_ERRORS.changed(f"poweroffice_go: {JOBS}/{job}/Leaves: one was changed, or is another")
        return job, held

    async def _employment(self, write: PeriodWrite) -> str:
        """The employment that the whole leave lies in. Raises `Rejected` where there is none, or more than one."""
        wanted = write.wanted
        last = wanted.last or wanted.first
        covering = [
            str(job["Id"])
            for job in await self._jobs(_number(write.person))
            if (_day(job, "StartDate") or date.max) <= wanted.first and last <= (_day(job, "EndDate") or date.max)
        ]
        if len(covering) != 1:
            raise LEAVE_ERRORS.rejected(f"poweroffice_go: {len(covering)} employments cover it", "no_employment")
        return covering[0]

    async def _sent(
        self, method: str, path: str, body: Any, job: str, write: PeriodWrite, last: date | None
    ) -> RowReference:
        """Write, and look whether Go has kept it: what it does not know, it passes over in silence."""
        call = f"{method} {JOBS}/{job}/Leaves"
        try:
            shown = await self._client.send(method, path, body)
        except Rejected as error:
            raise LEAVE_ERRORS.rejected(f"poweroffice_go: {call}", "rejected", verbatim=error.verbatim) from None
        except WriteConflict:
            raise LEAVE_ERRORS.changed(f"poweroffice_go: {call}") from None
        wanted, kept = write.wanted, _period(job, shown, write.wanted.employee_id, sent=True)
        asked = (wanted.key.reference, wanted.code, wanted.first, last, wanted.percent)
        if method == "PATCH":
            asked = (wanted.key.reference, kept.code, kept.first, last, kept.percent)
        if (kept.reference, kept.code, kept.first, kept.last, kept.percent) != asked:
            raise LEAVE_ERRORS.rejected(f"poweroffice_go: {call}: not kept as sent", "not_kept")
        return kept.row

    async def _jobs(self, person: str) -> list[dict[str, Any]]:
        return await self._whole(f"/Employees/{person}/Employments")

    async def _rows(self, job: str) -> list[dict[str, Any]]:
        return await self._whole(f"{JOBS}/{job}/Leaves")

    async def _whole(self, path: str) -> list[dict[str, Any]]:
        """A list, read twice: nothing tells one that was cut short from a whole one. Empty where Go does not know the
        person or the employment: one that was removed stops nobody else."""
        try:
            first, second = await self._client.rows(path), await self._client.rows(path)
        except WriteConflict:  # 404, as any refusal of an id
            return []
        return list({str(row["Id"]): row for row in (*first, *second)}.values())


def _check_shape(write: PeriodWrite) -> None:
    wanted = write.wanted
    if not 0 < wanted.percent <= 100 or (wanted.last is not None and wanted.last < wanted.first):
        raise LEAVE_ERRORS.rejected("poweroffice_go: no share, or an end before the beginning", "no_period")


def _is_alike(one: TargetPeriod, write: PeriodWrite) -> bool:
    """Whether one has days in common with what is wanted, and is of the same type or of the same leave."""
    wanted = write.wanted
    of_leave = one.reference.partition(":")[0] == wanted.key.leave_id
    return _overlaps(one, write) and (one.code == wanted.code or of_leave)


def _overlaps(one: TargetPeriod, write: PeriodWrite) -> bool:
    wanted = write.wanted
    return not ((one.last or date.max) < wanted.first or (wanted.last or date.max) < one.first)


def _refuse_crowd(others: Iterable[TargetPeriod], write: PeriodWrite) -> None:
    """Nobody is away from more than the whole of a position on a day. Raises `Rejected`."""
    meeting = [one for one in others if _overlaps(one, write)]
    for day in {write.wanted.first, *(max(one.first, write.wanted.first) for one in meeting)}:
        away = sum((one.percent for one in meeting if one.first <= day <= (one.last or date.max)), Decimal(0))
        if away + write.wanted.percent > 100:
            raise LEAVE_ERRORS.rejected("poweroffice_go: more than a whole position", "meets_another")


def _period(job: str, row: Json, employee: str, *, sent: bool = False) -> TargetPeriod:
    """A leave as Go shows it. Raises `Unavailable` for one that cannot be read: it is no absence of it."""
    first, percent = _day(row, "StartDate"), amount_of(row.get("LeavePercentage"))
    code, identifier = text_of(row.get("TypeOfLeave")), text_of(row.get("Id"))
    if first is None or percent is None or code is None or identifier is None:
        raise ERRORS.unreadable(f"{JOBS}/{job}/Leaves: no day, share, kind or id", sent=sent)
    return TargetPeriod(
        employee_id=employee,
        reference=text_of(row.get("ReportingId")) or "",
        code=code,
        first=first,
        last=_day(row, "EndDate"),
        percent=percent,
        row=RowReference(f"{job}/{identifier}", text_of(row.get("LastChangedDateTimeOffset")) or ""),
        locked=row.get("EndedAndReported") is True,
    )


def _path(target_id: str) -> str:
    """A leave's address. Raises `RowGone` for a reference that is none of ours."""
    job, slash, leave = target_id.partition("/")
    if not slash or not job.isdecimal() or not re.fullmatch(r"[\w-]+", leave):
        raise LEAVE_ERRORS.row_gone("poweroffice_go: no reference of a leave")
    return f"{JOBS}/{job}/Leaves/{leave}"


def _day(row: Json, name: str) -> date | None:
    """A day, with or without a time behind it; None where none is set. Raises `Unavailable` where it is no day."""
    value = text_of(row.get(name))
    if value is not None and (day := day_of(value)) is None:
        raise ERRORS.unreadable(f"GET {JOBS}: no day", sent=False)
    return day if value is not None else None


def _owner(job: Json) -> str:
    return text_of(job.get("EmployeeId")) or ""


def _number(person: LeavePerson) -> str:
    if person.target_id is None:
        raise LEAVE_ERRORS.rejected("poweroffice_go: the person has no id there", "no_person")
    return person.target_id


def _private(write: PeriodWrite) -> AbstractContextManager[None]:
    return kept_private(write.wanted.code, LEAVE_TYPES.get(write.wanted.code, ""), write.wanted.percent)
