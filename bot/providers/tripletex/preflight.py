"""Harmless reads that show whether a sync would be safe, before anything is planned.

Tripletex filters silently by right: it answers 200 with fewer rows, or none. What is asked for here is known to exist.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from bot.core.text import text
from bot.domain.findings import Finding, Severity
from bot.providers.errors import NotPermitted
from bot.providers.kit.concurrency import cancel_and_wait, gather_bounded
from bot.providers.tripletex.client import TripletexClient
from bot.providers.tripletex.reader import TripletexReader
from bot.providers.tripletex.reference_data import TripletexReferenceData

SAMPLE = 100

RIGHTS = ("AUTH_COMPANY_EMPLOYEE_ADMIN", "AUTH_COMPANY_WAGE_ADMIN", "AUTH_WAGE_INFORMATION")
"""Entitlements that the work seems to need, seen on a user with all rights. Which one each call needs is not published,
so a missing one is told and stops nothing."""

_DETAILS = "/employee/employment/details"
_OCCUPATIONS = "/employee/employment/occupationCode"


async def preflight(
    client: TripletexClient, people: TripletexReader, registers: TripletexReferenceData
) -> Sequence[Finding]:
    """Raises `NotPermitted` where people or employments cannot be seen; returns findings for lesser lacks.

    Lists that a sync reads anyway are read here, and kept; the others are asked for one row.
    """
    read = asyncio.create_task(_sample(client, people))
    rights = asyncio.create_task(missing_rights(client, RIGHTS))
    try:
        details, divisions, departments, occupations, countries = await gather_bounded(
            client.probe(_DETAILS),
            registers.is_readable("divisions"),
            registers.is_readable("departments"),
            client.probe(_OCCUPATIONS),
            registers.is_readable("countries"),
        )
        sample, missing = await read, await rights
    finally:
        await cancel_and_wait(read, rights)
    if not details:
        raise _hidden(_DETAILS)
    if not divisions:
        raise _hidden("/division")
    useful = {"/department": departments, _OCCUPATIONS: occupations, "/country": countries}
    findings = [
        Finding("tripletex_list_hidden", Severity.WARNING, "department", {"path": path})
        for path, readable in useful.items()
        if not readable
    ]
    if any("employments" not in person for person in sample):
        raise _hidden("employments")
    if len(sample) > 1 and not any(person["employments"] for person in sample):
        # True of a company that is new to payroll, and of a token that may not see employments.
        findings.append(Finding("tripletex_no_employments_seen", Severity.WARNING, "employment"))
    if missing:
        findings.append(Finding("tripletex_rights_missing", Severity.WARNING, "employment", {"rights": missing}))
    return findings


async def _sample(client: TripletexClient, people: TripletexReader) -> list[dict[str, Any]]:
    """Some people with their employments. Raises `NotPermitted` where not even the token's owner is shown."""
    sample = await client.some("/employee", fields="id,employments(id)", count=SAMPLE)
    if sample:
        people.saw_somebody()
    await people.prove_sight()
    return sample


async def missing_rights(client: TripletexClient, wanted: Sequence[str]) -> tuple[str, ...]:
    """Those entitlements that the token's owner seems to lack; none where they may not be read."""
    held = await _entitlements(client, wanted)
    return tuple(right for right in wanted if right not in held) if held else ()


async def says_rights(client: TripletexClient, wanted: Sequence[str]) -> bool:
    """Whether the token's owner is shown to have those entitlements."""
    return (await _entitlements(client, wanted)).issuperset(wanted)


async def _entitlements(client: TripletexClient, wanted: Sequence[str]) -> set[object]:
    """The names of the token owner's; none where they may not be read."""
    who = await client.who()
    asked = [("employeeId", str(who.employee_id))]
    try:
        held = _names(await client.some("/employee/entitlement", asked, fields="id,name"))
        if held and not held.issuperset(wanted):
            # A first page may come short: the whole list tells whether a right is missing.
            held = _names(await client.all("/employee/entitlement", asked, fields="id,name"))
    except NotPermitted:
        return set()
    return held


def _names(rows: Sequence[Mapping[str, object]]) -> set[object]:
    return {name for row in rows if isinstance(name := row.get("name"), str)}


def _hidden(what: str) -> NotPermitted:
    return NotPermitted(
        f"tripletex: {what} is hidden from the token",
        text=text("tripletex.employments_hidden"),
        advice=text("tripletex.not_permitted.advice"),
    )
