"""Asks a real test account what the published facts leave open about absence. Harmless: reads alone.

What is asked is what `bot/providers/tripletex/README.md` lists as unverified and can be seen without changing anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import date, timedelta
from typing import Any

from bot.core.diagnosis import Diagnosis
from bot.providers.kit.http import Answer, Params
from bot.providers.tripletex.leave_closed_days import HOLIDAYS, MONTHS, WEEKS
from bot.providers.tripletex.leave_periods import LEAVES
from bot.providers.tripletex.leave_rows import ENTRIES
from bot.providers.tripletex.leave_settings import LEAVES_OF_ABSENCE

Get = Callable[[str, Params], Awaitable[Answer]]
Rows = list[dict[str, Any]]
EMPTY_RANGE = 15000


class LeaveQuestions:
    """The open questions of absence. `owner` is the id of the token's owner, `get` a signed call."""

    def __init__(self, get: Get, owner: Callable[[], Awaitable[int]], today: date) -> None:
        self._get = get
        self._owner = owner
        self._today = today

    def all(self) -> Iterator[tuple[str, Callable[[], Awaitable[Diagnosis]]]]:
        """What each is about, and how it is asked."""
        yield "activities", self._activities
        yield "hours", self._hours
        yield "months", self._months
        yield "weeks", self._weeks
        yield "days off", self._days_off
        yield "leaves of absence", self._leaves
        yield "types of leave", self._types

    async def _activities(self) -> Diagnosis:
        fields = ("fields", "id,number,activityType,isDisabled")
        shown = _rows(await self._get("/activity", [("isGeneral", "true"), ("count", "1000"), fields]))
        off = _rows(await self._get("/activity", [("isInactive", "true"), ("count", "1000"), fields]))
        if not shown:
            return Diagnosis("activities", False, "no general activity is shown, so no hours can be sent")
        numbered = sum(bool(str(row.get("number") or "").strip()) for row in shown)
        listed = {row.get("id") for row in shown}
        hidden = sum(row.get("activityType") == "GENERAL_ACTIVITY" and row.get("id") not in listed for row in off)
        says = f"{len(shown)} general ones, {numbered} of them with a number; {hidden} inactive ones are left out"
        return Diagnosis("activities", numbered > 0, says)

    async def _hours(self) -> Diagnosis:
        owner = ("employeeId", str(await self._owner()))
        first, after = self._today - timedelta(60), self._today + timedelta(1)
        same = [owner, ("dateFrom", first.isoformat()), ("dateTo", first.isoformat())]
        refused = await self._get(ENTRIES, same)
        code = refused.body.get("code") if isinstance(refused.body, dict) else None
        asked = [owner, ("dateFrom", first.isoformat()), ("dateTo", after.isoformat()), ("sorting", "id")]
        answer = await self._get(ENTRIES, [*asked, ("fields", "id,hours,locked")])
        if answer.status != 200:
            return Diagnosis("hours", False, f"not open to this token ({answer.status}), or not sorted by id")
        rows = _rows(answer)
        locked = sum(bool(row.get("locked")) for row in rows)
        excluded = (refused.status, code) == (422, EMPTY_RANGE)
        says = f"{len(rows)} rows of two months, {locked} locked; the same day twice is {refused.status}/{code}"
        return Diagnosis("hours", excluded, says if excluded else f"{says}: is the last day in the range?")

    async def _months(self) -> Diagnosis:
        """Whether a month says something before anything has been entered, and what an approval looks like."""
        months = sorted({f"{self._today - timedelta(days):%Y-%m}" for days in (0, 31, 62, 1500)})
        asked = [("employeeIds", str(await self._owner())), ("monthYearList", ",".join(months))]
        fields = ("fields", "employee(id),monthYear,approved,approvedUntilDate,completed")
        answer = await self._get(MONTHS, [*asked, fields])
        if answer.status != 200:
            return Diagnosis("months", False, f"not open to this token ({answer.status}): approvals cannot be seen")
        rows = _rows(answer)
        until = sum(row.get("approvedUntilDate") is not None and not row.get("approved") for row in rows)
        approved = sum(bool(row.get("approved")) for row in rows)
        says = f"{len(rows)} of {len(months)} months are shown, {approved} approved"
        told = f", {until} approved until a day and not called approved" if until else ""
        return Diagnosis("months", not until, says + told)

    async def _weeks(self) -> Diagnosis:
        year, week, _ = (self._today - timedelta(7)).isocalendar()
        asked = [("employeeIds", str(await self._owner())), ("weekYear", f"{year}-{week:02}")]
        answer = await self._get(WEEKS, [*asked, ("fields", "employee(id),year,week,approved,completed")])
        if answer.status != 200:
            says = f"not open to this token ({answer.status}): an approved week is seen when a write is refused"
            return Diagnosis("weeks", False, says)
        rows = _rows(answer)
        right = all((row.get("year"), row.get("week")) == (year, week) for row in rows)
        return Diagnosis("weeks", right, f"{len(rows)} shown of last week's{'' if right else ', of another week'}")

    async def _days_off(self) -> Diagnosis:
        asked = [("years", str(self._today.year)), ("fields", "id,date,percentage")]
        answer = await self._get(HOLIDAYS, asked)
        if answer.status != 200:
            return Diagnosis("days off", True, f"not open to this token ({answer.status}): no warnings of them")
        shares = sorted({str(row.get("percentage")) for row in _rows(answer)})
        return Diagnosis("days off", True, f"{len(_rows(answer))} of this year, with {', '.join(shares) or 'none'}")

    async def _leaves(self) -> Diagnosis:
        """Whether the list is today's alone when no day is named, as the description has it."""
        fields = ("fields", "id,startDate,endDate")
        every = await self._get(LEAVES, [("count", "1000"), fields])
        if every.status != 200:
            return Diagnosis("leaves of absence", False, f"not open to this token ({every.status})")
        today = self._today.isoformat()
        rows = _rows(every)
        past = sum(not (str(row.get("startDate")) <= today <= str(row.get("endDate") or "9999")) for row in rows)
        if not rows:
            return Diagnosis("leaves of absence", True, "not seen: the account has none")
        says = f"{len(rows)} shown without a day, {past} of them not of today"
        return Diagnosis("leaves of absence", True, says if past else f"{says}: perhaps only today's are given")

    async def _types(self) -> Diagnosis:
        answer = await self._get("/employee/employment/leaveOfAbsenceType", [("fields", "leaveOfAbsenceType,nameNO")])
        shown = {str(row.get("leaveOfAbsenceType")) for row in _rows(answer)}
        if not shown - {"None"}:
            return Diagnosis("types of leave", True, "not seen: the list does not name them")
        missing = sorted(set(LEAVES_OF_ABSENCE) - shown)
        return Diagnosis("types of leave", not missing, f"missing: {', '.join(missing)}" if missing else "all seven")


def _rows(answer: Answer) -> Rows:
    values = answer.body.get("values") if answer.ok and isinstance(answer.body, dict) else None
    return [row for row in values if isinstance(row, dict)] if isinstance(values, list) else []
