"""What is left of an unfinished set-up: what was entered, told to who closed it and to colleagues, and no more."""

from __future__ import annotations

from sandbox.slack.user_actions import Person
from sandbox.slack.workspace import Message
from tests.support.slack_office import COMPANY, Office


async def test_a_channel_that_was_only_tried_gets_no_member(office: Office) -> None:
    await office.make(name="Opptatt", provider="visma_net", target_account_id="v1", synced=False)
    henrik = office.person("henrik")
    await office.to_summary(henrik, channel="general")
    await henrik.fill("name", "Opptatt")
    await henrik.submit()
    await office.shows(henrik, "har dette navnet")
    assert office.calls("conversations.join") == []
    await henrik.choose("channel.channel", "payroll")
    await henrik.fill("name", "Lønn")
    await henrik.submit()
    await office.reads(lambda: henrik.messages("payroll"), henrik, COMPANY)
    joined = await office.slack.world.changes.until(lambda: office.calls("conversations.join"))
    assert [call.arguments["channel"] for call in joined] == ["C02PAYROLL"]


async def test_whoever_closes_the_window_is_told_once_that_all_is_kept(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_accounts(henrik)
    await henrik.close()
    (line,) = await office.slack.world.changes.until(lambda: _direct(office, henrik))
    assert "Oppsettet ditt er lagret til" in henrik.reads(line)
    await henrik.click("integration.setup", line)
    await office.shows(henrik, "Fortsett")
    await henrik.click("flow.continue")
    await office.until_step(henrik, "accounts")
    await henrik.close()
    await office.app.background.drain()
    assert len(_direct(office, henrik)) == 1


async def test_nothing_is_told_where_nothing_was_chosen(office: Office) -> None:
    henrik = office.person("henrik")
    await henrik.type("/integration setup")
    await office.until_step(henrik, "system")
    await henrik.close()
    await office.app.background.drain()
    assert _direct(office, henrik) == []


async def test_a_colleague_who_sets_up_the_same_system_is_named(office: Office) -> None:
    henrik, astrid = office.person("henrik"), office.person("astrid")
    await office.to_accounts(henrik)
    await astrid.type("/integration setup")
    await office.until_step(astrid, "system")
    await astrid.choose("system", "visma_net")
    await office.until_field(astrid, "system.visma_net")
    assert henrik.user.id not in astrid.reads()
    await astrid.choose("system", "tripletex")
    await office.shows(astrid, f"<@{henrik.user.id}> konfigurerar Tripletex just nu")


def _direct(office: Office, who: Person) -> list[Message]:
    channels = office.slack.world.workspace.channels.values()
    return [message for channel in channels if channel.im_with == who.user.id for message in channel.messages]
