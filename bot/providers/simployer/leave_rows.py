"""From Simployer's rows of leave to leave, days, types, children and work weeks. What cannot be read is a finding.

A row that cannot be read is never left out in silence, as it would look like a day that was taken back, and it is no
exception of others': the finding names whose day it is, as far as that can be read, and the log the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from sys import intern
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from bot.core.log_config import id_of
from bot.domain.findings import Severity
from bot.domain.leave import (
    Leave,
    LeaveChild,
    LeaveDay,
    LeaveFinding,
    LeaveKind,
    LeaveStatus,
    LeaveType,
    ParentKind,
    hours_of,
)
from bot.domain.leave_calendar import COUNTRY_ZONES, MIDNIGHT, NO_SCHEDULES, LocalDay, WorkSchedules, local_day
from bot.providers.simployer.cells import BEGINNING_OF_TIME, cleaned, identifier, number, word

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]

_STATUSES = {status.value.upper(): status for status in LeaveStatus if status is not LeaveStatus.OTHER}
_KINDS = {kind.value.upper(): kind for kind in LeaveKind if kind is not LeaveKind.OTHER}
_PARENTS = {"Leave": ParentKind.LEAVE, "TimesheetEntry": ParentKind.TIMESHEET_ENTRY}
_HALF_A_DAY = timedelta(hours=12)


class Unread(Exception):
    """A field that is needed cannot be read. Its message is the field's name, and never its content."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where somebody works, as far as their zone needs it."""

    office_id: str | None = None
    country: str | None = None


_NOWHERE = Workplace()


@dataclass(frozen=True, slots=True)
class LeaveZones:
    """The zone of each person on a day: their work week's, else that of the country, the office, or the setting."""

    schedules: WorkSchedules = NO_SCHEDULES
    workplaces: Mapping[str, Workplace] = field(default_factory=dict)
    offices: Mapping[str, str] = field(default_factory=dict)
    default: str = "UTC"

    def local(self, value: object, employee_id: str) -> LocalDay:
        """The local day of a date or date-time of the source (absence.md 1.5). Raises ValueError for anything else."""
        if not isinstance(value, str):
            raise ValueError(f"not a date: {type(value).__name__}")
        found = _moment(value)
        if isinstance(found, LocalDay):
            return found
        # Half a day on, the UTC date is the local one for a midnight of any zone here.
        return local_day(found, self.zone((found + _HALF_A_DAY).date(), employee_id))

    def zone(self, day: date, employee_id: str) -> str:
        """The name of a zone that exists."""
        place = self.workplaces.get(employee_id, _NOWHERE)
        return (
            self.schedules.zone(day, employee_id, place.office_id)
            or COUNTRY_ZONES.get(place.country or "")
            or self.offices.get(place.office_id or "")
            or self.default
        )


@lru_cache(16_384)
def _moment(value: str) -> LocalDay | datetime:
    """The day of a text, or the moment in UTC where a zone decides. Raises ValueError and OverflowError."""
    text = value.strip()
    if len(text) == 10:
        return LocalDay(date.fromisoformat(text))
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return LocalDay(moment.date(), odd=moment.time() != MIDNIGHT)
    if moment.year in (1, 9999):
        return LocalDay(moment.date())  # an end of time: no clock can be moved beyond it
    stored = moment.astimezone(UTC)
    return LocalDay(stored.date()) if stored.time() == MIDNIGHT else stored


