"""What the stand-in for Simployer holds, and how a stored row becomes a row of an answer.

Stored rows keep calendar days as "2026-01-31"; the answer turns them into date-times, as the API does
for every date. Fields that the system works out itself (active, the current employment and
compensation, the effective cost centre, age) are worked out when read, against `today`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sandbox.simployer import leave_rows
from sandbox.simployer.leave_rows import LeaveHabits
from sandbox.simployer.query import Query, comparable, order
from sandbox.simployer.resources import RESOURCES, Kind, Relation
from sandbox.standin import Clock

Row = dict[str, Any]

_HISTORIES = ("employment", "compensation", "work-week", "leave", "leave-transaction", "child")
_LEAVE = ("leave", "leave-transaction")
_PLACES = {resource: place for place, resource in enumerate(RESOURCES)}


class Store:
    """Rows by resource and id, with the switches for what real tenants do differently.

    `absent` chooses how a value that nobody entered travels: key missing, or null. `hidden` names
    fields per resource that never travel. `local_midnight` holds ids of offices whose dates travel as
    local midnight in UTC, that is, as an instant of the day before. `oddities` has by row id what travels in the place
    of some fields, whatever the description says. `handed_out` counts the values that have left, by
    resource and field (`employee.ssn`). `habits` are the switches of leave.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.rows: dict[str, dict[str, Row]] = {name: {} for name in RESOURCES}
        self.absent: Literal["missing", "null"] = "missing"
        self.hidden: dict[str, set[str]] = {}
        self.local_midnight: set[str] = set()
        self.oddities: dict[str, Row] = {}
        self.handed_out: Counter[str] = Counter()
        self.habits = LeaveHabits()
        self.company_id = ""
        self._made = 0
        self._revision = 0
        self._of_employee: dict[str, dict[str, list[str]]] = {name: {} for name in _HISTORIES}
        self._found: dict[Any, list[Row]] = {}

    @property
    def today(self) -> date:
        return self.clock().date()

    def add(self, resource: str, **values: Any) -> Row:
        """Make a row with an id of its own (24 hex digits, as the real ones) and keep it."""
        self._made += 1
        identifier = f"{0x67000000 + self._made:08x}{_PLACES[resource]:04x}{self._made:012x}"
        row: Row = {"id": identifier}
        if "companyId" in RESOURCES[resource].fields and resource != "company":
            row["companyId"] = self.company_id
        if "created" in RESOURCES[resource].fields:
            row["created"] = self._now()
        row |= {name: value for name, value in values.items() if value is not None}
        self.rows[resource][identifier] = row
        if resource in _HISTORIES and "employeeId" in row:
            self._of_employee[resource].setdefault(row["employeeId"], []).append(identifier)
        self.touch(resource, row)
        return row

    def touch(self, resource: str, row: Row) -> None:
        """Note that a row changed: its `updated`, where the resource has one, and every earlier search."""
        if "updated" in RESOURCES[resource].fields:
            row["updated"] = self._now()
        self._revision += 1

    def remove(self, resource: str, identifier: str) -> None:
        row = self.rows[resource].pop(identifier)
        if resource in _HISTORIES and "employeeId" in row:
            self._of_employee[resource][row["employeeId"]].remove(identifier)
        self._revision += 1

    def history(self, resource: str, employee_id: str) -> list[Row]:
        """An employee's rows of a dated resource, in the order they were made."""
        return [self.rows[resource][one] for one in self._of_employee[resource].get(employee_id, [])]

    def find(self, resource: str, query: Query) -> list[Row]:
        """All rows that meet the query's conditions, in its order; the page is the caller's to cut.

        The latest searches are remembered until something changes, as a client pages through one.
        """
        switches = (*sorted(self.local_midnight), *self.habits.travel)
        key = (resource, query.conditions, query.sort, self._revision, self.today, switches)
        if key not in self._found:
            if len(self._found) >= 8:
                self._found.clear()
            rows: Iterable[Row] = self.rows[resource].values()
            fields = RESOURCES[resource].fields
            for condition in query.conditions:
                kind = fields[condition.field].kind
                rows = [
                    row for row in rows if condition.holds(comparable(kind, self.read(resource, row, condition.field)))
                ]
            self._found[key] = order(rows, query, lambda row, name: self.read(resource, row, name), RESOURCES[resource])
        return self._found[key]

    def read(self, resource: str, row: Row, name: str) -> Any:
        """One field of a row as it travels; None when it is absent."""
        value = self._derived(row, name) if resource == "employee" else row.get(name)
        if resource == "department" and name == "effectiveCostCenterId":
            value = row.get("costCenterId")
        if resource == "leave-transaction" and name in ("childId", "description") and not value:
            return value if self.habits.no_child == "" else None
        if value is not None and RESOURCES[resource].fields[name].kind is Kind.DATE:
            return self._day(resource, row, value, name)
        return value

    def render(self, resource: str, row: Row, select: Iterable[str] | None = None) -> Row:
        """A row as it travels, with the selected fields or all of them."""
        hidden = self.hidden.get(resource, set())
        answer: Row = {}
        for name in RESOURCES[resource].fields if select is None else select:
            if name in hidden:
                continue
            value = self.read(resource, row, name)
            if value is not None:
                answer[name] = value
                self.handed_out[f"{resource}.{name}"] += 1
            elif self.absent == "null" or self._null(resource, name):
                answer[name] = None
        odd = self.oddities.get(row["id"], {})
        return answer | {name: value for name, value in odd.items() if select is None or name in set(select)}

    def related(self, resource: str, rows: list[Row], relation: Relation) -> list[Row]:
        """The rows that `rows` refer to through a relation, each once."""
        wanted = {self.read(resource, row, relation.local) for row in rows} - {None}
        others = self.rows[relation.resource]
        if relation.foreign == "id":
            found = [others[one] for one in sorted(wanted) if one in others]
        else:
            found = [other for other in others.values() if other.get(relation.foreign) in wanted]
        return [self.render(relation.resource, other) for other in found]

    def current(self, resource: str, employee_id: str) -> Row | None:
        """The employment or compensation in force today, else the nearest to come, else the last one."""
        start = "startDate" if resource == "employment" else "effectiveDate"
        rows = sorted(self.history(resource, employee_id), key=lambda row: str(row[start]))
        today = self.today.isoformat()
        begun = [row for row in rows if row[start] <= today]
        open_now = [row for row in begun if row.get("endDate", "9999") >= today]
        to_come = [row for row in rows if row[start] > today]
        for candidates, index in ((open_now, -1), (to_come, 0), (begun, -1)):
            if candidates:
                return candidates[index]
        return None

    def _derived(self, row: Row, name: str) -> Any:
        match name:
            case "active":
                return self._end(row) is None or str(self._end(row)) >= self.today.isoformat()
            case "hireDate":
                starts = [employment["startDate"] for employment in self.history("employment", row["id"])]
                return min(starts, default=None)
            case "endDate" | "offboardDate":
                return self._end(row)
            case "employmentId" | "employmentTypeId" | "employmentCountry":
                employment = self.current("employment", row["id"]) or {}
                key = {"employmentId": "id", "employmentTypeId": "typeId", "employmentCountry": "country"}[name]
                return employment.get(key)
            case "compensationId":
                return (self.current("compensation", row["id"]) or {}).get("id")
            case "effectiveCostCenterId":
                department = self.rows["department"].get(row.get("departmentId", ""), {})
                return row.get("costCenterId") or department.get("costCenterId")
            case "workPhoneSanitized" | "privatePhoneSanitized":
                phone = row.get(name.removesuffix("Sanitized"))
                return "".join(c for c in phone if c in "+0123456789") if phone else None
            case "age":
                if "birthDate" not in row:
                    return None
                born, today = date.fromisoformat(row["birthDate"]), self.today
                return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        return row.get(name)

    def _end(self, row: Row) -> str | None:
        employments = self.history("employment", row["id"])
        ends = [employment.get("endDate") for employment in employments]
        return max((end for end in ends if end), default=None) if ends and all(ends) else None

    def _null(self, resource: str, name: str) -> bool:
        """Whether leave has a null where there is nothing."""
        if resource == "leave" and name == "endDate":
            return True
        return resource == "leave-transaction" and name in ("childId", "description") and self.habits.no_child == "null"

    def _day(self, resource: str, row: Row, day: str, name: str) -> str | None:
        employee = row if resource == "employee" else self.rows["employee"].get(row.get("employeeId", ""), {})
        office = self.rows["office"].get(employee.get("officeId", ""))
        if resource in _LEAVE:
            local = office is not None and office["id"] in self.local_midnight
            return leave_rows.travels(self, resource, row, name, local=local)
        if office is None or office["id"] not in self.local_midnight:
            return f"{day}T00:00:00.000Z"
        midnight = datetime.combine(date.fromisoformat(day), time(), ZoneInfo(office["timezone"]))
        return _stamp(midnight.astimezone(UTC))

    def _now(self) -> str:
        return _stamp(self.clock().astimezone(UTC))

    def snapshot(self) -> dict[str, Any]:
        return {"rows": self.rows, "company_id": self.company_id, "made": self._made}

    def restore(self, state: dict[str, Any]) -> None:
        self.rows = {name: dict(state["rows"].get(name, {})) for name in RESOURCES}
        self.company_id, self._made = state["company_id"], state["made"]
        self._revision += 1
        self._of_employee = {name: {} for name in _HISTORIES}
        for name in _HISTORIES:
            for identifier, row in self.rows[name].items():
                if "employeeId" in row:
                    self._of_employee[name].setdefault(row["employeeId"], []).append(identifier)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
