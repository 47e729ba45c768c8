"""The summary of a day and of a week, as the team reads it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.notification_policy import NotificationPolicy, Verbosity
from bot.jobs.scheduling.digests import digests_of
from sandbox.slack.user_actions import Person
from storage import digests, integrations, runs
from storage.digests import Period
from storage.integrations import Integration, IntegrationState
from storage.runs import NewRun, RunKind, RunState, RunTrigger
from tests.e2e.report_reader import bot_messages
from tests.e2e.test_notifications import READY, TWICE_EMPLOYED, connect, morning, part_again
from tests.support.slack_office import MONDAY, Office


async def summing_up(office: Office, *numbers: str, **rules: Any) -> Integration:
    one = await connect(office, *numbers, **rules)
    async with office.app.database.session() as s:
        await digests.replace(s, one.id, digests_of(one.id, NotificationPolicy.from_json(one.attention), MONDAY))
    return one


def posts(henrik: Person, title: str) -> list[str]:
    return [said for message in bot_messages(henrik) if title in (said := henrik.reads(message))]


def kinds_of(henrik: Person, title: str) -> set[str]:
    """The kinds of blocks in the message with this title."""
    (message,) = [message for message in bot_messages(henrik) if title in henrik.reads(message)]
    return {block["type"] for block in message.blocks}


async def test_a_quiet_day_is_told_in_one_message(office: Office) -> None:
    henrik = office.person("henrik")
    one = await summing_up(office, READY, TWICE_EMPLOYED, noise=Verbosity.DAILY)
    await morning(office, one, 0)
    await morning(office, one, 0.25)
    assert bot_messages(henrik) == []
    office.clock.at = MONDAY + timedelta(days=1)
    assert await office.app.jobs.digests.tick() == 1
    message = await office.reads(lambda: bot_messages(henrik), henrik, "Daglig sammendrag: Norge")
    said = henrik.reads(message)
    assert "2 synkroniseringer" in said
    assert "1 opprettet" in said
    assert "Sofie Drange (1014)" in said
    assert office.calls("chat.postMessage")[-1].arguments["channel"] == "C02PAYROLL"

    # A day on which nothing ran says nothing.
    office.clock.at = MONDAY + timedelta(days=2)
    assert await office.app.jobs.digests.tick() == 1
    await morning(office, one, 2.1)
    office.clock.at = MONDAY + timedelta(days=3)
    assert await office.app.jobs.digests.tick() == 1
    await office.reads(lambda: bot_messages(henrik), henrik, "som før, siden 23. nov. 2026")
    assert len(posts(henrik, "Daglig sammendrag")) == 2


async def test_a_week_shows_how_it_went_and_is_posted_once(office: Office) -> None:
    henrik = office.person("henrik")
    one = await summing_up(office, READY, TWICE_EMPLOYED, weekly="mon", timezone="Europe/Oslo")
    await morning(office, one, 0.5)
    part_again(office, TWICE_EMPLOYED)
    await morning(office, one, 2)
    office.slack.inject_fault("chat.postMessage", http_status=500, times=1, after_commit=True)
    office.clock.at = MONDAY + timedelta(days=7)
    assert await office.app.jobs.digests.tick() == 1

    async def known() -> object:
        async with office.app.database.reading() as s:
            row = await digests.get(s, one.id, Period.WEEK)
        return row and row.told and row.told.ts

    await office.until(known)
    (said,) = posts(henrik, "Ukesammendrag: Norge")
    assert "2 synkroniseringer" in said
    assert "1 opprettet, 1 oppdatert" in said
    assert "Ingen må følges opp lenger, ned fra 1" in said
    assert kinds_of(henrik, "Ukesammendrag: Norge") >= {"data_visualization", "table"}
    await office.app.jobs.digests.tick()
    await office.restart()
    assert len(posts(henrik, "Ukesammendrag: Norge")) == 1


@pytest.mark.parametrize(
    ("state", "said", "offered", "not_offered"),
    [
        (IntegrationState.LIVE, "", ["integration.preview", "integration.sync"], ["integration.resume"]),
        (IntegrationState.PAUSED, "satt på pause", ["integration.resume"], ["integration.sync"]),
        (IntegrationState.NEEDS_RECONNECT, "må kobles til på nytt", ["integration.credentials"], ["integration.sync"]),
    ],
)
async def test_a_summary_offers_what_can_be_done_now(
    office: Office, state: IntegrationState, said: str, offered: list[str], not_offered: list[str]
) -> None:
    henrik = office.person("henrik")
    one = await summing_up(office, READY, weekly="mon", timezone="Europe/Oslo")
    async with office.app.database.session() as s:
        await integrations.set_state(s, one.id, state)
    office.clock.at = MONDAY + timedelta(days=7)
    assert await office.app.jobs.digests.tick() == 1
    message = await office.reads(lambda: bot_messages(henrik), henrik, "Ukesammendrag: Norge", said)
    buttons = [one["action_id"] for block in message.blocks for one in block.get("elements", ()) if "action_id" in one]
    assert buttons == [*offered, "integration.reports"]
    assert not set(not_offered) & set(buttons)


async def test_only_those_who_may_manage_can_resume_from_a_summary(office: Office) -> None:
    henrik, maja = office.person("henrik"), office.person("maja")
    one = await summing_up(office, READY, weekly="mon", timezone="Europe/Oslo")
    async with office.app.database.session() as s:
        await integrations.set_state(s, one.id, IntegrationState.PAUSED)
    office.clock.at = MONDAY + timedelta(days=7)
    assert await office.app.jobs.digests.tick() == 1
    message = await office.reads(lambda: bot_messages(henrik), henrik, "Ukesammendrag: Norge")

    async def state() -> IntegrationState | None:
        async with office.app.database.reading() as s:
            row = await integrations.get(s, one.id)
        return row.state if row else None

    async def resumed() -> bool:
        return await state() is not IntegrationState.PAUSED

    await maja.click("integration.resume", message)
    await office.reads(lambda: maja.messages("payroll"), maja, "hantera integrationer")
    assert await state() is IntegrationState.PAUSED
    await henrik.click("integration.resume", message)
    await office.until(resumed)


async def test_a_slack_that_knows_no_charts_gets_the_figures_without(office: Office) -> None:
    henrik = office.person("henrik")
    one = await summing_up(office, READY, weekly="mon", timezone="Europe/Oslo")
    await morning(office, one, 0.5)
    await morning(office, one, 2)
    office.slack.inject_fault("chat.postMessage", error="invalid_blocks", times=1)
    office.clock.at = MONDAY + timedelta(days=7)
    assert await office.app.jobs.digests.tick() == 1
    await office.reads(lambda: bot_messages(henrik), henrik, "Ukesammendrag: Norge", "2 synkroniseringer")
    kinds = kinds_of(henrik, "Ukesammendrag: Norge")
    assert "table" in kinds
    assert "data_visualization" not in kinds
    # The office holds every refused block against the bot; this one was meant.
    calls = office.slack.world.journal.calls
    (refused,) = [call for call in calls if call.error == "invalid_blocks"]
    calls.remove(refused)


async def test_a_summary_whose_channel_is_gone_reaches_the_owner(office: Office) -> None:
    henrik = office.person("henrik")
    await summing_up(office, READY, weekly="mon")
    office.clock.at = MONDAY + timedelta(days=7)
    office.slack.inject_fault("chat.postMessage", error="is_archived", times=1)
    await office.app.jobs.digests.tick()
    await office.reads(henrik.direct_messages, henrik, "kunne ikke legges ut i kanalen", "Ukesammendrag")


async def test_absence_is_summed_apart_from_the_employees(office: Office) -> None:
    henrik = office.person("henrik")
    one = await summing_up(office, READY, noise=Verbosity.DAILY)
    await morning(office, one, 0)
    for at, state in enumerate((RunState.DONE, RunState.DONE, RunState.FAILED)):
        new = NewRun(
            id=f"absence:{at}", integration_id=one.id, team_id=office.team_id, kind=RunKind.SYNC,
            trigger=RunTrigger.SCHEDULE, resource="absence",
        )  # fmt: skip
        async with office.app.database.session() as s:
            await runs.create(s, new)
            for step in (RunState.READING, RunState.PLANNING, RunState.APPLYING, RunState.REPORTING):
                await runs.advance(s, new.id, step, finished_at=MONDAY + timedelta(hours=1))
            await runs.advance(s, new.id, state, counts={"updated": 3} if state is RunState.DONE else {})
    office.clock.at = MONDAY + timedelta(days=1)
    assert await office.app.jobs.digests.tick() == 1
    message = await office.reads(lambda: bot_messages(henrik), henrik, "Daglig sammendrag: Norge")
    said = henrik.reads(message)
    assert "3 synkroniseringer av fravær; personer med endrede dager: 6" in said
    assert "1 synkronisering til Tripletex (Polarbønna Norge AS): 1 opprettet, 0 oppdatert" in said
