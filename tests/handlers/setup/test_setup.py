"""`/integration setup`, the whole way, as an administrator goes it."""

from __future__ import annotations

import asyncio

from storage import schedules
from tests.support.slack_office import COMPANY, SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, Office, blocks_of, dump, metadata_of


async def test_the_whole_way(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    said = henrik.reads()
    assert COMPANY in said
    assert "Ingrid Solbakken" in said
    await henrik.submit()
    await office.shows(henrik, "Ingenting er sendt ennå")
    message = await office.reads(lambda: henrik.messages("payroll"), henrik, "Forhåndsvis")
    assert "Ingrid Solbakken" not in henrik.reads(message)
    (made,) = await office.integrations()
    assert (made.provider, made.target_account_name, made.state.value) == ("tripletex", COMPANY, "connected")
    assert made.scope["kind"] == "people"
    assert len(made.scope["ids"]) == 2
    assert [entry.action for entry in await office.audited()] == ["source.connected", "integration.created"]
    assert office.tripletex.requests.writes() == []


async def test_nothing_secret_leaves_the_bot(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    assert len(metadata_of(henrik)) == 32
    await henrik.submit()
    await office.reads(lambda: henrik.messages("payroll"), henrik, "Forhåndsvis")
    sent = office.sent()
    kept = b"".join(file.read_bytes() for file in office.folder.glob("bot.sqlite3*"))
    for secret in (SIMPLOYER_TOKEN, TRIPLETEX_TOKEN):
        assert secret not in sent
        assert secret.encode() not in kept
        assert secret not in dump([entry.new for entry in await office.audited()])


async def test_every_step_is_in_the_readers_language(office: Office) -> None:
    astrid = office.person("astrid")
    await astrid.type("/integration setup")
    assert "Innan du börjar" in await office.shows(astrid, "Steg 1")
    await astrid.submit()
    assert "Norge" in await office.shows(astrid, "Lönesystem")


async def test_the_checklist_comes_first_and_the_systems_say_what_they_need(office: Office) -> None:
    henrik = office.person("henrik")
    await henrik.type("/integration setup")
    assert "bankkonto" in await office.shows(henrik, "Før du begynner", "30 minutter")
    await henrik.submit()
    said = await office.shows(henrik, "Tripletex", "Synkroniseres", "Trengs")
    assert "Norge" in said


async def test_a_newcomer_can_go_back_without_losing_anything(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    for step in ("channel", "schedule", "readiness", "scope"):
        await henrik.click("flow.back")
        await office.until_step(henrik, step)
    search = next(block for block in henrik.modal.blocks if block["block_id"] == "scope.people")  # type: ignore[union-attr]
    assert [one["text"]["text"] for one in search["element"]["initial_options"]] == [
        "Ingrid Solbakken (1001)",
        "Marit Fjeldvik (1003)",
    ]
    for step in ("settings", "accounts", "target"):
        await henrik.click("flow.back")
        await office.until_step(henrik, step)
    token = next(block for block in henrik.modal.blocks if "employee_token" in block["block_id"])  # type: ignore[union-attr]
    assert "initial_value" not in token["element"]
    await henrik.click("flow.act:retry")
    await office.until_step(henrik, "accounts")
    for step in ("target", "source"):
        await henrik.click("flow.back")
        await office.until_step(henrik, step)
    assert "Polarbönan" in henrik.reads()
    for step in ("system", "start"):
        await henrik.click("flow.back")
        await office.until_step(henrik, step)
    assert "flow.back" not in blocks_of(henrik)


async def test_saving_twice_saves_once(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    view = henrik.modal
    assert view is not None
    await asyncio.gather(*(office.slack.interactions.submit(henrik.user, view.id, {}) for _ in range(3)))
    await office.shows(henrik, "Ingenting er sendt ennå")
    assert len(await office.integrations()) == 1
    await office.reads(lambda: henrik.messages("payroll"), henrik, "Forhåndsvis")
    assert [entry.action for entry in await office.audited()].count("integration.created") == 1


async def test_a_check_submitted_twice_is_made_once(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_scope(henrik)
    await office.pick(henrik, "Solbakken")
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    await henrik.submit()
    await henrik.submit()
    await office.until_step(henrik, "channel")
    await henrik.choose("channel.channel", "payroll")
    view, draft = henrik.modal, henrik._drafts[henrik.modal.id]  # type: ignore[union-attr]
    assert view is not None
    await asyncio.gather(*(office.slack.interactions.submit(henrik.user, view.id, draft) for _ in range(2)))
    await office.until_step(henrik, "summary")
    assert len([m for m in henrik.messages("payroll") if "Tripletex" in m.text]) == 1


async def test_a_name_is_asked_for_and_told_apart(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    await henrik.fill("name", "   ")
    await henrik.submit()
    assert "navn" in henrik.errors["name"]
    await henrik.fill("name", "  Lønn   Norge ")
    await henrik.submit()
    await office.shows(henrik, "Lønn Norge")
    assert [one.name for one in await office.integrations()] == ["Lønn Norge"]
    await office.reads(lambda: henrik.messages("payroll"), henrik, "Lønn Norge")


async def test_a_schedule_before_a_clean_sync_is_confirmed_and_recorded(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_scope(henrik)
    await office.pick(henrik, "Solbakken")
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    await henrik.submit()
    await henrik.choose("schedule.mode", "scheduled")
    await office.until_field(henrik, "schedule.time")
    await henrik.choose("schedule.weekdays")
    await henrik.submit()
    assert henrik.errors["schedule.weekdays"]
    await henrik.choose("schedule.weekdays", "tue", "thu")
    await henrik.fill("schedule.time", "02:30")
    await henrik.submit()
    assert "03:00" in henrik.errors["schedule.time"]
    await henrik.fill("schedule.time", "06:00")
    await henrik.submit()
    await office.until_step(henrik, "untested")
    await henrik.submit()
    await office.until_step(henrik, "channel")
    await henrik.choose("channel.channel", "payroll")
    await henrik.submit()
    await office.until_step(henrik, "summary")
    assert "tirsdag og torsdag" in henrik.reads()
    await henrik.submit()
    await office.reads(lambda: henrik.messages("payroll"), henrik, "Forhåndsvis")
    (made,) = await office.integrations()
    async with office.app.database.reading() as s:
        stored = await schedules.get(s, made.id)
    assert stored is not None
    assert (stored.weekdays, stored.hour, stored.timezone) == (("tue", "thu"), 6, "Europe/Oslo")
    assert stored.next_run_at.isoformat().startswith("2026-11-24T05:0")
    actions = [entry.action for entry in await office.audited()]
    assert "schedule.enabled_untested" in actions


async def test_everyone_before_a_test_is_confirmed_and_recorded(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_scope(henrik)
    await henrik.choose("scope.kind", "everyone")
    await office.slack.world.changes.until(lambda: "scope.people" not in blocks_of(henrik))
    await henrik.submit()
    await office.until_step(henrik, "widen")
    assert "før noen testsynkronisering har lyktes" in henrik.reads()
    await henrik.click("flow.back")
    await office.until_step(henrik, "scope")
    await henrik.submit()
    await office.until_step(henrik, "widen")
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    said = henrik.reads()
    assert "Live Nygjelten" in said
    await henrik.submit()
    await henrik.submit()
    await henrik.choose("channel.channel", "payroll")
    await henrik.submit()
    await office.until_step(henrik, "summary")
    await henrik.submit()
    await office.reads(lambda: henrik.messages("payroll"), henrik, "Forhåndsvis")
    assert "scope.widened_untested" in [entry.action for entry in await office.audited()]
    assert office.tripletex.requests.writes() == []


async def test_offices_get_their_units_in_the_set_up_and_the_readiness_names_who_has_none(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_accounts(henrik)
    await henrik.submit()
    await office.until_step(henrik, "settings")
    said = henrik.reads()
    assert "Velg en enhet for hvert kontor" in said
    assert not {name for name in ("Göteborg", "Stockholm") if name in said}
    bergen = next(r["id"] for r in office.simployer.store.rows["office"].values() if r["name"] == "Bergen")
    asked = next(block for block in henrik.modal.blocks if block["block_id"] == "setting.division")  # type: ignore[union-attr]
    unit = asked["element"]["options"][0]
    await henrik.choose("setting.division", unit["value"])
    await henrik.choose(f"setting.office_division.office.{bergen}", unit["value"])
    await henrik.submit()
    await office.until_step(henrik, "scope")
    await office.pick(henrik, "Solbakken", "Fjeldvik")
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    assert "Ingenting er valgt for kontoret Oslo" in henrik.reads()
    for step in ("readiness", "schedule"):
        await office.until_step(henrik, step)
        await henrik.submit()
    await office.until_step(henrik, "channel")
    await henrik.choose("channel.channel", "payroll")
    await henrik.submit()
    await office.until_step(henrik, "summary")
    assert "Virksomhet: Bergen" in henrik.reads()
    await henrik.submit()
    await office.shows(henrik, "Ingenting er sendt ennå")
    (made,) = await office.integrations()
    assert made.settings[f"office_division.office.{bergen}"] == unit["value"]
