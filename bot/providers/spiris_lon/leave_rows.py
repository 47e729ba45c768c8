"""Hours of a day in Spiris Lön, as shortcuts of one day: read by the kind and month, written one by one, by their ids.

A shortcut over several days is somebody's own: it is shown on each of them without hours, so that nothing is written
beside it. What payroll has imported (`IsRead`) is closed, and so is what another application has made.
"""

from __future__ import annotations

import calendar
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from bot.domain.leave import LeavePerson, LeaveWindow
from bot.domain.leave_delivery import DayKey, DayWrite, RowReference, TargetDay
from bot.providers.errors import ProviderError, Rejected
from bot.providers.kit.json_values import day_of, text_of
from bot.providers.kit.leave_errors import LeaveErrors, kept_private
from bot.providers.spiris_lon.client import SpirisClient
from bot.providers.spiris_lon.errors import ERRORS
from bot.providers.spiris_lon.leave_settings import SHORTCUTS, Shortcut, code_of

SHORTCUT_PATH = "/v2/shortcuts"
HOURS = 1
"""The method of registration by minutes of a day."""

KEPT = (
    "Comment", "ProjectCostCenterDistribution", "DontCreateKarens", "KarensDeductionHoursOverride",
    "IsTenDaysAtTheBirthOfChild", "AbsenceTimeUnit", "IsHolidayAccruing", "OtherAbsenceGroup",
    "OtherAbsenceQuantityType",
)  # fmt: skip
"""What a change of hours leaves as it stands: an update replaces everything. Single cost centres and projects are in
the distribution."""

LEAVE_ERRORS = LeaveErrors("spiris_lon")
Json = Mapping[str, Any]


def minutes_of(hours: Decimal) -> int:
    """Whole minutes, halves up."""
    return int((hours * 60).quantize(Decimal(1), ROUND_HALF_UP))


def hours_of(minutes: int) -> Decimal:
    """Hours with two decimals, which give the same minutes again."""
    return (Decimal(minutes) / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)


class SpirisLeaveRows:
    """The shortcuts of one company."""

    def __init__(self, client: SpirisClient, *, creates_karens: bool) -> None:
        self._client, self._creates_karens = client, creates_karens

    async def pages(
        self, people: Sequence[LeavePerson], window: LeaveWindow, codes: Collection[str]
    ) -> AsyncGenerator[Sequence[TargetDay], None]:
        """All rows of people under codes, by the kind: a list has everybody's, of any application."""
        known = {person.target_id: person.employee_id for person in people if person.target_id is not None}
        kinds = {SHORTCUTS[code].kind for code in codes if code in SHORTCUTS}
        for kind in sorted(kinds) if known else ():
            rows = await self._listed(kind, window.first, window.last)
            found = [day for row in rows for day in _days(kind, row, known, codes) if day.key.day in window]
            if found:
                yield found

    async def day(self, person: LeavePerson, key: DayKey) -> list[TargetDay]:
        """All rows under one key, fresh."""
        shortcut = SHORTCUTS.get(key.code)
        if person.target_id is None or shortcut is None:
            return []
        rows = await self._listed(shortcut.kind, key.day, key.day)
        known = {person.target_id: person.employee_id}
        return [day for row in rows for day in _days(shortcut.kind, row, known, {key.code}) if day.key == key]

    async def create(self, write: DayWrite) -> RowReference:
        """Make a row, unless there is one."""
        with _private(write.key, write.hours):
            shortcut = _shortcut(write.key)
            body = {"EmployeeId": _person(write.person), **_span(write.key.day), **_amount(write.hours)}
            body |= {"Comment": write.marker, **shortcut.sent}
            if shortcut.kind == "sickleave":
                body["DontCreateKarens"] = not self._creates_karens
            async with await self._client.write_lock(_person(write.person)):
                if await self.day(write.person, write.key):
                    raise LEAVE_ERRORS.row_exists("spiris_lon: POST shortcut: there is one")
                return await self._sent("POST", f"{SHORTCUT_PATH}/{shortcut.kind}", body)

    async def update(self, write: DayWrite, row: RowReference) -> RowReference:
        """Change the hours of a row, and nothing else of it."""
        with _private(write.key, write.hours):
            path = _path(write.key, row)
            async with await self._client.write_lock(_person(write.person)):
                shown = await self._shown(write.person, write.key, row)
                if shown is None:
                    raise LEAVE_ERRORS.row_gone("spiris_lon: PUT shortcut: gone")
                kept = {name: shown[name] for name in KEPT if shown.get(name) not in (None, {})}
                span = _span(write.key.day)
                body = {"EmployeeId": _person(write.person), **span, **kept, **_amount(write.hours)}
                return await self._sent("PUT", path, body)

    async def delete(self, person: LeavePerson, key: DayKey, row: RowReference) -> None:
        """Take a row away; one that is gone is done."""
        with _private(key):
            async with await self._client.write_lock(_person(person)):
                if await self._shown(person, key, row) is None:
                    return
                try:
                    await self._client.remove(_path(key, row))
                except ProviderError as error:
                    raise self._meant("DELETE shortcut", error) from None

    async def _listed(self, kind: str, first: date, last: date) -> list[dict[str, Any]]:
        """Shortcuts of the months that the days are in: whether a list has those that began before its first day is
        not published, and none goes beyond a month."""
        first, last = first.replace(day=1), last.replace(day=calendar.monthrange(last.year, last.month)[1])
        return await self._client.rows(f"{SHORTCUT_PATH}/{kind}/{first.isoformat()}/{last.isoformat()}")

    async def _shown(self, person: LeavePerson, key: DayKey, row: RowReference) -> Json | None:
        """The row as it stands; None when it is gone. Raises `DayClosed` where payroll has imported it, `WriteConflict`
        where it is another's by now."""
        shown = await self._client.get(_path(key, row))
        if shown is None:
            return None
        held = (text_of(shown.get("EmployeeId")), day_of(shown.get("StartDate")), day_of(shown.get("EndDate")))
        if held != (person.target_id, key.day, key.day) or code_of(_shortcut(key).kind, shown) != key.code:
            raise LEAVE_ERRORS.changed("spiris_lon: shortcut: another person's, day's or kind's")
        if shown.get("IsRead") is not False:
            raise LEAVE_ERRORS.day_closed("spiris_lon: shortcut: imported", person, key)
        return shown

    async def _sent(self, method: str, path: str, body: dict[str, Any]) -> RowReference:
        try:
            made = await self._client.send(method, path, body)
        except ProviderError as error:
            raise self._meant(f"{method} shortcut", error) from None
        identifier = text_of(made.get("Id"))
        if identifier is None or made.get("MinutesOfDay") != body["MinutesOfDay"]:
            raise ERRORS.unreadable(f"{method} shortcut: other than was sent", sent=True)
        return RowReference(identifier)

    def _meant(self, call: str, error: ProviderError) -> ProviderError:
        """A refusal in words about absence."""
        if not isinstance(error, Rejected):
            return error
        return LEAVE_ERRORS.rejected(
            f"spiris_lon: {call}", "rejected", verbatim=error.verbatim, reference=error.reference
        )


