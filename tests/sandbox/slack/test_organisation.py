"""A workspace of an Enterprise Grid organisation: whose somebody is, and an app that is installed in the whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.server import SlackSandbox
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Membership
from tests.sandbox.slack.conftest import StartSlack, manifest
from tests.sandbox.slack.sample_app import SampleApp


async def test_an_event_of_an_org_wide_installation_is_authorised_without_a_team(
    slack: SlackSandbox, astrid: Person
) -> None:
    slack.join_organisation("E01NORD", "Nordlind group", org_wide=True)
    astrid.open_home()
    await slack.until(lambda: slack.deliveries)
    payload = slack.deliveries[0].payload
    assert (payload["team_id"], payload["enterprise_id"]) == ("T01NORDLIND", "E01NORD")
    (authorization,) = payload["authorizations"]
    assert (authorization["team_id"], authorization["is_enterprise_install"]) == (None, True)


async def test_an_org_wide_uninstallation_names_the_organisation_alone(start_slack: StartSlack) -> None:
    slack = await start_slack(manifest=manifest(events=["app_uninstalled", "tokens_revoked"]))
    slack.join_organisation("E01NORD", "Nordlind group", org_wide=True)
    slack.uninstall()
    await slack.until(lambda: len(slack.deliveries) == 2)
    for delivery in slack.deliveries:
        assert delivery.payload["enterprise_id"] == "E01NORD"
        assert not {"team_id", "authorizations"} & set(delivery.payload)


async def test_an_org_wide_press_has_no_team(slack: SlackSandbox, app: SampleApp, astrid: Person) -> None:
    slack.join_organisation("E01NORD", "Nordlind group", org_wide=True)
    await astrid.type("/integration setup")
    await slack.until(lambda: astrid.modal)
    await astrid.choose("system", "tripletex")
    command, press = (
        next(d.payload for d in slack.deliveries if d.kind == kind) for kind in ("slash_commands", "interactive")
    )
    assert (command["team_id"], command["enterprise_id"], command["is_enterprise_install"]) == (
        "T01NORDLIND",
        "E01NORD",
        "true",
    )
    assert (press["team"], press["enterprise"]["id"]) == (None, "E01NORD")
    assert press["view"]["app_installed_team_id"] == "E01NORD"


@pytest.mark.parametrize("told", ["T02OTHER", "E01NORD", None, ""])
async def test_users_info_tells_another_team_the_organisation_or_nothing(slack: SlackSandbox, told: str | None) -> None:
    slack.join_organisation("E01NORD", "Nordlind group")
    users = slack.world.workspace.users
    users["U02HENRIK"] = replace(users["U02HENRIK"], membership=Membership(told, ("T01NORDLIND", "T02OTHER")))
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    user = (await client.users_info(user="U02HENRIK"))["user"]
    assert user.get("team_id", "") == told
    assert user["enterprise_user"]["teams"] == ["T01NORDLIND", "T02OTHER"]


async def test_with_an_organisations_token_a_list_needs_the_team(slack: SlackSandbox) -> None:
    slack.join_organisation("E01NORD", "Nordlind group", org_wide=True)
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.api_url)
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        await client.users_list()
    assert (await client.users_list(team_id="T01NORDLIND"))["members"]
