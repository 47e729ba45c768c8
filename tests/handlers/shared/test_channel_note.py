"""The channel hears in one line what was changed, and by whom."""

from __future__ import annotations

from tests.support.slack_office import Office


async def test_pause_schedule_scope_move_and_removal_are_told_to_the_channel(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    for command, said in (("pause", "på pause"), ("resume", "gjenopptatt")):
        await henrik.type(f"/integration {command}")
        line = await office.reads(lambda: henrik.messages("payroll"), henrik, f"<@{henrik.user.id}>", said)
        assert "*Norge*" in henrik.reads(line)

    await henrik.type("/integration schedule")
    await office.until_step(henrik, "schedule")
    await henrik.choose("schedule.mode", "scheduled")
    await office.until_field(henrik, "schedule.time")
    await henrik.submit()
    await office.until_step(henrik, "untested")
    await henrik.submit()
    await office.reads(lambda: henrik.messages("payroll"), henrik, "endret når", "mandag")

    await henrik.type("/integration scope")
    await office.until_step(henrik, "scope")
    await office.pick(henrik, "Solbakken", "Fjeldvik")
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    await henrik.submit()
    line = await office.reads(lambda: henrik.messages("payroll"), henrik, "hvem som er med", "2 personer")
    assert "Fjeldvik" not in henrik.reads(line), "who is tested first is not everybody's affair"

    await henrik.type("/integration channel")
    await office.until_step(henrik, "channel")
    await henrik.choose("channel.channel", "general")
    await henrik.submit()
    await office.reads(lambda: henrik.messages("payroll"), henrik, "flyttet", "<#C01GENERAL>")
    await office.reads(lambda: henrik.messages("general"), henrik, "flyttet", "hit")
    ours = [message for message in henrik.messages("general") if message.subtype != "channel_join"]
    assert len(ours) == 1, "the post that proved the channel has become the line"

    await henrik.type("/integration remove")
    await office.until_step(henrik, "remove")
    await henrik.fill("remove.name", made.name)
    await henrik.submit()
    await office.reads(lambda: henrik.messages("general"), henrik, "fjernet", "*Norge*")


async def test_what_was_not_changed_is_not_told(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration channel")
    await office.until_step(henrik, "channel")
    await henrik.submit()
    await office.shows(henrik, "rapporterer i")
    await office.app.background.drain()
    assert henrik.messages("payroll") == []


async def test_a_hyphen_stands_for_the_dash_of_a_name(office: Office) -> None:
    made = await office.make(name="Tripletex – Polarbønna")
    henrik = office.person("henrik")
    await henrik.type("/integration remove")
    await office.until_step(henrik, "remove")
    await henrik.fill("remove.name", "tripletex - polarbønna")
    await henrik.submit()
    await office.reads(lambda: henrik.messages("payroll"), henrik, "fjernet", made.name)
