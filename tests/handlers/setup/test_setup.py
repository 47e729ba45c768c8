"""`/integration setup`, the whole way, as an administrator goes it."""

from __future__ import annotations

import asyncio

from tests.support.slack_office import COMPANY, SIMPLOYER_TOKEN, TRIPLETEX_TOKEN, Office, blocks_of, dump, metadata_of


async def test_the_whole_way(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    said = henrik.reads()
    assert COMPANY in said
    assert "Ingrid Solbakken" in said
    await henrik.submit()
    await office.shows(henrik, "Ingenting er overført ennå")
    message = await office.reads(lambda: henrik.messages("payroll"), henrik, "Forhåndsvis")
    assert "Ingrid Solbakken" not in henrik.reads(message)
    (made,) = await office.integrations()
    assert (made.provider, made.target_account_name, made.state.value) == ("tripletex", COMPANY, "connected")
    assert made.scope["kind"] == "people"
    assert len(made.scope["ids"]) == 2
    assert [entry.action for entry in await office.audited()] == ["source.connected", "integration.created"]
    await henrik.close()
    await henrik.type("/integration audit")
    assert "Polarbønna" in (await office.shows(henrik, "Integrasjonen ble opprettet")).split("Integrasjonen ble", 1)[1]
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
    assert "Ha detta till hands" in await office.shows(astrid, "Steg 1")
    assert "Norge" in await office.shows(astrid, "Lönesystem")


async def test_systems_stand_under_their_countries_and_the_chosen_one_says_what_it_needs(office: Office) -> None:
    henrik = office.person("henrik")
    await henrik.type("/integration setup")
    assert "30 minutter" in await office.shows(henrik, "Ha dette klart")
    (menu,) = [block["element"] for block in henrik.modal.blocks if block["block_id"] == "system"]  # type: ignore[union-attr]
    groups = {group["label"]["text"]: group["options"] for group in menu["option_groups"]}
    assert list(groups) == ["Norge", "Sverige"]
    told = {one["text"]["text"]: one["description"]["text"] for group in groups.values() for one in group}
    assert (told["Tripletex"], told["Agda PS"]) == ("Ansatte og fravær", "Ansatte")
    await henrik.submit()
    assert henrik.errors["system"]
    await henrik.choose("system", "tripletex")
    await office.until_field(henrik, "system.tripletex")
    assert "API-nøkkel" in henrik.reads()
    await henrik.choose("system", "agda_ps")
    await office.until_field(henrik, "system.agda_ps")
    assert "SFTP" in henrik.reads()


async def test_a_newcomer_can_go_back_without_losing_anything(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    await henrik.click("flow.back")
    await office.until_step(henrik, "scope")
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
    assert token["optional"]
    await henrik.submit()
    await office.until_step(henrik, "accounts")
    for step in ("target", "source"):
        await henrik.click("flow.back")
        await office.until_step(henrik, step)
    assert "Polarbönan" in henrik.reads()
    await henrik.click("flow.back")
    await office.until_step(henrik, "system")
    assert "flow.back" not in blocks_of(henrik)


async def test_saving_twice_saves_once(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_summary(henrik)
    view = henrik.modal
    assert view is not None
    draft = henrik._drafts[view.id]
    await asyncio.gather(*(office.slack.interactions.submit(henrik.user, view.id, draft) for _ in range(3)))
    await office.shows(henrik, "Ingenting er overført ennå")
    assert len(await office.integrations()) == 1
    await office.reads(lambda: henrik.messages("payroll"), henrik, "Forhåndsvis")
    assert [entry.action for entry in await office.audited()].count("integration.created") == 1
    assert len([m for m in henrik.messages("payroll") if "Tripletex" in m.text]) == 1


async def test_who_is_not_ready_is_told_before_the_summary(office: Office) -> None:
    henrik = office.person("henrik")
    await office.to_scope(henrik)
    await office.pick(henrik, "Ulvestad", "1001")
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    assert "1 av 2" in henrik.reads()
    await henrik.click("flow.back")
    await office.until_step(henrik, "scope")
    await office.pick(henrik, "1001")
    await henrik.submit()
    await office.until_step(henrik, "summary")
    assert "har alt som trengs" in henrik.reads()


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
    await office.until_step(henrik, "summary")
    await henrik.choose("channel.channel", "payroll")
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
    assert "Enheter etter kontor" in said
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
    await henrik.submit()
    await office.until_step(henrik, "summary")
    await henrik.choose("channel.channel", "payroll")
    assert "Virksomhet: Bergen" in henrik.reads()
    await henrik.submit()
    await office.shows(henrik, "Ingenting er overført ennå")
    (made,) = await office.integrations()
    assert made.settings[f"office_division.office.{bergen}"] == unit["value"]
