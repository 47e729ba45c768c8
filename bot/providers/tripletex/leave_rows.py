"""Hours of a day in Tripletex: read by the page, written one by one, with the version that was read.

Source: API v2 description 2.75.00 (TimesheetEntry) and recorded traffic. There is one row for an employee, a day, an
activity and a project. A PUT takes the whole object and nulls what is 0 in it, so 0 is never sent: such a row goes.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping, Sequence
from contextlib import aclosing
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any

from bot.domain.leave import LeavePerson, LeaveWindow
from bot.domain.leave_delivery import DayKey, DayWrite, RowReference, TargetDay
from bot.providers.errors import NotPermitted, ProviderError, Unavailable, Unsupported
from bot.providers.kit.concurrency import side_by_side
from bot.providers.kit.http import Answer
from bot.providers.kit.leave_errors import kept_private
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.errors import Refusal, unreadable
from bot.providers.tripletex.leave_activities import TripletexActivities
from bot.providers.tripletex.leave_closed_days import AT_ONCE, TripletexClosedDays, some_at_a_time
from bot.providers.tripletex.leave_errors import (
    changed,
    day_closed,
    hours_error,
    hours_hidden,
    other_error,
    rejected,
    row_gone,
)
from bot.providers.tripletex.leave_settings import MOST_HOURS

ENTRIES = "/timesheet/entry"
FIELDS = "id,version,date,hours,locked,comment,employee(id),activity(id),project(id)"
WHOLE = f"{FIELDS},invoice(id),projectChargeableHours"

ROWS = 1000
"""Rows that one answer has at most, as described."""

MARKER = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{8}(?![0-9A-Za-z])")
"""Our tag. Whatever else a comment says is somebody's own, and is neither kept nor shown."""

Json = Mapping[str, Any]


