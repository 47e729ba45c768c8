"""Which days are closed for whom, decided day by day, and the company's own days off.

Source: API v2 description 2.75.00 (MonthlyStatus, Week) and Tripletex' certification course: a month is approved until
a day, that day included, a week by itself, and a week may lie in two months. A month that is only called complete takes
hours as far as is known. Nothing here approves, completes or opens anything.
"""

from __future__ import annotations

import calendar
import re
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar

from bot.domain.leave import LeavePerson, LeaveWindow
from bot.domain.leave_calendar import days_between
from bot.domain.leave_delivery import ClosedDays, ClosedSpan, CloseReason
from bot.providers.errors import NotPermitted, Rejected
from bot.providers.kit.concurrency import side_by_side
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.errors import unreadable

PEOPLE = 100
"""People named in one request: their ids must fit into an address."""

STATUSES = 250
"""The same for months and weeks, of which four and one come for each."""

AT_ONCE = 4
"""Requests of one question that are under way at a time."""

MONTHS = "/timesheet/month/byMonthNumberList"
WEEKS = "/timesheet/week"
HOLIDAYS = "/timesheet/companyHoliday"

STATUS = "employee(id),monthYear,completed,approved,approvedUntilDate"

_MONTH = re.compile(r"(\d{4})-(\d{2})")

Json = dict[str, Any]
Spans = defaultdict[str, list[ClosedSpan]]
Reading = Callable[[], Coroutine[Any, Any, list[Json]]]

Value = TypeVar("Value")


def some_at_a_time(values: Iterable[Value], most: int = PEOPLE) -> Iterator[list[Value]]:
    """The values in lists of so many, in their order."""
    held = list(values)
    yield from (held[start : start + most] for start in range(0, len(held), most))


class TripletexClosedDays:
    """What has been approved or completed of people's months and weeks."""

    def __init__(self, client: TripletexClient) -> None:
        self._client = client

    async def closed(self, people: Sequence[LeavePerson], window: LeaveWindow) -> ClosedDays:
        """Of these people in a window. Raises `NotPermitted` where months may not be read."""
        ids = {person.target_id: person.employee_id for person in people if person.target_id is not None}
        closed: Spans = defaultdict(list)
        warned: Spans = defaultdict(list)
        months = (partial(self._months, some, window) for some in some_at_a_time(ids, STATUSES))
        async for status in _one_by_one(months):
            span = _month_span(status)
            if _says_something(status):
                _sort(status, ids, closed, warned, *span, CloseReason.MONTH)
        async for status in _one_by_one(self._weeks(ids, window, closed)):
            span = _week_span(status)
            if _says_something(status):
                _sort(status, ids, closed, warned, *span, CloseReason.WEEK)
        return ClosedDays(people=_filled(closed), warned=_filled(warned))

    async def holidays(self, window: LeaveWindow) -> frozenset[date] | None:
        """The company's whole days off; None where the list cannot be read. A percentage of 1 is a whole day."""
        days: set[date] = set()
        for year in range(window.first.year, window.last.year + 1):
            try:
                rows = await self._client.all(HOLIDAYS, [("years", str(year))], fields="id,date,percentage")
            except (NotPermitted, Rejected):
                return None
            days |= {day for row in rows if _is_whole(row) and (day := _day(row.get("date"))) is not None}
        return frozenset(day for day in days if day in window)

    async def has_hours(self, people: Iterable[str], window: LeaveWindow) -> bool:
        """Whether anything at all was entered for these people in the months of a window, as the months' sums say."""
        for some in some_at_a_time(people, STATUSES):
            for status in await self._months(some, window, fields="employee(id),monthYear,hourSummary(sumHours)"):
                summary = status.get("hourSummary")
                if isinstance(summary, dict) and summary.get("sumHours"):
                    return True
        return False

    async def _months(self, people: Sequence[str], window: LeaveWindow, fields: str = STATUS) -> list[Json]:
        months = list(_month_names(window))
        asked = [("employeeIds", ",".join(people)), ("monthYearList", ",".join(months))]
        return await self._client.keyed(
            MONTHS, asked, fields=fields, key=lambda row: (_owner(row), row.get("monthYear")),
            expected=len(people) * len(months),
        )  # fmt: skip

    def _weeks(self, ids: Mapping[str, str], window: LeaveWindow, closed: Spans) -> Iterator[Reading]:
        """The questions for weeks: one that lies in approved months says nothing more, and most of a window does."""
        for first in _mondays(window):
            days = [day for day in days_between(first, first + timedelta(6)) if day in window]
            open_to = [target for target, employee in ids.items() if not _all_in(days, closed[employee])]
            for part in some_at_a_time(open_to, STATUSES):
                yield partial(self._week, part, first)

    async def _week(self, people: Sequence[str], monday: date) -> list[Json]:
        year, week, _ = monday.isocalendar()
        asked = [("employeeIds", ",".join(people)), ("weekYear", f"{year}-{week:02}")]
        fields = "employee(id),year,week,completed,approved"
        try:
            return await self._client.keyed(WEEKS, asked, fields=fields, key=_owner, expected=len(people))
        except NotPermitted:
            # Where weeks may not be seen, an approved one is noticed when Tripletex refuses the write.
            return []


