"""The stand-in's own screen: what the page's Tripletex tab shows, company by company."""

from __future__ import annotations

from sandbox.standin import Screen, Table
from sandbox.tripletex.company_state import Books, Row

_SHOWN = 500
_COLUMNS = [
    "Number",
    "Name",
    "Born",
    "Identity number",
    "Department",
    "Unit",
    "Start",
    "End",
    "Percent",
    "Annual salary",
    "Hourly wage",
    "Bank account",
    "E-mail",
]


def tables(companies: list[Books]) -> Screen:
    return {
        "title": "Tripletex",
        "note": ", ".join(f"{books.name}: {len(books.rows['Employee'])} employees" for books in companies),
        "tables": [
            *(_employees(books) for books in companies),
            *(_hours(books) for books in companies if books.rows["TimesheetEntry"]),
        ],
    }


def _employees(books: Books) -> Table:
    rows = list(books.rows["Employee"].values())
    title = f"{books.name}, employees"
    if len(rows) > _SHOWN:
        title += f" (the latest {_SHOWN} of {len(rows)})"
    # Latest first, so that one sees an employee arrive.
    return {
        "title": title,
        "columns": _COLUMNS,
        "rows": [_employee(books, row) for row in reversed(rows[-_SHOWN:])],
    }


def _employee(books: Books, row: Row) -> list[str]:
    jobs = books.children("Employment", row["id"])
    job = jobs[-1] if jobs else {}
    salaries = books.children("EmploymentDetails", job["id"]) if job else []
    salary = salaries[-1] if salaries else {}
    department = books.rows["Department"].get(row.get("department") or 0, {})
    division = books.rows["Division"].get(job.get("division") or 0, {})
    return [
        row.get("employeeNumber") or "",
        f"{row['firstName']} {row['lastName']}",
        row.get("dateOfBirth") or "",
        row.get("nationalIdentityNumber") or row.get("dnumber") or "",
        department.get("name", ""),
        division.get("name", ""),
        job.get("startDate", ""),
        job.get("endDate") or "",
        _figure(salary.get("percentageOfFullTimeEquivalent")),
        _figure(salary.get("annualSalary")),
        _figure(salary.get("hourlyWage")),
        row.get("bankAccountNumber") or "",
        row.get("email") or "",
    ]


def _hours(books: Books) -> Table:
    rows = list(books.rows["TimesheetEntry"].values())
    people, activities = books.rows["Employee"], books.rows["Activity"]
    return {
        "title": f"{books.name}, hours",
        "columns": ["Number", "Day", "Activity", "Hours", "Comment", "Locked"],
        "rows": [
            [
                people[row["employee"]].get("employeeNumber") or "",
                row["date"],
                f"{activities[row['activity']].get('number') or ''} {activities[row['activity']]['name']}".strip(),
                _figure(row["hours"]),
                row.get("comment") or "",
                "yes" if books.timesheets.locked(row) else "",
            ]
            for row in reversed(rows[-_SHOWN:])
        ],
    }


def _figure(value: float | None) -> str:
    return f"{value:,.2f}".removesuffix(".00") if value else ""
