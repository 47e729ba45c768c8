"""Slack takes messages to a deactivated account and says nothing: who is still there is told in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.jobs.runs.service import RunRequest
from bot.slack.deputies import owner_or_deputy
from sandbox.slack.workspace import Membership, Message, Role
from storage import runs, workspaces
from storage.runs import RunKind
from tests.support.slack_office import Office

HENRIK, MAJA, ASTRID = "U02HENRIK", "U03MAJAOB", "U01ASTRID"


def leave(office: Office, *people: str) -> None:
    users = office.slack.world.workspace.users
    for each in people:
        users[each] = replace(users[each], is_deactivated=True)


async def choose(office: Office, *people: str) -> None:
    async with office.app.database.session() as s:
        await workspaces.change_managers(s, office.team_id, people, [])


@pytest.mark.parametrize(
    ("gone", "called", "chosen", "told"),
    [
        ((), "owner", (MAJA,), HENRIK),
        ((HENRIK,), "owner", (MAJA,), MAJA),
        ((HENRIK,), ASTRID, (MAJA,), ASTRID),
        ((HENRIK, ASTRID), ASTRID, (MAJA,), MAJA),
        ((HENRIK,), "nobody", (HENRIK, MAJA), MAJA),
        ((HENRIK,), "owner", ("U99NOBODY", MAJA), MAJA),
        ((HENRIK,), "owner", (), ASTRID),
        ((HENRIK, ASTRID), "owner", (), HENRIK),
    ],
)
async def test_who_is_told_in_place_of_an_owner_who_has_left(
    office: Office, gone: tuple[str, ...], called: str, chosen: tuple[str, ...], told: str
) -> None:
    made = replace(await office.make(), attention={"calls": called})
    await choose(office, *chosen)
    leave(office, *gone)
    client = await office.app.slack.client_of(office.team_id)
    assert await owner_or_deputy(office.app.database, client, made) == told


async def test_an_owner_who_has_become_a_guest_reads_of_nobody(office: Office) -> None:
    made = await office.make()
    users = office.slack.world.workspace.users
    client = await office.app.slack.client_of(office.team_id)
    assert await owner_or_deputy(office.app.database, client, made) == HENRIK
    users[HENRIK] = replace(users[HENRIK], role=Role.GUEST)
    assert await owner_or_deputy(office.app.database, client, made) == ASTRID


@pytest.mark.parametrize(
    ("membership", "elsewhere", "told"),
    [
        (Membership("T02OTHER"), (HENRIK,), ASTRID),
        (Membership("T02OTHER", ("T02OTHER",)), (HENRIK, ASTRID), MAJA),
        (Membership("T02OTHER", ("T02OTHER", "T01NORDLIND")), (HENRIK,), HENRIK),
        (Membership(None), (HENRIK,), HENRIK),
        (Membership("E01NORD"), (HENRIK,), HENRIK),
    ],
)
async def test_nobody_of_another_workspace_is_told(
    office: Office, membership: Membership, elsewhere: tuple[str, ...], told: str
) -> None:
    made = await office.make()
    users = office.slack.world.workspace.users
    users[MAJA] = replace(users[MAJA], role=Role.ADMIN)
    for each in elsewhere:
        users[each] = replace(users[each], membership=membership)
    client = await office.app.slack.client_of(office.team_id)
    assert await owner_or_deputy(office.app.database, client, made) == told


async def test_the_report_of_an_archived_channel_whose_owner_has_left_is_read_by_somebody(office: Office) -> None:
    made = await office.make()
    await choose(office, MAJA)
    leave(office, HENRIK)
    office.slack.world.workspace.channels["C02PAYROLL"].is_archived = True
    run = await office.app.jobs.runs.start(RunRequest(made.id, RunKind.SYNC, ASTRID, "first"))

    async def over() -> bool:
        async with office.app.database.reading() as s:
            found = await runs.get(s, run.id)
        return found is not None and found.ended

    await office.until(over)
    maja, henrik = office.person("maja"), office.person("henrik")
    assert "is_archived" in "".join(map(maja.reads, maja.direct_messages()))
    assert henrik.direct_messages() == []


async def test_an_archived_channel_is_told_to_somebody_who_is_there(office: Office) -> None:
    await office.make()
    await choose(office, MAJA)
    leave(office, HENRIK)
    office.slack.world.workspace.channels["C02PAYROLL"].is_archived = True
    office.slack.world.events.emit("channel_archive", {"type": "channel_archive", "channel": "C02PAYROLL"})
    maja = office.person("maja")

    def told() -> list[Message]:
        return maja.direct_messages()

    await office.reads(told, maja, "arkivert")


@pytest.mark.parametrize("code", ["rate_limited", "internal_error"])
async def test_an_archived_channel_is_told_once_a_busy_slack_takes_it(office: Office, code: str) -> None:
    await office.make()
    henrik = office.person("henrik")
    office.slack.world.workspace.channels["C02PAYROLL"].is_archived = True
    office.slack.inject_fault("chat.postMessage", error=code, place="dm")
    office.slack.world.events.emit("channel_archive", {"type": "channel_archive", "channel": "C02PAYROLL"})
    await office.reads(henrik.direct_messages, henrik, "arkivert")
    assert len(henrik.direct_messages()) == 1
