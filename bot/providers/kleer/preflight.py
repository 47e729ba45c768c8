"""Whether a sync would be safe: a token does not say what it may do, so what is needed is read."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.findings import Finding, Severity
from bot.providers.errors import NotPermitted
from bot.providers.kit.xml_body import text_at
from bot.providers.kleer.client import KleerClient

LOOKED_AT = 5
"""Users whose agreements are tried until one is shown."""


async def preflight(client: KleerClient) -> Sequence[Finding]:
    """Raises `NotPermitted` where users or agreements are not shown; a finding where cost centres are not."""
    users = await client.rows("/user", "users", "user")
    refused: NotPermitted | None = None
    for user in users[:LOOKED_AT]:
        try:
            await client.agreement(text_at(user, "id") or "")
        except NotPermitted as error:
            # It may be theirs alone: some people's take a right of their own.
            refused = error
        else:
            refused = None
            break
    if refused is not None:
        raise refused
    try:
        await client.rows("/dimension", "dimensions", "dimension")
    except NotPermitted:
        return [Finding("kleer_dimensions_hidden", Severity.WARNING, "cost_center")]
    return []
