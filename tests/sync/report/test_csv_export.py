from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.text import text
from bot.domain.change import Person
from bot.domain.findings import Finding, Severity
from bot.domain.outcome import Drifted, Outcome, OutcomeKind
from bot.domain.record import Level
from bot.locales import LANGUAGES
from bot.locales.translator import single_line, translator
from bot.sync.codec import outcome_from_json, outcome_to_json
from bot.sync.report.csv_export import COLUMNS, Render, Spreadsheet, harmless
from bot.sync.report.issues import issues

KARI = Person("s1", "1001", "Kari Nordmann", "t1")
OLA = Person("s2", "1002", "Ola Hansen")
WARNING = Finding("email.missing", Severity.WARNING, "email")
BLOCK = Finding("bank.invalid", Severity.BLOCKING, "bank_account")
t = translator("nb").render


def unchanged(person: Person = KARI) -> Outcome:
    return Outcome(OutcomeKind.UNCHANGED, person)


def test_a_refusal_names_its_field_once_with_the_targets_own_words() -> None:
    refused = Finding("target.rejected", Severity.BLOCKING, "phone", verbatim="Ugyldig format.")
    outcome = Outcome(
        OutcomeKind.FAILED, KARI, findings=(refused, WARNING), reason=text("apply.unexpected"),
        advice=text("apply.unexpected.advice"), verbatim="Ugyldig format.", reference="r-1",
    )  # fmt: skip
    first, *rest = issues(outcome)
    assert (first.field, first.verbatim, first.reference) == ("phone", "Ugyldig format.", "r-1")
    assert [issue.code for issue in rest] == ["email.missing"]


def csv_file(outcomes: list[Outcome], render: Render, **more: Any) -> bytes:
    sheet = Spreadsheet(render, **more)
    return sheet.head() + b"".join(sheet.rows([outcome]) for outcome in outcomes)


def rows(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_opens_in_a_nordic_excel(language: str) -> None:
    render = translator(language).render
    blocked = Outcome(OutcomeKind.BLOCKED, Person("s1", "1001", "Åse; Ærø"), findings=(BLOCK,))
    data = csv_file([blocked], render)
    assert data.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in data
    head, row = rows(data)
    assert head == [render(text(f"csv.{column}")) for column in COLUMNS]
    assert row[:2] == ["1001", "Åse; Ærø"]
    assert row[COLUMNS.index("reason")] == render(text("check.bank.invalid"))
    assert row[COLUMNS.index("advice")] == render(text("check.bank.invalid.advice"))


def test_everybody_has_a_row_and_every_problem_has_one() -> None:
    outcomes = [unchanged(), Outcome(OutcomeKind.BLOCKED, OLA, findings=(BLOCK, WARNING))]
    data = csv_file(outcomes, t, source_link=lambda i: f"https://source/{i}", target_link=lambda i: f"https://t/{i}")
    _, first, *others = rows(data)
    assert first[-2:] == ["https://source/s1", "https://t/t1"]
    assert [row[-2:] for row in others] == [["https://source/s2", ""]] * 2


def test_a_preview_is_worded_as_one() -> None:
    created = Outcome(OutcomeKind.CREATED, KARI)
    (_, done), (_, planned) = rows(csv_file([created], t)), rows(csv_file([created], t, preview=True))
    assert done[2] == t(text("report.outcome.created"))
    assert planned[2] == t(text("report.outcome.created.preview"))


def test_drift_is_said_once_for_each_person() -> None:
    drift = (Drifted(Level.PERSON, (), "phone", restored=True), Drifted(Level.PERSON, (), "email", restored=False))
    outcome = Outcome(OutcomeKind.UPDATED, OLA, findings=(WARNING, WARNING), drift=drift)
    at = COLUMNS.index("drift")
    said = (
        t(text("csv.drift.restored", field=text("field.phone"))),
        t(text("csv.drift.left", field=text("field.email"))),
    )
    assert [row[at] for row in rows(csv_file([outcome], t))[1:]] == [", ".join(said), ""]
    assert outcome_from_json(outcome_to_json(outcome)) == outcome


@pytest.mark.parametrize("name", ["=1+1", "+4790000000", "-1", "@SUM(A1)", "\t=1", " =HYPERLINK(1)", "\r=1"])
def test_a_name_is_never_a_formula(name: str) -> None:
    (_, row) = rows(csv_file([unchanged(Person("s1", name, name))], t))
    assert row[0].startswith("'")
    assert row[1].startswith("'")


@given(st.text(max_size=30))
def test_no_text_starts_a_formula(value: str) -> None:
    safe = harmless(value)
    assert safe in (single_line(value), f"'{single_line(value)}")
    assert not safe.strip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("start", ["=", "\u200b=", "\ufeff+", "\u202e@", "\u00ad-", " \u2060="])
def test_a_formula_behind_what_is_not_seen_is_defused_too(start: str) -> None:
    assert harmless(f"{start}cmd|' /C calc'!A0").startswith("'")
    assert harmless("Ola\u202e\r\nNordmann") == "Ola Nordmann"
