"""What Slack delivers again is done once."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from bot.views.overview.cards import PREVIEW, SYNC
from sandbox.slack.journal import Delivery
from storage.runs import RunKind
from tests.handlers.runs.test_start import all_runs, ended
from tests.support.slack_office import Office


def of_kind(office: Office, kind: str) -> Delivery:
    return next(delivery for delivery in reversed(office.slack.deliveries) if delivery.kind == kind)


async def settled(office: Office, deliveries: int) -> None:
    """All these deliveries were acknowledged, and what they began is done."""
    await office.slack.world.changes.until(
        lambda: len(office.slack.deliveries) >= deliveries and all(d.acked for d in office.slack.deliveries)
    )
    await office.restart()


async def test_an_archived_channel_is_told_once(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    office.slack.world.workspace.channels["C02PAYROLL"].is_archived = True
    office.slack.world.events.emit("channel_archive", {"type": "channel_archive", "channel": "C02PAYROLL"})
    await office.reads(henrik.direct_messages, henrik, "arkivert")
    event = of_kind(office, "events_api")
    for _ in range(2):
        await office.slack.redeliver(event)
    await settled(office, 3)
    assert len(henrik.direct_messages()) == 1


@pytest.mark.parametrize("kind", ["channel_archive", "group_left"])
async def test_what_was_undone_before_its_event_came_is_not_told(office: Office, kind: str) -> None:
    await office.make()
    henrik, world = office.person("henrik"), office.slack.world
    channel = world.workspace.channels["C02PAYROLL"]
    channel.members.add(world.workspace.bot.id)
    world.events.emit(kind, {"type": kind, "channel": "C02PAYROLL"})
    await settled(office, 1)
    assert henrik.direct_messages() == []
    channel.is_archived = True
    channel.members.discard(world.workspace.bot.id)
    world.events.emit(kind, {"type": kind, "channel": "C02PAYROLL"})
    await world.changes.until(henrik.direct_messages)


async def test_an_event_that_failed_is_taken_again(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    office.slack.world.workspace.channels["C02PAYROLL"].is_archived = True
    event = {"type": "channel_archive", "channel": "C02PAYROLL"}
    office.slack.world.events.emit("channel_archive", event)
    await office.reads(henrik.direct_messages, henrik, "arkivert")
    office.slack.world.events.emit("channel_archive", event)  # another one of the same kind
    await office.slack.world.changes.until(lambda: len(henrik.direct_messages()) == 2)


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_sync_that_is_commanded_once_runs_once(office: Office, restarted: bool) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration sync now")
    await ended(office, made.id)
    command = of_kind(office, "slash_commands")
    if restarted:
        await office.restart()
    await asyncio.gather(*(office.slack.redeliver(command) for _ in range(3)))
    await settled(office, 4)
    assert len(await all_runs(office, made.id)) == 1


@pytest.mark.parametrize("kind", [RunKind.PREVIEW, RunKind.SYNC])
async def test_a_button_that_is_pressed_once_starts_one_run(office: Office, kind: RunKind) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    henrik.open_home()
    await office.slack.world.changes.until(lambda: henrik.home)
    await henrik.click(PREVIEW if kind is RunKind.PREVIEW else SYNC, henrik.home)
    await ended(office, made.id)
    press = of_kind(office, "interactive")
    before = len(office.slack.deliveries)
    await asyncio.gather(*(office.slack.redeliver(press) for _ in range(2)))
    await settled(office, before + 2)
    assert [run.kind for run in await all_runs(office, made.id)] == [kind]


async def test_a_pause_that_is_commanded_once_is_noted_once(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration pause")
    await office.told(henrik, "er satt på pause")
    command = of_kind(office, "slash_commands")
    await asyncio.gather(*(office.slack.redeliver(command) for _ in range(3)))
    await settled(office, 4)
    assert [entry.action for entry in await office.audited()] == ["integration.paused"]


@pytest.mark.parametrize(("word", "action"), [("pause", "integration.paused"), ("resume", "integration.resumed")])
async def test_of_several_presses_at_once_one_is_noted(office: Office, word: str, action: str) -> None:
    await office.make()
    henrik = office.person("henrik")
    if word == "resume":
        await henrik.type("/integration pause")
        await office.told(henrik, "er satt på pause")
    before = len(office.slack.deliveries)
    await asyncio.gather(*(henrik.type(f"/integration {word}") for _ in range(4)))
    await settled(office, before + 4)
    assert [entry.action for entry in await office.audited()].count(action) == 1


async def test_control_characters_of_a_command_are_what_was_typed(office: Office) -> None:
    await office.make(name="A & B <Oslo>")
    henrik = office.person("henrik")
    await henrik.type("/integration pause A &amp; B &lt;Oslo&gt;")
    await office.told(henrik, "er satt på pause")


async def test_a_delivery_that_cannot_be_noted_is_acted_on_all_the_same(office: Office) -> None:
    henrik = office.person("henrik")
    async with office.app.database.session() as s:
        await s.execute(sa.text("DROP TABLE slack_deliveries"))
    await henrik.type("/integration setup")
    await office.until_step(henrik, "system")
