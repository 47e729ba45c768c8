"""One Go client: its employees with employments, lines and accounts, and what the integration may do with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.poweroffice_go import rules
from sandbox.poweroffice_go.leaves import LEAVE, GoLeaves
from sandbox.poweroffice_go.rules import Document, RefusedByGo
from sandbox.standin import Clock

ROWS = ("employees", "employments", "salaries", "ftes", "accounts", "departments", "enterprises", "series")

PRIVILEGES = (
    "Employee_Full", "Employment_Full", "EmploymentSalary_Full", "EmploymentFtePercentage_Full",
    "ContactBankAccount_Full", "EmployeeBankAccounts_Full", "Department", "Enterprises", "PayrollSettings",
    "CommonServices", "EmploymentLeave_Full",
)  # fmt: skip


@dataclass
class Switches:
    """What has never been observed; the product must cope with all.

    - first_lines: a new employment comes with a first salary and percentage.
    - shows_identity: the special privilege to read identity numbers.
    - refuse_cities: places of which no address is taken, for a reason that nobody could foresee.
    """

    first_lines: bool = True
    shows_identity: bool = False
    refuse_cities: set[str] = field(default_factory=set)


class GoClient:
    """What one client key leads to. Rows are documents by their id, as they are shown but for what is hidden."""

    def __init__(self, identifier: str, name: str, clock: Clock) -> None:
        self.id, self.name, self.clock = identifier, name, clock
        self.privileges: set[str] = set(PRIVILEGES)
        self.unlicensed: set[str] = set()
        self.switches = Switches()
        self.leaves = GoLeaves(clock)
        self.payroll: Document = {
            "EmploymentType": "Ordinary",
            "FullTimeHoursPerWeek": 37.5,
            "RemunerationType": "FixedWage",
            "TaxRule": "Ordinary",
            "WorkingHoursArrangement": "NonShift",
        }
        self.rows: dict[str, dict[int, Document]] = {name: {} for name in ROWS}
        self._last = 5000

    def add(self, kind: str, **values: Any) -> int:
        """A row as somebody has entered it; hands back its id."""
        self._last += 1
        self.rows[kind][self._last] = {"Id": self._last, **values}
        if kind != "series":
            self.touch(kind, self._last)
        return self._last

    def touch(self, kind: str, identifier: int) -> None:
        self.rows[kind][identifier]["LastChangedDateTimeOffset"] = self.clock().isoformat()

    def of(self, kind: str, **wanted: Any) -> list[Document]:
        """The rows with these values."""
        return [row for row in self.rows[kind].values() if all(row.get(k) == v for k, v in wanted.items())]

    def one(self, kind: str, identifier: str | int, **wanted: Any) -> Document:
        """A row by its id. Raises `RefusedByGo`."""
        row = self.rows[kind].get(int(identifier))
        if row is None or any(row.get(k) != v for k, v in wanted.items()):
            raise RefusedByGo(404, "The entity was not found.")
        return row

    def by_number(self, number: str) -> list[Document]:
        return [row for row in self.rows["employees"].values() if str(row.get("Number")) == number]

    def shown(self, kind: str, row: Document) -> Document:
        """A row as Go shows it: identity hidden, counts of lines, some days with a time behind them."""
        made = dict(row)
        if kind == "employees":
            if not self.switches.shows_identity:
                made["NationalIdNumber"] = "hidden" if row.get("NationalIdNumber") else None
                made["Gender"] = "Hidden" if row.get("Gender") else None
        elif kind == "employments":
            made["SalaryCount"] = len(self.of("salaries", EmploymentId=row["Id"]))
            made["FtePercentageCount"] = len(self.of("ftes", EmploymentId=row["Id"]))
        if kind in ("employments", "salaries", "ftes") and row["Id"] % 2:
            made |= {n: f"{made[n]}T00:00:00" for n in ("StartDate", "FromDate") if len(made.get(n) or "") == 10}
        return made

    def create_employee(self, body: Document) -> Document:
        """Raises `RefusedByGo`; so do all that follow."""
        allowed = (*rules.EMPLOYEE, "DepartmentCode", "LocationCode", "ManagerEmployeeNo", "SubLedgerNumberSeriesId")
        made = dict.fromkeys(rules.EMPLOYEE) | rules.known(body, allowed)
        rules.require(made, ("FirstName", "LastName"))
        code = made.pop("DepartmentCode", None)
        if code is not None and made["DepartmentId"] is None:
            found = self.of("departments", Code=code)
            if not found:
                raise RefusedByGo(400, f"Department with code {code} does not exist.", "DepartmentCode")
            made["DepartmentId"] = found[0]["Id"]
        if made["Number"] is None:
            made["Number"] = max((row["Number"] for row in self.rows["employees"].values()), default=1000) + 1
        self._check_employee(made, own=None)
        made = {"SalaryBankAccountId": None, "IsArchived": False, **{k: v for k, v in made.items() if v is not None}}
        return self.rows["employees"][self.add("employees", **made)]

    def patch_employee(self, identifier: str, operations: Any) -> Document:
        row = self.one("employees", identifier)
        made = _patched(row, operations, rules.EMPLOYEE)
        rules.require(made, ("FirstName", "LastName"))
        self._check_employee(made, own=row["Id"])
        row.clear()
        row.update(made)
        self.touch("employees", row["Id"])
        return row

    def delete_employee(self, identifier: str) -> None:
        row = self.one("employees", identifier)
        if self.of("employments", EmployeeId=row["Id"]):
            raise RefusedByGo(409, "The employee is linked to other entities.")
        del self.rows["employees"][row["Id"]]

    def _check_employee(self, made: Document, own: int | None) -> None:
        rules.check(made)
        rules.check_identity(made.get("NationalIdNumber"))
        rules.check_address(made.get("MailAddress"))
        if (made.get("MailAddress") or {}).get("City") in self.switches.refuse_cities:
            raise RefusedByGo(400, "The address could not be verified.", "MailAddress")
        number, series = made.get("Number"), list(self.rows["series"].values())
        if not isinstance(number, int) or isinstance(number, bool):
            raise RefusedByGo(400, "Number is not valid.", "Number")
        if series and not any(row["FromInclusive"] <= number <= row["ToInclusive"] for row in series):
            raise RefusedByGo(400, f"Number {number} is not in an employee number series.", "Number")
        for name in ("Number", "ExternalNumber", "ExternalImportReference"):
            taken = [r for r in self.rows["employees"].values() if r.get(name) == made.get(name) and r["Id"] != own]
            if made.get(name) is not None and taken:
                raise RefusedByGo(400, f"{name} is already in use.", name)
        if made.get("DepartmentId") is not None:
            self._own("departments", made["DepartmentId"], "DepartmentId")

    def _own(self, kind: str, identifier: Any, name: str) -> None:
        if identifier not in self.rows[kind]:
            raise RefusedByGo(400, f"{name} does not exist.", name)

    def create_employment(self, employee: str, body: Document) -> Document:
        person = self.one("employees", employee)
        made = rules.known(body, rules.EMPLOYMENT)
        rules.require(made, rules.NEEDED)
        self._check_employment(made)
        if made["IsDefault"]:
            for other in self.of("employments", EmployeeId=person["Id"]):
                other["IsDefault"] = False
        identifier = self.add("employments", EmployeeId=person["Id"], EndedAndReported=False, **made)
        if self.switches.first_lines:
            owner = {"EmployeeId": person["Id"], "EmploymentId": identifier, "FromDate": made["StartDate"]}
            self.add("ftes", **owner, FtePercentage=100)
            self.add("salaries", **owner, RemunerationType=self.payroll["RemunerationType"])
        return self.rows["employments"][identifier]

    def patch_employment(self, employee: str, identifier: str, operations: Any) -> Document:
        row = self.one("employments", identifier, EmployeeId=int(employee))
        made = _patched(row, operations, rules.EMPLOYMENT)
        self._check_employment(made)
        row.clear()
        row.update(made)
        self.touch("employments", row["Id"])
        return row

    def delete_employment(self, employee: str, identifier: str) -> None:
        row = self.one("employments", identifier, EmployeeId=int(employee))
        if row["EndedAndReported"] or row.get("Reported"):
            raise RefusedByGo(409, "The employment is reported in a-melding.")
        del self.rows["employments"][row["Id"]]

    def _check_employment(self, made: Document) -> None:
        rules.check(made)
        if made.get("EndDate") and not made.get("EndDateReason"):
            raise RefusedByGo(400, "EndDateReason must be provided if the end date is set.", "EndDateReason")
        code = str(made.get("ProfessionCode"))
        if len(code) != 7 or not code.isdigit():
            raise RefusedByGo(400, "ProfessionCode must have 7 digits.", "ProfessionCode")
        self._own("enterprises", made.get("EnterpriseId"), "EnterpriseId")

    def create_line(self, kind: str, employment: str, body: Document) -> Document:
        """A salary or a percentage from a day on; a second one for a day is refused."""
        owner = self.one("employments", employment)
        made = rules.known(body, _names(kind))
        self._check_line(kind, owner, made, own=None)
        made = {"EmployeeId": owner["EmployeeId"], "EmploymentId": owner["Id"], **made}
        return self._rated(kind, owner, self.rows[kind][self.add(kind, **made)])

    def patch_line(self, kind: str, employment: str, identifier: str, operations: Any) -> Document:
        owner = self.one("employments", employment)
        row = self.one(kind, identifier, EmploymentId=owner["Id"])
        made = _patched(row, operations, _names(kind))
        self._check_line(kind, owner, made, own=row["Id"])
        row.clear()
        row.update(made)
        self.touch(kind, row["Id"])
        return self._rated(kind, owner, row)

    def delete_line(self, kind: str, employment: str, identifier: str) -> None:
        row = self.one(kind, identifier, EmploymentId=int(employment))
        if len(self.of(kind, EmploymentId=int(employment))) == 1:
            raise RefusedByGo(409, "The last line of an employment cannot be deleted.")
        del self.rows[kind][row["Id"]]

    def _check_line(self, kind: str, owner: Document, made: Document, own: int | None) -> None:
        (rules.check_salary if kind == "salaries" else rules.check_fte)(made)
        if str(made["FromDate"])[:10] < str(owner["StartDate"])[:10]:
            raise RefusedByGo(400, "FromDate is before the employment.", "FromDate")
        others = [row for row in self.of(kind, EmploymentId=owner["Id"]) if row["Id"] != own]
        if any(row["FromDate"] == made["FromDate"] for row in others):
            raise RefusedByGo(400, "There is a line from this date already.", "FromDate")

    def _rated(self, kind: str, owner: Document, row: Document) -> Document:
        """A fixed wage's hourly rate is Go's own sum where nobody has given one."""
        if kind == "salaries" and row.get("HourlyRate") is None and row.get("AnnualSalary") is not None:
            row["HourlyRate"] = round(row["AnnualSalary"] / (owner["FullTimeHoursPerWeek"] * 52), 2)
        return row

    def create_account(self, contact: str, body: Document) -> Document:
        person = self.one("employees", contact)
        made = rules.known(body, rules.ACCOUNT)
        rules.require(made, ("BankAccountNumber",))
        made = {"CountryCode": "NO", "IsActive": True, **made, "BankAccountNumber": rules.check_account(made)}
        return self.rows["accounts"][self.add("accounts", ContactId=person["Id"], **made)]

    def choose_account(self, employee: str, operations: Any) -> Document:
        """Which of a person's accounts pay goes to."""
        row = self.one("employees", employee)
        names = ("SalaryBankAccountId", "ExpenseBankAccountId", "TravelExpenseBankAccountId")
        made = _patched(row, operations, names)
        for name in names:
            if made.get(name) is not None and not self.of("accounts", Id=made[name], ContactId=row["Id"]):
                raise RefusedByGo(400, f"{name} is not an account of the employee.", name)
        row.update(made)
        return row

    def patch_leave(self, employment: str, identifier: str, operations: Any) -> Document:
        owner, row = self.one("employments", employment), self.leaves.one(int(employment), identifier)
        return self.leaves.change(owner, identifier, _patched(row, operations, LEAVE))

    def snapshot(self) -> Mapping[str, Any]:
        rows = {kind: list(rows.values()) for kind, rows in self.rows.items()}
        return {"rows": rows, "last": self._last, "leaves": self.leaves.snapshot()}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.rows = {kind: {row["Id"]: row for row in state["rows"][kind]} for kind in ROWS}
        self._last = state["last"]
        if "leaves" in state:
            self.leaves.restore(state["leaves"])


def _names(kind: str) -> tuple[str, ...]:
    return rules.SALARY if kind == "salaries" else rules.FTE


def _patched(row: Document, operations: Any, names: Iterable[str]) -> Document:
    """The row after RFC 6902 operations. A path that is unknown, or in another case, changes nothing."""
    if not isinstance(operations, list):
        raise RefusedByGo(400, "The JSON patch document is not valid.")
    made = {name: dict(value) if isinstance(value, dict) else value for name, value in row.items()}
    for operation in operations:
        word, path = operation.get("op"), str(operation.get("path"))
        if word not in ("add", "replace", "remove"):
            raise RefusedByGo(400, f"The operation '{word}' is not supported.")
        value = None if word == "remove" else operation.get("value")
        first, _, inner = path.removeprefix("/").partition("/")
        if first not in names or not path.startswith("/"):
            continue
        if first == "MailAddress":
            if inner in rules.ADDRESS:
                made[first] = {"CountryCode": "NO", **(made.get(first) or {}), inner: value}
        elif not inner:
            made[first] = value
    return made
