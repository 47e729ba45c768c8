"""The stand-in's own screen: what the page's Xledger tab shows, entity by entity."""

from __future__ import annotations

from sandbox.standin import Screen, Table
from sandbox.xledger.company import Row, XledgerCompany

_SHOWN = 500
_COLUMNS = [
    "Code", "Description", "First name", "Last name", "Born", "Group", "Position", "Employed", "Until", "Posting 1",
    "Posting 2", "E-mail", "Phone", "Bank account",
]  # fmt: skip


def tables(companies: list[XledgerCompany], requests: int, credits_spent: int) -> Screen:
    told = ", ".join(f"{company.name}: {len(company.employees)} employees" for company in companies)
    return {
        "title": "Xledger",
        "note": f"{told}. {requests} requests, {credits_spent} credits spent.",
        "tables": [_employees(company) for company in companies],
    }


def _employees(company: XledgerCompany) -> Table:
    # Latest first, so that one sees somebody arrive.
    latest = list(reversed(company.employees.values()))[:_SHOWN]
    return {
        "title": f"{company.name}, employees",
        "columns": _COLUMNS,
        "rows": [_row(company, employee) for employee in latest],
    }


def _row(company: XledgerCompany, employee: Row) -> list[str]:
    def named(name: str) -> str:
        found = company.objects.get(employee.get(name) or 0)
        return f"{found['code']} {found['description']}" if found else ""

    group = company.groups.get(employee.get("employeeGroup") or 0, {})
    values = [employee.get(name) for name in ("code", "description", "firstName", "lastName", "birthday")]
    values += [group.get("description"), named("positionValue"), employee.get("employmentFrom")]
    values += [employee.get("employmentTo"), named("glObject1"), named("glObject2")]
    values += [employee.get(name) for name in ("email", "phone", "bankAccount")]
    return ["" if value is None else str(value) for value in values]
