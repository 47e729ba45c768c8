"""The Home tab, and what happens to the app and its channels."""

from __future__ import annotations

import pytest

from storage import integrations, workspaces
from storage.integrations import IntegrationState
from tests.support.slack_office import Office


async def test_the_home_tab_of_an_admin_has_buttons(office: Office) -> None:
    made = await office.make()
    await office.make(name="Annet", target_account_id="2", target_account_name="Annet selskap")
    async with office.app.database.session() as s:
        await integrations.set_state(s, made.id, IntegrationState.NEEDS_RECONNECT)
    henrik = office.person("henrik")
    henrik.open_home()
    await office.slack.world.changes.until(lambda: henrik.home)
    said = henrik.reads(henrik.home)
    assert said.index("*Norge*") < said.index("*Annet*")
    assert "Koble til på nytt" in said
    await henrik.click("integration.setup", henrik.home)
    await office.until_step(henrik, "system")


async def test_pausing_on_the_home_tab_shows_at_once(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    henrik.open_home()
    await office.slack.world.changes.until(lambda: henrik.home)
    await henrik.choose("integration.more", f"integration.pause:{made.id}", in_=henrik.home)
    await office.slack.world.changes.until(lambda: "satt på pause" in henrik.reads(henrik.home))
    await office.shows(henrik, "er satt på pause")


async def test_the_home_tab_of_others_is_read_only(office: Office) -> None:
    await office.make()
    maja = office.person("maja")
    maja.open_home()
    await office.slack.world.changes.until(lambda: maja.home)
    assert "*Norge*" in maja.reads(maja.home)
    assert "<@U01ASTRID>" in maja.reads(maja.home)
    assert [block for block in maja.home.blocks if block["type"] == "actions"] == []  # type: ignore[union-attr]


async def test_an_archived_channel_is_told_to_the_owner(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    event = {"type": "channel_archive", "channel": "C02PAYROLL", "user": henrik.user.id}
    office.slack.world.workspace.channels["C02PAYROLL"].is_archived = True
    office.slack.world.events.emit("channel_archive", event)
    message = await office.reads(henrik.direct_messages, henrik, "arkivert", "*Norge*")
    await henrik.click("integration.channel", message)
    await office.until_step(henrik, "channel")


@pytest.mark.parametrize(
    ("kind", "said"), [("channel_deleted", "er slettet"), ("channel_shared", "annen organisasjon")]
)
async def test_whatever_becomes_of_the_channel_is_told_to_the_owner(office: Office, kind: str, said: str) -> None:
    await office.make()
    henrik = office.person("henrik")
    assert office.slack.world.events.emit(kind, {"type": kind, "channel": "C02PAYROLL"})
    await office.reads(henrik.direct_messages, henrik, said, "*Norge*")


async def test_a_channel_that_gets_another_id_is_followed_and_the_owner_told_who_can_read_it(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    event = {"type": "channel_id_changed", "old_channel_id": "C02PAYROLL", "new_channel_id": "C01GENERAL"}
    assert office.slack.world.events.emit("channel_id_changed", event)
    await office.reads(henrik.direct_messages, henrik, "annen organisasjon", "*Norge*")
    assert (await office.integration(made.id)).channel_id == "C01GENERAL"
    (entry,) = await office.audited()
    assert (entry.action, entry.actor_id, entry.new) == ("channel.changed", "slack", {"channel": "C01GENERAL"})


async def test_uninstalling_pauses_and_loses_nothing(office: Office) -> None:
    made = await office.make()
    office.slack.world.events.emit("app_uninstalled", {"type": "app_uninstalled"})

    async def paused() -> bool:
        return (await office.integration(made.id)).state is IntegrationState.PAUSED

    await office.until(paused)
    async with office.app.database.reading() as s:
        assert await integrations.credentials(s, office.app.database.vault, made.id)
    said = {(entry.action, entry.actor_id, entry.origin) for entry in await office.audited()}
    assert said == {("integration.paused", "slack", "uninstalled"), ("app.uninstalled", "slack", "app_uninstalled")}


async def test_the_home_tab_names_the_workspace_and_keeps_the_name(office: Office) -> None:
    henrik = office.person("henrik")
    henrik.open_home()
    await office.slack.world.changes.until(lambda: henrik.home)
    assert f"Integrasjoner i {office.slack.world.workspace.name}" in henrik.reads(henrik.home)
    asked = len(office.calls("auth.test"))
    published = len(office.calls("views.publish"))
    henrik.open_home()
    await office.slack.world.changes.until(lambda: len(office.calls("views.publish")) > published)
    async with office.app.database.reading() as s:
        workspace = await workspaces.get(s, office.team_id)
    assert workspace is not None
    assert workspace.name == office.slack.world.workspace.name
    assert len(office.calls("auth.test")) - asked <= 1


async def test_what_needs_attention_comes_first_with_what_to_do(office: Office) -> None:
    await office.make(name="A")
    broken = await office.make(name="B", target_account_id="2", target_account_name="Annet selskap")
    henrik = office.person("henrik")
    henrik.open_home()
    await office.slack.world.changes.until(lambda: henrik.home)
    assert "Ingenting trenger oppfølging" in henrik.reads(henrik.home)
    async with office.app.database.session() as s:
        await integrations.set_state(s, broken.id, IntegrationState.NEEDS_RECONNECT)
    henrik.open_home()
    await office.slack.world.changes.until(lambda: "Trenger oppfølging: 1" in henrik.reads(henrik.home))
    said = henrik.reads(henrik.home)
    places = [said.index(words) for words in ("Trenger oppfølging: 1 integrasjon", "*B*", "*Å gjøre:* koble", "*A*")]
    assert places == sorted(places)
