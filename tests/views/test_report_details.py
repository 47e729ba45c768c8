"""The thread of a report: what is written first, then who needs what, by reason; no private value."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.change import Change, ChangeKind, FieldChange, Person
from bot.domain.findings import Finding, Severity
from bot.domain.outcome import Outcome, OutcomeKind
from bot.domain.record import Level, Value
from bot.locales.translator import Translator
from bot.providers import registry
from bot.sync.plan.plan_diff import DifferentPoint, DiffKind, FieldDiff, PersonDiff
from bot.sync.report.run_summary import ROWS, RunSummary, summed
from bot.sync.report.top_n import TopN
from bot.views.report import run_message as views
from bot.views.report.details import TABLES, remark_lists, tables, value_tables
from bot.views.report.plan_difference import difference_tables
from bot.views.report.values import ShownValues, is_personal
from bot.views.runs.plan_browser import Page, Shown, person_text
from tests.support.view_pieces import LONG, markdown_of
from tests.views.test_report import SECRET, every_language, facts, findings, good, person


@every_language
@pytest.mark.parametrize("size", [1, 2, 12, 300])
def test_the_same_remark_on_many_is_one_entry_with_the_first_of_their_names(t: Translator, size: int) -> None:
    foreign = Finding("identity.foreign", Severity.WARNING, "identity_number", {"country": "SE"})
    outcomes = [
        Outcome(OutcomeKind.UNCHANGED, Person(f"s{n}", f"{n}", f"Swede{n:03}"), findings=(foreign,))
        for n in range(size)
    ]
    (listed,) = [good(one) for one in remark_lists(summed(outcomes), t)]
    said = json.dumps(listed.blocks, ensure_ascii=False)
    assert t("report.table.remarks", n=size) in listed.text
    assert said.count(t("check.identity.foreign", country="SE")) == 1
    assert said.count("Swede") == min(size, 20)
    assert (t("report.waiting.more", n=size - 20) in said) == (size > 20)


@every_language
@pytest.mark.parametrize("size", [2, 12, 300])
def test_people_with_the_same_problem_are_told_together(t: Translator, size: int) -> None:
    foreign = Finding("identity.foreign", Severity.BLOCKING, "identity_number", {"country": "SE"})
    same = [
        Outcome(OutcomeKind.BLOCKED, Person(f"s{n}", f"{n}", f"Swede{n:03}"), findings=(foreign,)) for n in range(size)
    ]
    alone = Outcome(OutcomeKind.BLOCKED, Person("other", "9001", "Dane"), findings=(foreign, *findings(1)))
    everybody = [*same, alone]
    message = good(views.result(facts(everybody), summed(everybody), t))
    said = markdown_of(message.blocks)
    assert said.count(t.md("check.identity.foreign", country="SE")) == 2, "once for all, and once for who has more"
    assert f"*{t.md('report.group', n=size)}*" in said
    assert said.count("Swede") == min(size, 5)
    assert said.index("Swede000") < said.index("Dane"), "the larger group first"
    (listed,) = [good(one) for one in tables(summed(everybody), ShownValues(t), preview=False)]
    assert t("report.problems.title", n=size + 1) in listed.text
    assert json.dumps(listed.blocks).count("Swede") == min(size, 20)


@every_language
def test_changes_are_shown_however_many_problems_and_remarks_there_are(t: Translator) -> None:
    summary = RunSummary()
    for n in range(300):
        findings_of = (Finding("number.missing", Severity.BLOCKING, "number", {"n": n}),)
        summary.predict(Change(ChangeKind.BLOCKED, person(n), findings=findings_of))
    remark = (Finding("email.missing", Severity.WARNING, "email"),)
    field = FieldChange(Level.PERSON, (), "last_name", "After", "Before")
    for n in range(300, 700):
        summary.predict(Change(ChangeKind.UPDATE, person(n), (field,), findings=remark))
    shown = [good(one).text for one in tables(summary, ShownValues(t), preview=True)]
    titles = ("report.table.updates", "report.problems.title", "report.table.remarks")
    found = [[n for n, title in enumerate(shown) if t(key, n=total) in title] for key, total in
             zip(titles, (400, 300, 400), strict=True)]  # fmt: skip
    assert found == sorted(found), "what would be written, what needs a person, remarks"
    assert all(0 < len(places) <= TABLES for places in found)


@every_language
def test_a_new_person_is_shown_with_the_start_date_first_and_private_values_as_set_or_not(t: Translator) -> None:
    start = date(2026, 12, 1)
    fields = (
        FieldChange(Level.PERSON, (), "first_name", "Nora"),
        FieldChange(Level.PERSON, (), "email", "nora@example.com <!channel>"),
        FieldChange(Level.PERSON, (), "identity_number", SECRET, private=True),
        FieldChange(Level.TERMS, (start, start), "percentage", Decimal("80")),
        FieldChange(Level.TERMS, (start, start), "remuneration_type", "MONTHLY_WAGE"),
        FieldChange(Level.TERMS, (start, start), "annual_salary", Decimal("620111"), private=True),
    )
    parts = ((Level.PERSON, ()), (Level.EMPLOYMENT, (start,)), (Level.TERMS, (start, start)))
    change = Change(ChangeKind.CREATE, Person("s1", "1001", "Nora Vik"), fields, parts)
    foreseen, written = RunSummary(), RunSummary()
    foreseen.predict(change)
    told = Outcome(OutcomeKind.CREATED, change.person, tuple((f.level, f.key, f.field) for f in fields))
    written.add(told)
    written.add_written(told, change)
    for summary, preview in ((foreseen, True), (written, False)):
        (message,) = [good(one) for one in value_tables(summary, ShownValues(t, "tripletex"), preview=preview)]
        said = markdown_of(message.blocks)
        assert said.index(t.md("report.new.employment", date=start)) < said.index(t.md("field.first_name"))
        assert f"{t.md('field.percentage')}: {t('report.value.percent', value=Decimal(80))}" in said
        assert t("tripletex.setting.remuneration_type.MONTHLY_WAGE") in said
        assert f"{t.md('field.identity_number')}: {t('report.private.set')}" in said
        assert t.md("report.value.not_set", field=t("field.bank_account")) in said
        for untold in (SECRET, "620111", "MONTHLY_WAGE", t.value(Decimal("620111"))):
            assert untold not in said


@every_language
def test_a_new_row_is_said_to_be_new_and_codes_are_named(t: Translator) -> None:
    start = date(2026, 5, 13)
    form = FieldChange(Level.TERMS, (start, start), "employment_form", "PERMANENT")
    changed = FieldChange(Level.TERMS, (start, start), "working_hours_scheme", "NOT_SHIFT", "CONTINUOUS")
    new_row = Change(ChangeKind.UPDATE, person(1), (form,), ((Level.TERMS, (start, start)),))
    values = ShownValues(t, "tripletex")
    permanent = t("tripletex.setting.employment_form.PERMANENT")
    assert values.of_change(new_row, form) == (t("report.value.new_row"), permanent)
    assert values.of_change(Change(ChangeKind.UPDATE, person(1), (changed,)), changed) == (
        t("tripletex.setting.working_hours_scheme.CONTINUOUS"),
        t("tripletex.setting.working_hours_scheme.NOT_SHIFT"),
    )
    assert ShownValues(t, "poweroffice_go").plain("end_reason", "EmployeeHasResigned") == t(
        "poweroffice_go.setting.end_reason.employee_has_resigned"
    )
    assert ShownValues(t, "paxml").plain("employment_form", "VISSTID") == t("paxml.setting.other_form.visstid")
    assert ShownValues(t, "paxml").plain("remuneration_type", "TIM") == t("paxml.value.remuneration_type.TIM")


@every_language
def test_a_private_value_is_never_shown(t: Translator) -> None:
    fields = (
        FieldChange(Level.PERSON, (), "bank_account", SECRET, SECRET + "1", private=True),
        FieldChange(Level.TERMS, (date(2026, 1, 1), date(2026, 1, 1)), "salary", Decimal(SECRET), private=True),
        FieldChange(Level.PERSON, (), "work_phone", "+47 400 00 000", None),
        FieldChange(Level.PERSON, (), "mobile_phone", "+47 911 11 111", None),
        FieldChange(Level.PERSON, (), "last_name", LONG * 3, "<!channel>"),
    )
    changes = [Change(ChangeKind.UPDATE, person(n), fields) for n in range(60)]
    planned = RunSummary()
    for change in changes:
        planned.predict(change)
    shown = list(value_tables(planned, ShownValues(t), preview=True))
    assert sum(len(table.blocks[1]["rows"]) - 1 for table in shown) == ROWS
    assert all("300" in table.text for table in shown), "each says how many there are in all"
    for table in shown:
        assert SECRET not in (said := json.dumps(good(table).blocks))
        assert "911 11 111" not in said, "a private phone is nobody's affair at work"
    assert "+47 400 00 000" in json.dumps(shown[0].blocks)


PERSONAL: dict[str, Value] = {
    "birth_date": date(1990, 4, 17),
    "street": "Hjemveien 17",
    "postal_code": "5011",
    "city": "Canaryvik",
    "mobile_phone": "+47 911 11 111",
    "email": "canary@private.example",
}
"""What is nobody's affair at work, as Tripletex gets it. An e-mail address can be the private one."""


