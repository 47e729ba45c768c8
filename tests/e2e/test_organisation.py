"""Enterprise Grid: the bot installed in a whole organisation, or in several workspaces of one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.notify.workflow_step import CALLBACK_ID
from sandbox.slack.workspace import Membership
from storage import installations, integrations, workspaces
from storage.installations import Bundle, BundleKind
from tests.e2e.test_http import installations_kept
from tests.handlers.runs.test_start import ended
from tests.support.http_office import HttpOffice
from tests.support.slack_office import Office, open_office

ORGANISATION = "E01NORD"
ANOTHER = "T02OTHER"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[HttpOffice]:
    async with open_office(tmp_path, HttpOffice) as opened:
        assert isinstance(opened, HttpOffice)
        yield opened


@pytest.fixture
async def org_wide(office: HttpOffice) -> HttpOffice:
    office.slack.join_organisation(ORGANISATION, "Nordlind group", org_wide=True)
    assert (await office.install()).status_code == 200
    return office


async def _state(office: Office, integration_id: str) -> str:
    return (await office.integration(integration_id)).state.value


async def test_home_opens_and_its_buttons_work_in_an_org_wide_installation(org_wide: HttpOffice) -> None:
    made = await org_wide.make()
    henrik = org_wide.person("henrik")
    henrik.user = org_wide.slack.world.workspace.users[henrik.user.id] = replace(henrik.user, home_team=ANOTHER)
    henrik.open_home()
    await org_wide.slack.world.changes.until(lambda: henrik.home)
    assert "*Norge*" in henrik.reads(henrik.home)
    await henrik.choose("integration.more", f"integration.pause:{made.id}", in_=henrik.home)
    await org_wide.shows(henrik, "er satt på pause")
    assert await _state(org_wide, made.id) == "paused"
    await henrik.click("integration.setup", henrik.home)
    await org_wide.until_step(henrik, "system")
    await henrik.choose("system", "tripletex")
    await org_wide.until_field(henrik, "system.tripletex")


async def test_an_archived_channel_is_told_in_an_org_wide_installation(org_wide: HttpOffice) -> None:
    await org_wide.make()
    henrik, astrid = org_wide.person("henrik"), org_wide.person("astrid")
    await astrid.type("/archive")
    await org_wide.reads(henrik.direct_messages, henrik, "arkivert", "*Norge*")


async def test_the_step_runs_in_an_org_wide_installation(org_wide: HttpOffice) -> None:
    made = await org_wide.make()
    execution = org_wide.person("henrik").run_workflow(CALLBACK_ID, integration="Norge")
    await org_wide.slack.world.changes.until(lambda: execution.state != "running")
    assert (execution.state, execution.error) == ("completed", "")
    assert await ended(org_wide, made.id)


async def test_a_message_button_is_answered_for_its_own_workspace(org_wide: HttpOffice) -> None:
    """With no team in the press, Bolt takes the person's home workspace."""
    made = await org_wide.make()
    henrik = org_wide.person("henrik")
    henrik.user = org_wide.slack.world.workspace.users[henrik.user.id] = replace(henrik.user, home_team=ANOTHER)
    await henrik.type("/integration pause Norge")
    said = await org_wide.told(henrik, "er satt på pause")
    await henrik.click("integration.resume", said)

    async def resumed() -> bool:
        return await _state(org_wide, made.id) != "paused"

    await org_wide.until(resumed)


@pytest.mark.parametrize("authorised", [False, True], ids=["enterprise_alone", "authorised_without_a_team"])
async def test_an_organisation_that_uninstalls_is_forgotten_and_all_its_workspaces_paused(
    org_wide: HttpOffice, authorised: bool
) -> None:
    made = await org_wide.make()
    database = org_wide.app.database
    async with database.session() as s:
        await workspaces.ensure(s, org_wide.team_id, "Nordlind", ORGANISATION)
        await workspaces.ensure(s, ANOTHER, "Other", ORGANISATION)
        await workspaces.ensure(s, "T03ALONE", "Alone")
    other = await org_wide.make(team_id=ANOTHER, target_account_id="2")
    alone = await org_wide.make(team_id="T03ALONE", target_account_id="3")
    world = org_wide.slack.world
    world.events.emit("app_uninstalled", {"type": "app_uninstalled"}, of_installation=not authorised)

    async def paused() -> bool:
        states = [await _state(org_wide, one.id) for one in (made, other)]
        return states == ["paused"] * 2 and await installations_kept(org_wide) == 0

    await org_wide.until(paused)
    assert await _state(org_wide, alone.id) != "paused"


async def test_a_workspace_with_an_installation_of_its_own_outlives_its_organisations(org_wide: HttpOffice) -> None:
    made = await org_wide.make()
    async with org_wide.app.database.session() as s:
        await workspaces.ensure(s, org_wide.team_id, "Nordlind", ORGANISATION)
        await workspaces.ensure(s, ANOTHER, "Other", ORGANISATION)
        await installations.save(s, org_wide.app.database.vault, _bundle(ANOTHER, "xoxb-other"))
    other = await org_wide.make(team_id=ANOTHER, target_account_id="2")
    org_wide.slack.uninstall()

    async def paused() -> bool:
        return await _state(org_wide, made.id) == "paused"

    await org_wide.until(paused)
    assert await _state(org_wide, other.id) != "paused"
    assert (await org_wide.app.slack.client_of(ANOTHER)).token == "xoxb-other"


