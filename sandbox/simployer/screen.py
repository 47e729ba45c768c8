"""The stand-in's own screen: what the page's Simployer tab shows."""

from __future__ import annotations

from sandbox.simployer.leave_rows import FAR
from sandbox.simployer.store import Row, Store
from sandbox.standin import Screen, Table

_SHOWN = 500


def tables(store: Store, leave_page: str = "") -> Screen:
    """People with their present job and pay, where they belong, and their leave, edited at the address `leave_page`."""
    names = {resource: {key: row["name"] for key, row in store.rows[resource].items()} for resource in _NAMED}
    people: Table = {
        "title": "People",
        "columns": [
            "Number",
            "Name",
            "Born",
            "Identity number",
            "Office",
            "Department",
            "Title",
            "Start",
            "End",
            "Rate",
            "Salary",
            "Bank account",
            "Work e-mail",
        ],
        "rows": [_person(store, row, names) for row in list(store.rows["employee"].values())[:_SHOWN]],
    }
    offices: Table = {
        "title": "Offices",
        "columns": ["Name", "Time zone"],
        "rows": [[row["name"], row["timezone"]] for row in store.rows["office"].values()],
    }
    departments: Table = {
        "title": "Departments",
        "columns": ["Name", "Part of"],
        "rows": [
            [row["name"], names["department"].get(row.get("parentId", ""), "")]
            for row in store.rows["department"].values()
        ],
    }
    types = {key: row["name"] for key, row in store.rows["leave-type"].items()}
    leave: Table = {
        "title": f"Leave, edited at {leave_page}" if leave_page else "Leave",
        "columns": ["Number", "Type", "First day", "Last day", "Percent", "Status"],
        "rows": [_leave(row, store, types) for row in list(store.rows["leave"].values())[-_SHOWN:]],
    }
    total = len(store.rows["employee"])
    company = next(iter(store.rows["company"].values()), {})
    note = f"{company.get('name', 'No company')}, {total} people"
    if total > _SHOWN:
        note += f", the first {_SHOWN} shown"
    return {"title": "Simployer", "note": note, "tables": [people, offices, departments, leave]}


_NAMED = ("office", "department")


def _leave(row: Row, store: Store, types: dict[str, str]) -> list[str]:
    return [
        store.rows["employee"].get(row["employeeId"], {}).get("employeeNumber", ""),
        types.get(row["typeId"], ""),
        row["startDate"],
        "until further notice" if row["endDate"] == FAR.isoformat() else row["endDate"],
        f"{row.get('gradePercentage', 100):g} %",
        row["status"].lower(),
    ]


def _person(store: Store, row: Row, names: dict[str, dict[str, str]]) -> list[str]:
    employment = store.current("employment", row["id"]) or {}
    pay = store.current("compensation", row["id"]) or {}
    bank = row.get("bankAccount", {})
    account = " ".join(bank[key] for key in ("clearing", "number") if bank.get(key))
    salary = f"{pay['amount']:g} {pay['currency']} {pay['payoutPeriod'].lower()}" if pay else ""
    return [
        row["employeeNumber"],
        f"{row.get('firstName', '')} {row.get('lastName', '')}".strip(),
        row.get("birthDate", ""),
        row.get("ssn", ""),
        names["office"].get(row.get("officeId", ""), ""),
        names["department"].get(row.get("departmentId", ""), ""),
        row.get("title", ""),
        employment.get("startDate", ""),
        employment.get("endDate", ""),
        f"{employment['rate']:g} %" if employment else "",
        salary,
        account,
        row.get("workEmail", ""),
    ]
