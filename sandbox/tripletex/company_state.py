"""One company inside the stand-in for Tripletex: its rows, its switches, and how rows are shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from sandbox.standin import Clock
from sandbox.tripletex.fields import Tree, stub, wants
from sandbox.tripletex.models import MODELS, Field, Kind, Model
from sandbox.tripletex.registers import REGISTERS
from sandbox.tripletex.timesheets import Timesheets

Row = dict[str, Any]

# How a row of the one points at a row of the other.
BACK = {"Employment": "employee", "EmploymentDetails": "employment"}


@dataclass
class Switches:
    """What differs between real customers, or has never been observed; the product must cope with all.

    - department_required: the department module is on.
    - division_required / division_locked: an employment needs a unit, and keeps it.
    - first_details_row: a new employment gets a salary row on its start date by itself (recorded: it does not).
    - row_takes_over: a new salary row takes what is left out from the one before (nobody has recorded either).
    - user_type_shown: since August 2026; null before.
    - refuse_overlap: two employments of one person may not overlap.
    - email_change: what a PUT with another e-mail address does.
    - closed_answer: what a write on a day that has been approved is answered.
    - completed_locks: a month or week that somebody has called complete takes no changes.
    - hours_in_employment: hours are refused on a day without an employment.
    - leaves_of_today: without a date, leaves of absence are those of today, as described; measured, they are all.
    - leave_in_employment: a leave of absence has to lie within its employment.
    - leave_reopens: whether a PUT can take the end of a leave of absence away again.
    - leave_of_a_day: whether a leave of absence can end on the day on which it began.
    - filtered: models whose rows are silently left out, as for a token without the right to see them.
    - filtered_fields: fields of a model that are silently left out.
    """

    department_required: bool = True
    division_required: bool = True
    division_locked: bool = True
    first_details_row: bool = False
    row_takes_over: bool = False
    user_type_shown: bool = True
    refuse_overlap: bool = True
    email_change: Literal["refuse", "ignore", "accept"] = "refuse"
    closed_answer: Literal["400", "403", "409", "422"] = "422"
    completed_locks: bool = False
    hours_in_employment: bool = True
    leaves_of_today: bool = False
    leave_in_employment: bool = False
    leave_reopens: bool = False
    leave_of_a_day: bool = True
    filtered: set[str] = field(default_factory=set)
    filtered_fields: dict[str, set[str]] = field(default_factory=dict)


class Books:
    """A company's rows by model and id. Row ids are unique over companies whose ids differ in the last three digits."""

    def __init__(self, identifier: int, name: str, organization_number: str, clock: Clock) -> None:
        self.id = identifier
        self.name = name
        self.organization_number = organization_number
        self.clock = clock
        self.switches = Switches()
        self.reported: set[int] = set()  # employees in a delivered a-melding
        self.paid: set[int] = set()  # timesheet entries that a payroll has taken
        self.comments_required = False
        self.rows: dict[str, dict[int, Row]] = {name: {} for name in MODELS if name not in REGISTERS}
        self._next = identifier % 1000 * 10_000_000  # room for every company beside the others
        self._children: dict[str, dict[int, list[int]]] = {name: {} for name in BACK}
        self.timesheets = Timesheets(self)
        self.add(
            "Company",
            identifier=identifier,
            name=name,
            displayName=name,
            organizationNumber=organization_number,
            type="AS",
            accountantOrSimilar=False,
            companyMigration="NONE",
            invoiceShowDeliveryDate=False,
        )

    @property
    def today(self) -> date:
        return self.clock().date()

    def table(self, model: str) -> dict[int, Row]:
        """The rows of a model: the company's own, or a register's that all companies share."""
        return REGISTERS[model] if model in REGISTERS else self.rows[model]

    def add(self, model: str, *, identifier: int | None = None, version: int = 0, by: int = 0, **values: Any) -> Row:
        """Keep a new row; `by` is the employee who makes it."""
        if identifier is None:
            self._next += 1
            identifier = self._next
        row: Row = {"id": identifier, "version": version, "changes": [], **values}
        self.rows[model][identifier] = row
        if model in BACK:
            self._children[model].setdefault(row[BACK[model]], []).append(identifier)
        self.record(row, "CREATE", by)
        return row

    def children(self, model: str, parent: int) -> list[Row]:
        """Employments of an employee, or salary rows of an employment, by date."""
        rows = [self.rows[model][one] for one in self._children[model].get(parent, [])]
        return sorted(rows, key=lambda row: str(row.get("startDate") or row.get("date") or ""))

    def record(self, row: Row, change: str, by: int) -> None:
        stamp = self.clock().strftime("%Y-%m-%dT%H:%M:%S")
        row["changes"].append({"employeeId": by, "timestamp": stamp, "changeType": change})

    def show(self, model: Model, row: Row, tree: Tree) -> Row:
        """A row as the `fields` tree asks for it."""
        left_out = self.switches.filtered_fields.get(model.name, set())
        shown: Row = {}
        for one in model.fields.values():
            if wants(tree, one.name) and one.name not in left_out:
                inner = tree.get(one.name)
                if inner is None and one.name in tree and one.kind in (Kind.REF, Kind.PART):
                    inner = {"*": None}  # named without parentheses it comes whole; under "*" as a stub
                shown[one.name] = self._value(model, row, one, inner)
        return shown

    def _value(self, model: Model, row: Row, one: Field, inner: Tree | None) -> Any:
        match one.name:
            case "url":
                return stub(model, row["id"])["url"]
            case "userType" if not self.switches.user_type_shown:
                return None
            case "displayName" if model.name in ("Employee", "Department", "Division", "Activity"):
                return _display_name(row)
            case "locked":
                return self.timesheets.locked(row)
            case "timeClocks":
                return []
            case "chargeableHours" | "hourlyRate" | "hourlyCost" | "hourlyCostPercentage" | "rate" | "costPercentage":
                return row.get(one.name) or 0
            case "chargeable" | "isChargeable" | "isDisabled" if row.get(one.name) is None:
                return False
            case "isGeneral" | "isTask":
                return row["activityType"] == {"isGeneral": "GENERAL_ACTIVITY", "isTask": "TASK"}[one.name]
            case "isProjectActivity":
                return str(row["activityType"]).startswith("PROJECT")
            case "companyId":
                return self.id
            case "monthlySalary":
                return round(row.get("annualSalary", 0) / 12, 2)  # of full time, as the annual one
            case "phoneNumberMobileCountry" if row.get(one.name) is None:
                return self._linked("Country", self.table("Country")[_NORWAY], inner)
            case "internationalId" if row.get(one.name) is None:
                return {"intAmeldingType": None, "country": None, "number": ""}
            case "isProxy" | "pictureId" | "allowInformationRegistration" if row.get(one.name) is None:
                return {"isProxy": False, "pictureId": 0, "allowInformationRegistration": True}[one.name]
            case "lastSalaryChangeDate":
                salary = self._latest_salary(row)
                return salary and salary["date"]
            case "latestSalary":
                salary = self._latest_salary(row)
                return salary and self._linked("EmploymentDetails", salary, inner)
        if one.kind is Kind.MANY:
            if one.model in self.switches.filtered:
                return []
            return [self._linked(one.model, child, inner) for child in self.children(one.model, row["id"])]
        value = row.get(one.name)
        if one.kind in (Kind.REF, Kind.PART) and value is not None:
            return self._linked(one.model, self.table(one.model)[value], inner)
        if one.kind is Kind.TEXT and value is None and one.name not in _NULL_TEXTS:
            return ""  # empty texts come as "", not null
        return value

    def _linked(self, model: str, row: Row, inner: Tree | None) -> Row:
        if inner is None:
            return stub(MODELS[model], row["id"])
        return self.show(MODELS[model], row, inner)

    def _latest_salary(self, employment: Row) -> Row | None:
        today = self.today.isoformat()
        rows = self.children("EmploymentDetails", employment["id"])
        return next((row for row in reversed(rows) if row["date"] <= today), rows[0] if rows else None)

    def snapshot(self) -> dict[str, Any]:
        rows = {model: list(rows.values()) for model, rows in self.rows.items()}
        kept = {"reported": sorted(self.reported), "paid": sorted(self.paid)}
        return {"rows": rows, "next": self._next, **kept}

    def restore(self, state: dict[str, Any]) -> None:
        kept = state["rows"]  # of a state of before, what it did not know yet stays as it is
        self.rows = {m: {row["id"]: row for row in kept[m]} if m in kept else rows for m, rows in self.rows.items()}
        self._next, self.reported = state["next"], set(state["reported"])
        self.paid = set(state.get("paid", ()))
        self._children = {name: {} for name in BACK}
        for model, back in BACK.items():
            for row in self.rows[model].values():
                self._children[model].setdefault(row[back], []).append(row["id"])
        self.timesheets.rebuild()


_NULL_TEXTS = {"importedLeaveOfAbsenceId"}
_NORWAY = next(key for key, row in REGISTERS["Country"].items() if row["isoAlpha2Code"] == "NO")


def _display_name(row: Row) -> str:
    if "lastName" in row:
        return f"{row['firstName']} {row['lastName']}"
    number = row.get("departmentNumber")
    return f"{number} {row['name']}" if number else str(row["name"])
