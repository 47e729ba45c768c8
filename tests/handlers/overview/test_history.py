"""`/integration history` and `/integration audit`."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from bot.domain.notification_policy import NotificationPolicy
from bot.domain.scope import Scope, ScopeKind
from bot.handlers.overview import history_export
from bot.locales import LANGUAGES, translator
from bot.views.overview.picture import bars, picture
from sandbox.slack.faults import Fault
from sandbox.slack.workspace import Message
from storage import audit
from tests.handlers.runs.test_start import ended
from tests.support.slack_office import ROOT, Office


async def test_the_last_runs_with_their_reports(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await henrik.type("/integration history")
    await office.shows(henrik, "har ikke kjørt ennå")
    await henrik.type("/integration sync preview")
    await office.told(henrik, "er startet")
    (run,) = await ended(office, made.id)
    await henrik.type("/integration history")
    said = await office.shows(henrik, "Siste kjøring av", "Forhåndsvisning av <@U02HENRIK>")
    assert f"/archives/C02PAYROLL/p{str(run.message_ts).replace('.', '')}|Rapport>" in said
    await henrik.close()
    office.slack.world.faults.inject(Fault("chat.getPermalink", error="internal_error", times=1))
    await henrik.type("/integration history")
    assert "|Rapport>" not in await office.shows(henrik, "Siste kjøring av")


async def test_who_did_what_is_paged_and_told_in_words(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    async with office.app.database.session() as s:
        await audit.write(s, office.team_id, "U02HENRIK", "integration.created", made.id, new={"name": "Norge"})
        await audit.write(s, office.team_id, "U01ASTRID", "source.reconnected", new={"account": "1"})
        for _ in range(15):
            old = {"channel": "C01GENERAL", "language": "nb"}
            new = {"channel": "C02PAYROLL", "language": "nb"}
            await audit.write(s, office.team_id, "U02HENRIK", "channel.changed", made.id, old=old, new=new)
    await henrik.type("/integration audit")
    said = await office.shows(henrik, "Kanalen eller språket ble endret", "<#C01GENERAL> → <#C02PAYROLL>")
    assert "opprettet" not in said
    await henrik.click("audit.page.older")
    said = await office.shows(henrik, "Integrasjonen ble opprettet", "Simployers token ble byttet", "<@U01ASTRID>")
    await henrik.click("audit.page.newest")
    await office.shows(henrik, "Kanalen eller språket ble endret")
    await henrik.close()
    await henrik.type("/integration audit Norge")
    await office.shows(henrik, "Hva som er gjort med *Norge*")
    await henrik.click("audit.page.older")
    assert "Simployers token" not in await office.shows(henrik, "Integrasjonen ble opprettet")


async def test_settings_are_told_by_their_names(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    async with office.app.database.session() as s:
        await audit.write(
            s, office.team_id, "U02HENRIK", "mapping.changed", made.id,
            old={"settings": {"salary": "full_time"}}, new={"settings": {"salary": "actual"}},
        )  # fmt: skip
        await audit.write(
            s, office.team_id, "U02HENRIK", "thresholds.changed", made.id,
            old={"thresholds": {"leavers_share": 0.1, "drift": "restore"}},
            new={"thresholds": {"leavers_share": 0.25, "drift": "report"}},
        )  # fmt: skip
    await henrik.type("/integration audit")
    said = await office.shows(henrik, "10 prosent → 25 prosent", "Rett dem → La dem være")
    assert "full_time" not in said


async def test_what_was_changed_is_told_in_words(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    rules = NotificationPolicy(four_eyes=True, calls="U03MAJAOB")
    before, after = (
        Scope(ScopeKind.PEOPLE, frozenset({"s1"})),
        Scope(ScopeKind.EVERYONE, frozenset(), frozenset({"s1"})),
    )
    async with office.app.database.session() as s:
        for action, old, new in (
            ("reports.changed", NotificationPolicy().to_json(), rules.to_json()),
            ("scope.changed", {"scope": before.to_json()}, {"scope": after.to_json()}),
            ("channel.changed", {"language": "nb"}, {"language": "sv"}),
        ):
            await audit.write(s, office.team_id, "U02HENRIK", action, made.id, old=old, new=new)
    await henrik.type("/integration pause")
    await office.told(henrik, "satt på pause")
    await henrik.type("/integration audit")
    said = await office.shows(
        henrik,
        "hver synkronisering → hver synkronisering; godkjenning av en annen person",
        "Eieren av integrasjonen → <@U03MAJAOB>",
        "Alle, unntatt 1 person",
        "norsk bokmål → svenska",
        "Status: tilkoblet, ikke testet ennå → på pause",
    )
    assert "ingenting" not in said


async def test_an_audit_of_another_workspace_is_nobodys(office: Office) -> None:
    await office.make()
    async with office.app.database.session() as s:
        await audit.write(s, "T02OTHER", "U09", "integration.paused", None)
    henrik = office.person("henrik")
    await henrik.type("/integration audit")
    await office.shows(henrik, "Ingenting er notert")


async def test_what_is_rare_is_reached_from_the_three_dots(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    for word, said in (
        ("history", "har ikke kjørt ennå"),
        ("audit", "Hva som er gjort med *Norge*"),
        ("remove", "Fjerne Norge?"),
    ):
        await henrik.type("/integration")
        message = await office.told(henrik, "*Norge*")
        await henrik.choose("integration.more", f"integration.{word}:{made.id}", in_=message)
        await office.shows(henrik, said)
        await henrik.close()


async def test_what_can_be_changed_stands_on_one_page_with_how_it_is(office: Office) -> None:
    await office.make()
    henrik = office.person("henrik")
    for word, said in (
        ("scope", "Ansatte i integrasjonen"),
        ("schedule", "For hånd"),
        ("mapping", "Hva synkroniseringen setter"),
        ("thresholds", "stopper før den skriver"),
        ("conflicts", "Det finnes ingen lagrede svar"),
        ("credentials", "Tripletex"),
    ):
        await henrik.type("/integration")
        message = await office.told(henrik, "*Norge*")
        await henrik.click("integration.settings", message)
        await office.shows(henrik, "*Utvalg*: Testgruppe med 1 person", "<#C02PAYROLL>")
        await henrik.click(f"integration.{word}")
        await office.shows(henrik, said)
        await henrik.close()


@cache
def recorded_actions() -> set[str]:
    """Every action that the code writes into the audit, as far as it is written out."""
    found = set()
    for path in sorted((ROOT / "bot").rglob("*.py")):
        for node in ast.walk(ast.parse(Path(path).read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Attribute) and called.attr == "write" and isinstance(node, ast.Call):
                found |= {
                    argument.value
                    for argument in node.args
                    if isinstance(argument, ast.Constant)
                    and isinstance(argument.value, str)
                    and argument.value.count(".") == 1
                }
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_deed_has_its_words(language: str) -> None:
    actions = recorded_actions() | {"scope.changed", "schedule.changed", "run.preview", "run.sync"}
    assert len(actions) > 10
    assert [action for action in actions if not translator(language).has(f"audit.action.{action}")] == []


async def test_the_audit_is_narrowed_and_exported_to_whoever_asked_alone(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    async with office.app.database.session() as s:
        await audit.write(s, office.team_id, "U01ASTRID", "source.reconnected", new={"account": "1"})
        for n in range(16):
            old, new = {"channel": "C01GENERAL"}, {"channel": "C02PAYROLL", "name": f"=cmd{n}"}
            await audit.write(s, office.team_id, "U02HENRIK", "channel.changed", made.id, old=old, new=new)
        await audit.write(s, office.team_id, "U02HENRIK", "run.preview", made.id)
    await henrik.type("/integration audit")
    await office.shows(henrik, "En forhåndsvisning ble startet", "Kanalen eller språket")
    await henrik.choose("audit.filter", "Innstillinger")
    await office.slack.world.changes.until(lambda: "En forhåndsvisning ble startet" not in henrik.reads())
    await henrik.click("audit.page.older")
    said = await office.shows(henrik, "Kanalen eller språket", "Nyeste")
    assert "Simployers token" not in said
    await henrik.choose("audit.filter", "Pålogging og tilgang")
    await office.shows(henrik, "Simployers token ble byttet")
    await henrik.choose("audit.filter", "Alt")
    await office.shows(henrik, "En forhåndsvisning ble startet")
    await henrik.click("audit.export")
    (message,) = await office.slack.world.changes.until(lambda: _files(office))
    await office.shows(henrik, "som direktemelding")
    (entry,) = [entry for entry in await office.audited() if entry.action == "audit.exported"]
    assert (entry.actor_id, entry.new) == (henrik.user.id, {"rows": 18})
    content = _content(office, message)
    lines = content.split("\r\n")
    assert len([line for line in lines if line]) == 19
    assert "Astrid Lindqvist;" in lines[-2]
    assert "C01GENERAL" in content
    assert "<#" not in content


async def test_runs_are_narrowed_and_exported(office: Office) -> None:
    made = await office.make()
    henrik = office.person("henrik")
    await office.preview(henrik)
    await ended(office, made.id)
    await henrik.type("/integration history")
    await office.shows(henrik, "Forhåndsvisning av")
    await henrik.choose("history.filter", "Synkroniseringer")
    await office.shows(henrik, "Ingen kjøring av *Norge* passer")
    await henrik.choose("history.filter", "Alle kjøringer")
    await office.shows(henrik, "Forhåndsvisning av")
    await henrik.click("history.export")
    (message,) = await office.slack.world.changes.until(lambda: _files(office))
    content = _content(office, message)
    assert "Forhåndsvisning;Henrik Solberg;Ferdig;" in content
    assert "nyeste" not in henrik.reads(message)


async def test_a_file_that_leaves_older_rows_out_says_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_export, "MOST_ROWS", 1)
    made = await office.make()
    henrik = office.person("henrik")
    await office.preview(henrik)
    await ended(office, made.id)
    await henrik.type("/integration history")
    await office.shows(henrik, "Forhåndsvisning av")
    await henrik.click("history.export")
    (message,) = await office.slack.world.changes.until(lambda: _files(office))
    assert "Bare de 1 nyeste er med" in henrik.reads(message)


def test_the_last_syncs_are_drawn_in_one_line_that_says_the_numbers_too() -> None:
    t = translator("en")
    assert bars([0, 1, 2, 7]) == "▁▂▃█"
    assert picture(t, [1, 2]) == picture(t, [0, 0, 0]) == ""
    assert "▁█▂ (now 1, at most 9)" in picture(t, [0, 9, 1])
    assert len(bars(range(1_000))) == 1_000


def _content(office: Office, message: Message) -> str:
    (file,) = message.files
    return (office.slack.world.files[str(file["id"])].content or b"").decode("utf-8-sig")


def _files(office: Office) -> list[Message]:
    """Messages with a file in direct messages with the bot."""
    channels = office.slack.world.workspace.channels.values()
    return [message for channel in channels if channel.is_im for message in channel.messages if message.files]
