"""The attack of the standard suites: a second workspace enters, in Slack, all that the first one ever entered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.providers import registry
from sandbox.standin import System
from storage import account_assignments
from tests.support.slack_office import Office, open_office

FIRST = "T02OTHER"
REFUSED = "kan ikke kobles til fra dette arbeidsområdet"


async def attack(folder: Path, environment: pytest.MonkeyPatch, system: System, entered: Mapping[str, str]) -> None:
    """The second workspace is refused with the one answer, and the first one's owner is told."""
    for name, value in system.operator_environment().items():
        environment.setenv(name, value)
    info = registry.target(system.key).info
    async with open_office(folder) as office:
        await _connect_first(office, system.key, entered)
        henrik = office.person("henrik")
        block = f"credential.{system.key}."
        await office.to_credentials(henrik, system.key, block + info.credentials[0].key)
        for field in info.asked(entered):
            if field.choices and not field.registered:
                await office.until_field(henrik, block + field.key)
                await henrik.choose(block + field.key, entered[field.key])
        for field in info.asked(entered):
            if not field.choices:
                await office.until_field(henrik, block + field.key)
                await henrik.fill(block + field.key, entered.get(field.key, ""))
        await henrik.submit()
        await office.shows(henrik, REFUSED)
        await office.reads(henrik.direct_messages, henrik, "et annet Slack-arbeidsområde")
        assert await office.integrations() == []


async def _connect_first(office: Office, provider: str, entered: Mapping[str, str]) -> None:
    assigned = registry.target(provider).info.assignment(entered)
    if assigned is not None:
        await office.assign(provider, assigned[1], FIRST)
    async with office.app.services.connections.try_account(FIRST, provider, entered) as door:
        account = await door.identify()
    await office.make(
        team_id=FIRST,
        provider=provider,
        target_account_id=account.id,
        target_account_name=account.name,
        environment=account.environment,
        credentials=dict(entered),
        settings={},
    )
    key = account_assignments.account_key(account.environment, account.id)
    async with office.app.database.session() as s:
        await account_assignments.claim(s, provider, key, FIRST, "U01OWNER")