@lru_cache(512)
def zone_exists(name: str) -> bool:
    """Whether a zone has rules here."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


class LeaveRows:
    """Makes leave of rows, which may come more than once, and keeps what has to be told beside them."""

    def __init__(self, zones: LeaveZones) -> None:
        self.zones = zones
        self._statuses: dict[tuple[str, date | None, str], LeaveFinding] = {}
        self._odd: set[tuple[str, date]] = set()
        self._codes: set[str] = set()

    def told(self) -> list[LeaveFinding]:
        """What was met in rows that could be read."""
        counted = {"odd_times": len(self._odd), "codes_unread": len(self._codes)}
        return [*self._statuses.values(), *(once(code, count) for code, count in counted.items() if count)]

    def day(self, row: Row) -> LeaveDay | LeaveFinding:
        """A row of a day; a finding where it cannot be read."""
        try:
            return self._plain_day(row)
        except Exception:  # noqa: S110 - what is not plain is looked at field by field, and named
            pass
        try:
            return self._day(row)
        except Unread as unread:
            return self._unread_day(row, str(unread))
        except Exception as error:
            return self._unread_day(row, type(error).__name__)

    def leave(self, row: Row) -> Leave | LeaveFinding:
        """A leave; a finding where it cannot be read."""
        try:
            return self._leave(row)
        except Unread as unread:
            what = str(unread)
        except Exception as error:
            what = type(error).__name__
        log.warning("leave_unreadable", system="simployer", leave=id_of(row.get("id")), field=what)
        return LeaveFinding(
            code="leave_unreadable",
            severity=Severity.BLOCKING,
            employee_id=identifier(row.get("employeeId")),
            parent_id=identifier(row.get("id")),
        )

    def _plain_day(self, row: Row) -> LeaveDay:
        """As `_day` for a row in which nothing is unusual, in half the time: there are tens of thousands of them.

        Raises whatever comes for any other one.
        """
        parent, child = row["parent"], row["childId"]
        employee_id, extent = _plain_id(row["employeeId"]), row["extent"]
        found = self.zones.local(row["date"], employee_id)
        if found.odd:
            raise Unread("date")
        return LeaveDay(
            employee_id=employee_id,
            day=found.day,
            parent_id=_plain_id(parent["id"]),
            parent=_PARENTS[parent["type"]],
            type_id=_plain_id(row["leaveTypeId"]),
            status=_STATUSES[row["status"]],
            hours=_plain_amount(row["hours"]),
            extent=_plain_amount(extent) if extent is not None else None,
            child_id=_plain_id(child) if child else None,
        )

    def _day(self, row: Row) -> LeaveDay:
        employee_id = _reference(row, "employeeId")
        parent = row.get("parent")
        kind = _PARENTS.get(str(parent.get("type"))) if isinstance(parent, Mapping) else None
        if kind is None or not isinstance(parent, Mapping):
            raise Unread("parent")
        found = self._local(row, "date", employee_id)
        made = LeaveDay(
            employee_id=employee_id,
            day=found.day,
            parent_id=_reference(parent, "id"),
            parent=kind,
            type_id=_reference(row, "leaveTypeId"),
            status=_STATUSES.get(str(row.get("status")), LeaveStatus.OTHER),
            hours=_amount(row, "hours"),
            extent=_amount(row, "extent") if row.get("extent") is not None else None,
            child_id=_reference(row, "childId") if row.get("childId") not in (None, "") else None,
        )
        if made.status is LeaveStatus.OTHER:
            self._unknown_status(employee_id, made.day, made.parent_id)
        if found.odd:
            self._odd.add((made.parent_id, made.day))
        return made

    def _leave(self, row: Row) -> Leave:
        employee_id = _reference(row, "employeeId")
        first_day = self._local(row, "startDate", employee_id).day
        if first_day < BEGINNING_OF_TIME:
            raise Unread("startDate")
        made = Leave(
            id=_reference(row, "id"),
            employee_id=employee_id,
            type_id=_reference(row, "typeId"),
            status=_STATUSES.get(str(row.get("status")), LeaveStatus.OTHER),
            first_day=first_day,
            last_day=self._last_day(row, employee_id),
            grade=_grade(row),
        )
        if made.status is LeaveStatus.OTHER:
            self._unknown_status(employee_id, None, made.id)
        return made

    def _last_day(self, row: Row, employee_id: str) -> date | None:
        """The local day of the end; in the last minute of a UTC day it is that day's end, in any zone."""
        value = row.get("endDate")
        if value in (None, ""):
            return None
        found = self._local(row, "endDate", employee_id).day
        stored = _moment(str(value))
        if isinstance(stored, datetime) and (stored.hour, stored.minute) == (23, 59):
            return stored.date()
        return found

    def _local(self, row: Row, key: str, employee_id: str) -> LocalDay:
        try:
            return self.zones.local(row.get(key), employee_id)
        except (ValueError, OverflowError, LookupError):
            raise Unread(key) from None

    def _unread_day(self, row: Row, what: str) -> LeaveFinding:
        log.warning("leave_row_unreadable", system="simployer", row=id_of(row.get("id")), field=what)
        employee_id, parent = identifier(row.get("employeeId")), row.get("parent")
        try:
            day = self.zones.local(row.get("date"), employee_id or "").day
        except (ValueError, OverflowError, LookupError):
            day = None
        return unread_row(employee_id, day, identifier(parent.get("id")) if isinstance(parent, Mapping) else None)

    def _unknown_status(self, employee_id: str, day: date | None, parent_id: str) -> None:
        self._statuses[employee_id, day, parent_id] = LeaveFinding(
            code="status_unknown",
            severity=Severity.WARNING,
            employee_id=employee_id,
            day=day,
            parent_id=parent_id,
        )

    def leave_type(self, row: Row) -> LeaveType | None:
        """A type with the codes that were put beside it; None for one without an id, which nothing can refer to."""
        if identifier(row.get("id")) is None:
            log.warning("leave_type_without_id", system="simployer")
            return None
        codes: dict[str, None] = {}
        held = row.get("leaveTypeCode")
        for beside in held if isinstance(held, list) else ():
            code = _code(beside.get("code")) if isinstance(beside, dict) else None
            if code is None:
                log.warning("leave_code_unreadable", system="simployer", leave_type=id_of(row["id"]))
                self._codes.add(row["id"])
            elif code:
                codes[code] = None
        return LeaveType(
            id=intern(row["id"]),
            name=word(row.get("name")) or row["id"],
            kind=_KINDS.get(str(row.get("kind")), LeaveKind.OTHER),
            codes=tuple(codes),
            paid=_flag(row.get("paid")),
            deductible=_flag(row.get("deductible")),
            disabled=row.get("disabled") is True,
            archived=row.get("archived") is True,
        )

    def child(self, row: Row) -> LeaveChild | None:
        """A child of somebody; None for one that cannot be referred to."""
        child_id, employee_id = identifier(row.get("id")), identifier(row.get("employeeId"))
        if child_id is None or employee_id is None:
            return None
        try:
            born = self.zones.local(row.get("birthdate"), employee_id).day
        except (ValueError, OverflowError, LookupError):
            born = None
        return LeaveChild(id=child_id, employee_id=employee_id, name=word(row.get("name")) or "", birth_date=born)


