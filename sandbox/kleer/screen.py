"""The stand-in's own screen: what the page's Kleer tab shows, company by company."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.kleer.company import KleerCompany
from sandbox.standin import Screen, Table

_SHOWN = 500
_COLUMNS = [
    "Foreign id", "Name", "E-mail", "Active", "Identity", "Street", "Start", "End", "Monthly salaries", "Hourly",
    "Cost centre", "Bank account",
]  # fmt: skip


def tables(companies: Mapping[tuple[str, int], KleerCompany]) -> Screen:
    """Those at the test address, and whichever of production have anybody."""
    shown = [(host, company) for (host, _), company in companies.items() if company.users or host == "test"]
    return {
        "title": "Kleer",
        "note": ", ".join(f"{company.name} ({host}): {len(company.users)} users" for host, company in shown),
        "tables": [_users(host, company) for host, company in shown],
    }


def _users(host: str, company: KleerCompany) -> Table:
    # Latest first, so that one sees somebody arrive.
    latest = list(reversed(company.users))[:_SHOWN]
    return {
        "title": f"{company.name} ({host}), users",
        "columns": _COLUMNS,
        "rows": [_row(company, user) for user in latest],
    }


def _row(company: KleerCompany, user: int) -> list[str]:
    row, agreement = company.users[user], company.agreements.get(user, {})
    salaries = ", ".join(f"{day}: {amount}" for day, amount in sorted(company.salaries.get(user, {}).items()))
    centers = [one["id"] for one in agreement.get("dimension-entries", {}).get("dimension-entry", ())]
    rate = agreement.get("hourly-salary", "0")
    cells = (
        row.get("foreign-id"),
        row.get("name"),
        row.get("email"),
        row.get("active"),
        agreement.get("ssn"),
        agreement.get("address2"),
        agreement.get("employment-start-date"),
        agreement.get("employment-end-date"),
        salaries,
        "" if rate == "0" else f"{rate} from {agreement.get('hourly-salary-start-date')}",
        ", ".join(company.entries[int(one)]["name"] for one in centers if int(one) in company.entries),
        f"{agreement.get('clearing-nr', '')} {agreement.get('account-nr', '')}".strip(),
    )
    return ["" if cell is None else str(cell) for cell in cells]
