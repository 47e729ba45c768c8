"""The hours of one company: its activities, entries, and what has been approved of somebody's month or week.

Source: API v2 description 2.75.00, recorded answers (bjerkio/tripletexjs) and Tripletex' certification course: a month
is approved until a date, a week by itself, and both lock. A status has an id of its own for each person and month or
week, whether anything was said of it or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.tripletex.company_state import Books

Row = dict[str, Any]
Key = tuple[int, str, int, int | None]

VACATION = "Ferie"
"""The activity that is built in, and alone moves somebody's days of vacation."""

HOURS_OF_A_DAY = 7.5
"""What a recorded month was divided by: 4 hours were 0.5333 of a day."""


class Timesheets:
    """What is found by employee, day, activity and project, which no two entries share."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._by_key: dict[Key, int] = {}
        self._of_employee: dict[int, set[int]] = {}

    def rebuild(self) -> None:
        """Find what was put into the rows from elsewhere."""
        self._by_key, self._of_employee = {}, {}
        for row in self._books.rows["TimesheetEntry"].values():
            self.keep(row)

    def keep(self, row: Row) -> None:
        """An entry that is new, or has another key."""
        self._by_key[key_of(row)] = row["id"]
        self._of_employee.setdefault(row["employee"], set()).add(row["id"])

    def drop(self, row: Row) -> None:
        """An entry that goes, or is about to have another key."""
        self._by_key.pop(key_of(row), None)
        self._of_employee.get(row["employee"], set()).discard(row["id"])

    def taken(self, key: Key) -> int | None:
        """The entry that has a key."""
        return self._by_key.get(key)

    def of(self, employees: Iterable[int] | None) -> Iterator[Row]:
        """The entries of some people, or of everyone, in the order of ids."""
        rows = self._books.rows["TimesheetEntry"]
        if employees is None:
            yield from rows.values()
            return
        found = sorted(one for employee in employees for one in self._of_employee.get(employee, ()))
        yield from (rows[one] for one in found)

    def between(self, employee: int, first: date, last: date) -> list[Row]:
        """Somebody's entries of some days, both ends included."""
        return [row for row in self.of([employee]) if first.isoformat() <= row["date"] <= last.isoformat()]

    def month(self, employee: int, month: str) -> Row:
        """Somebody's month (2026-11), with what an approval has left there."""
        year, number = (int(part) for part in month.split("-"))
        identifier = employee * 100_000 + year % 1000 * 100 + number
        said = self._books.rows["MonthlyStatus"].get(identifier, {})
        first = date(year, number, 1)
        last = (first + timedelta(31)).replace(day=1) - timedelta(1)
        entries = self.between(employee, first, last)
        return {
            "id": identifier,
            "version": 0,
            "changes": [],
            "employee": employee,
            "timesheetEntries": [_stub(row) for row in entries],
            "monthYear": month,
            "completed": False,
            "approved": False,
            "hoursPayout": 0,
            "vacationPayout": 0,
            "hourSummary": {"sumHours": sum(row["hours"] for row in entries), "standardTime": 172.5},
            "vacationSummary": {"vacationTakenInPeriod": self._vacation(entries)},
            **said,
        }

    def week(self, employee: int, year: int, week: int) -> Row:
        """Somebody's week by ISO 8601."""
        identifier = employee * 100_000 + year % 1000 * 100 + week
        said = self._books.rows["Week"].get(identifier, {})
        first = date.fromisocalendar(year, week, 1)
        return {
            "id": identifier,
            "version": 0,
            "changes": [],
            "employee": employee,
            "timesheetEntries": [_stub(row) for row in self.between(employee, first, first + timedelta(6))],
            "year": year,
            "week": week,
            "completed": False,
            "approved": False,
            **said,
        }

    def say(self, model: str, row: Row, **said: Any) -> None:
        """Keep what has been said of a month or a week."""
        self._books.rows[model][row["id"]] = {**row, **said, "version": row["version"] + 1}

    def closed(self, employee: int, day: date) -> bool:
        """Whether nothing can be written on somebody's day."""
        month = self.month(employee, f"{day:%Y-%m}")
        year, week, _ = day.isocalendar()
        if month["approved"] and (not month.get("approvedUntilDate") or day.isoformat() <= month["approvedUntilDate"]):
            return True
        mine = self.week(employee, year, week)
        completed = self._books.switches.completed_locks and (month["completed"] or mine["completed"])
        return bool(mine["approved"] or completed)

    def locked(self, row: Row) -> bool:
        """Whether an entry cannot be changed: its day is closed, or it was paid or invoiced."""
        paid = row["id"] in self._books.paid or row.get("invoice") is not None
        return paid or self.closed(row["employee"], date.fromisoformat(row["date"]))

    def _vacation(self, entries: list[Row]) -> float:
        activities = self._books.rows["Activity"]
        hours = sum(row["hours"] for row in entries if activities[row["activity"]].get("name") == VACATION)
        return float(hours / HOURS_OF_A_DAY)


def key_of(row: Row) -> Key:
    """What tells an entry from all others."""
    return row["employee"], row["date"], row["activity"], row.get("project")


def _stub(row: Row) -> Row:
    return {"id": row["id"], "url": f"tripletex.no/v2/timesheet/entry/{row['id']}"}
