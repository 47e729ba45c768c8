"""The stand-in's own screens: the page's tab, the page that asks for consent, and where a browser lands."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from sandbox.spiris_lon.company import SpirisCompany
from sandbox.spiris_lon.rules import Document
from sandbox.standin import Screen, Table

_SHOWN = 500
_COLUMNS = ["Number", "Name", "Identity", "E-mail", "Mobile", "Kind", "Pay", "Last day", "Address", "State"]
_PAGE = """<!doctype html><html lang="sv"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 1rem/1.5 system-ui; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }}
a {{ display: inline-block; margin: .2rem .4rem .2rem 0; padding: .4rem .8rem; background: #12305b; color: #fff }}
textarea {{ width: 100%; font-family: monospace }}</style>
<h1>{title}</h1>{body}</html>"""


def tables(companies: list[SpirisCompany]) -> Screen:
    return {
        "title": "Spiris Lön",
        "note": ", ".join(f"{company.name}: {len(company.employees)} employees" for company in companies),
        "tables": [table for company in companies for table in (_employees(company), _shortcuts(company))],
    }


def consent_page(asked: Mapping[str, str], companies: Iterable[SpirisCompany]) -> str:
    """Who wants what, and for which company somebody agrees."""
    links = "".join(
        f'<p>{html.escape(company.name)}<br><a href="/oauth/approve?{_query(asked, company)}">Tillåt</a></p>'
        for company in companies
    )
    deny = f'<p><a href="/oauth/approve?{_query(asked, None)}">Avbryt</a></p>'
    said = f"<p>Den här sidan är en låtsas-Spiris. integration-bot ber om: {html.escape(asked['scope'])}</p>"
    return _PAGE.format(title="Tillåt åtkomst", body=f"{said}{links}{deny}")


def landing_page(address: str) -> str:
    """Where a browser lands whose own machine has no bot: the address is what is copied."""
    body = f'<p>Copy this address into Slack:</p><textarea rows="4" readonly>{html.escape(address)}</textarea>'
    return _PAGE.format(title="Back to Slack", body=body)


def _query(asked: Mapping[str, str], company: SpirisCompany | None) -> str:
    return html.escape(urlencode({**asked, **({"company": company.number} if company else {})}))


def _employees(company: SpirisCompany) -> Table:
    # Latest first, so that one sees somebody arrive.
    rows = [_row(company.shown(row)) for row in list(reversed(company.employees.values()))[:_SHOWN]]
    return {"title": f"{company.name}, employees", "columns": _COLUMNS, "rows": rows}


def _row(row: Document) -> list[str]:
    cells = (
        row["EmployeeNumber"],
        f"{row['FirstName']} {row['LastName']}",
        row["IdentificationNumber"],
        row["EmailWork"],
        row["PhoneMobile"],
        {0: "Tjänsteman", 1: "Arbetare"}.get(row["EmployeeCategory"]),
        {1: "Månadslön", 2: "Timlön"}.get(row["SalaryType"]),
        (row["ContractEndDate"] or "")[:10],
        f"{row['PrimaryAddress'] or ''} {row['Zip'] or ''} {row['City'] or ''}".strip(),
        "Utkast" if row["State"] == 0 else "Begränsad" if row["Type"] == 1 else "",
    )
    return ["" if cell is None else str(cell) for cell in cells]


def _shortcuts(company: SpirisCompany) -> Table:
    latest = sorted(company.shortcuts.values(), key=lambda row: str(row["StartDate"]), reverse=True)[:_SHOWN]
    rows = [
        [
            company.employees.get(row["EmployeeId"], {}).get("EmployeeNumber", ""),
            f"{row['StartDate'][:10]} - {row['EndDate'][:10]}",
            row["kind"],
            str(row["MinutesOfDay"] or f"{row['PercentOfDay']} %"),
            "yes" if row["IsRead"] else "",
        ]
        for row in latest
    ]
    return {"title": f"{company.name}, absence", "columns": ["Number", "Days", "Kind", "Minutes", "Read"], "rows": rows}
