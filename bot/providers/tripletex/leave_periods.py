"""Leaves of absence of employments: made, and ended. Tripletex cannot delete one, and the a-melding has reported it.

Source: API v2 description 2.75.00 (LeaveOfAbsence), Tripletex' help pages 752 and 545, and the rules of the a-melding:
a wrong end is corrected, another percentage is an end and a new leave, and one that never was ends on its first day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import PeriodWrite, RowReference, TargetPeriod
from bot.providers.kit.http import Answer
from bot.providers.kit.leave_errors import kept_private
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.errors import Refusal, unreadable
from bot.providers.tripletex.leave_closed_days import some_at_a_time
from bot.providers.tripletex.leave_errors import (
    changed,
    code_refused,
    period_error,
    rejected,
    row_exists,
    row_gone,
)
from bot.providers.tripletex.leave_settings import LEAVES_OF_ABSENCE, is_deducted

LEAVES = "/employee/employment/leaveOfAbsence"
FIELDS = "id,version,employment(id),importedLeaveOfAbsenceId,startDate,endDate,percentage,isWageDeduction,type"
_EMPLOYMENTS = "id,employments(id,startDate,endDate)"

Json = Mapping[str, Any]


class TripletexLeavePeriods:
    """The leaves of absence of one account."""

    def __init__(self, client: TripletexClient) -> None:
        self._client = client

    async def read(self, people: Sequence[LeavePerson]) -> list[TargetPeriod]:
        """All leaves of these people, whoever made them, by id. They are asked for by employment, and by no date: the
        description says that it is today's then, and those who measured got all of them."""
        known = {person.target_id: person.employee_id for person in people if person.target_id is not None}
        found: list[TargetPeriod] = []
        for some in some_at_a_time(known):
            shown = await self._client.all("/employee", [("id", ",".join(some))], fields=_EMPLOYMENTS)
            owners = {job["id"]: known[str(person["id"])] for person in shown for job in _jobs(person)}
            for jobs in some_at_a_time(owners):
                asked = [("employmentIds", ",".join(map(str, jobs)))]
                rows = await self._client.all(LEAVES, asked, fields=FIELDS)
                # What is asked for is not relied on: the list may show other employments' as well.
                found += [_period(row, owners[job]) for row in rows if (job := _job(row)) in owners]
        return found

    async def create(self, write: PeriodWrite) -> RowReference:
        """Make a leave in the one employment that covers it, unless it is there by its id."""
        wanted = write.wanted
        with kept_private(wanted.code, LEAVES_OF_ABSENCE.get(wanted.code, ""), wanted.percent):
            if wanted.code not in LEAVES_OF_ABSENCE:
                raise code_refused("tripletex: no reserved code", "missing")
            if not 0 < wanted.percent <= 100 or (wanted.last is not None and wanted.last < wanted.first):
                raise rejected("tripletex: no share of a position, or an end before the beginning", "no_period")
            async with self._client.write_lock(str(write.person.target_id)):
                job = await self._employment(write)
                await self._refuse_double(job, wanted.key.reference, wanted.first)
                body = {
                    "employment": {"id": job},
                    "importedLeaveOfAbsenceId": wanted.key.reference,
                    "startDate": wanted.first.isoformat(),
                    **({"endDate": wanted.last.isoformat()} if wanted.last is not None else {}),
                    "percentage": wanted.percent,
                    "isWageDeduction": is_deducted(wanted.code, write.settings),
                    "type": wanted.code,
                }
                return self._stored(f"POST {LEAVES}", await self._client.write("POST", LEAVES, body))

    async def update(self, write: PeriodWrite, row: RowReference) -> RowReference:
        """Move the last day. Raises `Rejected` where anything else differs: that is an end and a new leave."""
        wanted = write.wanted
        with kept_private(wanted.code, LEAVES_OF_ABSENCE.get(wanted.code, ""), wanted.percent):
            async with self._client.write_lock(str(write.person.target_id)):
                shown = await self._held(write, row)
                held = (_day(shown, "startDate"), shown.get("type"), _number(shown.get("percentage")))
                if held != (wanted.first, wanted.code, wanted.percent):
                    raise rejected(f"tripletex: {LEAVES}/{row.target_id}: more than the end differs", "fixed_period")
                last = _day(shown, "endDate")
                if last == wanted.last:
                    return row
                if wanted.last is None:
                    raise rejected(f"tripletex: {LEAVES}/{row.target_id}: an end is to go", "open_period")
                if wanted.last < wanted.first:
                    raise rejected(f"tripletex: {LEAVES}/{row.target_id}: an end before the beginning", "no_period")
                return await self._end(shown, wanted.last)

    async def end_on_first_day(self, write: PeriodWrite, row: RowReference) -> RowReference:
        """Let a leave end on the day it began."""
        with kept_private(write.wanted.code, LEAVES_OF_ABSENCE.get(write.wanted.code, "")):
            async with self._client.write_lock(str(write.person.target_id)):
                shown = await self._held(write, row)
                first = _day(shown, "startDate")
                if first is None:
                    raise unreadable(f"GET {LEAVES}", sent=False)
                return row if _day(shown, "endDate") == first else await self._end(shown, first)

    async def _held(self, write: PeriodWrite, row: RowReference) -> dict[str, Any]:
        """The leave as it is now. Raises where it is gone, was changed, or is another one."""
        path = f"{LEAVES}/{row.target_id}"
        shown = await self._client.get(path, [("fields", FIELDS)])
        if shown is None:
            raise row_gone(f"tripletex: {path} is gone")
        reference = str(shown.get("importedLeaveOfAbsenceId") or "")
        if str(shown.get("version")) != row.version or reference not in ("", write.wanted.key.reference):
            raise changed(f"tripletex: {path} has another version or id")
        return shown

    async def _end(self, shown: Json, last: date) -> RowReference:
        path = f"{LEAVES}/{shown['id']}"
        kept = ("id", "version", "importedLeaveOfAbsenceId", "startDate", "percentage", "isWageDeduction", "type")
        body = {name: shown[name] for name in kept if shown.get(name) is not None}
        body |= {"employment": {"id": _job(shown)}, "endDate": last.isoformat()}
        return self._stored(f"PUT {path}", await self._client.write("PUT", path, body))

    async def _employment(self, write: PeriodWrite) -> int:
        """The employment that the whole leave lies in. Raises `Rejected` where there is none, or more than one."""
        wanted = write.wanted
        path = f"/employee/{write.person.target_id}"
        shown = await self._client.get(path, [("fields", _EMPLOYMENTS)])
        last = wanted.last or wanted.first
        jobs = [
            job["id"]
            for job in (_jobs(shown) if shown is not None else ())
            if (_day(job, "startDate") or date.max) <= wanted.first and last <= (_day(job, "endDate") or date.max)
        ]
        if len(jobs) != 1:
            raise rejected(f"tripletex: {len(jobs)} employments cover the leave", "no_employment")
        return int(jobs[0])

    async def _refuse_double(self, job: int, reference: str, first: date) -> None:
        """Tripletex may show today's leaves alone when no day is named, so the day it begins on is asked for."""
        asked = [("employmentIds", str(job)), ("date", first.isoformat())]
        rows = await self._client.all(LEAVES, asked, fields=FIELDS)
        if any(_job(row) == job and row.get("importedLeaveOfAbsenceId") == reference for row in rows):
            raise row_exists(f"tripletex: {LEAVES} has one of this id")

    def _stored(self, call: str, answer: Answer) -> RowReference:
        if not answer.ok:
            raise period_error(call, Refusal.of(answer))
        value = self._client.value(call, answer)
        if not isinstance(value.get("id"), int) or not isinstance(value.get("version"), int):
            raise unreadable(call, sent=True)
        return RowReference(str(value["id"]), str(value["version"]))