def _days(kind: str, row: Json, known: Mapping[str, str], codes: Collection[str]) -> list[TargetDay]:
    """A shortcut by our keys. Raises `Unavailable` for one that cannot be read."""
    person, identifier = text_of(row.get("EmployeeId")), text_of(row.get("Id"))
    first, last = day_of(row.get("StartDate")), day_of(row.get("EndDate"))
    if person is None or identifier is None or first is None or last is None:
        raise ERRORS.unreadable("GET shortcuts", sent=False)
    code = code_of(kind, row)
    if person not in known or code is None or code not in codes:
        return []
    minutes = row.get("MinutesOfDay")
    ours = first == last and row.get("ShortcutRegistrationMethod") == HOURS and type(minutes) is int
    hours = hours_of(minutes) if ours and isinstance(minutes, int) else Decimal(0)
    marker, locked = text_of(row.get("Comment")) or "", row.get("IsRead") is not False
    reference = RowReference(identifier)
    return [
        TargetDay(
            key=DayKey(known[person], first + timedelta(days=n), code),
            hours=hours,
            row=reference,
            locked=locked,
            marker=marker,
        )
        for n in range(min((last - first).days, 366) + 1)
    ]


def _private(key: DayKey, *hours: Decimal) -> AbstractContextManager[None]:
    shortcut = SHORTCUTS.get(key.code)
    return kept_private(key.code, shortcut.label if shortcut else "", *hours, *map(minutes_of, hours))


def _shortcut(key: DayKey) -> Shortcut:
    if key.code not in SHORTCUTS:
        raise LEAVE_ERRORS.code_refused("spiris_lon: no such code", "missing")
    return SHORTCUTS[key.code]


def _path(key: DayKey, row: RowReference) -> str:
    return f"{SHORTCUT_PATH}/{_shortcut(key).kind}/{row.target_id}"


def _person(person: LeavePerson) -> str:
    if person.target_id is None:
        raise LEAVE_ERRORS.rejected("spiris_lon: the person is not in Spiris", "no_person")
    return person.target_id


def _span(day: date) -> dict[str, str]:
    return {"StartDate": day.isoformat(), "EndDate": day.isoformat()}


def _amount(hours: Decimal) -> dict[str, int]:
    minutes = minutes_of(hours)
    if not 0 < minutes <= 1440:
        raise LEAVE_ERRORS.rejected("spiris_lon: no hours of a day", "no_hours")
    return {"ShortcutRegistrationMethod": HOURS, "MinutesOfDay": minutes}