class TripletexLeaveRows:
    """The rows of one account."""

    def __init__(self, client: TripletexClient, activities: TripletexActivities, closed: TripletexClosedDays) -> None:
        self._client = client
        self._activities = activities
        self._closed = closed

    async def pages(
        self, people: Sequence[LeavePerson], window: LeaveWindow, codes: Collection[str]
    ) -> AsyncGenerator[Sequence[TargetDay], None]:
        """All rows of people under codes, a hundred people to a request; fewer where there are too many rows.

        None at all is an answer only where hours can be seen: what a token may not see is left out with 200. Raises
        `NotPermitted` where months have hours and the list has none.
        """
        carriers = await self._activities.ids(codes)
        known = {person.target_id: person.employee_id for person in people if person.target_id is not None}
        if not carriers:
            return
        anything = False

        async def read(some: Sequence[str]) -> list[TargetDay]:
            pages = self._some(some, window, carriers)
            return [_target_day(row, known, carriers) async for rows in pages for row in rows]

        parts = (partial(read, some) for some in some_at_a_time(known))
        async with aclosing(side_by_side(parts, AT_ONCE)) as found:
            async for rows in found:
                if rows:
                    anything = True
                    yield rows
        if known and not anything:
            await self._prove_sight(list(known), window)

    async def _prove_sight(self, people: Sequence[str], window: LeaveWindow) -> None:
        months = LeaveWindow(window.first.replace(day=1), _end_of_month(window.last))
        for some in some_at_a_time(people):
            if await self._client.some(ENTRIES, _question(some, months), fields="id", count=1):
                return
        if await self._closed.has_hours(people, months):
            raise hours_hidden("tripletex: months have hours, and none are shown")

    async def _some(
        self, people: Sequence[str], window: LeaveWindow, carriers: Mapping[int, str]
    ) -> AsyncGenerator[list[dict[str, Any]], None]:
        asked = _question(people, window, carriers)
        divisible = len(people) > 1 or window.first < window.last
        begun = False
        try:
            async for page in self._client.pages(ENTRIES, asked, fields=FIELDS, count=ROWS):
                if not begun and divisible and len(page) >= ROWS:
                    # A row that goes between two pages would hide another: what fills a page is asked for in parts.
                    break
                begun = True
                yield page
            else:
                return
        except Unsupported:
            # More than 10,000 rows: a smaller question is answered.
            if begun or not divisible:
                raise
        for fewer, shorter in _halves(people, window):
            async for page in self._some(fewer, shorter, carriers):
                yield page

    async def day(self, person: LeavePerson, key: DayKey) -> list[TargetDay]:
        """All rows under one key, fresh."""
        carriers = await self._activities.ids([key.code])
        if person.target_id is None or not carriers:
            return []
        asked = _question([person.target_id], LeaveWindow(key.day, key.day), carriers)
        rows = await self._client.some(ENTRIES, asked, fields=FIELDS)
        return [_target_day(row, {person.target_id: person.employee_id}, carriers) for row in rows]

    async def create(self, write: DayWrite) -> RowReference:
        """Make a row."""
        employee = _employee(write.person)
        with await self._private(write.key, write.hours):
            hours = _sendable(write.hours)
            activity = await self._activities.usable(write.key.code)
            body = {
                "employee": {"id": employee},
                "activity": {"id": activity},
                "date": write.key.day.isoformat(),
                "hours": hours,
                "comment": write.marker,
            }
            async with self._client.write_lock(str(employee)):
                answer = await self._client.write("POST", ENTRIES, body)
            return await self._stored(f"POST {ENTRIES}", answer, write.person, write.key, hours)

    async def update(self, write: DayWrite, row: RowReference) -> RowReference:
        """Change the hours of a row, and nothing else of it."""
        employee = _employee(write.person)
        path = f"{ENTRIES}/{row.target_id}"
        with await self._private(write.key, write.hours):
            hours = _sendable(write.hours)
            async with self._client.write_lock(str(employee)):
                shown = await self._client.get(path, [("fields", WHOLE)])
                if shown is None:
                    raise row_gone(f"tripletex: {path} is gone")
                await self._refuse_other(shown, write, row)
                answer = await self._client.write("PUT", path, _whole(shown, hours, write.marker))
            return await self._stored(f"PUT {path}", answer, write.person, write.key, hours)

    async def delete(self, person: LeavePerson, key: DayKey, row: RowReference) -> None:
        """Take a row away; one that is gone is done."""
        path = f"{ENTRIES}/{row.target_id}"
        version = [("version", row.version)] if row.version else []
        with await self._private(key):
            async with self._client.write_lock(str(_employee(person))):
                answer = await self._client.write("DELETE", path, params=version)
            if not answer.ok and answer.status != 404:
                raise await self._error(f"DELETE {path}", answer, person, key)

    async def _private(self, key: DayKey, *hours: Decimal) -> Any:
        return kept_private(key.code, *await self._activities.names(key.code), *hours)

    async def _refuse_other(self, shown: Json, write: DayWrite, row: RowReference) -> None:
        """Raises where the row is not the one that was read, or is locked."""
        path = f"tripletex: {ENTRIES}/{row.target_id}"
        if str(shown.get("version")) != row.version:
            raise changed(f"{path} has another version")
        held = (str(_id(shown, "employee")), shown.get("date"), await self._activities.number(_id(shown, "activity")))
        if held != (write.person.target_id, write.key.day.isoformat(), write.key.code.strip()):
            raise changed(f"{path} is another person's, day's or activity's")
        if shown.get("locked"):
            raise day_closed(f"{path} is locked", write.person, write.key)

    async def _stored(
        self, call: str, answer: Answer, person: LeavePerson, key: DayKey, hours: Decimal
    ) -> RowReference:
        if not answer.ok:
            raise await self._error(call, answer, person, key)
        value = self._client.value(call, answer)
        if not isinstance(value.get("id"), int) or not isinstance(value.get("version"), int):
            raise unreadable(call, sent=True)
        if _number(value.get("hours")) != hours:
            raise unreadable(f"{call}: other hours than were sent", sent=True)
        return RowReference(str(value["id"]), str(value["version"]))

    async def _error(self, call: str, answer: Answer, person: LeavePerson, key: DayKey) -> ProviderError:
        refusal = Refusal.of(answer)
        error = hours_error(call, refusal, person, key)
        if error is not None:
            return error
        # What a closed day is answered has not been published; whether it is one can be read.
        try:
            status = await self._closed.closed([person], LeaveWindow(key.day, key.day))
        except (NotPermitted, Unavailable):
            return other_error(call, refusal)
        if status.reason(person.employee_id, key.day) is not None:
            return day_closed(f"tripletex: {call}: {refusal.status}/{refusal.code}", person, key)
        complete = any(key.day in span for span in status.warned.get(person.employee_id, ()))
        if complete and not refusal.fields:
            return day_closed(f"tripletex: {call}: {refusal.status}/{refusal.code}, complete", person, key)
        return other_error(call, refusal)


