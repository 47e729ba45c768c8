"""Hours of a day in Fortnox: read by the page, written one by one, changed and deleted by their ids.

Source: Fortnox' description of the API, and its notice of March 2022: several rows of one day and code are legal, so
nothing there stops a second one. A row has no comment, and so no tag of ours.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from bot.domain.leave import LeavePerson, LeaveWindow
from bot.domain.leave_delivery import DayKey, DayWrite, RowReference, TargetDay
from bot.providers.errors import ProviderError, Rejected
from bot.providers.fortnox.client import FortnoxClient
from bot.providers.fortnox.errors import ERRORS, named_in
from bot.providers.fortnox.leave_settings import CAUSES, MOST_HOURS
from bot.providers.kit.json_values import amount_of, day_of, text_of
from bot.providers.kit.leave_errors import LeaveErrors, kept_private

PATH, LIST, ONE = "/absencetransactions", "AbsenceTransactions", "AbsenceTransaction"
KEPT = ("CostCenter", "Project", "HolidayEntitling")
"""What payroll may have added to a row, and a change leaves."""

LEAVE_ERRORS = LeaveErrors("fortnox")
Json = Mapping[str, Any]


class FortnoxLeaveRows:
    """The rows of one company. `today` tells which days lie in a month that is over."""

    def __init__(self, client: FortnoxClient, today: date) -> None:
        self._client = client
        self._today = today

    async def pages(
        self, people: Sequence[LeavePerson], window: LeaveWindow, codes: Collection[str]
    ) -> AsyncGenerator[Sequence[TargetDay], None]:
        """All rows of people under codes: of everybody at once where that is fewer calls than one for each."""
        known = {person.target_id: person.employee_id for person in people if person.target_id is not None}
        wanted = {code.strip(): code for code in codes}
        if not known or not wanted:
            return
        pages = -(-await self._client.count(PATH, LIST) // self._client.page_size)
        # Several pages are gone through twice.
        whole = pages * (1 + (pages > 1)) <= len(known)
        for asked in [[]] if whole else [[("employeeid", number)] for number in known]:
            async for page in self._client.pages(PATH, LIST, "id", asked):
                found = [_target_day(row, known[number], wanted) for row in page if (number := _employee(row)) in known]
                if rows := [row for row in found if row is not None and row.key.day in window]:
                    yield rows

    async def day(self, person: LeavePerson, key: DayKey) -> list[TargetDay]:
        """All rows under one key, fresh."""
        if person.target_id is None:
            return []
        asked = [("employeeid", person.target_id), ("date", key.day.isoformat())]
        rows = [row async for page in self._client.pages(PATH, LIST, "id", asked) for row in page]
        mine = [row for row in rows if _employee(row) == person.target_id]
        found = [_target_day(row, person.employee_id, {key.code.strip(): key.code}) for row in mine]
        return [row for row in found if row is not None and row.key.day == key.day]

    async def create(self, write: DayWrite) -> RowReference:
        """Make a row, unless there is one: a second one would be legal."""
        number = _number(write.person)
        with _private(write.key, write.hours):
            body: dict[str, Any] = {"EmployeeId": number, "CauseCode": _cause(write.key)}
            body.update(Date=write.key.day.isoformat(), Hours=_sendable(write.hours))
            async with self._client.write_lock(number):
                if await self.day(write.person, write.key):
                    raise LEAVE_ERRORS.row_exists(f"fortnox: POST {PATH}: there is one")
                return await self._sent("POST", PATH, write.person, write.key, body)

    async def update(self, write: DayWrite, row: RowReference) -> RowReference:
        """Change the hours of a row, and nothing else of it but a share of the day, which hours take the place of."""
        number = _number(write.person)
        with _private(write.key, write.hours):
            hours = _sendable(write.hours)
            async with self._client.write_lock(number):
                shown = await self._shown(write.person, write.key, row)
                if shown is None:
                    raise LEAVE_ERRORS.row_gone(f"fortnox: PUT {PATH}: gone")
                body = {name: shown[name] for name in ("EmployeeId", "CauseCode", "Date")}
                body |= {name: shown[name] for name in KEPT if shown.get(name) not in (None, "")}
                return await self._sent("PUT", _path(row), write.person, write.key, {**body, "Hours": hours})

    async def delete(self, person: LeavePerson, key: DayKey, row: RowReference) -> None:
        """Take a row away; one that is gone is done."""
        with _private(key):
            async with self._client.write_lock(_number(person)):
                if await self._shown(person, key, row) is None:
                    return
                try:
                    await self._client.remove(_path(row))
                except ProviderError as error:
                    raise self._meant(f"DELETE {PATH}", error, person, key) from None

    async def _shown(self, person: LeavePerson, key: DayKey, row: RowReference) -> Json | None:
        """The row as it stands; None when it is gone. Raises `WriteConflict` where it is another's by now."""
        shown = await self._client.get(_path(row), ONE)
        if shown is None:
            return None
        held = (_employee(shown), day_of(shown.get("Date")), text_of(shown.get("CauseCode")))
        if held != (person.target_id, key.day, key.code.strip()):
            raise LEAVE_ERRORS.changed(f"fortnox: {PATH}: another person's, day's or code's")
        return shown

    async def _sent(
        self, method: str, path: str, person: LeavePerson, key: DayKey, body: dict[str, Any]
    ) -> RowReference:
        call = f"{method} {PATH}"
        try:
            made = await self._client.send(method, path, ONE, body)
        except ProviderError as error:
            raise self._meant(call, error, person, key) from None
        identifier = text_of(made.get("id"))
        if identifier is None or amount_of(made.get("Hours")) != body["Hours"]:
            raise ERRORS.unreadable(f"{call}: other than was sent", sent=True)
        return RowReference(identifier)

    def _meant(self, call: str, error: ProviderError, person: LeavePerson, key: DayKey) -> ProviderError:
        """What a refusal means for a row. What a period that was paid is answered is not published: any refusal of a
        day in a month that is over is taken for it, unless Fortnox names a field."""
        if not isinstance(error, Rejected):
            return error
        log, words = f"fortnox: {call}", error.verbatim
        named = named_in(words)
        if named == "causecode":
            return LEAVE_ERRORS.code_refused(log, "refused", verbatim=words)
        if named is None and key.day < self._today.replace(day=1):
            return LEAVE_ERRORS.day_closed(log, person, key, verbatim=words)
        return LEAVE_ERRORS.rejected(log, "rejected", verbatim=words)


