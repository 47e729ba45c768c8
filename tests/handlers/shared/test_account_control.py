"""A second workspace that knows all that is public of a first one's account, and in one case its secret too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot import accounts
from bot.connections import AccountRefused
from sandbox.paxml import COMPANY_NAME, COMPANY_NUMBER, CUSTOMER, Paxml
from sandbox.slack.user_actions import Person
from sandbox.visma_net import OTHER_TENANT, TENANT, VismaNet
from sandbox.visma_net import demo as visma_demo
from storage import account_assignments, audit, integrations
from storage.integrations import Integration
from tests.support.slack_office import COMPANY, TRIPLETEX_TOKEN, Office, dump, open_office

FIRST = "T02OTHER"
REFUSED = "kan ikke kobles til fra dette arbeidsområdet"
FOLDER, TENANT_ID = "credential.paxml.folder", "credential.visma_net.tenant_id"


@dataclass
class Place:
    """An office whose installation has both systems in which nothing that is asked for is a secret."""

    office: Office
    visma: VismaNet
    paxml: Paxml

    async def first_has_tenant(self) -> Integration:
        await self.office.assign("visma_net", TENANT, FIRST)
        return await self.office.make(
            team_id=FIRST,
            provider="visma_net",
            target_account_id=TENANT,
            target_account_name="Polarbønna Norge AS",
            credentials={"tenant_id": TENANT},
            settings={},
        )

    async def first_has_folder(self) -> Integration:
        await self.office.assign("paxml", CUSTOMER, FIRST)
        return await self.office.make(
            team_id=FIRST,
            provider="paxml",
            target_account_id=f"{CUSTOMER}/{COMPANY_NUMBER}",
            target_account_name=COMPANY_NAME,
            credentials={
                "delivery": "folder",
                "folder": CUSTOMER,
                "organisation_number": COMPANY_NUMBER,
                "company_name": COMPANY_NAME,
            },
            environment="production",
            settings={},
        )

    async def enter_folder(self, who: Person, folder: str) -> None:
        """Fill in a folder, and have it checked."""
        await who.fill(FOLDER, folder)
        await who.fill("credential.paxml.organisation_number", COMPANY_NUMBER)
        await who.fill("credential.paxml.company_name", COMPANY_NAME)
        await who.submit()


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async with visma_demo() as visma, Paxml() as paxml:
        for name, value in {**visma.operator_environment(), **paxml.operator_environment()}.items():
            monkeypatch.setenv(name, value)
        async with open_office(tmp_path) as office:
            yield Place(office, visma, paxml)


async def test_a_tenant_that_is_known_is_not_a_tenant_that_is_had(place: Place) -> None:
    office, henrik = place.office, place.office.person("henrik")
    first = await place.first_has_tenant()
    await office.to_credentials(henrik, "visma_net", TENANT_ID)
    said = []
    for tenant in (TENANT, TENANT.upper(), OTHER_TENANT, "00000000-0000-4000-8000-000000000000", "no-uuid"):
        await henrik.fill(TENANT_ID, tenant)
        await henrik.submit()
        said.append(await _answer(office, henrik, tenant))
    assert len(set(said)) == 1
    assert COMPANY not in said[0]
    assert list(place.visma.requests) == [], "Visma was asked nothing"
    await _both_are_told(office, first)


async def test_every_refusal_of_what_is_assigned_is_the_same_work(place: Place) -> None:
    """The same statements, and nothing asked of anybody, so that no clock tells the causes apart."""
    await place.first_has_tenant()
    await place.first_has_folder()
    (place.paxml.root / "acme").mkdir()
    connections, asked = place.office.app.services.connections, list[str]()

    def note(_: object, __: object, statement: str, *___: object) -> None:
        if "account_assignments" in statement:
            asked.append(statement)

    work = dict[str, list[tuple[str, ...]]]()
    paxml = {"delivery": "folder", "organisation_number": COMPANY_NUMBER, "company_name": COMPANY_NAME}
    tenants = (TENANT, TENANT.upper(), OTHER_TENANT, "00000000-0000-4000-8000-000000000000")
    folders = (CUSTOMER, "acme", "nobody", f"../{CUSTOMER}")
    sa.event.listen(Engine, "before_cursor_execute", note)
    try:
        for provider, entered in [
            *(("visma_net", {"tenant_id": tenant}) for tenant in tenants),
            *(("paxml", {**paxml, "folder": folder}) for folder in folders),
        ]:
            asked.clear()
            with pytest.raises(AccountRefused):
                async with connections.try_account(place.office.team_id, provider, entered):
                    pass
            work.setdefault(provider, []).append(tuple(asked))
    finally:
        sa.event.remove(Engine, "before_cursor_execute", note)
    assert {provider: len(set(each)) for provider, each in work.items()} == {"visma_net": 1, "paxml": 1}
    assert all(len(each[0]) == 1 for each in work.values())
    assert list(place.visma.requests) == []


async def test_a_folder_that_is_there_is_not_told_from_one_that_is_not(place: Place) -> None:
    office, henrik = place.office, place.office.person("henrik")
    first = await place.first_has_folder()
    (place.paxml.root / "acme").mkdir()
    await office.to_credentials(henrik, "paxml", FOLDER)
    said = []
    for folder in (CUSTOMER, "acme", "nobody", f"../{CUSTOMER}"):
        await place.enter_folder(henrik, folder)
        said.append(await _answer(office, henrik, folder))
    assert len(set(said)) == 1
    assert list(place.paxml.folder.iterdir()) == []
    await _both_are_told(office, first)


async def test_who_knows_the_secret_of_a_connected_account_is_refused_too(office: Office) -> None:
    first = await office.make(team_id=FIRST)
    await _claim(office, first)
    henrik = office.person("henrik")
    await office.to_credentials(henrik, "tripletex", "credential.tripletex.employee_token")
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    said = await office.shows(henrik, REFUSED)
    assert COMPANY not in said
    await _both_are_told(office, first)


async def test_reconnecting_is_no_way_around(office: Office) -> None:
    mine = await office.make()
    await _claim(office, mine)
    henrik = office.person("henrik")
    await henrik.type("/integration credentials")
    await office.until_step(henrik, "credentials")
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await office.shows(henrik, REFUSED)


async def test_of_two_workspaces_at_once_the_first_to_save_has_it(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    books = next(books for books in office.tripletex.companies.values() if books.name == COMPANY)
    async with office.app.database.session() as s:
        key = account_assignments.account_key("test", str(books.id))
        await account_assignments.claim(s, "tripletex", key, FIRST, "U01OWNER")
    await henrik.submit()
    await office.shows(henrik, REFUSED)
    assert await office.integrations() == []


async def test_who_saves_has_the_account_and_gives_it_up_by_removing_the_integration(office: Office) -> None:
    made = await office.set_up(office.person("henrik"))
    key = account_assignments.account_key(made.environment, made.target_account_id)
    async with office.app.database.session() as s:
        assert await account_assignments.holder(s, "tripletex", key) == office.team_id
        await integrations.remove(s, made.id)
        assert await account_assignments.holder(s, "tripletex", key) is None


async def test_what_was_revoked_syncs_no_more(place: Place) -> None:
    office = place.office
    first = await place.first_has_tenant()
    async with office.app.services.connections.target(first) as target:
        assert (await target.identify()).id == TENANT
    await accounts.revoke(office.app.database, "visma_net", TENANT)
    asked = len(list(place.visma.requests))
    with pytest.raises(accounts.NotAssigned):
        await accounts.revoke(office.app.database, "visma_net", TENANT)
    with pytest.raises(AccountRefused):
        async with office.app.services.connections.target(first):
            pass
    assert len(list(place.visma.requests)) == asked


async def _answer(office: Office, who: Person, entered: str) -> str:
    """What the form says, once it is about what was entered."""

    def said() -> str:
        shown = dump(who.modal.blocks) if who.modal else ""
        return who.reads() if f'"{entered}"' in shown and REFUSED in shown else ""

    return await office.slack.world.changes.until(said, 10)


async def _claim(office: Office, account: Integration) -> None:
    """What the first workspace's own set-up did."""
    async with office.app.database.session() as s:
        key = account_assignments.account_key(account.environment, account.target_account_id)
        await account_assignments.claim(s, account.provider, key, FIRST, "U01OWNER")


async def _both_are_told(office: Office, first: Integration) -> None:
    """The first owner by direct message, once however often it is tried; both workspaces' audit."""
    henrik = office.person("henrik")
    await office.reads(henrik.direct_messages, henrik, "et annet Slack-arbeidsområde", "Norge", "avvist")
    await office.app.background.drain()
    assert len([one for one in henrik.direct_messages() if "et annet Slack" in henrik.reads(one)]) == 1
    assert "account.refused" in {entry.action for entry in await office.audited()}
    async with office.app.database.reading() as s:
        theirs = await audit.page(s, first.team_id)
    assert [entry.action for entry in theirs].count("account.contested") == 1
