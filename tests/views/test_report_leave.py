"""What a run of leave tells in a channel: who, which days, how many hours, what waits and why; never the type."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from bot.core.text import text
from bot.domain.change import Person
from bot.domain.findings import Severity
from bot.domain.leave import LeaveFinding
from bot.domain.leave_delivery import CloseReason
from bot.domain.outcome import Outcome, OutcomeKind
from bot.domain.resource import LeaveWay
from bot.domain.run_remark import RunRemark
from bot.locales.translator import Translator, translator
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind
from bot.sync.leave.leave_csv import LeaveSpreadsheet
from bot.sync.leave.leave_line import HALF_DONE, RELEASED, LeaveLine, LeavePlace, LeaveTold, lines_of, told_of
from bot.sync.leave.leave_report import LeaveReport
from bot.sync.leave.normal_days import Withheld
from bot.views.message import Message
from bot.views.report.leave_message import DECIDE_LEAVE, PRIVATE_FILE, leave_result, leave_tables
from bot.views.report.run_message import RunFacts
from tests.support.view_pieces import ALL, LONG, good_reply, markdown_of
from tests.views.test_report import MOST_TEXT, length_of

CODE, SAID = "801-CANARY", "surgery-CANARY"
MONDAY = date(2026, 3, 2)
EN = translator("en")
every_language = pytest.mark.parametrize("t", ALL, ids=lambda t: t.language)


def line(day: date = MONDAY, kind: DayOutcomeKind = DayOutcomeKind.CREATED, **more: Any) -> LeaveLine:
    values: dict[str, Any] = {"code": CODE, "old": Decimal(0), "new": Decimal("7.50"), "last": day}
    return LeaveLine(kind=kind, first=day, **(values | more))


def week(kind: DayOutcomeKind = DayOutcomeKind.CREATED, **more: Any) -> list[LeaveLine]:
    return [line(MONDAY + timedelta(at), kind, **more) for at in range(5)]


def person(n: int = 1, name: str = "Kari Nordmann") -> Person:
    return Person(f"s{n}", f"{1000 + n}", name, f"t{n}")


def of(*people: list[LeaveLine], kind: OutcomeKind = OutcomeKind.UPDATED, codes: tuple[str, ...] = ()) -> LeaveReport:
    report = LeaveReport()
    for n, lines in enumerate(people, start=1):
        report.add(Outcome(kind, person(n)), lines, codes)
    return report


def facts(**more: Any) -> RunFacts:
    values: dict[str, Any] = {
        "run_id": "r" * 32, "preview": False, "integration_id": "i" * 32, "integration": "Norge", "absence": True,
        "source": "Simployer", "target": "Tripletex (Solbakken)",
    }  # fmt: skip
    return RunFacts(**(values | more))


def said(report: LeaveReport, t: Translator = EN, **more: Any) -> str:
    return markdown_of(leave_result(facts(**more), report, t).blocks)


def shown_by_slack(message: Message) -> None:
    good_reply({"text": message.text, "blocks": message.blocks})
    assert length_of(message.blocks) < MOST_TEXT


def buttons(message: Message) -> list[str]:
    found = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return [element["action_id"] for elements in found for element in elements]


def test_the_first_line_says_for_whom_how_many_days_and_hours_and_what_waits() -> None:
    held = week(DayOutcomeKind.HELD, reason=CloseReason.MONTH.value, new=Decimal(0))
    message = leave_result(facts(), of(week(), week(), held), EN)
    assert message.text == (
        "⚠️ Absence: Norge · 1 needs attention. Sent absence of 2 Mar 2026 to 6 Mar 2026: 2 people, 10 days, 75 hours. "
        "1 person has days that wait. Do what stands with each reason."
    )


def test_a_preview_promises_and_a_run_without_a_difference_says_so() -> None:
    assert (
        "A sync would send absence of 2 Mar 2026: 1 person, 1 day, 7.5 hours. Apply this preview to transfer it."
        in said(of([line()]), preview=True)
    )
    assert "Nothing had to be written." in said(of([line(kind=DayOutcomeKind.NOTED)], kind=OutcomeKind.UNCHANGED))


def test_case_28_a_correction_is_told_from_what_to_what() -> None:
    report = of([line(kind=DayOutcomeKind.UPDATED, old=Decimal("7.50"), new=Decimal("3.75"))])
    assert "2 Mar 2026: 7.5 hours become 3.75" in said(report)
    gone = of([line(kind=DayOutcomeKind.DELETED, old=Decimal("7.50"), new=Decimal(0))])
    assert "2 Mar 2026: 7.5 hours are taken back" in said(gone)
    assert "1 day taken back" in said(gone)


def test_days_that_change_alike_after_each_other_are_one_line_across_a_weekend() -> None:
    half, whole = Decimal("3.75"), Decimal("7.50")
    days = [*range(5), *range(7, 12)]
    lines = [line(MONDAY + timedelta(at), DayOutcomeKind.UPDATED, old=whole, new=half) for at in days]
    lines += [line(MONDAY + timedelta(30), DayOutcomeKind.UPDATED, old=whole, new=half)]
    lines += [line(MONDAY + timedelta(at), DayOutcomeKind.DELETED, old=whole) for at in (31, 32)]
    shown = said(of(lines))
    assert "2 Mar 2026 to 13 Mar 2026, 10 days: 7.5 hours a day become 3.75" in shown
    assert "1 Apr 2026: 7.5 hours become 3.75" in shown
    assert "2 Apr 2026 to 3 Apr 2026, 2 days: 7.5 hours a day are taken back" in shown
    assert "more day" not in shown


def test_a_preview_says_what_the_sync_will_ask_about() -> None:
    asked = (text("guard.leave_code", count=5, of=5),)
    shown = said(of(week()), preview=True, guard=asked)
    assert EN("leave.report.asks") in shown
    assert EN.render_md(asked[0]) in shown
    assert EN("leave.report.asks") not in said(of(week()), guard=asked)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        pytest.param(Withheld.PENDING, "awaits approval in Simployer", id="case 21"),
        pytest.param(CloseReason.MONTH, "month is approved in the payroll system", id="case 25"),
        pytest.param(CloseReason.WEEK, "week is approved in the payroll system", id="case 26"),
        pytest.param(CloseReason.BY_HAND, "Payroll is done for the day", id="case 27"),
        pytest.param(CloseReason.ROW, "row is locked", id="case 29"),
    ],
)
def test_cases_21_25_to_29_what_waits_is_told_with_the_reason_the_day_and_what_to_do(reason: str, words: str) -> None:
    report = of([line(kind=DayOutcomeKind.HELD, reason=str(reason))], kind=OutcomeKind.BLOCKED)
    shown = said(report)
    assert words in shown
    assert "Kari Nordmann (1001), 2 Mar 2026" in shown


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        pytest.param(ConflictKind.EDITED, "has been changed in the payroll system", id="case 52"),
        pytest.param(ConflictKind.REMOVED, "has been removed in the payroll system", id="case 53"),
        pytest.param(ConflictKind.SOMEONE_ELSES, "another row for the day", id="case 54"),
        pytest.param(ConflictKind.SEVERAL_ROWS, "several rows for the same day", id="case 66"),
    ],
)
def test_cases_52_53_54_66_what_a_person_changed_in_payroll_is_told(reason: ConflictKind, words: str) -> None:
    report = of([line(kind=DayOutcomeKind.CONFLICT, reason=reason.value)], kind=OutcomeKind.CONFLICT)
    assert words in said(report)
    assert "Do what stands with each reason." in said(report)


@pytest.mark.parametrize("reason", [ConflictKind.WITHDRAWAL, ConflictKind.WITHDRAWN_UNSEEN])
@every_language
def test_case_39_a_withdrawn_leave_of_absence_is_not_called_one_in_a_channel(
    t: Translator, reason: ConflictKind
) -> None:
    one = line(kind=DayOutcomeKind.CONFLICT, reason=reason.value, way=LeaveWay.PERIOD, last=None)
    shown = said(of([one], kind=OutcomeKind.CONFLICT), t)
    assert t.md(f"leave.conflict.{reason.value}") not in shown
    assert t.md("leave.why.withdrawn") in shown


def test_case_36_a_year_of_leave_is_one_and_its_percent_are_no_hours() -> None:
    one = line(way=LeaveWay.PERIOD, last=None, new=Decimal(100))
    shown = said(of([one]))
    assert "Sent: 1 person, 1 longer leave." in shown
    assert "hours" not in shown


def test_case_49_a_code_that_is_twice_is_told_without_the_code() -> None:
    report = of([], kind=OutcomeKind.BLOCKED, codes=("leave.code_blocked",))
    assert EN.md("leave.code_blocked") in said(report)


def test_case_57_a_run_that_stopped_says_why_and_that_nothing_else_was_written() -> None:
    shown = said(
        LeaveReport(), reason=text("leave.extent_contradiction"), advice=text("leave.extent_contradiction.advice")
    )
    assert "The sync of absence stopped." in shown
    assert EN.md("leave.extent_contradiction") in shown


def test_cases_50_59_days_that_are_no_longer_ours_are_told_and_left() -> None:
    report = of(week(DayOutcomeKind.NOTED, reason=RELEASED), kind=OutcomeKind.UNCHANGED)
    shown = said(report)
    assert "5 days stay in payroll" in shown
    assert "Nothing had to be written" not in shown
    (row, *_) = rows(LeaveSpreadsheet(EN.render), Outcome(OutcomeKind.UNCHANGED, person()), week(reason=RELEASED))
    assert row[10:] == [EN("leave.released"), EN("leave.released.advice")]


@every_language
def test_case_68_no_code_no_hint_of_the_kind_and_no_words_of_the_target_are_in_a_channel(t: Translator) -> None:
    failed = Outcome(OutcomeKind.FAILED, person(), reason=text("tripletex.leave.code.missing", code=SAID))
    report = LeaveReport()
    lines = [line(kind=kind, reason=SAID if kind is DayOutcomeKind.NOTED else None) for kind in DayOutcomeKind]
    report.add(failed, lines, ("leave.sick_day_17",))
    for preview in (True, False):
        messages = [leave_result(facts(preview=preview), report, t), *leave_tables(facts(preview=preview), report, t)]
        for message in messages:
            assert "CANARY" not in repr(message)
            assert t("leave.sick_day_17") not in repr(message)
    assert "CANARY" not in repr(report.written.first)
    assert "CANARY" not in repr(lines[0])


@every_language
@pytest.mark.parametrize("size", [0, 1, 6, 300])
def test_any_number_of_people_and_days_is_a_message_that_slack_takes(t: Translator, size: int) -> None:
    report = LeaveReport()
    kinds = list(DayOutcomeKind)
    reasons = [*CloseReason, *ConflictKind, *Withheld]
    for n in range(size):
        lines = [
            line(MONDAY + timedelta(at), kinds[at % len(kinds)], reason=str(reasons[at % len(reasons)]))
            for at in range(60)
        ]
        report.add(Outcome(OutcomeKind.CONFLICT, person(n, LONG)), lines)
    for numbers_only in (True, False):
        message = leave_result(facts(numbers_only=numbers_only, next_step="sync", preview=True), report, t)
        shown_by_slack(message)
        assert PRIVATE_FILE in buttons(message)
        assert ("Ænglamärks" in repr(message.blocks)) is (bool(size) and not numbers_only)
    for table in leave_tables(facts(), report, t):
        shown_by_slack(table)


@pytest.mark.parametrize(
    ("kind", "reason", "offered"),
    [
        (DayOutcomeKind.CONFLICT, ConflictKind.EDITED, True),
        (DayOutcomeKind.HELD, CloseReason.MONTH, True),
        (DayOutcomeKind.HELD, Withheld.PENDING, False),
        (DayOutcomeKind.CREATED, None, False),
    ],
)
def test_only_a_report_of_what_a_person_can_answer_offers_to_decide(
    kind: DayOutcomeKind, reason: str | None, offered: bool
) -> None:
    report = of([line(kind=kind, reason=reason, key="k", place=LeavePlace(1))], kind=OutcomeKind.CONFLICT)
    assert (DECIDE_LEAVE in buttons(leave_result(facts(), report, EN))) is offered
    assert ("Decide here" in said(report)) is offered


def rows(sheet: LeaveSpreadsheet, outcome: Outcome, lines: list[LeaveLine], *codes: str) -> list[list[str]]:
    return [row.split(";") for row in sheet.rows(outcome, lines, codes).decode().splitlines()]


def test_the_private_file_has_a_line_for_each_day_with_code_before_after_and_why() -> None:
    sheet = LeaveSpreadsheet(EN.render)
    outcome = Outcome(
        OutcomeKind.FAILED, person(), reason=text("leave.no_number"), advice=text("leave.no_number.advice")
    )
    found = rows(
        sheet,
        outcome,
        [
            line(kind=DayOutcomeKind.UPDATED, old=Decimal("7.50"), new=Decimal("3.75")),
            line(date(2026, 3, 3), DayOutcomeKind.HELD, reason="month"),
            line(date(2026, 3, 4), DayOutcomeKind.FAILED),
            line(date(2026, 3, 5), way=LeaveWay.PERIOD, last=None, new=Decimal(100)),
        ],
        "leave.sick_day_17",
    )  # fmt: skip
    assert found[0] == [
        "1001",
        "Kari Nordmann",
        "2026-03-02",
        "2026-03-02",
        CODE,
        "",
        "hours",
        "7,5",
        "3,75",
        "Corrected",
        "",
        "",
    ]
    assert found[1][9:11] == ["Waits", EN("leave.closed.month")]
    assert found[2][10] == EN("leave.no_number")
    assert found[3][3:9] == ["", CODE, "", "percent", "0", "100"]
    assert found[4][10] == EN("leave.sick_day_17")
    assert sheet.head().startswith(b"\xef\xbb\xbfEmployee number;Name;First day;Last day;Code;Leave type;")


def test_no_cell_of_the_private_file_is_a_formula() -> None:
    outcome = Outcome(OutcomeKind.UPDATED, Person("s", "-1", "=cmd()", "t"))
    (row,) = rows(LeaveSpreadsheet(EN.render), outcome, [line(code="@SUM(A1)")])
    assert (row[0], row[1], row[4]) == ("'-1", "'=cmd()", "'@SUM(A1)")


@pytest.mark.parametrize("t", ALL, ids=lambda t: t.language)
def test_every_reason_and_outcome_has_its_words(t: Translator) -> None:
    for preview in (True, False):
        sheet = LeaveSpreadsheet(t.render, preview=preview)
        for kind in DayOutcomeKind:
            for reason in (*CloseReason, *ConflictKind, *Withheld, "first_step_failed"):
                (row,) = rows(sheet, Outcome(OutcomeKind.UPDATED, person()), [line(kind=kind, reason=str(reason))])
                assert not any(cell.startswith("leave.") for cell in row)


def told(code: str, at: int = 0, days: int = 1, **more: Any) -> LeaveTold:
    first = MONDAY + timedelta(at)
    return LeaveTold(code=code, first=first, last=first + timedelta(days - 1), days=days, **more)


def test_cases_60_and_15_days_that_were_not_sent_are_told_beside_others_that_wait() -> None:
    report = LeaveReport()
    held = [line(kind=DayOutcomeKind.HELD, reason="month")]
    found = [told("outside_employment", 14, 5, blocking=True), told("too_long", 1, blocking=True)]
    report.add(Outcome(OutcomeKind.BLOCKED, person()), held, (), found)
    shown = said(report)
    assert "Kari Nordmann (1001), 16 Mar 2026 to 20 Mar 2026" in shown
    assert "1 person, 5 days" in shown
    assert EN.md("leave.too_long") in shown
    assert (report.people_waiting, report.days_waiting) == (1, 7)


@every_language
def test_cases_3_and_64_what_is_sent_as_it_stands_is_told_and_what_says_why_is_only_counted(t: Translator) -> None:
    report = LeaveReport()
    found = [told("on_holiday"), told("sick_day_17", types=("T-CANARY",)), told("no_code", types=("T-CANARY",))]
    report.add(Outcome(OutcomeKind.UPDATED, person()), [line(types=("T-CANARY",))], (), found)
    message = leave_result(facts(), report, t)
    shown = markdown_of(message.blocks)
    assert t.md("leave.on_holiday") in shown
    assert t.md("leave.report.in_private", n=1) in shown
    assert t.md("leave.sick_day_17") not in shown
    assert "CANARY" not in repr(message)
    made = LeaveSpreadsheet(t.render).rows(Outcome(OutcomeKind.UPDATED, person()), [line()], (), found)
    cells = [row.split(";") for row in made.decode().splitlines()]
    assert [row[5] for row in cells] == ["", "", "T-CANARY", "T-CANARY"]
    assert cells[2][10] == t("leave.sick_day_17")


def test_case_23_the_rest_of_a_change_that_was_stopped_is_told() -> None:
    report = of([line(reason=HALF_DONE), line(MONDAY + timedelta(1))])
    assert "1 day is the rest of a change that an earlier run was stopped in." in said(report)
    (row, *_) = rows(LeaveSpreadsheet(EN.render), Outcome(OutcomeKind.UPDATED, person()), [line(reason=HALF_DONE)])
    assert row[10:] == [EN("leave.half_done"), EN("leave.half_done.advice")]


def test_a_day_that_was_told_when_it_was_sent_is_not_told_again() -> None:
    report = LeaveReport()
    report.add(Outcome(OutcomeKind.UPDATED, person()), [line()], (), [told("on_holiday", 7), told("no_hours", 7)])
    assert [group.reason for group in report.hints] == ["no_hours"]


@every_language
def test_what_is_found_of_the_run_as_a_whole_stands_in_its_message(t: Translator) -> None:
    one = RunRemark.of_leave(LeaveFinding(code="unmapped", severity=Severity.WARNING, values={"people": 3}))
    shown = said(of([line()]), t, remarks=[one, *(RunRemark(text("leave.no_code")) for _ in range(9))])
    assert t.md("leave.unmapped", people=3) in shown
    assert t.md("report.remarks.more", n=4) in shown


def test_what_a_former_version_kept_is_read() -> None:
    day = ["created", "2026-03-02", "2026-03-02", CODE, "0", "7.5", None]
    leave = ["created", "2026-03-02", None, CODE, "0", "100", None]
    assert [one.way for one in lines_of({"leave": [day, leave]})] == [LeaveWay.DAY, LeaveWay.PERIOD]
    assert lines_of({"leave": [[*day, "day", "k"]]})[0].key == "k"
    placed = lines_of({"leave": [[*day, "day", "k", 2, "c", ["l"], "l:2"]]})[0]
    assert placed.place == LeavePlace(2, "c", ("l",), "l:2")
    for made in (line(key="k"), line(key="k", place=LeavePlace(1, "c", ("l",), "l:2"), types=("Sick",))):
        assert lines_of({"leave": [made.to_json()]})[0] == made
    found = told("on_holiday", types=("Sick",))
    assert told_of({"leave_told": [found.to_json()]}) == [found]