@every_language
def test_where_somebody_lives_and_when_they_were_born_is_told_as_set_in_every_place(t: Translator) -> None:
    fields = tuple(FieldChange(Level.PERSON, (), name, value, value) for name, value in PERSONAL.items())
    new = Change(ChangeKind.CREATE, person(1), tuple(replace(field, old=None) for field in fields))
    changed = Change(ChangeKind.UPDATE, person(2), fields)
    summary = RunSummary()
    summary.predict(new)
    summary.predict(changed)
    for provider in ("tripletex", ""):
        values = ShownValues(t, provider)
        said = [json.dumps(good(one).blocks, ensure_ascii=False) for one in tables(summary, values, preview=True)]
        points = TopN[DifferentPoint](10)
        for field in fields:
            points.add(
                (PersonDiff(DiffKind.DIFFERS, person(3), ChangeKind.UPDATE, ChangeKind.UPDATE), FieldDiff(field, field))
            )
        said += [json.dumps(good(one).blocks, ensure_ascii=False) for one in difference_tables(points, values)]
        shown = Shown(0, Outcome(OutcomeKind.CREATED, new.person), new)
        page = Page(
            integration="i",
            unchanged=0,
            chosen="all",
            counts={},
            preview=True,
            kept=True,
            query="",
            found=(),
            more=False,
            number=0,
            provider=provider,
        )
        said.append(person_text(shown, page, t))
        whole = "\n".join(said)
        assert t("report.private.set") in whole
        assert t("report.private.new") in whole
        for value in PERSONAL.values():
            assert t.value(value) not in whole
            assert str(value) not in whole


@pytest.mark.parametrize("provider", sorted(registry.targets()))
def test_every_system_says_which_of_its_fields_are_personal(provider: str) -> None:
    known = {rule.key: rule for rule in registry.targets()[provider].fields}
    named = {key for key in known if re.search(r"birth|street|postal|city|mobile|iban|account|salary|wage|ssn", key)}
    assert [key for key in sorted(named) if not is_personal(known[key])] == []
    for open_to_all in ("first_name", "department", "percentage", "start_date", "work_phone", "title"):
        assert open_to_all not in known or not is_personal(known[open_to_all])
