"""`/integration reports`: how much is said, who is called, and who must agree."""

from __future__ import annotations

from bot.domain.notification_policy import NotificationPolicy, Verbosity
from storage import digests, integrations
from storage.digests import Period
from tests.support.slack_office import Office, blocks_of


async def rules(office: Office, integration_id: str) -> NotificationPolicy:
    return NotificationPolicy.from_json((await office.integration(integration_id)).attention)


async def test_everything_is_chosen_in_one_form_and_shown_in_the_overview(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration reports")
    await office.until_step(henrik, "reports")
    await henrik.choose("attention.noise", "daily")
    await henrik.choose("attention.weekly", "mon")
    await henrik.fill("attention.time", "07:30")
    await henrik.choose("attention.approval", "four_eyes")
    await henrik.choose("attention.calls", "person")
    await office.until_field(henrik, "attention.person")
    await henrik.submit()
    assert henrik.errors["attention.person"]
    await henrik.choose("attention.person", "astrid")
    await henrik.submit()
    await office.shows(henrik, "ett sammendrag per dag, 07:30", "ukesammendrag på mandag", "av en annen person")
    assert await rules(office, made.id) == NotificationPolicy(
        noise=Verbosity.DAILY,
        calls="U01ASTRID",
        weekly="mon",
        time="07:30",
        timezone="Europe/Oslo",
        four_eyes=True,
    )
    async with office.app.database.reading() as s:
        daily, weekly = [await digests.get(s, made.id, period) for period in Period]
    assert daily is not None
    assert weekly is not None
    assert daily.next_at.isoformat() == "2026-11-24T06:30:00+00:00"
    assert weekly.next_at.isoformat() == "2026-11-30T06:30:00+00:00"
    (entry,) = await office.audited()
    assert entry.action == "reports.changed"
    assert entry.new is not None
    assert entry.new["four_eyes"] is True
    await henrik.type("/integration")
    await office.told(henrik, "Rapporter: ett sammendrag per dag, 07:30")


async def test_the_form_begins_with_what_holds_and_takes_back_what_is_unticked(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    async with office.app.database.session() as s:
        before = NotificationPolicy(noise=Verbosity.PROBLEMS, calls="U01ASTRID", weekly="fri", four_eyes=True)
        await integrations.update(s, made.id, made.version, attention=before.to_json())
    await henrik.type("/integration")
    message = await office.told(henrik, "synkroniseringer med nye problemer")
    await henrik.click("integration.settings", message)
    await office.shows(henrik, "*Norge*")
    await henrik.click("integration.reports")
    await office.until_step(henrik, "reports")
    assert "attention.person" in blocks_of(henrik)
    await henrik.choose("attention.calls", "nobody")
    await office.slack.world.changes.until(lambda: "attention.person" not in blocks_of(henrik))
    await henrik.choose("attention.weekly", "never")
    await henrik.choose("attention.approval")
    await henrik.submit()
    await office.shows(henrik, "synkroniseringer med nye problemer")
    assert await rules(office, made.id) == NotificationPolicy(noise=Verbosity.PROBLEMS, calls="nobody")
    assert (await office.integration(made.id)).retention_days is None
    async with office.app.database.reading() as s:
        assert await digests.get(s, made.id, Period.WEEK) is None


async def test_details_of_people_can_be_kept_for_a_shorter_time_and_no_longer_than_the_installation_does(
    office: Office,
) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration reports")
    await office.until_step(henrik, "reports")
    menu = next(block for block in henrik.modal.blocks if block["block_id"] == "attention.kept")  # type: ignore[union-attr]
    offered = [option["text"]["text"] for option in menu["element"]["options"]]
    assert offered == ["7 dager", "14 dager", "30 dager", "60 dager", "90 dager (standard)"]
    assert menu["element"]["initial_option"]["value"] == "longest"
    await henrik.choose("attention.kept", "14")
    await henrik.submit()
    await office.shows(henrik, "Lagret")
    assert (await office.integration(made.id)).retention_days == 14
    await henrik.type("/integration audit")
    await office.shows(henrik, "Dager opplysninger om personer oppbevares: 14")


async def test_what_somebody_else_changed_meanwhile_stands(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration reports")
    await office.until_step(henrik, "reports")
    async with office.app.database.session() as s:
        await integrations.update(s, made.id, made.version, attention=NotificationPolicy(four_eyes=True).to_json())
    await henrik.submit()
    await office.shows(henrik, "ingenting ble lagret")
    assert (await rules(office, made.id)).four_eyes
