"""`/integration` and its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from bot.core.text import text
from bot.domain.leave_settings import LeaveSettings
from bot.handlers.command import ALIASES, BY_WORD, COMMANDS, MENU, nearest, understood
from bot.locales import LANGUAGES
from bot.locales.translator import translator
from bot.slack.roles import Action, Role, may
from bot.views import command
from storage import expiries, integrations, leave_settings, workspaces
from storage.integrations import IntegrationState
from tests.support.slack_office import Office


@pytest.mark.parametrize(
    ("typed", "word", "rest"),
    [
        ("", "", ""),
        ("  ", "", ""),
        ("setup", "setup", ""),
        ("SETUP", "setup", ""),
        ("sync preview", "sync preview", ""),
        ("Sync  Now  Tripletex – Oslo", "sync now", "Tripletex – Oslo"),
        ("preview Oslo", "sync preview", "Oslo"),
        ("schedule Oslo", "schedule", "Oslo"),
        ("status", "status", ""),
        ("list Oslo", "status", "Oslo"),
        ("frobnicate the thing", "frobnicate the thing", ""),
        ("sync preveiw Oslo", "sync preveiw Oslo", ""),
        ("sync Oslo", "sync preview", "Oslo"),
        ("Sync now ABSENCE Oslo", "sync now absence", "Oslo"),
        ("preview absence Oslo", "sync preview absence", "Oslo"),
        ("sync absence", "sync preview absence", ""),
        ("sync now absense Oslo", "sync now absense Oslo", ""),
        ("sync now Agencies", "sync now", "Agencies"),
    ],
)
def test_what_was_typed_is_understood(typed: str, word: str, rest: str) -> None:
    assert understood(typed) == (word, rest)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("setpu", "setup"),
        ("sync preveiw", "sync preview"),
        ("shcedule Oslo", "schedule Oslo"),
        ("sync preveiw Norge test", "sync preview Norge test"),
        ("syncnow Oslo", "sync now Oslo"),
        ("sync now absense Oslo", "sync now absence Oslo"),
        ("sync preview abscence", "sync preview absence"),
        ("remvoe", "remove"),
        ("frobnicate", None),
        ("", None),
    ],
)
def test_the_nearest_word_is_found(typed: str, meant: str | None) -> None:
    assert nearest(typed) == meant


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_is_in_the_help_of_every_language(language: str) -> None:
    t = translator(language)
    lines = str(command.help_text(t, [*BY_WORD], None)["blocks"])
    for one in COMMANDS:
        key = f"command.does.{one.word.replace(' ', '_')}"
        assert t.has(key), key
        assert f"/integration {one.word}" in lines, one.word
        assert t(key) in lines, key
    look = str(command.help_text(t, ["status", "help"], text("access.refused", who=("a",)))["blocks"])
    assert all((f"`/integration {one.word}` –" in look) == may(Role.MEMBER, one.action) for one in COMMANDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_asks_which_and_is_named_in_the_menu(language: str) -> None:
    t = translator(language)
    for one in COMMANDS:
        last = one.action_id.rpartition(".")[2]
        assert one.work is None or t.has(f"command.which.{last}"), one.word
        assert one.action_id not in MENU or t.has(f"card.more.{last}"), one.word
        assert one.work or one.typed, one.word
    assert 2 <= len(MENU) <= 5
    assert set(MENU) <= {one.action_id for one in COMMANDS if one.work}


def test_no_word_means_two_things() -> None:
    said = [*BY_WORD, *(alias for one in COMMANDS for alias in one.aliases)]
    assert len(said) == len(set(said)) == len(BY_WORD) + len(ALIASES)
    for one in COMMANDS:
        for word in (one.word, *one.aliases):
            assert understood(f"{word} Oslo") == (one.word, "Oslo")


async def test_an_unknown_word_suggests_the_nearest(office: Office) -> None:
    henrik = office.person("henrik")
    await henrik.type("/integration setpu")
    await office.told(henrik, "`setpu`", "/integration setup")
    await henrik.type("/integration <!everyone> bananas")
    message = await office.told(henrik, "bananas", "/integration help")
    assert "<!everyone>" not in henrik.reads(message)


async def test_the_help_lists_every_word(office: Office) -> None:
    astrid = office.person("astrid")
    await astrid.type("/integration help")
    await office.told(astrid, "/integration setup", "/integration sync now", "/integration remove", "skriv det som")


async def test_an_empty_workspace_leads_to_the_set_up(office: Office) -> None:
    henrik = office.person("henrik")
    await henrik.type("/integration")
    message = await office.told(henrik, "Det finnes ingen integrasjon ennå")
    await henrik.click("integration.setup", message)
    await office.until_step(henrik, "system")
    await henrik.close()
    await henrik.type("/integration sync now")
    await office.told(henrik, "/integration setup")


async def test_the_overview_shows_state_and_what_can_be_done(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration")
    message = await office.told(henrik, "*Norge*", "Polarbønna Norge AS", "ikke testet ennå", "ingen ennå", "1 person")
    labels = {element.get("accessibility_label") for block in message.blocks for element in block.get("elements", [])}
    assert "Innstillinger: Norge" in labels


async def test_an_integration_is_chosen_when_there_are_several(office: Office) -> None:
    await office.make(name="Norge")
    await office.make(name="Norge test", target_account_id="2", target_account_name="Annet selskap")
    henrik = office.person("henrik")
    await henrik.type("/integration schedule")
    message = await office.told(henrik, "For hvilken integrasjon", "Annet selskap")
    await henrik.click("integration.schedule", message)
    await office.until_step(henrik, "schedule")
    await henrik.close()
    await henrik.type("/integration schedule norge")
    await office.until_step(henrik, "schedule")
    await henrik.close()
    await henrik.type("/integration schedule Nogre")
    await office.told(henrik, "Ingen integrasjon heter Nogre")


async def test_simployers_token_stays_while_another_integration_needs_it(office: Office) -> None:
    await office.make()
    await office.make(name="Sør", target_account_id="2", target_account_name="Annet selskap")
    henrik = office.person("henrik")
    await henrik.type("/integration remove sør")
    await office.until_step(henrik, "remove")
    assert "den siste integrasjonen" not in henrik.reads()
    await henrik.fill("remove.name", "Sør")
    await henrik.submit()
    await office.shows(henrik, "er fjernet")
    async with office.app.database.reading() as s:
        assert await workspaces.source_credentials(s, office.app.database.vault, office.team_id) is not None


async def test_a_button_of_a_removed_integration_says_so(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration")
    message = await office.told(henrik, "*Norge*")
    await henrik.choose("integration.more", f"integration.remove:{made.id}", in_=message)
    await office.until_step(henrik, "remove")
    assert "den siste integrasjonen" in henrik.reads()
    await henrik.fill("remove.name", "Noreg")
    await henrik.submit()
    assert "Norge" in henrik.errors["remove.name"]
    await henrik.fill("remove.name", " norge ")
    await henrik.submit()
    await office.shows(henrik, "er fjernet")
    assert (await office.integration(made.id)).removed_at is not None
    async with office.app.database.reading() as s:
        assert await workspaces.source_credentials(s, office.app.database.vault, office.team_id) is None
    assert [entry.action for entry in await office.audited()] == ["integration.removed", "source.forgotten"]
    await henrik.click("integration.preview", message)
    await office.told(henrik, "Integrasjonen er fjernet")


async def test_the_status_of_one_integration_is_told_to_everybody(office: Office) -> None:
    await office.make(name="Norge")
    await office.make(name="Sverige", target_account_id="2", target_account_name="Annet selskap")
    henrik, maja = office.person("henrik"), office.person("maja")
    await henrik.type("/integration status norge")
    message = await office.told(henrik, "*Norge*", "Eier: <@U02HENRIK>", "norsk bokmål", "*Neste steg:*")
    assert "Sverige" not in henrik.reads(message)
    assert "integration.status" not in str(message.blocks)  # these are the details
    await maja.type("/integration status annet")
    message = await office.told(maja, "*Sverige*", "Konfigurerad den")
    assert "Nästa steg" not in maja.reads(message)
    assert [block for block in message.blocks if block["type"] == "actions"] == []
    await maja.type("/integration status nogre")
    message = await office.told(maja, "Ingen integration heter nogre", "Vilken integration vill du se")
    assert "Sverige" not in maja.reads(message)
    await maja.click("integration.status", message)
    await office.reads(lambda: maja.ephemeral()[-1:], maja, "*Norge*", "Konfigurerad den")


@pytest.mark.parametrize(("locale", "day"), [("en-GB", "28 Mar 2027"), ("en-US", "Mar 28, 2027")])
async def test_english_readers_get_the_dates_of_their_country(office: Office, locale: str, day: str) -> None:
    made = await office.make()
    until, warn_at = date(2027, 3, 28), datetime(2027, 2, 26, tzinfo=UTC)
    told = expiries.Expiry(team_id=office.team_id, integration_id=made.id, until=until, warn_at=warn_at)
    async with office.app.database.session() as s:
        await expiries.replace(s, office.team_id, made.id, told)
    oliver = office.person("oliver")
    office.slack.world.workspace.users[oliver.user.id] = replace(oliver.user, locale=locale)
    await oliver.type("/integration status norge")
    await office.told(oliver, day)


async def test_every_word_can_be_pressed_too(office: Office) -> None:
    made = await office.make()
    await office.make(provider="paxml", target_account_id="acme/5566778899", name="Sverige")  # takes files
    async with office.app.database.session() as s:
        await leave_settings.put(s, made.id, LeaveSettings(enabled=True).to_json())
    henrik = office.person("henrik")
    await henrik.type("/integration")
    shown = await office.told(henrik, "*Norge*")
    changed: set[str] = set()
    for name in ("Norge", "Sverige"):
        await henrik.type(f"/integration status {name}")
        await henrik.click("integration.settings", await office.told(henrik, f"*{name}*", "Satt opp"))
        await office.shows(henrik, f"*{name}*")
        for block in henrik.modal.blocks:  # type: ignore[union-attr]
            changed |= {each["action_id"] for each in (block.get("accessory"), *block.get("elements", ())) if each}
        await henrik.close()
    async with office.app.database.session() as s:
        await integrations.set_state(s, made.id, IntegrationState.PAUSED)
    await henrik.type("/integration")
    paused = await office.told(henrik, "*Norge*", "satt på pause")
    elements = [
        element
        for message in (shown, paused)
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    pressed = {element["action_id"] for element in elements}
    chosen = {option["value"].split(":")[0] for element in elements for option in element.get("options", [])}
    # Who may manage, and whose records are asked for, is rare and about no integration: they have the word alone.
    by_word = (Action.ACCESS, Action.PERSON)
    assert {one.action_id for one in COMMANDS if one.action not in by_word} <= pressed | chosen | changed
    await henrik.click("integration.help", shown)
    await office.told(henrik, "/integration sync preview")
