"""The stand-in's own screen: what the page's Visma.net tab shows, tenant by tenant."""

from __future__ import annotations

from typing import Any

from sandbox.standin import Screen, Table
from sandbox.visma_net.tenant import Document, Tenant

_SHOWN = 500
_COLUMNS = ["Number", "Name", "State", "Born", "Identity", "Start", "End", "Percent", "Salary", "From", "Bank account"]


def tables(tenants: list[Tenant]) -> Screen:
    return {
        "title": "Visma.net Payroll",
        "note": ", ".join(f"{tenant.name}: {len(tenant.employees)} employees" for tenant in tenants),
        "tables": [_employees(tenant) for tenant in tenants],
    }


def _employees(tenant: Tenant) -> Table:
    # Latest first, so that one sees a draft arrive.
    latest = list(reversed(tenant.employees.values()))[:_SHOWN]
    return {
        "title": f"{tenant.name}, employees",
        "columns": _COLUMNS,
        "rows": [_row(employee, list(tenant.positions[employee["id"]].values())) for employee in latest],
    }


def _row(employee: Document, positions: list[Document]) -> list[str]:
    name, identity = _last(employee.get("personNames")), _last(employee.get("personIds"))
    position = max(positions, key=lambda one: str(one.get("activeStart")), default={})
    salary = _last(position.get("salaryInformation"))
    kind = str(salary.get("contractSalaryType") or "monthly").lower()
    return [
        str(employee.get("number") or ""),
        f"{name.get('firstName', '')} {name.get('lastName', '')}".strip(),
        "Draft" if employee.get("isDraft") else "Active",
        str(employee.get("dateOfBirth") or ""),
        str(identity.get("id") or ""),
        str(position.get("activeStart") or ""),
        str(position.get("activeEnd") or ""),
        str(_last(position.get("partTimeFactors")).get("value", "")),
        f"{salary[f'{kind}Salary']} {kind}" if salary.get(f"{kind}Salary") else "",
        str(salary.get("activeStart") or ""),
        str((employee.get("salaryPaymentMethod") or {}).get("localBankAccount") or ""),
    ]


def _last(timeline: Any) -> Document:
    return timeline[-1] if isinstance(timeline, list) and timeline else {}
