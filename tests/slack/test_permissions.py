"""Who may: asked at every door, so that nothing can be done around it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.handlers.framework.listeners import Constraint
from sandbox.slack.faults import Fault
from sandbox.slack.workspace import Role
from tests.support.slack_office import Office

OF_THE_WORKSPACE = {
    "app_uninstalled",
    "tokens_revoked",
    "channel_archive",
    "channel_deleted",
    "channel_id_changed",
    "channel_left",
    "channel_shared",
    "group_archive",
    "group_deleted",
    "group_left",
}
"""Events that no person causes by asking us for something."""


async def test_every_listener_came_through_the_door(office: Office) -> None:
    assert len(office.app.slack.bolt._async_listeners) == len(office.app.listeners.registered)
    assert len(office.app.listeners.registered) > 25


@pytest.mark.parametrize("name", ["maja", "ingrid"])
async def test_no_door_opens_to_those_who_may_not(office: Office, name: str) -> None:
    made = await office.make()
    before = await _everything(office)
    for kind, constraint in office.app.listeners.registered:
        if kind == "event" and constraint in OF_THE_WORKSPACE | {"app_home_opened"}:
            continue
        said = await _knock(office, name, kind, constraint, made.id)
        if kind == "options":
            assert said == {"options": []}
        if kind == "view_submission":
            assert said["response_action"] == "update"
            assert "@U02HENRIK" in str(said["view"])
    answered = [kind for kind, _ in office.app.listeners.registered if kind in ("command", "action")]
    asked = office.person(name)
    await office.slack.world.changes.until(lambda: len(asked.ephemeral()) == len(answered), 10)
    assert await _everything(office) == before
    assert office.tripletex.requests.matching() == []
    await _knock(office, "henrik", "command", "/integration", made.id)
    await office.until_step(office.person("henrik"), "remove")


async def test_those_who_may_not_are_told_who_may(office: Office) -> None:
    maja = office.person("maja")
    await maja.type("/integration setup")
    message = await office.told(maja, "<@U01ASTRID>", "<@U02HENRIK>")
    assert message.ephemeral_to == maja.user.id
    assert maja.modal is None


async def test_those_who_may_not_may_look(office: Office) -> None:
    await office.make()
    maja = office.person("maja")
    await maja.type("/integration")
    message = await office.told(maja, "Norge", "<@U01ASTRID>")
    assert [block for block in message.blocks if block["type"] == "actions"] == []
    await maja.type("/integration help")
    help_text = maja.reads(await office.told(maja, "/integration status", "/integration help", "<@U01ASTRID>"))
    assert "sync" not in help_text
    assert "remove" not in help_text


async def test_a_lost_role_is_a_lost_right(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_accounts(henrik)
    users = office.slack.world.workspace.users
    users[henrik.user.id] = type(henrik.user)(**{**vars(henrik.user), "role": Role.MEMBER})
    office.app.services.access._members.clear()  # as a minute later
    await henrik.submit()
    await office.shows(henrik, "<@U01ASTRID>")


async def test_when_slack_does_not_say_who_it_is_the_answer_is_no(office: Office) -> None:
    henrik = office.person("henrik")
    office.slack.world.faults.inject(Fault("users.info", error="internal_error", times=5))
    await henrik.type("/integration setup")
    await office.told(henrik, "Try again")
    assert henrik.modal is None


async def _everything(office: Office) -> list[Any]:
    return [
        await office.integrations(),
        await office.audited(),
        [await office.draft(office.person("maja"), kind) for kind in ("setup", "scope", "schedule", "credentials")],
    ]


async def _knock(office: Office, name: str, kind: str, constraint: Constraint, integration_id: str) -> Any:
    """Send the listener what Slack would send it from this person."""
    user = office.person(name).user
    said = constraint.pattern.strip("^").replace("\\", "") + "x" if isinstance(constraint, re.Pattern) else constraint
    world = office.slack.world
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": said,
        "private_metadata": "",
        "state": {"values": {}},
        "hash": "1",
    }
    body: dict[str, Any] = {
        "type": {"action": "block_actions", "options": "block_suggestion"}.get(kind, kind),
        "team": {"id": office.team_id},
        "user": {"id": user.id},
        "team_id": office.team_id,
        "user_id": user.id,
        "trigger_id": world.triggers.issue(user.id),
        "response_url": world.response_urls.issue(world.url, user.id, "C02PAYROLL"),
    }
    if kind == "command":
        body = {**body, "command": said, "text": "remove Norge"}
    if kind == "action":
        body["actions"] = [
            {"type": "button", "action_id": said, "block_id": "b", "value": integration_id, "action_ts": "1"}
        ]
    if kind == "options":
        body |= {"action_id": said, "block_id": said, "value": "Sol", "view": view}
    if kind in ("view_submission", "view_closed"):
        body["view"] = view
    if kind == "step":
        execution = office.person(name).run_workflow(str(said), integration="Norge")
        await office.slack.world.changes.until(lambda: execution.state == "failed", 10)
        return execution.error
    response = await office.app.slack.bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
    assert response.status == 200, (kind, constraint)
    return json.loads(response.body) if response.body else None
