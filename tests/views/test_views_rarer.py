"""Conflicts, answers, mapping, thresholds, history and audit: good views in each language and at any size."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.core.text import Text, text
from bot.domain.change import LOOKS_ALIKE_BY, Lookalike, Person
from bot.locales.loader import catalogue
from bot.locales.translator import Translator, translator
from bot.providers import registry
from bot.sync.compare.match import MatchDecision
from bot.sync.plan.guard import Thresholds
from bot.sync.report.conflict_questions import DIFFERENT_SETTLES_DELIVERY, SAME_SETTLES, Conflict
from bot.views.blocks import View
from bot.views.edit import mappings, thresholds
from bot.views.overview import history
from bot.views.runs import conflicts, decisions
from tests.support.view_pieces import ALL, LONG, WHEN, choices, frame, good_view, markdown_of

every_language = pytest.mark.parametrize("t", ALL, ids=lambda t: t.language)


def harmless(view: View) -> None:
    """A view that Slack shows, in which a name mentions nobody; within what Slack takes as one view."""
    good_view(view)
    assert "<!channel>" not in markdown_of(view)
    assert len(json.dumps(view)) < 250_000


def conflict(code: str = "target.looks_like", alike: int = 1, name: str = LONG) -> Conflict:
    found = tuple(
        Lookalike(f"t{n}", "" if n % 2 else name, name, LOOKS_ALIKE_BY[n % len(LOOKS_ALIKE_BY)]) for n in range(alike)
    )
    values = {"other": name, "number": name, "count": 2, "before": "1", "now": "2"}
    question, advice = Text(f"check.{code}", values), Text(f"check.{code}.advice", values)
    return Conflict(Person("s1", name, name), code, question, advice, found)


@every_language
@pytest.mark.parametrize("alike", [0, 1, 5, 7, 8, 60])
def test_a_question_about_any_number_of_look_alikes(t: Translator, alike: int) -> None:
    asked = conflicts.AskedConflict(
        conflict=conflict(alike=alike), answers=tuple(MatchDecision), system="Tripletex", at=2, of=100, chosen="skip"
    )
    harmless(conflicts.question(frame(t, problem=True), asked))
    values = [option.value for option in conflicts.options(t, asked)]
    assert len(values) == len(set(values)) == min(alike, conflicts.SHOWN_LOOKALIKES) + 3


@every_language
@pytest.mark.parametrize("code", sorted(SAME_SETTLES | DIFFERENT_SETTLES_DELIVERY | {"target.claimed_twice"}))
def test_every_question_reads_well(t: Translator, code: str) -> None:
    found = conflict(code, 2, "Kari Nordmann")
    asked = conflicts.AskedConflict(
        conflict=found, answers=found.answers(delivers=True), system="Tripletex", at=0, of=1, chosen=None
    )
    harmless(conflicts.question(frame(t), asked))
    labels = [option.to_dict() for option in conflicts.options(t, asked)]
    assert all("…" not in label["description"]["text"] for label in labels)
    harmless(conflicts.answered(t, text("conflict.done", n=3), "i"))
    harmless(conflicts.gone(t))


@every_language
@pytest.mark.parametrize("count", [0, 1, 15])
def test_remembered_answers(t: Translator, count: int) -> None:
    shown = [
        decisions.RememberedAnswer(
            source_id=f"s{n}",
            decision=list(MatchDecision)[n % 3].value,
            decided_by="U1",
            decided_at=WHEN,
            name="" if n % 4 == 1 else LONG,
            number="" if n % 2 else "1",
            others=() if n % 5 == 1 else (LONG,) * (n + 1),
        )
        for n in range(count)
    ]
    for start, of in ((0, count), (0, 100), (15, 100), (85, 85 + count)):
        found = decisions.RememberedAnswers(
            integration_id="i", system="Tripletex", shown=shown, start=start, of=of, open=count, open_run="sync:1"
        )
        harmless(decisions.decisions(frame(t, problem=True), found))
        harmless(decisions.decisions(frame(t), replace(found, open=0)))


def every_setting(provider: str, count: int, chosen: str) -> list[mappings.Setting]:
    fields = registry.target(provider).info.settings
    return [
        mappings.Setting(
            field=one,
            chosen=chosen,
            choices=None if not (one.live or one.choices) else choices(count),
            unread=one.live and count == 0,
        )
        for one in fields
    ]


@every_language
@pytest.mark.parametrize("provider", sorted(registry.targets()))
@pytest.mark.parametrize("count", [0, 1, 99, 100, 9_000])
@pytest.mark.parametrize("chosen", ["", "0", "gone"])
def test_mapping_of_every_system(t: Translator, provider: str, count: int, chosen: str) -> None:
    found = every_setting(provider, count, chosen)
    harmless(mappings.overview(frame(t, problem=True), provider, found, "i"))
    for group in mappings.groups(found):
        harmless(mappings.settings(frame(t), provider, group, [one for one in found if one.field.group == group]))


@every_language
@pytest.mark.parametrize("provider", sorted(registry.targets()))
def test_what_goes_where_names_every_field(t: Translator, provider: str) -> None:
    rules = registry.target(provider).fields
    view = mappings.fields(frame(t), provider, rules)
    harmless(view)
    said = markdown_of(view)
    assert all(f"`{rule.target}`" in said for rule in rules)
    assert "…" not in said


@every_language
def test_thresholds(t: Translator) -> None:
    for drift in (thresholds.RESTORE, thresholds.REPORT):
        chosen = Thresholds(creates_share=1, leavers_people=100_000)
        harmless(thresholds.thresholds(frame(t, problem=True), LONG, chosen, Thresholds(), drift))
    for name in Thresholds().to_json():
        assert t.has(f"thresholds.{name}")


@every_language
@pytest.mark.parametrize("count", [0, 1, 20])
def test_history(t: Translator, count: int) -> None:
    states = ("done", "failed", "cancelled", "active")
    runs = [
        history.PastRun(
            kind=("preview", "sync")[n % 2],
            state=states[n % 4],
            began=WHEN,
            counts={"created": n, "updated": 1, "unchanged": 0},
            started_by="U1" if n % 3 else None,
            link="https://nordlind.slack.com/archives/C1/p1" if n % 2 else None,
        )
        for n in range(count)
    ]
    harmless(history.history(t, LONG, runs, "i1"))


@pytest.mark.parametrize(
    ("kind", "said"),
    [("preview", "2 att skapa, 1 oförändrad och 3 stoppade"), ("sync", "2 skapade, 1 oförändrad och 3 stoppade")],
)
def test_a_preview_tells_what_is_to_come(kind: str, said: str) -> None:
    counts = {"blocked": 3, "created": 2, "unchanged": 1, "updated": 0}
    run = history.PastRun(kind=kind, state="done", began=WHEN, counts=counts)
    assert said in markdown_of(history.history(translator("sv"), "Norge", [run], "i1"))


@every_language
def test_audit(t: Translator) -> None:
    sides: list[dict[str, Any]] = [
        {},
        {"scope": {"kind": "everyone", "ids": [], "excluded": []}, "channel": "C1", "weekdays": ["mon"]},
        {"settings": {"salary": LONG, "division": None}, "thresholds": {"drift": "report", "leavers_share": 0.5}},
        {"state": "paused", "decision": "same", "name": LONG, "run": "sync:1", "scheduled": True},
    ]
    deeds = [
        history.Deed(at=WHEN, actor=actor, action=action, integration=LONG, provider="tripletex", old=old, new=new)
        for actor in ("U1", "schedule", "bot")
        for action in ("mapping.changed", "something.unheard_of")
        for old in sides
        for new in sides
    ]
    for at in range(0, len(deeds), 15):
        harmless(history.audit(t, LONG, deeds[at : at + 15], "all:1", "all:"))
    harmless(history.audit(t, "", [], None, None))


@pytest.mark.parametrize("action", ["account.assigned", "account.revoked", "account.refused"])
@pytest.mark.parametrize(
    ("provider", "key", "company", "said"),
    [
        ("visma_net", "tenant_id:b1a7c0de-0001-4000-8000-00000000a001", "", ("Visma.net", "Visma Tenant ID: …a001")),
        ("visma_net", "tenant_id:b1a7c0de-0001", "Polarbønna Norge AS", ("Visma Tenant ID: Polarbønna Norge AS",)),
        ("paxml", "folder:acme", "", ("Folder: acme",)),
        ("tripletex", "account:test:12345678901", "", ("System: Tripletex", "Account: …8901")),
        ("tripletex", "account:test:1234", "", ("Account: 1234",)),
    ],
)
def test_an_account_is_told_by_its_system_and_its_name_or_the_end_of_its_id(
    action: str, provider: str, key: str, company: str, said: tuple[str, ...]
) -> None:
    about = {"provider": provider, "key": key}
    old, new = (about, {}) if action == "account.revoked" else ({}, about)
    deed = history.Deed(at=WHEN, actor="operator", action=action, company=company, old=old, new=new)
    shown = markdown_of(history.audit(translator("en"), "", [deed], None, None))
    assert all(words in shown for words in said)
    assert "b1a7c0de" not in shown
    assert "12345678901" not in shown


@every_language
def test_titles_fit(t: Translator) -> None:
    titles = ["conflict.title", "conflict.done.title", "decision.title", "mapping.title", "mapping.fields"]
    titles += ["thresholds.title", "history.title", "audit.title"]
    texts = catalogue(t.language)
    assert [key for key in titles if len(str(texts[key])) > 24] == []
    assert all(t.has(f"conflict.by.{word}") for word in LOOKS_ALIKE_BY)
