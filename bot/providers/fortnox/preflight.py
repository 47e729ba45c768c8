"""Whether a sync would be safe: what was agreed to, and whether the company owns Fortnox Lön."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.findings import Finding, Severity
from bot.providers.fortnox.client import NEEDED, USEFUL, FortnoxClient
from bot.providers.fortnox.errors import ERRORS


async def preflight(client: FortnoxClient) -> Sequence[Finding]:
    """Raises `NotPermitted` with all that is missing where a sync would be unsafe; else a finding with the rest."""
    scopes = await client.scopes()
    missing = tuple(scope for scope in (*NEEDED, *USEFUL) if scope not in scopes)
    if set(missing) & set(NEEDED):
        raise ERRORS.not_permitted(f"fortnox: missing {' '.join(missing)}", ", ".join(missing))
    await client.count("/employees", "Employees")
    values = {"scopes": missing}
    return [Finding("fortnox_scopes_missing", Severity.WARNING, "cost_center", values)] if missing else []
