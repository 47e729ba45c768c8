"""Scope, schedule, channel and credentials, afterwards."""

from __future__ import annotations

from sandbox.slack.user_actions import Person
from sandbox.tripletex import OTHER_COMPANY_TOKEN
from sandbox.tripletex import REVOKED_TOKEN as REVOKED_TRIPLETEX
from storage import integrations, schedules, workspaces
from storage.integrations import IntegrationState
from storage.vault import Vault
from tests.support.slack_office import TRIPLETEX_TOKEN, Office, blocks_of


async def test_the_scope_is_shown_as_it_is_and_changed(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration scope")
    await office.until_step(henrik, "scope")
    search = next(block for block in henrik.modal.blocks if block["block_id"] == "scope.people")  # type: ignore[union-attr]
    assert [one["text"]["text"] for one in search["element"]["initial_options"]] == ["Ingrid Solbakken (1001)"]
    await office.pick(henrik, "Solbakken", "Fjeldvik")
    await henrik.submit()
    await office.until_step(henrik, "readiness")
    await henrik.submit()
    await office.shows(henrik, "Testgruppe med 2 personer")
    assert len((await office.integration(made.id)).scope["ids"]) == 2
    assert [entry.action for entry in await office.audited()] == ["scope.changed"]


async def test_widening_before_a_test_is_confirmed_and_after_it_is_not(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    for state, step in ((IntegrationState.CONNECTED, "widen"), (IntegrationState.TESTED, "readiness")):
        async with office.app.database.session() as s:
            await integrations.set_state(s, made.id, state)
        await henrik.type("/integration scope")
        await office.until_step(henrik, "scope")
        await henrik.choose("scope.kind", "everyone")
        await office.slack.world.changes.until(lambda: "scope.people" not in blocks_of(henrik))
        await henrik.submit()
        await office.until_step(henrik, step)
        await henrik.close()


async def test_a_change_that_somebody_else_made_meanwhile_is_not_overwritten(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration schedule")
    await office.until_step(henrik, "schedule")
    async with office.app.database.session() as s:
        await integrations.update(s, made.id, made.version, name="Nytt navn")
    await henrik.submit()
    await office.shows(henrik, "ingenting ble lagret")


async def test_the_schedule_is_turned_on_with_a_question_and_off_without(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration schedule")
    await office.until_step(henrik, "schedule")
    await henrik.choose("schedule.mode", "scheduled")
    await office.until_field(henrik, "schedule.time")
    await henrik.submit()
    await office.until_step(henrik, "untested")
    await henrik.submit()
    await office.shows(henrik, "Neste synkronisering")
    async with office.app.database.reading() as s:
        stored = await schedules.get(s, made.id)
    assert stored is not None
    assert stored.weekdays == ("mon", "tue", "wed", "thu", "fri")
    await henrik.type("/integration schedule")
    await office.until_step(henrik, "schedule")
    await henrik.choose("schedule.mode", "manual")
    await office.slack.world.changes.until(lambda: "schedule.time" not in blocks_of(henrik))
    await henrik.submit()
    await office.shows(henrik, "For hånd")
    async with office.app.database.reading() as s:
        assert await schedules.get(s, made.id) is None
    assert [entry.action for entry in await office.audited()] == ["schedule.enabled_untested", "schedule.changed"]


async def test_a_schedule_after_a_clean_sync_makes_it_live(office: Office) -> None:
    made = await office.make(state=IntegrationState.TESTED)
    henrik = office.person("henrik")
    await henrik.type("/integration schedule")
    await office.until_step(henrik, "schedule")
    await henrik.choose("schedule.mode", "scheduled")
    await office.until_field(henrik, "schedule.time")
    await henrik.submit()
    await office.shows(henrik, "Neste synkronisering")
    assert (await office.integration(made.id)).state is IntegrationState.LIVE


async def test_the_channel_is_proven_before_it_is_changed(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration channel")
    await office.until_step(henrik, "channel")
    await henrik.choose("channel.channel", "salary-review")
    await henrik.submit()
    await office.shows(henrik, "/invite", "privat")
    await office.until_step(henrik, "channel")
    await henrik.choose("channel.channel", "general")
    await henrik.choose("channel.language", "sv")
    await henrik.submit()
    await office.shows(henrik, "rapporterer i <#C01GENERAL>")
    after = await office.integration(made.id)
    assert (after.channel_id, after.language) == ("C01GENERAL", "sv")


async def test_reconnecting_takes_the_same_company_only(office: Office) -> None:
    made = await office.make()
    async with office.app.database.session() as s:
        await integrations.set_state(s, made.id, IntegrationState.NEEDS_RECONNECT)
    henrik = office.person("henrik")
    await henrik.type("/integration credentials")
    await office.until_step(henrik, "credentials")
    await office.paste_tripletex(henrik, REVOKED_TRIPLETEX)
    await office.until_step(henrik, "credentials")
    assert "alert" in [block["type"] for block in henrik.modal.blocks]  # type: ignore[union-attr]
    await office.paste_tripletex(henrik, OTHER_COMPANY_TOKEN)
    await office.shows(henrik, "Polarbønna Kaffebarer AS", "tilhører Polarbønna Norge AS")
    assert (await office.integration(made.id)).state is IntegrationState.NEEDS_RECONNECT
    await office.until_step(henrik, "credentials")
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await office.shows(henrik, "synkroniserer som før")
    assert (await office.integration(made.id)).state is IntegrationState.CONNECTED
    assert len(await office.integrations()) == 1
    assert TRIPLETEX_TOKEN not in office.sent()


async def test_reconnecting_asks_for_the_secret_alone(office: Office) -> None:
    made = await office.make()
    async with office.app.database.session() as s:
        await integrations.set_state(s, made.id, IntegrationState.NEEDS_RECONNECT)
    henrik = office.person("henrik")
    await henrik.type("/integration credentials")
    await office.until_step(henrik, "credentials")
    # Neither a key that is refused nor one of another company undoes the environment that is stored.
    await henrik.fill("credential.tripletex.employee_token", REVOKED_TRIPLETEX)
    await henrik.submit()
    await office.until_step(henrik, "credentials")
    assert "credentials.retry" not in blocks_of(henrik)
    await henrik.fill("credential.tripletex.employee_token", OTHER_COMPANY_TOKEN)
    await henrik.submit()
    await office.shows(henrik, "tilhører Polarbønna Norge AS")
    await office.until_step(henrik, "credentials")
    await henrik.fill("credential.tripletex.employee_token", TRIPLETEX_TOKEN)
    await henrik.submit()
    await office.shows(henrik, "synkroniserer som før")
    async with office.app.database.reading() as s:
        kept = await integrations.credentials(s, office.app.database.vault, made.id)
    assert kept == {"employee_token": TRIPLETEX_TOKEN, "environment": "test"}
    assert not any(secret in office.sent() for secret in (TRIPLETEX_TOKEN, REVOKED_TRIPLETEX, OTHER_COMPANY_TOKEN))


async def test_reconnecting_shows_the_way_of_delivery_as_it_is_stored_and_no_password(office: Office) -> None:
    stored = {
        "delivery": "sftp",
        "host": "files.polarbonan.example",
        "port": "2222",
        "username": "polar",
        "password": "made-up-secret",
        "remote_folder": "in/lonn",
        "organisation_number": "5560360793",
        "company_name": "Polarbönan AB",
    }
    await office.make(provider="paxml", credentials=stored, target_account_id="5560360793", settings={})
    henrik = office.person("henrik")
    await henrik.type("/integration credentials")
    await office.until_step(henrik, "credentials")
    assert _given(henrik) == {key: value for key, value in stored.items() if key != "password"}
    # What is changed or emptied stays so while the form is shown anew.
    await henrik.fill("credential.paxml.port", "")
    await henrik.fill("credential.paxml.password", "made-up-new")
    await henrik.choose("credential.paxml.delivery", "folder")
    await office.until_field(henrik, "credential.paxml.folder")
    assert set(_given(henrik)) == {"delivery", "organisation_number", "company_name"}
    await henrik.choose("credential.paxml.delivery", "sftp")
    await office.until_field(henrik, "credential.paxml.host")
    assert _given(henrik) == {key: value for key, value in stored.items() if key not in ("password", "port")}
    assert not any(secret in office.sent() for secret in ("made-up-secret", "made-up-new"))


async def test_credentials_that_no_key_opens_can_be_replaced(office: Office) -> None:
    made = await office.make()
    async with office.app.database.session() as s:
        await integrations.replace_credentials(s, Vault([Vault.generate_key()]), made.id, {"environment": "test"})
    henrik = office.person("henrik")
    await henrik.type("/integration credentials")
    await office.until_step(henrik, "credentials")
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await office.shows(henrik, "Lagret")


def _given(who: Person) -> dict[str, str]:
    """The credentials that the form holds already, by key."""
    given = {}
    assert who.modal is not None
    for block in who.modal.blocks:
        element = block.get("element") or {}
        value = element.get("initial_value") or (element.get("initial_option") or {}).get("value")
        if value and block["block_id"].startswith("credential."):
            given[block["block_id"].rpartition(".")[2]] = value
    return given


async def test_a_dead_simployer_token_is_replaced_on_the_way(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    office.simployer.revoke()
    await henrik.type("/integration credentials")
    await office.until_step(henrik, "credentials")
    await office.paste_tripletex(henrik, TRIPLETEX_TOKEN)
    await office.until_step(henrik, "token")
    office.simployer.good_tokens.add("simployer-new")
    await henrik.fill("credential.simployer.access_token", "simployer-new")
    await henrik.submit()
    await office.shows(henrik, "Norge")
    await office.slack.world.changes.until(lambda: "Lagret" in henrik.reads())
    assert (await office.integration(made.id)).state is IntegrationState.CONNECTED
    assert "source.reconnected" in [entry.action for entry in await office.audited()]


async def test_simployers_token_alone_can_be_replaced(office: Office) -> None:
    made = await office.make()
    south = await office.make(name="Sør", target_account_id="2", target_account_name="Annet selskap")
    bars = next(books for books in office.tripletex.companies.values() if books.name == "Polarbønna Kaffebarer AS")
    west = await office.make(
        name="Vest",
        target_account_id=str(bars.id),
        target_account_name=bars.name,
        credentials={"employee_token": OTHER_COMPANY_TOKEN, "environment": "test"},
    )
    async with office.app.database.session() as s:
        for one in (south, west):
            await integrations.set_state(s, one.id, IntegrationState.NEEDS_RECONNECT)
    henrik = office.person("henrik")
    await henrik.type("/integration credentials norge")
    await office.until_step(henrik, "credentials")
    await henrik.click("flow.act:source")
    await office.until_step(henrik, "token")
    office.simployer.good_tokens.add("simployer-new")
    await henrik.fill("credential.simployer.access_token", "simployer-new")
    await henrik.submit()
    await office.shows(henrik, "alle integrasjoner i arbeidsområdet", "virker også igjen: Vest")
    assert (await office.integration(west.id)).state is IntegrationState.CONNECTED
    assert (await office.integration(south.id)).state is IntegrationState.NEEDS_RECONNECT
    async with office.app.database.reading() as s:
        vault = office.app.database.vault
        assert await workspaces.source_credentials(s, vault, office.team_id) == {"access_token": "simployer-new"}
        assert (await integrations.credentials(s, vault, made.id))["employee_token"] == TRIPLETEX_TOKEN
    assert [entry.action for entry in await office.audited()] == ["source.reconnected", "integration.resumed"]
