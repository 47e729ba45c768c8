"""What somebody who runs payroll does on Tripletex' own screen, as verbs for tests and for the page of hours."""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox.tripletex.company_state import Books, Row
from sandbox.tripletex.timesheets import key_of


class PayrollOfficer:
    """Approves, corrects and removes hours of people by employee number. Raises LookupError for what is not there."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._sheets = books.timesheets

    def employee(self, number: str) -> int:
        """The id of the one employee with that number."""
        found = [row["id"] for row in self._books.rows["Employee"].values() if row.get("employeeNumber") == number]
        if len(found) != 1:
            raise LookupError(f"{len(found)} employees have the number {number!r}")
        return int(found[0])

    def activity(self, number: str, name: str = "", **more: Any) -> int:
        """A new general activity of a number, disabled with `isDisabled=True`."""
        values = {"name": name or f"Aktivitet {number}", "number": number, "activityType": "GENERAL_ACTIVITY", **more}
        return int(self._books.add("Activity", **values)["id"])

    def change_activity(self, number: str, **values: Any) -> None:
        """Rename, renumber or disable those of a number."""
        for row in self._books.rows["Activity"].values():
            if row.get("number") == number:
                row.update(values)

    def entries(self, number: str, day: date | None = None) -> list[Row]:
        """Somebody's rows, of a day or all of them, by day."""
        wanted = day and day.isoformat()
        rows = [row for row in self._sheets.of([self.employee(number)]) if wanted in (None, row["date"])]
        return sorted(rows, key=lambda row: (row["date"], row["activity"]))

    def hours(self, number: str) -> dict[tuple[str, str], float]:
        """Somebody's hours by day and activity number."""
        numbers = {row["id"]: row.get("number") or "" for row in self._books.rows["Activity"].values()}
        return {(row["date"], numbers[row["activity"]]): row["hours"] for row in self.entries(number)}

    def type_hours(self, number: str, day: date, activity: str, hours: float, comment: str = "") -> Row:
        """Enter a row by hand."""
        (found,) = [row["id"] for row in self._books.rows["Activity"].values() if row.get("number") == activity]
        row = self._books.add(
            "TimesheetEntry", employee=self.employee(number), date=day.isoformat(), activity=found, project=None,
            hours=hours, comment=comment, invoice=None,
        )  # fmt: skip
        self._sheets.keep(row)
        return row

    def edit(self, entry: int, hours: float) -> None:
        """Change the hours of a row."""
        row = self._entry(entry)
        row["hours"] = hours
        row["version"] += 1

    def remove(self, entry: int) -> None:
        """Delete a row."""
        self._sheets.drop(self._entry(entry))
        del self._books.rows["TimesheetEntry"][entry]

    def pay(self, entry: int) -> None:
        """Let a payroll take a row: it is locked for good."""
        self._books.paid.add(self._entry(entry)["id"])

    def approve_month(self, number: str, month: str, until: date | None = None) -> None:
        """Approve somebody's month (2026-11) until a day, or all of it."""
        row = self._sheets.month(self.employee(number), month)
        said = {"approved": True, "approvedUntilDate": until and until.isoformat(), "approvedDate": self._today()}
        self._sheets.say("MonthlyStatus", row, completed=True, **said)

    def reopen_month(self, number: str, month: str) -> None:
        """Take back approval and completion."""
        row = self._sheets.month(self.employee(number), month)
        self._sheets.say("MonthlyStatus", row, completed=False, approved=False, approvedUntilDate=None)

    def complete_month(self, number: str, month: str) -> None:
        """Call somebody's month complete, which approves nothing."""
        self._sheets.say("MonthlyStatus", self._sheets.month(self.employee(number), month), completed=True)

    def approve_week(self, number: str, year: int, week: int) -> None:
        """Approve somebody's week."""
        row = self._sheets.week(self.employee(number), year, week)
        self._sheets.say("Week", row, completed=True, approved=True, approvedDate=self._today())

    def reopen_week(self, number: str, year: int, week: int) -> None:
        """Take back approval and completion of a week."""
        self._sheets.say("Week", self._sheets.week(self.employee(number), year, week), completed=False, approved=False)

    def leaves(self, number: str) -> list[Row]:
        """Somebody's leaves of absence, by their first day."""
        jobs = {job["id"] for job in self._books.children("Employment", self.employee(number))}
        rows = [row for row in self._books.rows["LeaveOfAbsence"].values() if row["employment"] in jobs]
        return sorted(rows, key=lambda row: (row["startDate"], row["id"]))

    def is_unique(self) -> bool:
        """Whether no two rows share employee, day, activity and project."""
        keys = [key_of(row) for row in self._books.rows["TimesheetEntry"].values()]
        return len(keys) == len(set(keys))

    def _entry(self, entry: int) -> Row:
        try:
            return self._books.rows["TimesheetEntry"][entry]
        except KeyError:
            raise LookupError(f"there is no row {entry}") from None

    def _today(self) -> str:
        return self._books.today.isoformat()
