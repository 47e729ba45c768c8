"""Whether a sync would be safe: Go says itself which privileges the integration has."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.findings import Finding, Severity
from bot.providers.poweroffice_go.client import PowerofficeGoClient
from bot.providers.poweroffice_go.errors import ERRORS
from bot.providers.protocol import Account

NEEDED = ("Employee_Full", "Employment_Full", "EmploymentSalary_Full", "EmploymentFtePercentage_Full")
"""Without one of these, a person would be left half written."""

USEFUL = ("EmployeeBankAccounts_Full", "Department", "Enterprises", "PayrollSettings")
"""Without these, accounts are not chosen, departments not found, or new employments not made."""

LEAVE_NEEDED = ("EmploymentLeave_Full", "Employee", "Employment")
"""Without one of these, leaves of absence are not read and written; people need no more to be found."""


async def account_of(client: PowerofficeGoClient) -> Account:
    """Sign in, and name the Go client that the keys lead to."""
    said = await client.information()
    identifier = str(said["ClientId"])
    name = str(said.get("ClientName") or "").strip()
    return Account(id=identifier, name=name or f"Go {identifier}", environment=client.environment)


async def leave_preflight(client: PowerofficeGoClient) -> Sequence[Finding]:
    """Raises `NotPermitted` with all that is missing for leaves of absence."""
    missing = _missing(await _held(client), LEAVE_NEEDED)
    if missing:
        raise ERRORS.not_permitted(f"poweroffice_go: missing {' '.join(missing)}", ", ".join(missing))
    return []


async def preflight(client: PowerofficeGoClient) -> Sequence[Finding]:
    """Raises `NotPermitted` with all that is missing where a sync would be unsafe; else a finding with the rest."""
    missing = _missing(await _held(client), (*NEEDED, *USEFUL))
    if set(missing) & set(NEEDED):
        raise ERRORS.not_permitted(f"poweroffice_go: missing {' '.join(missing)}", ", ".join(missing))
    values = {"privileges": missing}
    return [Finding("poweroffice_go_privileges_missing", Severity.WARNING, "employment", values)] if missing else []


async def _held(client: PowerofficeGoClient) -> set[str]:
    said = (await client.information()).get("ValidPrivileges")
    return {str(name) for name in said} if isinstance(said, list) else set()


def _missing(held: set[str], wanted: Sequence[str]) -> tuple[str, ...]:
    """Those that are held neither as they are named nor in full."""
    return tuple(name for name in wanted if not held & {name, f"{name}_Full"})


async def says_rights(client: PowerofficeGoClient) -> bool:
    """Whether Go says that the integration may write people and pay."""
    return not _missing(await _held(client), NEEDED)
