"""What was answered comes back from the vault as it went in, whichever version has written it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

import bot.app  # noqa: F401 - every wizard is registered by it, and so known
from bot.core.text import text
from bot.domain.findings import Finding, Severity
from bot.domain.scope import ScopeKind
from bot.handlers.edit.absence_draft import AbsenceAnswers
from bot.handlers.edit.credentials import ReconnectDraft
from bot.handlers.framework.draft import ExaminedPerson, WizardState, as_finding, keep_findings
from bot.handlers.framework.interaction import Interaction
from bot.handlers.setup.draft import SetupDraft
from bot.providers.protocol import Account, Choice
from bot.views.shared.scope import Picked
from storage import drafts
from storage.vault import Vault
from tests.support.slack_office import Office

ACCOUNT = {"id": "1", "name": "Ærlig AS", "organisation_number": "1", "environment": "test", "user": None}

BEFORE: dict[str, Any] = {
    "trail": ["start", "system"], "pending": None, "pending_since": 1.5, "confirmed": ["widen"], "tested": True,
    "finished": None, "base_version": 3, "refreshed_at": 2.5, "provider": "tripletex", "replace_source": True,
    "source_credentials": {"api_key": "topsecret"}, "source_until": "2027-01-31", "source_company": ACCOUNT,
    "target_credentials": {"employee_token": "topsecret"}, "target_until": None,
    "stored_choices": {"environment": "test"}, "target_company": ACCOUNT,
    "choices": {"division": [{"value": "1", "label": "Oslo"}]}, "settings": {"division": "1"},
    "warnings": [{"code": "c", "severity": "warning", "field": "f", "values": {"n": 1}, "verbatim": "topsecret"}],
    "scope_kind": "offices", "picked": {"offices": [{"id": "o1", "label": "Oslo"}]},
    "excluded": [{"id": "7", "label": "Kari"}], "base_scope": {"kind": "everyone"}, "reach": None, "examined": 4,
    "ready": 3, "more": True, "people": [{"name": "Kari", "number": "7", "findings": []}], "scheduled": True,
    "weekdays": ["mon", "sun"], "time": "07:30", "timezone": "Europe/Oslo", "holidays": "NO",
    "paused": ["2026-12-24", "2026-12-31"], "late_hours": 5, "conflicts": [{"kind": "conflict"}], "conflict_at": 1,
    "decided": {"7": "later"}, "remembered": [], "page": 15, "group": "employment", "own_fields": ["shoe_size"],
    "thresholds": {"most": 7}, "attention": {"noise": "always"}, "kept_days": 90, "owner": "U1", "run_id": "run-1",
    "plan_kind": "created", "plan_query": "kari", "plan_pages": [3], "reason": "not now", "channel_id": "C1",
    "test_post_channel": "C1", "test_post_ts": "1.0", "language": "nb", "name": "Norge",
}  # fmt: skip
"""A draft as it was stored when one model had the fields of all wizards."""

SINCE: dict[str, Any] = {
    "offices": [],
    "absence": AbsenceAnswers(),
    "with_absence": False,
    "all_settings": False,
    "answers_kept": 0,
    "answers_refused": 0,
    "answers_back": 0,
    "back": [],
    "ends": [],
    "copied": "",
    "kept_told": False,
    "managers": [],
    "managers_before": [],
    "mute_position": 0,
    "mute_until": None,
    "plan_undo": False,
    "without_offices": [],
    "in_offices": [],
    "person_number": "",
    "person_deed": "file",
    "same_number": {},
    "person_id": None,
}
"""What later versions store besides, and what a draft of before is without it."""


def _forms(form: type[WizardState] = WizardState) -> Iterator[type[WizardState]]:
    yield form
    for narrower in form.__subclasses__():
        yield from _forms(narrower)


FORMS = list(dict.fromkeys(_forms()))
BEFORE_PEOPLE = [ExaminedPerson.model_validate(person) for person in BEFORE["people"]]


def test_answers_survive_the_vault() -> None:
    finding = Finding(
        "person.skipped",
        Severity.WARNING,
        "number",
        {"reason": text("flow.choose", who=("a", "b")), "on": date(2026, 1, 2), "part": Decimal("0.8"), "n": 3},
        verbatim="their words",
    )
    answers = SetupDraft(
        provider="tripletex",
        target_credentials={"employee_token": "secret"},
        target_company=Account(id="1", name="Ærlig AS", organisation_number="1", environment="test"),
        choices={"division": [Choice(value="1", label="Oslo")]},
        scope_kind=ScopeKind.OFFICES,
        picked={ScopeKind.OFFICES: [Picked(id="o1", label="Oslo")]},
        people=[ExaminedPerson(name="Kari", number="1", findings=keep_findings([finding]))],
        weekdays=("mon", "sun"),
    )
    vault = Vault([Vault.generate_key()])
    again = SetupDraft.from_draft(vault.open("draft:1", vault.seal("draft:1", answers.to_draft())))
    assert again == answers
    assert as_finding(again.people[0].findings[0]) == finding


@pytest.mark.parametrize("form", FORMS)
def test_a_draft_of_the_version_before_reads_in_every_wizard(form: type[WizardState]) -> None:
    answers = form.from_draft(BEFORE)
    kept = form.from_draft(answers.to_draft())
    assert kept == answers
    for name in form.model_fields:
        if name in SINCE:
            assert getattr(answers, name) == SINCE[name]
            continue
        assert name in BEFORE, f"{name}: the version before cannot have stored it; say here what it is without"
        assert getattr(answers, name) != form.model_fields[name].get_default(call_default_factory=True) or (
            BEFORE[name] in (None, [])
        ), f"{name} of the draft before was lost"


def test_every_field_of_the_version_before_is_some_wizards() -> None:
    assert set(BEFORE) | set(SINCE) == {name for form in _forms() for name in form.model_fields}


@pytest.mark.parametrize("form", FORMS)
def test_no_repr_and_no_error_shows_an_answer(form: type[WizardState]) -> None:
    answers = form.from_draft(BEFORE)
    shown = repr(answers) + str(answers) + f"{answers}" + "".join(repr(person) for person in BEFORE_PEOPLE)
    for private in ("topsecret", "Kari", "Oslo", "shoe_size"):
        assert private not in shown
    assert not Interaction.__dataclass_fields__["body"].repr  # a step's context shows its interaction
    with pytest.raises(ValidationError) as wrong:
        form.from_draft({**BEFORE, "trail": {"topsecret": "topsecret"}})
    assert "topsecret" not in str(wrong.value)


def test_what_is_left_of_a_finished_conversation_is_what_its_last_view_tells() -> None:
    left = SetupDraft.from_draft(BEFORE).over("integration-1")
    assert left == SetupDraft(finished="integration-1", name="Norge", channel_id="C1", provider="tripletex")
    assert ReconnectDraft.from_draft(BEFORE).over("1").target_credentials == {}


async def test_a_set_up_begun_in_the_version_before_goes_on(office: Office) -> None:
    henrik = office.person("henrik")
    await henrik.type("/integration setup")
    await office.until_step(henrik, "system")
    draft = await office.draft(henrik)
    assert draft is not None
    flat = {**BEFORE, "trail": ["start"], "refreshed_at": 0, "provider": "visma_net"}
    async with office.app.database.session() as s:
        await drafts.save(s, office.app.database.vault, replace(draft, data=flat, step="system"))
    await henrik.close()
    await henrik.type("/integration setup")
    await office.shows(henrik, "velg lønnssystem")
    await henrik.click("flow.continue")
    await office.until_step(henrik, "system")
    kept = SetupDraft.from_draft((await office.draft(henrik)).data)  # type: ignore[union-attr]
    assert (kept.provider, kept.scope_kind, kept.time) == ("visma_net", ScopeKind.OFFICES, "07:30")
