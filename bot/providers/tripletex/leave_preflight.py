"""Harmless reads that show whether absence can be sent, before anything is planned."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from bot.domain.findings import Finding, Severity
from bot.providers.kit.concurrency import gather_bounded
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.leave_activities import TripletexActivities
from bot.providers.tripletex.leave_closed_days import MONTHS, WEEKS
from bot.providers.tripletex.leave_errors import hours_hidden
from bot.providers.tripletex.leave_periods import LEAVES
from bot.providers.tripletex.leave_rows import ENTRIES
from bot.providers.tripletex.preflight import missing_rights

RIGHTS = ("AUTH_HOURS_COMPANY",)
"""The entitlement that a public client names for other people's hours; which one each call needs is not published."""


async def leave_preflight(client: TripletexClient, activities: TripletexActivities, today: date) -> Sequence[Finding]:
    """Raises `NotPermitted` where activities, hours or months cannot be read; findings for lesser lacks."""
    who = await client.who()
    owner = str(who.employee_id)
    year, week, _ = today.isocalendar()
    days = [("dateFrom", today.isoformat()), ("dateTo", (today + timedelta(1)).isoformat())]
    hours, months, weeks, leaves = await gather_bounded(
        client.probe(ENTRIES, days),
        client.probe(MONTHS, [("employeeIds", owner), ("monthYearList", f"{today:%Y-%m}")]),
        client.probe(WEEKS, [("employeeIds", owner), ("weekYear", f"{year}-{week:02}")]),
        client.probe(LEAVES),
    )
    if not hours or not months:
        raise hours_hidden("tripletex: hours or months are hidden from the token")
    findings = [
        Finding("tripletex_absence_hidden", Severity.WARNING, "employment", {"path": path})
        for path, readable in ((WEEKS, weeks), (LEAVES, leaves))
        if not readable
    ]
    codes = await activities.codes()
    if not activities.numbered:
        findings.append(Finding("tripletex_no_activity_numbers", Severity.WARNING, "employment"))
    elif any(code.problem for code in codes):
        findings.append(Finding("tripletex_activity_numbers", Severity.WARNING, "employment"))
    if missing := await missing_rights(client, RIGHTS):
        findings.append(Finding("tripletex_rights_missing", Severity.WARNING, "employment", {"rights": missing}))
    return findings
