"""What people do with leave at Simployer's own screen, as verbs for tests, the demo and the page of leave."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sandbox.companies.model import Leave
from sandbox.simployer import leave_rows, seed
from sandbox.simployer.store import Row, Store

if TYPE_CHECKING:
    from sandbox.simployer.admin import Administrator

Hours = tuple[str, str]
"""From when to when, as clocks show it where the employee works: `("08:00", "12:00")`."""

DAY: Sequence[Hours] = (("08:00", "12:00"), ("12:30", "16:00"))


class LeaveAdministrator:
    """Leave by its id, people by their numbers. Every change makes the leave's rows anew, at once.

    Raises LookupError for a person, a type or a leave that is not there.
    """

    def __init__(self, store: Store, people: Administrator) -> None:
        self._store = store
        self._people = people

    def request(
        self,
        number: str,
        kind: str,
        start: str,
        end: str | None = None,
        *,
        grade: float | None = None,
        half: str | None = None,
        hours: Hours | None = None,
        child: str | None = None,
        description: str | None = None,
        status: str = "PENDING",
    ) -> Row:
        """Ask for leave of the type of that name; `end` is `start` when left out, and "open" is until further notice.

        `half` is morning or afternoon, `hours` are from when to when of that day, `child` is a child's id.
        """
        asked = Leave(number=number, kind=kind, start=start, end=end or start, status=status)
        if grade is not None:
            asked["grade"] = grade
        if half is not None:
            asked["half"] = half
        if hours is not None:
            asked["hours"] = [*hours]
        leave = seed.add_leave(self._store, asked, self._people.employee(number)["id"], self.type(kind)["id"])
        return self.change(leave["id"], childId=child, description=description) if child or description else leave

    def approve(self, leave_id: str) -> Row:
        """Decide for it, as a manager does."""
        return self.change(leave_id, status="APPROVED")

    def confirm(self, leave_id: str) -> Row:
        """Take note of what was reported, as a manager does."""
        return self.change(leave_id, status="CONFIRMED")

    def deny(self, leave_id: str) -> Row:
        """Decide against it."""
        return self.change(leave_id, status="DENIED")

    def cancel(self, leave_id: str) -> Row:
        """Take it back; it stays to be seen."""
        return self.change(leave_id, status="CANCELLED")

    def edit(self, leave_id: str, **values: Any) -> Row:
        """Change it as the employee does: it waits for a decision again."""
        return self.change(leave_id, status="PENDING", **values)

    def change(self, leave_id: str, *, kind: str | None = None, **values: Any) -> Row:
        """Set values by their API names, `kind` by the type's name; the id stays. None empties one."""
        leave = self.leave(leave_id)
        if kind is not None:
            values["typeId"] = self.type(kind)["id"]
        for name, value in values.items():
            if value is None:
                leave.pop(name, None)
            else:
                leave[name] = value
        self._resized(leave)
        return leave

    def shorten(self, leave_id: str, end: str) -> Row:
        """Let it end on another day, earlier or later."""
        return self.change(leave_id, endDate=end)

    def move(self, leave_id: str, days: int) -> Row:
        """Move it as a whole."""
        leave = self.leave(leave_id)
        moved = {
            name: (date.fromisoformat(leave[name]) + timedelta(days=days)).isoformat()
            for name in ("startDate", "endDate")
        }
        return self.change(leave_id, **moved)

    def delete(self, leave_id: str) -> None:
        """Remove it: it is 404 from then on, and its rows are gone."""
        leave = self.leave(leave_id)
        self._store.remove("leave", leave_id)
        leave_rows.remake(self._store, leave)

    def recompute(self, number: str) -> None:
        """Make the rows of all of somebody's leave anew, as after a change of their work week."""
        for leave in self._store.history("leave", self._people.employee(number)["id"]):
            leave_rows.remake(self._store, leave)

    def from_timesheet(self, number: str, kind: str, day: str, hours: float, *, status: str = "APPROVED") -> Row:
        """Absence that was registered in a timesheet: a row whose parent is an entry of it."""
        employee_id = self._people.employee(number)["id"]
        moment = f"{day}T00:00:00.000Z"
        sheet = self._store.add(
            "timesheet",
            employeeId=employee_id, status=status, startDate=day, endDate=day, interval="WEEKLY",
            localCutOffDate=moment, utcCutOffDate=moment, approvalDeadlineDate=moment, submitDate=moment,
            approvalDate=moment, rejectedDate=moment, approverEmployeeId=employee_id, timezone="Europe/Oslo",
        )  # fmt: skip
        entry_type = self._store.add("timesheet-entry-type", name="Hours", kind="WORKING_HOURS")
        entry = self._store.add(
            "timesheet-entry", timesheetId=sheet["id"], typeId=entry_type["id"], employeeId=employee_id, date=day,
            status=status, minutes=round(hours * 60),
        )  # fmt: skip
        owner = {"employeeId": employee_id, "typeId": self.type(kind)["id"]}
        return leave_rows.add_row(
            self._store, owner, date.fromisoformat(day), Decimal(str(hours)), Decimal(100),
            parent=("TimesheetEntry", entry["id"]), status=status,
        )  # fmt: skip

    def add_child(self, number: str, name: str, born: str) -> Row:
        """A child of somebody; no identity number of a child can be entered."""
        return self._store.add("child", employeeId=self._people.employee(number)["id"], name=name, birthdate=born)

    def add_type(
        self, name: str, kind: str, *codes: str, paid: bool = True, archived: bool = False, disabled: bool = False
    ) -> Row:
        """A type of leave, with any number of payroll codes; another type may have the same one."""
        row = self._store.add(
            "leave-type",
            name=name, kind=kind, minimumDuration="MINUTE", deductible=True, paid=paid, disabled=disabled,
            archived=archived,
        )  # fmt: skip
        for code in codes:
            self._store.add("leave-type-code", leaveTypeId=row["id"], code=code)
        return row

    def set_code(self, kind: str, code: str | None) -> None:
        """Give a type another payroll code, or none."""
        leave_type = self.type(kind)
        for row in list(self._store.rows["leave-type-code"].values()):
            if row["leaveTypeId"] == leave_type["id"]:
                self._store.remove("leave-type-code", row["id"])
        if code is not None:
            self._store.add("leave-type-code", leaveTypeId=leave_type["id"], code=code)

    def work_week(
        self,
        number: str | None,
        since: str,
        *,
        days: int = 5,
        shifts: Sequence[Hours] = DAY,
        zone: str = "Europe/Oslo",
        office: str | None = None,
    ) -> Row:
        """A work week from a day on, of its first `days` days: somebody's, an office's, or (neither) the company's.

        The one in force before ends when it begins. Leave that is there already keeps its rows until `recompute`.
        """
        owner: dict[str, str] = {}
        if number is not None:
            owner["employeeId"] = self._people.employee(number)["id"]
            for row in self._store.history("work-week", owner["employeeId"]):
                if row["effectiveFrom"] < since < row.get("effectiveTo", "9999"):
                    row["effectiveTo"] = since
        elif office is not None:
            owner["officeId"] = next(row["id"] for row in self._store.rows["office"].values() if row["name"] == office)
        worked = _day_of(shifts)
        free = {"working": False, "duration": 0, "shifts": []}
        week = {name: worked if place < days else free for place, name in enumerate(leave_rows.WEEK)}
        return self._store.add(
            "work-week", **owner, effectiveFrom=since, timezone=zone, duration=worked["duration"] * days, **week
        )

    def leave(self, leave_id: str) -> Row:
        """A stored leave. Raises LookupError."""
        return self._store.rows["leave"][leave_id]

    def type(self, name: str) -> Row:
        """A type of leave by its name. Raises LookupError."""
        for row in self._store.rows["leave-type"].values():
            if row["name"] == name:
                return row
        raise LookupError(f"no leave type is named {name!r}")

    def rows(self, leave_id: str) -> list[Row]:
        """The rows that a leave has now, by day."""
        owner = self.leave(leave_id)["employeeId"]
        found = [row for row in self._store.history("leave-transaction", owner) if row["parent"]["id"] == leave_id]
        return sorted(found, key=lambda row: str(row["date"]))

    def _resized(self, leave: Row) -> None:
        if leave["duration"] in ("one_day", "longer"):
            leave["duration"] = "one_day" if leave["startDate"] == leave["endDate"] else "longer"
        self._store.touch("leave", leave)
        leave_rows.remake(self._store, leave)


def _day_of(shifts: Sequence[Hours]) -> dict[str, Any]:
    made = []
    for start, end in shifts:
        (start_hour, start_minute), (end_hour, end_minute) = (map(int, clock.split(":")) for clock in (start, end))
        shift = {"startHour": start_hour, "startMinute": start_minute, "endHour": end_hour, "endMinute": end_minute}
        made.append({**shift, "duration": int(leave_rows.hours_of([shift]) * 60)})
    return {"working": bool(made), "duration": sum(shift["duration"] for shift in made), "shifts": made}