def _target_day(row: Json, known: Mapping[str, str], carriers: Mapping[int, str]) -> TargetDay:
    """A row by our key. Raises `Unavailable` for one that cannot be read: to leave it out would make it a new one."""
    employee = known.get(str(_id(row, "employee")))
    code = carriers.get(_id(row, "activity") or 0)
    hours, version = _number(row.get("hours")), row.get("version")
    try:
        day = date.fromisoformat(str(row.get("date")))
    except ValueError:
        day = None
    if employee is None or code is None or day is None or hours is None or not isinstance(version, int):
        raise unreadable(f"GET {ENTRIES}", sent=False)
    tag = MARKER.search(str(row.get("comment") or ""))
    return TargetDay(
        key=DayKey(employee, day, code),
        hours=hours,
        row=RowReference(str(row["id"]), str(version)),
        locked=bool(row.get("locked")),
        marker=tag[0] if tag else "",
    )


def _whole(shown: Json, hours: Decimal, marker: str) -> dict[str, Any]:
    """The object as it was read, with other hours. A comment stays as it is; where there is none, our tag is put."""
    comment = str(shown.get("comment") or "")
    body: dict[str, Any] = {
        "id": shown["id"],
        "version": shown["version"],
        "employee": {"id": _id(shown, "employee")},
        "activity": {"id": _id(shown, "activity")},
        "date": shown["date"],
        "hours": hours,
        "comment": comment or marker,
    }
    for name in ("project", "invoice"):
        if (held := _id(shown, name)) is not None:
            body[name] = {"id": held}
    if shown.get("projectChargeableHours"):
        body["projectChargeableHours"] = shown["projectChargeableHours"]
    return body


def _question(people: Sequence[str], window: LeaveWindow, carriers: Iterable[int] = ()) -> list[tuple[str, str]]:
    """The rows of people on activities, or on any; the last day of the list's own range is not in it."""
    activities = ",".join(map(str, carriers))
    return [
        ("employeeId", ",".join(people)),
        *([("activityId", activities)] if activities else []),
        ("dateFrom", window.first.isoformat()),
        ("dateTo", (window.last + timedelta(1)).isoformat()),
    ]


def _halves(people: Sequence[str], window: LeaveWindow) -> list[tuple[Sequence[str], LeaveWindow]]:
    if len(people) > 1:
        middle = len(people) // 2
        return [(people[:middle], window), (people[middle:], window)]
    half = window.first + (window.last - window.first) // 2
    return [(people, LeaveWindow(window.first, half)), (people, LeaveWindow(half + timedelta(1), window.last))]


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(31)).replace(day=1) - timedelta(1)


def _sendable(hours: Decimal) -> Decimal:
    if not 0 < hours <= MOST_HOURS:
        raise rejected("tripletex: no hours of a day", "no_hours")
    return hours


def _employee(person: LeavePerson) -> int:
    if person.target_id is None or not person.target_id.isdecimal():
        raise rejected("tripletex: the person has no id in Tripletex", "no_person")
    return int(person.target_id)


def _id(row: Json, name: str) -> int | None:
    reference = row.get(name)
    found = reference.get("id") if isinstance(reference, Mapping) else None
    return found if isinstance(found, int) else None


def _number(value: object) -> Decimal | None:
    return _exact(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


@lru_cache(8_192)
def _exact(value: int | Decimal) -> Decimal:
    """Tens of thousands of rows have few different amounts, which are kept once."""
    return Decimal(value)