def _target_day(row: Json, employee_id: str, codes: Mapping[str, str]) -> TargetDay | None:
    """A row by our key; None for one of another code. One without hours, which has a share of the day, shows as none:
    it is somebody's own, and never equal to ours. Raises `Unavailable` for one that cannot be read."""
    code, day, identifier = text_of(row.get("CauseCode")), day_of(row.get("Date")), text_of(row.get("id"))
    if code is None or day is None or identifier is None:
        raise ERRORS.unreadable(f"GET {PATH}", sent=False)
    if code not in codes:
        return None
    hours = amount_of(row.get("Hours"))
    return TargetDay(key=DayKey(employee_id, day, codes[code]), hours=hours or Decimal(0), row=RowReference(identifier))


def _private(key: DayKey, *hours: Decimal) -> AbstractContextManager[None]:
    return kept_private(key.code, CAUSES.get(key.code.strip(), ""), *hours)


def _path(row: RowReference) -> str:
    return f"{PATH}/{quote(row.target_id, safe='')}"


def _employee(row: Json) -> str:
    return text_of(row.get("EmployeeId")) or ""


def _number(person: LeavePerson) -> str:
    if person.target_id is None:
        raise LEAVE_ERRORS.rejected("fortnox: the person has no number in Fortnox", "no_person")
    return person.target_id


def _cause(key: DayKey) -> str:
    code = key.code.strip()
    if code not in CAUSES:
        raise LEAVE_ERRORS.code_refused("fortnox: no such code", "missing")
    return code


def _sendable(hours: Decimal) -> Decimal:
    if not 0 < hours <= MOST_HOURS:
        raise LEAVE_ERRORS.rejected("fortnox: no hours of a day", "no_hours")
    return hours
