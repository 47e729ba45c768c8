"""Names of people are for channels of the workspace's own; elsewhere there are numbers alone."""

from __future__ import annotations

import pytest

from bot.slack.channel_audience import CONFIRMED, Audience, audience_of, may_name
from storage import integrations, runs
from storage.runs import RunState
from tests.e2e.report_reader import at_rest, bot_messages
from tests.e2e.test_notifications import READY, STRICT, TWICE_EMPLOYED, connect, morning
from tests.support.slack_office import Office

PAYROLL = "C02PAYROLL"


async def test_slack_is_asked_who_reads_a_channel(office: Office) -> None:
    client = await office.app.slack.client_of(office.team_id)
    channels = office.slack.world.workspace.channels
    assert await audience_of(client, office.team_id, PAYROLL) is Audience.OURS
    channels[PAYROLL].is_ext_shared = True
    assert await audience_of(client, office.team_id, PAYROLL) is Audience.SHARED
    channels[PAYROLL].is_ext_shared, channels[PAYROLL].context_team_id = False, "T02OTHER"
    assert await audience_of(client, office.team_id, PAYROLL) is Audience.FOREIGN
    assert await audience_of(client, office.team_id, "C99NOWHERE") is Audience.NOBODY
    for other in ("U04OLIVER", "D01", "#general", ""):
        assert await audience_of(client, office.team_id, other) is Audience.DIRECT
    office.slack.inject_fault("conversations.info", error="missing_scope", times=1)
    assert await audience_of(client, office.team_id, PAYROLL) is Audience.UNKNOWN


@pytest.mark.parametrize("audience", list(Audience))
def test_only_a_shared_channel_can_be_confirmed_and_only_that_one(audience: Audience) -> None:
    ours = audience in (Audience.OURS, Audience.NOBODY)
    assert may_name(audience, PAYROLL, {}) == ours
    assert may_name(audience, PAYROLL, {CONFIRMED: "C01GENERAL"}) == ours
    assert may_name(audience, PAYROLL, {CONFIRMED: PAYROLL}) == (ours or audience is Audience.SHARED)


async def test_a_shared_channel_gets_numbers_alone_until_somebody_who_manages_confirms_it(office: Office) -> None:
    henrik, maja = office.person("henrik"), office.person("maja")
    one = await connect(office, READY, TWICE_EMPLOYED)
    office.slack.world.workspace.channels[PAYROLL].is_ext_shared = True
    await morning(office, one, 0)
    said = await office.reads(lambda: bot_messages(henrik), henrik, "Ingen er nevnt ved navn her")
    for private in ("Drange", "1014", "1005"):
        assert private not in office.sent()
    assert office.calls("files.getUploadURLExternal") == []
    assert henrik.thread("payroll", said.ts) == [] or all(
        "1014" not in henrik.reads(reply) for reply in henrik.thread("payroll", said.ts)
    )
    await maja.click("channel.name_people", said)
    await office.told(maja, "<@U01ASTRID>")
    assert CONFIRMED not in (await office.integration(one.id)).attention
    await henrik.click("channel.name_people", said)
    await office.told(henrik, "nevnes ansatte ved navn")
    assert [entry.action for entry in await office.audited()][-1] == "channel.confirmed"
    await morning(office, one, 1)
    assert "Drange" in office.sent()


async def test_a_message_in_a_shared_channel_names_nobody_after_the_integration_has_moved(office: Office) -> None:
    henrik = office.person("henrik")
    office.slack.world.workspace.channels[PAYROLL].is_ext_shared = True
    made = await office.make(scope={"kind": "everyone"}, thresholds=STRICT)
    await henrik.type("/integration sync now")
    asking = await office.reads(
        lambda: bot_messages(henrik), henrik, "Godkjenn og skriv", "Ingen er nevnt ved navn her"
    )
    async with office.app.database.session() as s:
        await integrations.update(s, made.id, made.version, channel_id="C01GENERAL")
    await henrik.click("run.approve", asking)
    await at_rest(office)
    async with office.app.database.reading() as s:
        (run,) = await runs.latest(s, made.id)
    assert (run.state, run.channel_id) == (RunState.DONE, PAYROLL)
    for private in ("Drange", "1014", "1005"):
        assert private not in office.sent()
    assert office.calls("files.getUploadURLExternal") == []


async def test_only_the_channel_that_was_asked_about_is_confirmed(office: Office) -> None:
    henrik = office.person("henrik")
    one = await connect(office, READY, TWICE_EMPLOYED)
    office.slack.world.workspace.channels[PAYROLL].is_ext_shared = True
    await morning(office, one, 0)
    said = await office.reads(lambda: bot_messages(henrik), henrik, "Ingen er nevnt ved navn her")
    async with office.app.database.session() as s:
        now = await integrations.locked(s, one.id)
        await integrations.update(s, now.id, now.version, channel_id="C01GENERAL")
    await henrik.click("channel.name_people", said)
    await office.told(henrik, "Ingenting ble endret")
    assert CONFIRMED not in (await office.integration(one.id)).attention


@pytest.mark.parametrize("value", ["U04OLIVER", "D04OLIVER", "#general", "C02PAYROLL"])
async def test_a_submission_with_another_channel_than_the_menu_offers_is_refused(office: Office, value: str) -> None:
    made = await office.make(channel_id="C01GENERAL")
    henrik = office.person("henrik")
    office.slack.world.workspace.channels[PAYROLL].is_ext_shared = True
    await henrik.type("/integration channel")
    await office.until_step(henrik, "channel")
    await office.slack.interactions.submit(
        henrik.user,
        henrik.modal.id,  # type: ignore[union-attr]
        {"channel.channel": {"value": value}},
    )
    if value == PAYROLL:
        await office.shows(henrik, "deles med en annen organisasjon")
    assert (await office.integration(made.id)).channel_id == "C01GENERAL"
    assert [call for call in office.calls("chat.postMessage") if call.arguments.get("channel") == value] == []
