"""The stand-in's own screens: the page's Fortnox tab, the page that asks for consent, and where a browser lands."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from sandbox.fortnox.company import FortnoxCompany
from sandbox.fortnox.rules import Document
from sandbox.standin import Screen, Table

_SHOWN = 500
_COLUMNS = [
    "Number", "Name", "Identity", "Title", "Form", "Start", "End", "Salary", "History", "Cost centre",
    "Bank account", "Inactive",
]  # fmt: skip
_PAGE = """<!doctype html><html lang="sv"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 1rem/1.5 system-ui; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }}
a {{ display: inline-block; margin: .2rem .4rem .2rem 0; padding: .4rem .8rem; background: #0b5d3b; color: #fff }}
textarea {{ width: 100%; font-family: monospace }}</style>
<h1>{title}</h1>{body}</html>"""


def tables(companies: list[FortnoxCompany]) -> Screen:
    return {
        "title": "Fortnox",
        "note": ", ".join(f"{company.name}: {len(company.employees)} employees" for company in companies),
        "tables": [table for company in companies for table in (_employees(company), _absences(company))],
    }


def consent_page(asked: Mapping[str, str], companies: Iterable[FortnoxCompany]) -> str:
    """Who wants what, and for which company somebody agrees."""
    scopes = ", ".join(html.escape(scope) for scope in asked["scope"].split())
    links = "".join(
        f'<p>{html.escape(company.name)}<br><a href="/oauth-v1/approve?{_query(asked, company, "administrator")}">'
        f'Godkänn behörighet</a><a href="/oauth-v1/approve?{_query(asked, company, "user")}">'
        "Godkänn, utan att vara systemadministratör</a></p>"
        for company in companies
    )
    deny = f'<p><a href="/oauth-v1/approve?{_query(asked, None, "")}">Avbryt</a></p>'
    said = "<p>Den här sidan är en låtsas-Fortnox. integration-bot ber om: "
    return _PAGE.format(title="Godkänn behörighet", body=f"{said}{scopes}</p>{links}{deny}")


def landing_page(address: str) -> str:
    """Where a browser lands whose own machine has no bot: the address is what is copied."""
    body = f'<p>Copy this address into Slack:</p><textarea rows="4" readonly>{html.escape(address)}</textarea>'
    return _PAGE.format(title="Back to Slack", body=body)


def _query(asked: Mapping[str, str], company: FortnoxCompany | None, role: str) -> str:
    more = {"tenant": str(company.tenant), "role": role} if company else {}
    return html.escape(urlencode({**asked, **more}))


def _employees(company: FortnoxCompany) -> Table:
    # Latest first, so that one sees somebody arrive.
    latest = list(reversed(company.employees.values()))[:_SHOWN]
    rows = [_row(company.shown(row)) for row in latest]
    return {"title": f"{company.name}, employees", "columns": _COLUMNS, "rows": rows}


def _row(row: Document) -> list[str]:
    pay = row["MonthlySalary"] or row["HourlyPay"]
    history = [f"{one['FirstDay']}: {one['MonthlySalary'] or one['HourlyPay']}" for one in row["DatedWages"]]
    cells = (
        row["EmployeeId"],
        row["FullName"],
        row["PersonalIdentityNumber"],
        row["JobTitle"],
        f"{row['EmploymentForm']} {row['PersonelType']}",
        row["EmploymentDate"],
        row["EmployedTo"],
        f"{pay} {row['SalaryForm']}" if pay else None,
        ", ".join(history),
        row["CostCenter"],
        f"{row['ClearingNo']} {row['BankAccountNo']}".strip(),
        "yes" if row["Inactive"] else "",
    )
    return ["" if cell is None else str(cell) for cell in cells]


def _absences(company: FortnoxCompany) -> Table:
    latest = sorted(company.absences.values(), key=lambda row: (row["Date"], row["EmployeeId"]), reverse=True)[:_SHOWN]
    rows = [[row["EmployeeId"], row["Date"], row["CauseCode"], f"{row.get('Hours', '')}"] for row in latest]
    return {"title": f"{company.name}, absence", "columns": ["Number", "Day", "Cause", "Hours"], "rows": rows}
