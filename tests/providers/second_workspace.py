"""The attack of the standard suites: a second workspace enters, in Slack, all that the first one ever entered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.providers import registry
from bot.providers.protocol import ControlProof
from sandbox.slack.user_actions import Person
from sandbox.standin import System
from storage import account_assignments
from tests.support.slack_office import Office, dump, open_office

FIRST = "T02OTHER"
REFUSED = "kan ikke kobles til fra dette arbeidsområdet"


NOT_BEGUN = "kommer ikke fra en godkjenning som du begynte på"
OWNER = "U01OWNER"

Agree = Callable[[str], str]
"""An administrator of the company agrees on the vendor's page, by its address; gives where the browser is led to."""


async def attack(
    folder: Path, environment: pytest.MonkeyPatch, system: System, entered: Mapping[str, str], agree: Agree = str
) -> None:
    """The second workspace is refused with the one answer, and the first one's owner is told."""
    for name, value in system.operator_environment().items():
        environment.setenv(name, value)
    info = registry.target(system.key).info
    async with open_office(folder) as office:
        await _connect_first(office, system.key, entered, agree)
        henrik = office.person("henrik")
        block = f"credential.{system.key}."
        await office.to_credentials(henrik, system.key, block + info.credentials[0].key)
        if info.control is ControlProof.VENDOR_CONSENT:
            entered = await _with_consent(office, henrik, system.key, block + info.credentials[0].key, agree)
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


async def _with_consent(office: Office, who: Person, provider: str, field: str, agree: Agree) -> dict[str, str]:
    """What others began, or nobody, connects nothing. Then the attacker gets the company's own administrator to agree,
    which is as much as knowing its secret."""
    connections = office.app.services.connections
    for team_id, user_id in ((FIRST, OWNER), (office.team_id, OWNER), (FIRST, who.user.id)):
        url = await connections.consent_url(team_id, user_id, provider)
        assert url is not None
        await who.fill(field, agree(url))
        await who.submit()
        await office.shows(who, NOT_BEGUN)
        await office.until_field(who, field)
    return {"consent": agree(consent_link(who))}


def consent_link(who: Person) -> str:
    """The address of the vendor's page that somebody's form leads to."""
    assert who.modal is not None
    found = re.search(r"<(http[^|>]+oauth[^|>]+)\|", dump(who.modal.blocks))
    assert found is not None
    return found[1].replace("&amp;", "&")


async def _connect_first(office: Office, provider: str, entered: Mapping[str, str], agree: Agree) -> None:
    url = await office.app.services.connections.consent_url(FIRST, OWNER, provider)
    if url is not None:
        consent = {"consent": agree(url)}
        entered = await office.app.services.connections.redeemed(FIRST, OWNER, provider, consent)
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
        await account_assignments.claim(s, provider, key, FIRST, OWNER)
