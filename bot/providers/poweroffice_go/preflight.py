"""Whether a sync would be safe: Go says itself which privileges the integration has."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.findings import Finding, Severity
from bot.providers.poweroffice_go.client import PowerofficeGoClient
from bot.providers.poweroffice_go.errors import ERRORS

NEEDED = ("Employee_Full", "Employment_Full", "EmploymentSalary_Full", "EmploymentFtePercentage_Full")
"""Without one of these, a person would be left half written."""

USEFUL = ("EmployeeBankAccounts_Full", "Department", "Enterprises", "PayrollSettings")
"""Without these, accounts are not chosen, departments not found, or new employments not made."""


async def preflight(client: PowerofficeGoClient) -> Sequence[Finding]:
    """Raises `NotPermitted` with all that is missing where a sync would be unsafe; else a finding with the rest."""
    said = (await client.information()).get("ValidPrivileges")
    held = {str(name) for name in said} if isinstance(said, list) else set()
    missing = tuple(name for name in (*NEEDED, *USEFUL) if not held & {name, f"{name}_Full"})
    if set(missing) & set(NEEDED):
        raise ERRORS.not_permitted(f"poweroffice_go: missing {' '.join(missing)}", ", ".join(missing))
    values = {"privileges": missing}
    return [Finding("poweroffice_go_privileges_missing", Severity.WARNING, "employment", values)] if missing else []
