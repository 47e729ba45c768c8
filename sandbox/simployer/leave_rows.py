"""Leave as the stand-in holds it: the rows that a leave makes of each day, worked out anew whenever it changes.

What the published description leaves open is a switch of `LeaveHabits`, as the product must cope with both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from sandbox.simployer.store import Row, Store

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DECIDED = ("APPROVED", "CONFIRMED")
FAR = date(2099, 12, 31)
"""The last day of leave until further notice: `endDate` is required."""

ROWS_AHEAD = 400
"""Days from today on for which leave without an end has rows."""


@dataclass
class LeaveHabits:
    """How a tenant's leave travels.

    `instants` is what a day is: midnight UTC, midnight where the employee works, or an hour in that day. `ends` is
    what the last day of whole-day leave is. `open_end` is how leave until further notice ends. `percent_extent`: extent
    is 50, not 0.5. `net_hours`: hours are those of the grade. `keeps_pending`: leave that waits for a decision again
    keeps its rows. `holidays` are days without rows; no list of them can be read. `no_child` is what stands in
    `childId` and `description` where there is none.
    """

    instants: Literal["utc_midnight", "local_midnight", "local_noon"] = "utc_midnight"
    ends: Literal["midnight", "last_moment", "next_midnight"] = "midnight"
    open_end: Literal["far", "null"] = "far"
    percent_extent: bool = True
    net_hours: bool = True
    keeps_pending: bool = False
    holidays: set[date] = field(default_factory=set)
    no_child: Literal["", "null", "missing"] = ""

    @property
    def travel(self) -> tuple[str, ...]:
        """The switches that change how stored rows look from outside."""
        return (self.instants, self.ends, self.open_end, self.no_child)


def remake(store: Store, leave: Row) -> None:
    """Make a leave's rows anew, under new ids; a leave that is not decided, or not there any more, has none."""
    kept = store.habits.keeps_pending and leave.get("status") == "PENDING"
    if leave["id"] in store.rows["leave"] and kept:
        return
    for row in list(store.history("leave-transaction", leave["employeeId"])):
        if row["parent"]["id"] == leave["id"]:
            store.remove("leave-transaction", row["id"])
    if leave["id"] not in store.rows["leave"] or leave["status"] not in DECIDED:
        return
    first, last = date.fromisoformat(leave["startDate"]), date.fromisoformat(leave["endDate"])
    last = min(last, store.today + timedelta(days=ROWS_AHEAD))
    weeks = _weeks_of(store, leave["employeeId"])
    for day in (first + timedelta(days=count) for count in range((last - first).days + 1)):
        shifts = _shifts(_in_force(weeks, day), day)
        if hours_of(shifts) > 0 and day not in store.habits.holidays:
            _add_row(store, leave, day, shifts)


def _add_row(store: Store, leave: Row, day: date, shifts: Sequence[dict[str, Any]]) -> None:
    habits = store.habits
    grade = Decimal(str(leave.get("gradePercentage") or 100))
    scheduled = hours_of(shifts)
    taken = _taken(leave, shifts, scheduled)
    hours = taken * grade / 100 if habits.net_hours else taken
    extent = grade * taken / scheduled
    add_row(store, leave, day, hours, extent, parent=("Leave", leave["id"]), status=leave["status"])


def add_row(
    store: Store, owner: Row, day: date, hours: Decimal, extent: Decimal, *, parent: tuple[str, str], status: str
) -> Row:
    """One row of a day. `extent` is in percent. `owner` says whose, of which type, and for which child."""
    kind, identifier = parent
    return store.add(
        "leave-transaction",
        parent={"id": identifier, "type": kind},
        status=status,
        leaveTypeId=owner["typeId"],
        employeeId=owner["employeeId"],
        childId=owner.get("childId", ""),
        description=owner.get("description", ""),
        date=day.isoformat(),
        hours=_number(hours),
        extent=_number(extent if store.habits.percent_extent else extent / 100),
    )


def _taken(leave: Row, shifts: Sequence[dict[str, Any]], scheduled: Decimal) -> Decimal:
    """Hours of the day's schedule that the leave covers, before its grade."""
    if leave["duration"] == "minutes":
        return Decimal(_minutes(leave["endTime"]) - _minutes(leave["startTime"])) / 60
    if leave["duration"] != "half_day":
        return scheduled
    if len(shifts) == 1:
        return scheduled / 2
    return hours_of(shifts[:1] if leave.get("half") == "morning" else shifts[1:])


def _shifts(week: Row | None, day: date) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = week[WEEK[day.weekday()]]["shifts"] if week else []
    return found


def week_on(store: Store, employee_id: str, day: date) -> Row | None:
    """The work week in force for a person on a day."""
    return _in_force(_weeks_of(store, employee_id), day)


def _weeks_of(store: Store, employee_id: str) -> tuple[list[Row], ...]:
    """The person's work weeks, their office's and the company's: the first that have one in force decide."""
    office = store.rows["employee"].get(employee_id, {}).get("officeId")
    own = store.history("work-week", employee_id)
    shared = [row for row in store.rows["work-week"].values() if "employeeId" not in row] if not own else []
    of_office = [row for row in shared if office and row.get("officeId") == office]
    return own, of_office, [row for row in shared if "officeId" not in row]


def _in_force(weeks: tuple[list[Row], ...], day: date) -> Row | None:
    for rows in weeks:
        begun = [row for row in rows if row["effectiveFrom"] <= day.isoformat() < row.get("effectiveTo", "9999")]
        if begun:
            return max(begun, key=lambda row: str(row["effectiveFrom"]))
    return None


def hours_of(shifts: Sequence[dict[str, Any]]) -> Decimal:
    """How long shifts are by the clock; one that does not end after its start ends on the next day."""
    total = Decimal(0)
    for shift in shifts:
        start = shift["startHour"] * 60 + shift["startMinute"]
        end = shift["endHour"] * 60 + shift["endMinute"]
        total += Decimal(end - start if end > start else end - start + 24 * 60) / 60
    return total


def travels(store: Store, resource: str, row: Row, name: str, *, local: bool) -> str | None:
    """A day of a leave, or of one of its rows, as it travels. `local`: the office's dates are local midnights."""
    habits, day = store.habits, date.fromisoformat(row[name])
    if resource == "leave" and name == "endDate" and day == FAR and habits.open_end == "null":
        return None
    zone = _zone(store, row["employeeId"], day) if local or habits.instants != "utc_midnight" else ZoneInfo("UTC")
    clock = row.get("startTime" if name == "startDate" else "endTime") if resource == "leave" else None
    if clock is not None:
        zone, at = _zone(store, row["employeeId"], day), time.fromisoformat(clock)
    elif resource == "leave" and name == "endDate" and habits.ends == "last_moment":
        at = time(23, 59, 59, 999_000)
    else:
        at = time(12) if habits.instants == "local_noon" else time()
        if resource == "leave" and name == "endDate" and habits.ends == "next_midnight":
            day += timedelta(days=1)
    moment = datetime.combine(day, at, zone).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _zone(store: Store, employee_id: str, day: date) -> ZoneInfo:
    office = store.rows["office"].get(store.rows["employee"].get(employee_id, {}).get("officeId", ""), {})
    week = week_on(store, employee_id, day) or {}
    return ZoneInfo(week.get("timezone") or office.get("timezone") or "Europe/Stockholm")


def _minutes(clock: str) -> int:
    at = time.fromisoformat(clock)
    return at.hour * 60 + at.minute


def _number(value: Decimal) -> float | int:
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else float(rounded)
