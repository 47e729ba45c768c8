"""What a person at Simployer's own screen does, as verbs for tests and the demo."""

from __future__ import annotations

from typing import Any

from sandbox.companies.model import Person
from sandbox.simployer import seed
from sandbox.simployer.leave_admin import LeaveAdministrator
from sandbox.simployer.store import Row, Store


class Administrator:
    """Changes people by employee number. Every verb raises LookupError unless exactly one has it.

    `leave` has the verbs of leave.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.leave = LeaveAdministrator(store, self)

    def employee(self, number: str) -> Row:
        """The stored row of the one employee with that number."""
        rows = [row for row in self._store.rows["employee"].values() if row["employeeNumber"] == number]
        if len(rows) != 1:
            raise LookupError(f"{len(rows)} employees have the number {number!r}")
        return rows[0]

    def hire(self, person: Person) -> Row:
        """Add a person with employments and pay; office, department and cost centre by their names."""
        rows = self._store.rows
        places = {
            "offices": {row["name"]: row["id"] for row in rows["office"].values()},
            "departments": {row["name"]: row["id"] for row in rows["department"].values()},
        }
        costs = {row["code"]: row["id"] for row in rows["cost-center"].values()}
        employee = seed.add_person(self._store, person, places, costs)
        if "manager" in person:
            employee["managerEmployeeId"] = self.employee(person["manager"])["id"]
        return employee

    def change(self, number: str, **values: Any) -> Row:
        """Set fields by their API names; None empties one. `change("1001", lastName="Lund")`."""
        employee = self.employee(number)
        for name, value in values.items():
            if value is None:
                employee.pop(name, None)
            else:
                employee[name] = value
        self._store.touch("employee", employee)
        return employee

    def move(self, number: str, *, department: str | None = None, office: str | None = None) -> Row:
        """Move to another department or office, by name."""
        moved = {}
        for resource, key, name in (
            ("department", "departmentId", department),
            ("office", "officeId", office),
        ):
            if name is not None:
                moved[key] = self._named(resource, name)["id"]
        return self.change(number, **moved)

    def add_compensation(
        self, number: str, amount: float, *, start: str, currency: str = "NOK", period: str = "MONTHLY"
    ) -> Row:
        """Give a salary from a day on; the earlier rows stay, as the history they are."""
        employee = self.employee(number)
        return seed.add_compensation(self._store, employee["id"], start, amount, currency, period)

    def change_compensation(self, number: str, **values: Any) -> Row:
        """Correct the compensation in force."""
        row = self._store.current("compensation", self.employee(number)["id"])
        if row is None:
            raise LookupError(f"{number} has no compensation")
        row.update(values)
        self._store.touch("compensation", row)
        return row

    def add_employment(
        self,
        number: str,
        *,
        start: str,
        rate: float = 100,
        kind: str = "permanent_employment",
        country: str = "NO",
    ) -> Row:
        """Employ again, or beside the first employment."""
        return self._store.add(
            "employment",
            employeeId=self.employee(number)["id"],
            typeId=seed.employment_type(self._store, kind),
            startDate=start,
            terminated=False,
            rate=rate,
            country=country,
        )

    def terminate(self, number: str, *, end: str) -> Row:
        """End every employment that is still open, on that day."""
        employee = self.employee(number)
        for employment in self._store.history("employment", employee["id"]):
            if "endDate" not in employment:
                employment |= {"endDate": end, "effectiveEndDate": end, "terminated": True}
                self._store.touch("employment", employment)
        self._store.touch("employee", employee)
        return employee

    def remove(self, number: str) -> None:
        """Delete the person and their employments, pay, leave and work weeks."""
        employee = self.employee(number)
        for resource in ("employment", "compensation", "leave", "leave-transaction", "child", "work-week"):
            for row in self._store.history(resource, employee["id"]):
                self._store.remove(resource, row["id"])
        self._store.remove("employee", employee["id"])

    def add_leave(
        self,
        number: str,
        *,
        kind: str,
        start: str,
        end: str,
        status: str = "APPROVED",
        percentage: float = 100,
    ) -> Row:
        """Register leave of the leave type of that name."""
        return self.leave.request(number, kind, start, end, status=status, grade=percentage)

    def _named(self, resource: str, name: str) -> Row:
        for row in self._store.rows[resource].values():
            if row["name"] == name:
                return row
        raise LookupError(f"no {resource} is named {name!r}")
