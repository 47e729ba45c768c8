"""Who may: asked at every door, so that nothing can be done around it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.handlers.framework.listener_index import Constraint
from bot.handlers.framework.refused_attempts import REFUSED
from bot.slack.permissions import Allowed, Permissions
from bot.slack.roles import ALLOWED, EVERYTHING, FRESH, Action, may
from bot.slack.roles import Role as Standing
from sandbox.slack.faults import Fault
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Membership, Role, User
from tests.support.slack_office import Office

OF_THE_WORKSPACE = {
    "app_uninstalled",
    "team_access_revoked",
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


PEOPLE: dict[Standing, tuple[str, Callable[[User], User]]] = {
    Standing.MEMBER: ("maja", lambda user: user),
    Standing.GUEST: ("ingrid", lambda user: user),
    Standing.STRANGER: ("oliver", lambda user: replace(user, membership=Membership("T02OTHER"), role=Role.ADMIN)),
    Standing.BOT: ("oliver", lambda user: replace(user, is_bot=True, role=Role.ADMIN)),
    Standing.DEACTIVATED: ("henrik", lambda user: replace(user, is_deactivated=True)),
}
"""Somebody of each role that may not manage, though some have been admins."""

SINGLE_CHANNEL = ("ingrid", lambda user: replace(user, is_single_channel_guest=True))


def somebody(office: Office, name: str, change: Callable[[User], User]) -> str:
    user = office.person(name).user
    office.slack.world.workspace.users[user.id] = change(user)
    return name


async def test_every_listener_names_its_action(office: Office) -> None:
    of_people = {entry for entry in office.app.listeners.registered if entry[1] not in OF_THE_WORKSPACE}
    assert set(office.app.listeners.actions) == of_people


async def test_every_listener_came_through_the_door(office: Office) -> None:
    registered = office.app.listeners.registered
    # Of what people do, Bolt has one listener of each kind.
    by_name = {kind for kind, _ in registered if kind not in ("event", "step")}
    single = [kind for kind, _ in registered if kind in ("event", "step")]
    assert len(office.app.slack.bolt._async_listeners) == len(by_name) + len(single)
    assert len(registered) > 25


@pytest.mark.parametrize("role", PEOPLE)
async def test_no_door_opens_to_those_who_may_not(office: Office, role: Standing) -> None:
    made = await office.make()
    name = somebody(office, *PEOPLE[role])
    before = await _everything(office)
    for kind, constraint in office.app.listeners.registered:
        if kind == "event" and constraint in OF_THE_WORKSPACE | {"app_home_opened"}:
            continue
        said = await _knock(office, name, kind, constraint, made.id)
        if kind == "options":
            assert said == {"options": []}
        if kind == "view_submission":
            assert said["response_action"] == "update"
            assert "@U01ASTRID" in str(said["view"])
    answered = [kind for kind, _ in office.app.listeners.registered if kind in ("command", "action")]
    asked = office.person(name)
    await office.slack.world.changes.until(lambda: len(asked.ephemeral()) == len(answered))
    assert await _everything(office) == before
    assert office.tripletex.requests.matching() == []
    await office.app.background.drain()
    tried = [entry for entry in await office.audited() if entry.action == REFUSED]
    assert {entry.actor_id for entry in tried} == {asked.user.id}
    assert {(entry.new or {})["action"] for entry in tried} >= {"approve", "credentials", "edit", "remove", "sync"}
    if not may(role, Action.LOOK):
        assert all(made.name not in asked.reads(message) for message in asked.ephemeral())
    await _knock(office, "astrid", "command", "/integration", made.id)
    await office.until_step(office.person("astrid"), "remove")


def has_been_told(who: Person, times: int) -> bool:
    return len(who.ephemeral()) == times


@pytest.mark.parametrize("who", [*(PEOPLE[role] for role in PEOPLE if role is not Standing.MEMBER), SINGLE_CHANNEL])
async def test_guests_and_strangers_are_told_of_no_integration(
    office: Office, who: tuple[str, Callable[[User], User]]
) -> None:
    made = await office.make()
    asked = office.person(somebody(office, *who))
    for number, word in enumerate(["", "status", "status Norge", "list", "overview", "help"], 1):
        office.app.services.access._members.clear()
        body = _body(office, asked.user.id, "command") | {"command": "/integration", "text": word}
        await office.app.slack.bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
        await office.slack.world.changes.until(partial(has_been_told, asked, number))
        said = asked.reads(asked.ephemeral()[-1])
        assert "<@U01ASTRID>" in said
        assert made.name not in said
        assert made.target_account_name not in said
        assert ("/integration help" in said) == (word == "help")
        assert "/integration status" not in said


@pytest.mark.parametrize("role", [Standing.GUEST, Standing.STRANGER])
async def test_the_home_tab_of_guests_and_strangers_is_empty(office: Office, role: Standing) -> None:
    made = await office.make()
    asked = office.person(somebody(office, *PEOPLE[role]))
    asked.open_home()
    await office.slack.world.changes.until(lambda: asked.home, 10)
    shown = json.dumps(asked.home.blocks, ensure_ascii=False)  # type: ignore[union-attr]
    assert "<@U01ASTRID>" in shown
    assert made.name not in shown
    assert made.target_account_name not in shown


async def test_every_role_is_answered_as_the_table_says(office: Office) -> None:
    client = await office.app.slack.client_of(office.team_id)
    access = Permissions((f"{office.team_id}:U04OLIVER",))
    people = {Standing.ADMIN: ("henrik", lambda user: user), Standing.MANAGER: ("oliver", lambda user: user)}
    for role, who in [*people.items(), *PEOPLE.items()]:
        user = office.person(somebody(office, *who)).user
        for action in Action:
            access._members.clear()
            answer = await access.require(client, office.team_id, user.id, action)
            assert answer.member.role is role
            assert isinstance(answer, Allowed) == (action in ALLOWED[role]), (role, action)
        office.slack.world.workspace.users[user.id] = user


@pytest.mark.parametrize(
    ("managers", "role"),
    [
        (("U03MAJAOB",), Standing.MANAGER),
        (("T01NORDLIND:U03MAJAOB",), Standing.MANAGER),
        (("T02OTHER:U03MAJAOB",), Standing.MEMBER),
        (("T02OTHER:U03MAJAOB", "T01NORDLIND:U04OLIVER"), Standing.MEMBER),
        (("T01NORDLIND",), Standing.MEMBER),
    ],
)
async def test_who_is_named_for_a_workspace_counts_there_alone(
    office: Office, managers: tuple[str, ...], role: Standing
) -> None:
    client = await office.app.slack.client_of(office.team_id)
    access = Permissions(managers)
    assert (await access.member(client, office.team_id, "U03MAJAOB")).role is role
    named = await access.require(client, office.team_id, "U05INGRID", Action.LOOK)
    assert not isinstance(named, Allowed)
    assert ("U03MAJAOB" in str(named.text.values)) == (role is Standing.MANAGER)


async def test_a_guest_is_none_who_manages_though_named(office: Office) -> None:
    client = await office.app.slack.client_of(office.team_id)
    access = Permissions(("U05INGRID", "T01NORDLIND:U05INGRID"))
    assert (await access.member(client, office.team_id, "U05INGRID")).role is Standing.GUEST


@pytest.mark.parametrize("action", sorted(EVERYTHING - ALLOWED[Standing.MEMBER]))
async def test_what_is_asked_anew_is_refused_the_moment_a_role_is_lost(office: Office, action: Action) -> None:
    client, access = await office.app.slack.client_of(office.team_id), Permissions()
    assert isinstance(await access.require(client, office.team_id, "U02HENRIK", action), Allowed)
    somebody(office, "henrik", lambda user: replace(user, role=Role.MEMBER))
    answer = await access.require(client, office.team_id, "U02HENRIK", action)
    assert isinstance(answer, Allowed) == (action not in FRESH)


async def test_files_approvals_and_credentials_are_asked_anew() -> None:
    assert {Action.FILE, Action.APPROVE, Action.CREDENTIALS} <= FRESH


async def test_a_form_that_claims_to_be_another_conversations_is_taken_for_expired(office: Office) -> None:
    henrik = office.person("henrik")
    made = await office.make()
    await henrik.type("/integration credentials Norge")
    await office.slack.world.changes.until(lambda: henrik.modal, 10)
    draft = henrik.modal.content["private_metadata"]  # type: ignore[union-attr]
    somebody(office, "henrik", lambda user: replace(user, role=Role.MEMBER))
    view = {"id": "V1", "type": "modal", "private_metadata": draft, "state": {"values": {}}, "hash": "1"}
    for kind, wanted in (("scope", "ikke lenger lagret"), ("credentials", "@U01ASTRID")):
        body = _body(office, henrik.user.id, "view_submission")
        body["view"] = view | {"callback_id": f"flow:{kind}:target"}
        response = await office.app.slack.bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
        assert wanted in response.body
    assert (await office.integration(made.id)).version == made.version


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


@pytest.mark.parametrize("teams", [None, ("T02OTHER",)])
async def test_an_admin_of_another_workspace_is_not_named_as_one_who_may(
    office: Office, teams: tuple[str, ...] | None
) -> None:
    client, access = await office.app.slack.client_of(office.team_id), Permissions()
    somebody(office, "henrik", lambda user: replace(user, membership=Membership("T02OTHER", teams)))
    refused = await access.require(client, office.team_id, "U02HENRIK", Action.EDIT)
    assert not isinstance(refused, Allowed)
    said = str((await access.named(client, refused, 5)).text.values)
    assert "U01ASTRID" in said
    assert "U02HENRIK" not in said


async def test_an_organisation_that_the_workspace_joins_later_is_found() -> None:
    told = {"team_id": "E02OTHER", "is_admin": True}
    client, access = _Organisations("", told), Permissions()
    assert (await access.member(client, "T01", "U1")).role is Standing.STRANGER
    client.enterprise_id, told["team_id"] = "E01NORD", "E01NORD"
    assert (await access.member(client, "T01", "U2")).role is Standing.ADMIN


class _Organisations(AsyncWebClient):
    """Slack, as far as it tells whose somebody is."""

    def __init__(self, enterprise_id: str, user: dict[str, Any]) -> None:
        super().__init__()
        self.enterprise_id, self._user = enterprise_id, user

    async def users_info(self, **_: Any) -> Any:
        return {"user": self._user}

    async def auth_test(self, **_: Any) -> Any:
        return {"enterprise_id": self.enterprise_id}


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
        [entry for entry in await office.audited() if entry.action != REFUSED],
        [await office.draft(office.person("maja"), kind) for kind in ("setup", "scope", "schedule", "credentials")],
    ]


async def _knock(office: Office, name: str, kind: str, constraint: Constraint, integration_id: str) -> Any:
    """Send the listener what Slack would send it from this person."""
    user = office.person(name).user
    said = constraint.pattern.strip("^").replace("\\", "") + "x" if isinstance(constraint, re.Pattern) else constraint
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": said,
        "private_metadata": "",
        "state": {"values": {}},
        "hash": "1",
    }
    body = _body(office, user.id, kind)
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
        await office.slack.world.changes.until(lambda: execution.state == "failed")
        return execution.error
    response = await office.app.slack.bolt.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=body))
    assert response.status == 200, (kind, constraint)
    return json.loads(response.body) if response.body else None


def _body(office: Office, user_id: str, kind: str) -> dict[str, Any]:
    """What Slack sends of every interaction."""
    world = office.slack.world
    return {
        "type": {"action": "block_actions", "options": "block_suggestion"}.get(kind, kind),
        "team": {"id": office.team_id},
        "user": {"id": user_id},
        "team_id": office.team_id,
        "user_id": user_id,
        "trigger_id": world.triggers.issue(user_id),
        "response_url": world.response_urls.issue(world.url, user_id, "C02PAYROLL"),
    }
