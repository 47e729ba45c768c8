"""`/integration access`: an admin lets somebody manage, and takes it back; nobody else can, and guests never may."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.handlers.edit.access import CHANGED
from bot.handlers.framework.refused_attempts import REFUSED
from bot.slack.roles import ALLOWED, Action
from bot.slack.roles import Role as Standing
from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Membership, Role
from storage import workspaces
from tests.support.slack_office import Office


async def chosen(office: Office) -> tuple[str, ...]:
    async with office.app.database.reading() as s:
        return await workspaces.managers(s, office.team_id)


async def let(office: Office, admin: Person, *people: str) -> None:
    await admin.type("/integration access")
    await office.until_step(admin, "access")
    await admin.choose("access.people", *people)
    await admin.submit()


async def test_an_admin_lets_a_member_manage_and_takes_it_back(office: Office) -> None:
    await office.make()
    henrik, maja = office.person("henrik"), office.person("maja")
    await maja.type("/integration history")
    await office.told(maja, "`/integration access`")
    await let(office, henrik, "maja")
    await office.shows(henrik, f"<@{maja.user.id}>")
    assert await chosen(office) == (maja.user.id,)
    await maja.type("/integration history")
    await office.slack.world.changes.until(lambda: maja.modal, 10)
    assert "Norge" in maja.reads()

    await let(office, henrik)
    await office.shows(henrik, "ingen valgt")
    assert await chosen(office) == ()
    answered = len(maja.ephemeral())
    await maja.type("/integration credentials")
    await office.slack.world.changes.until(lambda: len(maja.ephemeral()) > answered, 10)
    assert "<@U01ASTRID>" in maja.reads(maja.ephemeral()[-1])

    changes = [entry for entry in await office.audited() if entry.action == CHANGED]
    assert [(entry.actor_id, entry.old, entry.new) for entry in changes] == [
        (henrik.user.id, {"managers": []}, {"managers": [maja.user.id]}),
        (henrik.user.id, {"managers": [maja.user.id]}, {"managers": []}),
    ]
    await henrik.type("/integration audit")
    await office.shows(henrik, f"<@{maja.user.id}>")


async def test_whoever_was_chosen_cannot_choose_others(office: Office) -> None:
    henrik, maja = office.person("henrik"), office.person("maja")
    await let(office, henrik, "maja")
    await office.shows(henrik, f"<@{maja.user.id}>")
    await maja.type("/integration access")
    await office.told(maja, "Bara arbetsytans ägare")
    assert maja.modal is None
    await maja.type("/integration help")
    said = maja.reads(await office.told(maja, "/integration credentials"))
    assert "/integration access" not in said
    await office.app.background.drain()
    tried = [entry for entry in await office.audited() if entry.action == REFUSED]
    assert [(entry.actor_id, entry.new) for entry in tried] == [(maja.user.id, {"action": "access", "role": "manager"})]


async def test_an_admin_who_is_none_any_more_saves_nothing(office: Office) -> None:
    henrik = office.person("henrik")
    await henrik.type("/integration access")
    await office.until_step(henrik, "access")
    await henrik.choose("access.people", "maja", "henrik")
    users = office.slack.world.workspace.users
    users[henrik.user.id] = replace(henrik.user, role=Role.MEMBER)
    await henrik.submit()
    await office.shows(henrik, "<@U01ASTRID>")
    assert await chosen(office) == ()


@pytest.mark.parametrize("is_elsewhere", [False, True])
async def test_guests_and_people_of_elsewhere_are_not_taken(office: Office, is_elsewhere: bool) -> None:
    henrik, guest = office.person("henrik"), office.person("ingrid")
    if is_elsewhere:
        users = office.slack.world.workspace.users
        users[guest.user.id] = replace(guest.user, membership=Membership("T02OTHER"), role=Role.ADMIN)
    await let(office, henrik, "maja", "ingrid")
    await office.shows(henrik, "Ingenting er endret", f"<@{guest.user.id}>")
    assert await chosen(office) == ()
    await henrik.choose("access.people", "maja")
    await henrik.submit()
    await office.shows(henrik, "I tillegg til eiere")
    assert await chosen(office) == (office.person("maja").user.id,)


async def test_whoever_becomes_a_guest_manages_no_more_though_chosen(office: Office) -> None:
    guest = office.person("ingrid").user
    async with office.app.database.session() as s:
        await workspaces.ensure(s, office.team_id)
        await workspaces.change_managers(s, office.team_id, [guest.id, "U03MAJAOB"], [])
    client = await office.app.slack.client_of(office.team_id)
    access = office.app.services.access
    assert (await access.member(client, office.team_id, guest.id)).role is Standing.GUEST
    assert (await access.member(client, office.team_id, "U03MAJAOB")).role is Standing.MANAGER
    assert (await access.member(client, "T02OTHER", "U03MAJAOB")).role is not Standing.MANAGER


async def test_what_two_admins_change_at_once_both_holds(office: Office) -> None:
    async with office.app.database.session() as s:
        await workspaces.ensure(s, office.team_id)
        await workspaces.change_managers(s, office.team_id, ["U1", "U2"], [])
        before, after = await workspaces.change_managers(s, office.team_id, ["U3"], ["U1"])
        assert (before, after) == (("U1", "U2"), ("U2", "U3"))
        assert (await workspaces.change_managers(s, office.team_id, ["U2", "U4"], ["U9"]))[1] == ("U2", "U3", "U4")


def test_only_admins_choose() -> None:
    assert [role for role in Standing if Action.ACCESS in ALLOWED[role]] == [Standing.ADMIN]