def unread_row(employee_id: str | None, day: date | None, parent_id: str | None) -> LeaveFinding:
    """That a row cannot be read. Where it does not even say whose it is, nothing of anybody's may be taken back."""
    return LeaveFinding(
        code="row_unreadable" if employee_id is not None else "row_of_nobody",
        severity=Severity.BLOCKING,
        employee_id=employee_id,
        day=day,
        parent_id=parent_id,
    )


def once(code: str, count: int) -> LeaveFinding:
    """What is told once, with how often it was met."""
    return LeaveFinding(code=code, severity=Severity.WARNING, values={"n": count})


def _reference(row: Row, key: str) -> str:
    """An id that can be asked for; shared, as many rows have the same. Raises `Unread`."""
    value = row.get(key)
    found = _shared(value) if isinstance(value, str) else None
    if found is None:
        raise Unread(key)
    return found


@lru_cache(32_768)
def _shared(value: str) -> str | None:
    found = identifier(value)
    return intern(found) if found is not None else None


@lru_cache(32_768)
def _plain_id(value: object) -> str:
    """An id as `_reference` gives it, without the field's name for what is none."""
    found = identifier(value)
    if found is None:
        raise Unread
    return intern(found)


@lru_cache(8_192, typed=True)
def _plain_amount(value: object) -> Decimal:
    """A number as `_amount` gives it, without the field's name; typed, as True is 1 to a cache and no amount."""
    return _amount({"": value}, "")


def _amount(row: Row, key: str) -> Decimal:
    """A number as the JSON has it. Raises `Unread`."""
    value = row.get(key)
    # True is 1 to a cache as well, and no amount.
    found = _exact(value) if type(value) is int or isinstance(value, Decimal) else None
    if found is None:
        raise Unread(key)
    return found


@lru_cache(8_192)
def _exact(value: int | Decimal) -> Decimal | None:
    exact = number(value)
    return hours_of(str(exact)) if exact is not None else None


def _grade(row: Row) -> Decimal | None:
    """Percent; None where the leave has none. Raises `Unread` for what no grade can be."""
    if row.get("gradePercentage") is None:
        return None
    grade = _amount(row, "gradePercentage")
    if not 0 <= grade <= 100:
        raise Unread("gradePercentage")
    return grade


def _code(value: object) -> str | None:
    """A code as it is compared: only blanks around it go. None for what is no text."""
    if not isinstance(value, str) or len(value) > 100:
        return None
    code, whole = cleaned(value.strip())
    return code if whole else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