async def _one_by_one(readings: Iterable[Reading]) -> AsyncGenerator[Json, None]:
    async with aclosing(side_by_side(readings, AT_ONCE)) as lists:
        async for statuses in lists:
            for status in statuses:
                yield status


def _says_something(status: Json) -> bool:
    """Whether anything was approved or called complete: of most people's weeks nothing was."""
    return bool(status.get("approved") or status.get("completed"))


def _sort(
    status: Json,
    ids: dict[str, str],
    closed: Spans,
    warned: Spans,
    first: date,
    last: date,
    reason: CloseReason,
) -> None:
    employee = ids.get(_owner(status))
    if employee is None:
        return
    until = _day(status.get("approvedUntilDate"))
    if status.get("approved"):
        # Approved, and until a day before it began: nobody knows what that means, so nothing is written there.
        ends = until if until is not None and first <= until <= last else last
        closed[employee].append(ClosedSpan(first, ends, reason))
        first = ends + timedelta(1)
    if status.get("completed") and first <= last:
        warned[employee].append(ClosedSpan(first, last, reason))


def _owner(status: Json) -> str:
    employee = status.get("employee")
    return str(employee.get("id")) if isinstance(employee, dict) else ""


def _month_span(status: Json) -> tuple[date, date]:
    read = _MONTH.fullmatch(str(status.get("monthYear")))
    if read is None or not 1 <= int(read[2]) <= 12:
        raise unreadable(f"GET {MONTHS}", sent=False)
    year, month = int(read[1]), int(read[2])
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _week_span(status: Json) -> tuple[date, date]:
    try:
        first = date.fromisocalendar(int(status["year"]), int(status["week"]), 1)
    except (KeyError, TypeError, ValueError):
        raise unreadable(f"GET {WEEKS}", sent=False) from None
    return first, first + timedelta(6)


def _month_names(window: LeaveWindow) -> Iterator[str]:
    first = window.first.replace(day=1)
    while first <= window.last:
        yield f"{first:%Y-%m}"
        first = (first + timedelta(31)).replace(day=1)


def _mondays(window: LeaveWindow) -> Iterator[date]:
    first = window.first - timedelta(window.first.weekday())
    while first <= window.last:
        yield first
        first += timedelta(7)


def _all_in(days: Iterable[date], spans: Sequence[ClosedSpan]) -> bool:
    return all(any(day in span for span in spans) for day in days)


def _filled(spans: Spans) -> dict[str, Sequence[ClosedSpan]]:
    return {employee: found for employee, found in spans.items() if found}


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        return None


def _is_whole(row: Json) -> bool:
    try:
        return row.get("percentage") is None or row["percentage"] >= 1
    except TypeError:
        return False
