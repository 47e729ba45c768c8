"""Whether a sync would be safe: a token does not say what it may do, so what is needed is read."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from bot.domain.findings import Finding, Severity
from bot.providers.errors import NotPermitted
from bot.providers.kit.xml_body import text_at
from bot.providers.kleer.client import KleerClient
from bot.providers.kleer.errors import ERRORS

LOOKED_AT = 5
"""Users whose agreements may be refused before it is not theirs alone."""

TRIED = 20
"""Users without an agreement who are looked at, the active ones first, until one is shown."""


async def preflight(client: KleerClient) -> Sequence[Finding]:
    """Raises `NotPermitted` where users or agreements are not shown; a finding where cost centres are not, or where
    nobody has an agreement: whether the token may see payroll is not known then."""
    users = await client.rows("/user", "users", "user")
    if not users:
        raise ERRORS.not_permitted("kleer: GET /user: nobody, not even the token's own user")
    findings = await _agreements(client, users)
    try:
        await client.rows("/dimension", "dimensions", "dimension")
    except NotPermitted:
        findings.append(Finding("kleer_dimensions_hidden", Severity.WARNING, "cost_center"))
    return findings


async def _agreements(client: KleerClient, users: Sequence[ET.Element]) -> list[Finding]:
    refusals: list[NotPermitted] = []
    tried = sorted(users, key=lambda user: text_at(user, "active") == "false")[:TRIED]
    for user in tried:
        try:
            if await client.agreement(text_at(user, "id") or "") is not None:
                return []
        except NotPermitted as error:
            # It may be theirs alone: some people's take a right of their own.
            refusals.append(error)
            if len(refusals) == LOOKED_AT:
                break
    if refusals:
        raise refusals[0]
    return [Finding("kleer_no_agreement_seen", Severity.WARNING, "employment", {"n": len(tried)})]
