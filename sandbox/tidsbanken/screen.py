"""The stand-in's own screen: what the page's Tidsbanken tab shows, database by database."""

from __future__ import annotations

from sandbox.standin import Screen, Table
from sandbox.tidsbanken.database import TidsbankenDatabase
from sandbox.tidsbanken.rules import Document

_SHOWN = 500
_COLUMNS = [
    "Number", "Name", "Born", "Department", "Group", "Hired", "Percent", "Active", "E-mail", "Mobile", "Bank account",
    "Fixed pay",
]  # fmt: skip


def tables(databases: list[TidsbankenDatabase]) -> Screen:
    return {
        "title": "Tidsbanken",
        "note": ", ".join(f"{database.name}: {len(database.employees)} employees" for database in databases),
        "tables": [_employees(database) for database in databases],
    }


def _employees(database: TidsbankenDatabase) -> Table:
    # Latest first, so that one sees somebody arrive.
    latest = list(reversed(database.employees.values()))[:_SHOWN]
    return {
        "title": f"{database.name}, employees",
        "columns": _COLUMNS,
        "rows": [_row(database, employee) for employee in latest],
    }


def _row(database: TidsbankenDatabase, employee: Document) -> list[str]:
    return [
        str(employee["Id"]),
        f"{employee['Fornavn']} {employee['Etternavn']}",
        employee["Fodt"] or "",
        database.departments.get(employee["AvdelingId"], ""),
        database.groups.get(employee["MalId"], ""),
        employee["AnsattDato"] or "",
        str(employee["Stillingsprosent"]),
        "yes" if employee["Aktiv"] else "no",
        employee["Epost"],
        employee["Mobil"],
        employee["Lonnskonto"],
        "" if employee["Fastlonn"] is None else str(employee["Fastlonn"]),
    ]
