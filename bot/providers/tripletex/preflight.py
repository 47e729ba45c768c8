"""Harmless reads that show whether a sync would be safe, before anything is planned.

Tripletex filters silently by right: it answers 200 with fewer rows, or none. What is asked for here is known to exist.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.providers.errors import NotPermitted
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.people import People
from bot.sync.change import Finding, Severity
from bot.text import text

SAMPLE = 100

RIGHTS = ("AUTH_COMPANY_EMPLOYEE_ADMIN", "AUTH_COMPANY_WAGE_ADMIN", "AUTH_WAGE_INFORMATION")
"""Entitlements that the work seems to need, seen on a user with all rights. Which one each call needs is not published,
so a missing one is told and stops nothing."""

_NEEDED = ("/employee/employment/details", "/division")
_USEFUL = ("/department", "/employee/employment/occupationCode", "/country")


async def preflight(client: TripletexClient, people: People) -> Sequence[Finding]:
    """Raises `NotPermitted` where people or employments cannot be seen; returns findings for lesser lacks."""
    await people.prove_sight()
    for path in _NEEDED:
        if not await client.probe(path):
            raise _hidden(path)
    findings = [
        Finding("tripletex_list_hidden", Severity.WARNING, "department", {"path": path})
        for path in _USEFUL
        if not await client.probe(path)
    ]
    sample = await client.some("/employee", fields="id,employments(id)", count=SAMPLE)
    if any("employments" not in person for person in sample):
        raise _hidden("employments")
    if len(sample) > 1 and not any(person["employments"] for person in sample):
        # True of a company that is new to payroll, and of a token that may not see employments.
        findings.append(Finding("tripletex_no_employments_seen", Severity.WARNING, "employment"))
    missing = await _missing_rights(client)
    if missing:
        findings.append(Finding("tripletex_rights_missing", Severity.WARNING, "employment", {"rights": missing}))
    return findings


async def _missing_rights(client: TripletexClient) -> tuple[str, ...]:
    who = await client.who()
    try:
        asked = [("employeeId", str(who.employee_id))]
        held = {row.get("name") for row in await client.all("/employee/entitlement", asked, fields="id,name")}
    except NotPermitted:
        return ()
    return tuple(right for right in RIGHTS if right not in held) if held else ()


def _hidden(what: str) -> NotPermitted:
    return NotPermitted(
        f"tripletex: {what} is hidden from the token",
        text=text("tripletex.employments_hidden"),
        advice=text("tripletex.not_permitted.advice"),
    )
