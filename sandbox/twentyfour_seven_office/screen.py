"""The stand-in's own screen: what the page's 24SevenOffice tab shows, company by company."""

from __future__ import annotations

from sandbox.standin import Screen, Table
from sandbox.twentyfour_seven_office.company import OfficeCompany
from sandbox.twentyfour_seven_office.rules import Document

_SHOWN = 500
_COLUMNS = [
    "Number", "Name", "Identity", "Site", "Start", "End", "Form", "Percent", "Pay", "From", "Accounting",
    "Bank account",
]  # fmt: skip


def tables(companies: list[OfficeCompany]) -> Screen:
    return {
        "title": "24SevenOffice",
        "note": ", ".join(f"{company.name}: {len(company.employees)} employees" for company in companies),
        "tables": [table for company in companies for table in (_employees(company), _absences(company))],
    }


def _employees(company: OfficeCompany) -> Table:
    # Latest first, so that one sees somebody arrive.
    latest = list(reversed(company.employees.values()))[:_SHOWN]
    return {
        "title": f"{company.name}, employees",
        "columns": _COLUMNS,
        "rows": [_row(company, employee) for employee in latest],
    }


def _absences(company: OfficeCompany) -> Table:
    decided = {"": "", "1": "approved", "2": "rejected"}
    latest = list(reversed(company.absences.rows.values()))[:_SHOWN]
    return {
        "title": f"{company.name}, absence",
        "columns": ["Number", "Type", "First day", "Last day", "Percent", "Decision", "External id"],
        "rows": [
            [
                row["empId"],
                row["description"],
                row["startDate"],
                row["endDate"],
                row["percent"],
                decided[row["approved"]],
                row["externalId"],
            ]
            for row in latest
        ],
    }


def _row(company: OfficeCompany, employee: Document) -> list[str]:
    job = max(company.jobs[employee["empId"]], key=lambda one: str(one["startdate"]), default={})
    site = next((one["name"] for one in company.sites if one["enterprise_number"] == job.get("enterprise_number")), "")
    pay = f"{employee['salary']} {employee['salary_type']}" if employee["salary"] else ""
    units = [
        next(v["name"] for v in company.dimensions[one["dimid"]]["values"] if v["value"] == one["value"])
        for row in employee["accounting"]
        for one in row["dimensions"]
    ]
    return [
        employee["empId"],
        f"{employee['firstname']} {employee['lastname']}",
        employee["personnr"],
        site,
        job.get("startdate", ""),
        job.get("enddate", ""),
        job.get("employment_form", ""),
        job.get("employment_rate", ""),
        pay,
        employee["salary_valid_from"],
        ", ".join(units),
        employee["account"],
    ]
