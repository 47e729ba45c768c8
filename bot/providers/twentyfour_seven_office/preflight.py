"""Whether a sync would be safe: a token acts for its whole company, so little can be missing."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.findings import Finding, Severity
from bot.providers.twentyfour_seven_office.client import TwentyFourClient
from bot.providers.twentyfour_seven_office.errors import ERRORS
from bot.providers.twentyfour_seven_office.reader import PEOPLE
from bot.providers.twentyfour_seven_office.reference_data import TwentyFourLists


async def preflight(client: TwentyFourClient, lists: TwentyFourLists) -> Sequence[Finding]:
    """Raises `NotPermitted` where employees are not shown; a finding where no new employment could be made."""
    await lists.load()
    if not await client.rows(PEOPLE) and not client.may_be_empty:
        raise ERRORS.nobody_shown()
    no_sites = Finding("twentyfour_seven_office_no_sites", Severity.WARNING, "division")
    return [] if lists.sites else [no_sites]
