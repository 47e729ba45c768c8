"""Every view is one that Slack shows, in each language and at any size, and names cannot become markup."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.core.text import text
from bot.domain.findings import Finding, Severity
from bot.domain.scope import Scope, ScopeKind
from bot.handlers.command import BY_WORD
from bot.locales.loader import catalogue
from bot.locales.translator import Translator, translator
from bot.providers import registry
from bot.views import blocks, command, wizard
from bot.views.edit import saved
from bot.views.overview import cards, home, remove
from bot.views.overview.settings_page import settings_page
from bot.views.setup import credentials, settings, summary, system
from bot.views.shared import channel, schedule, scope, time_zones
from bot.views.shared.schedule import DAYS, ScheduleChoice
from tests.support.view_pieces import (
    ALL,
    LONG,
    WHEN,
    account,
    card,
    choices,
    frame,
    good_reply,
    good_view,
    markdown_of,
    picked,
    readiness,
)

every_language = pytest.mark.parametrize("t", ALL, ids=lambda t: t.language)


@every_language
def test_the_set_up(t: Translator) -> None:
    infos = [provider.info for provider in registry.targets().values()]
    for chosen in ("", "tripletex"):
        good_view(system.system(frame(t), infos, chosen, 30))
    for info in (registry.source().info, *infos):
        good_view(
            credentials.credentials(frame(t, problem=True), info, {}, title="T", intro=text("setup.source.intro"))
        )
    good_view(credentials.source_in_use(frame(t), account(), "setup.source.entered"))
    good_view(credentials.accounts(frame(t), "Tripletex", account(), account(), [text("flow.unexpected")]))
    edits = [(cards.SCOPE, t("card.edit.scope"))]
    good_view(credentials.already_connected(frame(t), LONG, account(), "i", edits))


@every_language
@pytest.mark.parametrize("count", [0, 1, 100, 101, 350])
def test_settings_with_any_number_of_choices(t: Translator, count: int) -> None:
    asked = [(one, choices(count)) for one in registry.target("tripletex").info.settings if one.ask]
    good_view(settings.settings(frame(t), "tripletex", asked, {"division": "0"}))


@every_language
def test_many_systems_stand_under_their_countries_with_what_they_take(t: Translator) -> None:
    every = [provider.info for provider in registry.targets().values()]
    infos = [replace(info, countries=countries) for info in every for countries in (("NO",), ("SE",), ("NO", "SE"))]
    view = good_view(system.system(frame(t), infos, "tripletex", 30))
    (menu,) = [block["element"] for block in view["blocks"] if block.get("block_id") == system.SYSTEM]
    assert [len(group["options"]) for group in menu["option_groups"]] == [len(every)] * 3
    assert {one["text"]["text"] for one in menu["option_groups"][0]["options"]} == {t(f"{i.key}.name") for i in every}
    assert all(one["description"]["text"] for group in menu["option_groups"] for one in group["options"])


@every_language
@pytest.mark.parametrize("kind", list(ScopeKind))
def test_scope(t: Translator, kind: ScopeKind) -> None:
    good_view(
        scope.scope(frame(t, problem=True), kind, {kind: picked(30)}, picked(30), picked(30), picked(30), account())
    )
    for count in (0, 1, 3, 40):
        rule = Scope(kind, frozenset(one.id for one in picked(count)))
        assert scope.described(t, rule, [one.label for one in picked(count)])
        assert scope.described(t, rule)
        assert "7" in scope.described(t, replace(rule, excluded=frozenset("abcdefg")))
        assert "8" in scope.described(t, replace(rule, without_offices=frozenset("abcdefgh")))


@every_language
def test_the_reach_of_a_scope(t: Translator) -> None:
    names = tuple(one.label for one in picked(scope.SHOWN_NAMES))
    changed = scope.ScopeDiff(people=90_000, coming_count=12, going_count=1, coming=names, going=names[:1])
    for found in (None, scope.ScopeDiff(people=1), scope.ScopeDiff(people=2, coming_count=0, going_count=0), changed):
        view = good_view(scope.readiness(frame(t), readiness(2, 1), submit="S", extra=scope.scope_diff(found)))
        assert "<!channel>" not in markdown_of(view)
    (counted, coming, going) = (t.render_md(said) for said in scope.scope_diff(changed))
    assert t.value(90_000) in counted
    assert "2 " in coming
    assert "<!channel>" not in going


@every_language
@pytest.mark.parametrize(("people", "findings"), [(0, 0), (1, 0), (2, 1), (200, 40)])
def test_readiness(t: Translator, people: int, findings: int) -> None:
    view = good_view(scope.readiness(frame(t, problem=True), readiness(people, findings), submit="S"))
    assert "<!channel>" not in markdown_of(view)


@every_language
def test_a_note_on_many_is_said_once_with_their_names_and_what_stops_somebody_stays_with_them(t: Translator) -> None:
    foreign = Finding("identity.foreign", Severity.WARNING, "identity_number", {"country": "SE"})
    stopped = Finding("bank.invalid", Severity.BLOCKING, "bank_account")
    names = [f"Swede{n:02}" for n in range(12)]
    people = [scope.PersonReadiness(name=name, number=f"{n}", findings=(foreign,)) for n, name in enumerate(names)]
    people[3] = replace(people[3], findings=(stopped, foreign))
    people.append(scope.PersonReadiness(name="Kari", number="99"))
    found = scope.ReadinessSummary(examined=13, ready=12, people=tuple(people))
    said = markdown_of(good_view(scope.readiness(frame(t), found, submit="S")))
    assert said.count(t.md("check.identity.foreign", country="SE")) == 1
    assert t.md("readiness.shared", n=12) in said
    assert t.md("readiness.shared.more", n=2) in said
    assert [name in said for name in names] == [True] * 10 + [False] * 2
    assert said.index("*Swede03 (3)*") < said.index(t.md("check.bank.invalid")) < said.index("Kari")
    few = scope.ReadinessSummary(examined=2, ready=2, people=tuple(people[:2]))
    apart = markdown_of(good_view(scope.readiness(frame(t), few, submit="S")))
    assert apart.count(t.md("check.identity.foreign", country="SE")) == 2


@every_language
def test_readiness_without_anybody(t: Translator) -> None:
    too_many = good_view(scope.readiness(frame(t), scope.ReadinessSummary(examined=0, ready=0, more=True), submit="S"))
    nobody = good_view(scope.readiness(frame(t), scope.ReadinessSummary(examined=0, ready=0), submit="S"))
    assert too_many["blocks"][1] != nobody["blocks"][1]


@every_language
def test_schedule(t: Translator) -> None:
    for days in (DAYS, ("mon",), ("tue", "thu", "sun")):
        chosen = ScheduleChoice(scheduled=True, weekdays=days, time="06:00", timezone="America/Argentina/Ushuaia")
        good_view(schedule.schedule(frame(t, problem=True), chosen, WHEN, [WHEN] * 3, 24, "S"))
        assert "Ushuaia" in schedule.described(t, chosen)
        resting = replace(chosen, holidays="NO", paused=(date(2026, 12, 24), date(2027, 1, 1)))
        good_view(schedule.schedule(frame(t, problem=True), resting, WHEN, [], 36, "S"))
        assert time_zones.country_name(t, "NO") in schedule.described(t, resting)
    nothing = ScheduleChoice(scheduled=True, weekdays=(), time="00:00", timezone="UTC")
    good_view(schedule.schedule(frame(t), nothing, WHEN, [], 24, "S"))


@every_language
def test_channel_and_every_reason_it_can_be_refused_for(t: Translator) -> None:
    good_view(channel.channel(frame(t), None, "nb"))
    good_view(channel.channel(frame(t), "C1", "sv"))
    for error in (*channel.EXPLAINED, "something_new"):
        said = t(channel.trouble_key(error), error=error)
        assert len(said) <= blocks.ALERT_LENGTH
    good_reply(channel.test_post(t, "U1", LONG))


@every_language
def test_summary_done_and_welcome(t: Translator) -> None:
    chosen = summary.SetupSummary(
        name="Tripletex",
        system="Tripletex",
        source="Polarbönan",
        target="Polarbønna",
        settings=tuple((str(n), LONG) for n in range(12)),
        scope="scope",
        schedule="schedule",
        channel_id="C1",
        language="sv",
    )
    good_view(summary.summary(frame(t), chosen))
    good_view(summary.done(t, LONG, "C1", "i"))
    reply = good_reply(summary.welcome(t, LONG, "U1", "i", ["one", "two"]))
    assert "<!channel>" not in markdown_of(reply)


@every_language
def test_a_long_name_of_an_integration_is_cut_to_what_its_field_takes(t: Translator) -> None:
    chosen: dict[str, Any] = dict.fromkeys(
        ("system", "source", "target", "scope", "schedule", "channel_id", "language"), "x"
    )
    view = good_view(summary.summary(frame(t), summary.SetupSummary(name=LONG, settings=(), **chosen)))
    field = next(block for block in view["blocks"] if block.get("block_id") == summary.NAME)
    assert len(field["element"]["initial_value"]) <= field["element"]["max_length"]


@every_language
def test_the_frame(t: Translator) -> None:
    one = frame(t, problem=True)
    good_view(wizard.checking(one, text("scope.checking"), "check:1"))
    good_view(wizard.expired(t, 1))
    good_view(wizard.trouble(t, "abc"))
    good_view(wizard.resume(one, text("setup.step.scope"), WHEN))
    for key in ("widen", "untested"):
        question = "widen.everyone" if key == "widen" else "untested.question"
        good_view(
            wizard.confirmation(one, t(f"{key}.title"), text(question), text(f"{key}.advice"), yes=t(f"{key}.yes"))
        )
    for last in (True, False):
        good_view(remove.remove(one, LONG, "tripletex", last=last))
    good_view(remove.removed(t, LONG, "tripletex"))
    good_view(saved.saved(t, text("remove.done", name=LONG, system=LONG), integration_id="i"))


@pytest.mark.parametrize("field", [None, "tenant_id"])
def test_the_error_stands_above_the_offer_to_check_again(field: str | None) -> None:
    t, info = ALL[0], registry.target("visma_net").info
    at_fault = credentials.block_id(info.key, field) if field else None
    one = replace(frame(t), problem=wizard.StepProblem(text=text("flow.unexpected"), field=at_fault))
    typed = {"tenant_id": "11111111"}
    view = good_view(credentials.credentials(one, info, typed, title="T", intro=text("setup.source.intro"), retry=True))
    error = next(at for at, block in enumerate(view["blocks"]) if block["type"] == "alert")
    again = next(at for at, block in enumerate(view["blocks"]) if block.get("block_id") == "credentials.retry")
    assert error < again


def test_a_problem_stands_right_above_its_field() -> None:
    t = ALL[0]
    view = scope.scope(frame(t, problem=True), ScopeKind.PEOPLE, {}, [], [], [], None)
    kinds = [block["type"] for block in view["blocks"]]
    at = next(n for n, block in enumerate(view["blocks"]) if block.get("block_id") == "scope.people")
    assert kinds[at - 3 : at] == ["alert", "section", "context"]


@pytest.mark.parametrize(("delivery", "asked"), [("folder", False), ("sftp", True)])
def test_how_long_is_asked_only_of_what_can_end(delivery: str, asked: bool) -> None:
    info = registry.target("paxml").info
    view = credentials.credentials(frame(ALL[0]), info, {"delivery": delivery}, title="T", intro=text("flow.choose"))
    assert any(block.get("block_id") == "until.paxml" for block in view["blocks"]) is asked


@every_language
def test_no_form_puts_a_secret_back(t: Translator) -> None:
    for info in (registry.source().info, registry.target("tripletex").info):
        typed = {one.key: "a-secret" if one.secret else one.choices[0] for one in info.credentials}
        view = credentials.credentials(frame(t), info, typed, title="T", intro=text("setup.source.intro"))
        assert "a-secret" not in json.dumps(view)


STATES = ("connected", "tested", "live", "paused", "needs_reconnect")


@every_language
def test_overview_and_home_in_every_state(t: Translator) -> None:
    shown = [card(id=f"{n:032}", state=state) for n, state in enumerate(STATES)]
    shown.append(card(id="w" * 32, active_run="sync:1", active_kind="sync", waiting=True))
    shown.append(card(id="x" * 32, active_run="sync:2", active_kind="preview", last=None, next_run=None))
    for kind in ("preview", "sync"):
        for state in ("failed", "cancelled"):
            last = cards.LastRun(kind=kind, state=state, finished_at=WHEN, counts={})
            shown.append(card(id=f"{kind}{state}", last=last))
    for refusal in (None, text("access.refused.nobody_named")):
        assert "<!channel>" not in markdown_of(good_reply(command.overview(t, shown, refusal)))
        view = good_view(home.home(t, LONG, shown, refusal))
        assert "<!channel>" not in markdown_of(view)
    for one in shown:
        good_view(settings_page(t, one))
    assert cards.in_order(shown)[0].state == "needs_reconnect"
    many = [card(id=f"{n:032}", state="needs_reconnect") for n in range(70)]
    said = good_view(home.home(t, LONG, many, None))["blocks"]
    assert len([block for block in said if str(block.get("block_id")).startswith("attention.")]) == home.SHOWN_CALLS
    assert len([block for block in said if str(block.get("block_id")).startswith("card.")]) == home.SHOWN_CARDS


@every_language
@pytest.mark.parametrize("count", [0, 1, 19, 70])
def test_any_number_of_integrations(t: Translator, count: int) -> None:
    shown = [card(id=f"{n:032}") for n in range(count)]
    good_reply(command.overview(t, shown, None))
    good_view(home.home(t, "Nordlind", shown, None))
    if shown:
        good_reply(command.choose(t, text("command.which.sync"), cards.SYNC, shown, LONG))


@every_language
def test_what_the_command_says(t: Translator) -> None:
    good_reply(command.help_text(t, [*BY_WORD], None))
    good_reply(command.help_text(t, ["status", "help"], text("access.refused", who=(LONG, LONG))))
    good_reply(command.unknown(t, LONG, "setup"))
    reply = good_reply(command.unknown(t, LONG, None))
    assert "<!channel>" not in markdown_of(reply)
    for state in (None, "live", "paused", "needs_reconnect"):
        good_reply(command.refused(t, [text("flow.unexpected"), text("flow.try_again")], state, "i"))
    for word in BY_WORD:
        assert t.has(f"command.does.{word.replace(' ', '_')}")


@every_language
def test_titles_fit(t: Translator) -> None:
    """What Slack cuts at 24 characters is never cut by us either."""
    texts = catalogue(t.language)
    titles = [
        key
        for key in texts
        if key.endswith(".title")
        and key.startswith(
            (
                "setup.",
                "flow.",
                "scope.",
                "readiness.",
                "schedule.",
                "channel.",
                "widen.",
                "untested.",
                "edit.",
                "remove.",
            )
        )
    ]
    assert len(titles) > 15
    assert [key for key in titles if len(str(texts[key])) > 24] == []


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("visma_net", "Employees"),
        ("tidsbanken", "Employees, without salaries"),
        ("xledger", "Employees, without salaries"),
        ("spiris_lon", "New employees and absence"),
        ("tripletex", "Employees and absence"),
        ("hogia_lon", "Absence only"),
    ],
)
def test_the_choice_of_a_system_says_what_it_takes(key: str, said: str) -> None:
    assert system.taken(translator("en"), registry.targets()[key].info) == said