async def test_an_app_taken_from_one_workspace_pauses_that_one(org_wide: HttpOffice) -> None:
    made = await org_wide.make()
    async with org_wide.app.database.session() as s:
        await workspaces.ensure(s, org_wide.team_id, "Nordlind", ORGANISATION)
        await workspaces.ensure(s, ANOTHER, "Other", ORGANISATION)
    other = await org_wide.make(team_id=ANOTHER, target_account_id="2")
    org_wide.slack.take_from_workspace()

    async def paused() -> bool:
        return await _state(org_wide, made.id) == "paused"

    await org_wide.until(paused)
    assert await _state(org_wide, other.id) != "paused"
    assert await installations_kept(org_wide) == 1


@pytest.mark.parametrize("whole", [False, True], ids=["workspace", "organisation"])
@pytest.mark.parametrize("kind", ["app_uninstalled", "tokens_revoked"])
async def test_an_uninstallation_told_again_does_not_undo_a_newer_installation(
    office: HttpOffice, kind: str, whole: bool
) -> None:
    if whole:
        office.slack.join_organisation(ORGANISATION, "Nordlind group", org_wide=True)
    await office.install()
    made = await office.make()
    async with office.app.database.session() as s:
        await workspaces.ensure(s, office.team_id, "Nordlind", ORGANISATION if whole else None)
    office.slack.uninstall()

    async def forgotten() -> bool:
        return await installations_kept(office) == 0

    await office.until(forgotten)
    await office.slack.world.changes.until(
        lambda: sum(d.acked for d in office.slack.deliveries if d.kind == "events_api") == 2
    )
    old = next(d for d in office.slack.deliveries if d.payload["event"]["type"] == kind)
    old.payload["event_time"] -= 3600  # an hour ago, as Slack's retries of an outage are
    await office.install()
    async with office.app.database.session() as s:
        await integrations.resume(s, made.id)
    before = len(office.slack.deliveries)
    await office.slack.redeliver(old)
    henrik = office.person("henrik")
    await office.slack.world.changes.until(
        lambda: len(office.slack.deliveries) > before and office.slack.deliveries[-1].acked
    )
    await henrik.type("/integration")
    await office.told(henrik, "Norge")
    await office.app.background.drain()
    assert await installations_kept(office) == 1
    assert await _state(office, made.id) != "paused"


async def test_a_press_in_home_is_answered_from_the_workspace_it_shows(office: HttpOffice) -> None:
    """Two workspaces of an organisation, one person in both, and Slack naming the first installation's."""
    office.slack.join_organisation(ORGANISATION, "Nordlind group")
    office.slack.world.workspace.first_installed_team = ANOTHER
    await office.install()
    made = await office.make()
    henrik = office.person("henrik")
    henrik.open_home()
    await office.slack.world.changes.until(lambda: henrik.home)
    await henrik.choose("integration.more", f"integration.pause:{made.id}", in_=henrik.home)
    await office.shows(henrik, "er satt på pause")
    assert await _state(office, made.id) == "paused"
    await henrik.click("integration.setup", henrik.home)
    await office.until_step(henrik, "system")


async def test_who_does_not_belong_to_the_workspace_of_a_button_may_not_press_it(org_wide: HttpOffice) -> None:
    made = await org_wide.make()
    henrik = org_wide.person("henrik")
    await henrik.type("/integration")
    await org_wide.told(henrik, "Norge")
    elsewhere = Membership(ANOTHER, (ANOTHER,))
    org_wide.slack.world.workspace.users[henrik.user.id] = replace(henrik.user, membership=elsewhere)
    org_wide.app.services.access._members.clear()  # as a minute later
    said = henrik.ephemeral()[-1]
    await henrik.choose("integration.more", f"integration.pause:{made.id}", in_=said)
    await org_wide.told(henrik, "<@U01ASTRID>")
    assert await _state(org_wide, made.id) != "paused"


async def test_a_request_that_names_another_organisation_does_not_move_the_workspace(org_wide: HttpOffice) -> None:
    """As a press of somebody from elsewhere in a shared channel may."""
    henrik = org_wide.person("henrik")
    await henrik.type("/integration")
    await org_wide.told(henrik, "Sett opp en integrasjon")
    command = next(d for d in org_wide.slack.deliveries if d.kind == "slash_commands")
    elsewhere = command.payload | {"enterprise_id": "E99OTHER", "trigger_id": "1.2.another"}
    await org_wide.slack.world.way.deliver("slash_commands", elsewhere, accepts_response=True)
    async with org_wide.app.database.reading() as s:
        workspace = await workspaces.get(s, org_wide.team_id)
    assert workspace is not None
    assert workspace.enterprise_id == ORGANISATION


async def test_the_last_page_of_an_organisation_leads_to_its_workspaces(office: HttpOffice) -> None:
    office.slack.join_organisation(ORGANISATION, "Nordlind group", org_wide=True)
    page = await office.install()
    assert f"https://app.slack.com/manage/{ORGANISATION}/integrations/profile/A01SANDBOX/workspaces/add" in page.text
    assert "Nordlind group" in page.text
    assert "/integration setup" in page.text


def _bundle(team: str, token: str) -> Bundle:
    now = datetime.now(UTC) - timedelta(days=1)
    data = {
        "bot_token": token,
        "bot_id": "B1",
        "bot_user_id": "U1",
        "installed_at": now.timestamp(),
        "team_id": team,
        "enterprise_id": ORGANISATION,
        "is_enterprise_install": False,
    }
    return Bundle(
        team_id=team, enterprise_id=ORGANISATION, kind=BundleKind.BOT, user_id="U9", data=data, installed_at=now
    )