def _period(row: Json, employee: str) -> TargetPeriod:
    first, percent = _day(row, "startDate"), _number(row.get("percentage"))
    if first is None or percent is None or not isinstance(row.get("version"), int):
        raise unreadable(f"GET {LEAVES}", sent=False)
    return TargetPeriod(
        employee_id=employee,
        reference=str(row.get("importedLeaveOfAbsenceId") or ""),
        code=str(row.get("type") or ""),
        first=first,
        last=_day(row, "endDate"),
        percent=percent,
        row=RowReference(str(row["id"]), str(row["version"])),
    )


def _jobs(person: Json) -> list[dict[str, Any]]:
    """Somebody's employments. Raises `Unavailable` where they are not shown: none would mean that no leave is there."""
    jobs = person.get("employments")
    if not isinstance(jobs, list) or not all(isinstance(job, dict) and isinstance(job.get("id"), int) for job in jobs):
        raise unreadable("GET /employee", sent=False)
    return jobs


def _job(row: Json) -> int:
    employment = row.get("employment")
    return int(employment.get("id") or 0) if isinstance(employment, Mapping) else 0


def _day(row: Json, name: str) -> date | None:
    value = row.get(name)
    try:
        return date.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        raise unreadable(f"GET {LEAVES}", sent=False) from None


def _number(value: object) -> Decimal | None:
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
