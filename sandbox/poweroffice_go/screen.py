"""The stand-in's own screen: what the page's PowerOffice Go tab shows, client by client."""

from __future__ import annotations

from sandbox.poweroffice_go.company import GoClient
from sandbox.poweroffice_go.rules import Document
from sandbox.standin import Screen, Table

_SHOWN = 500
_COLUMNS = [
    "Number", "Name", "Born", "Identity", "Title", "Department", "Start", "End", "Percent", "Salary", "From",
    "Bank account",
]  # fmt: skip


def tables(clients: list[GoClient]) -> Screen:
    return {
        "title": "PowerOffice Go",
        "note": ", ".join(f"{client.name}: {len(client.rows['employees'])} employees" for client in clients),
        "tables": [table(client) for client in clients for table in (_employees, _leaves)],
    }


def _leaves(client: GoClient) -> Table:
    names = ("StartDate", "EndDate", "LeavePercentage", "TypeOfLeave", "AdjustFixedWage", "ReportingId")
    return {
        "title": f"{client.name}, leaves of absence",
        "columns": ["Number", *names],
        "rows": [
            [str(client.rows["employees"][row["EmployeeId"]].get("Number")), *(str(row[name] or "") for name in names)]
            for row in reversed(client.leaves.rows.values())
        ],
    }


def _employees(client: GoClient) -> Table:
    # Latest first, so that one sees somebody arrive.
    latest = list(reversed(client.rows["employees"].values()))[:_SHOWN]
    return {
        "title": f"{client.name}, employees",
        "columns": _COLUMNS,
        "rows": [_row(client, employee) for employee in latest],
    }


def _row(client: GoClient, employee: Document) -> list[str]:
    job = _latest(client.of("employments", EmployeeId=employee["Id"]), "StartDate")
    pay = _latest(client.of("salaries", EmploymentId=job.get("Id")), "FromDate")
    share = _latest(client.of("ftes", EmploymentId=job.get("Id")), "FromDate")
    department = client.rows["departments"].get(employee.get("DepartmentId") or 0, {})
    account = client.rows["accounts"].get(employee.get("SalaryBankAccountId") or 0, {})
    amount = pay.get("AnnualSalary") or pay.get("HourlyRate")
    cells = (
        employee.get("Number"),
        f"{employee['FirstName']} {employee['LastName']}",
        employee.get("DateOfBirth"),
        employee.get("NationalIdNumber"),
        employee.get("JobTitle"),
        department.get("Name"),
        job.get("StartDate"),
        job.get("EndDate"),
        share.get("FtePercentage"),
        f"{amount:g} {pay['RemunerationType']}" if amount else None,
        pay.get("FromDate"),
        account.get("BankAccountNumber"),
    )
    return ["" if cell is None else str(cell) for cell in cells]


def _latest(rows: list[Document], day: str) -> Document:
    return max(rows, key=lambda row: str(row.get(day)), default={})
