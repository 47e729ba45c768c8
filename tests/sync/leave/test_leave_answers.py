"""What may be answered to a line of leave, and that the next plan does what was answered and asks no more."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.core.text import text
from bot.domain.change import Person
from bot.domain.leave_delivery import ClosedDays, CloseReason
from bot.domain.leave_ledger import LedgerState
from bot.domain.resource import LeaveWay
from bot.jobs.leave.leave_outcomes import day_line, period_line
from bot.providers.errors import Rejected
from bot.sync.leave.day_applier import DayOutcome, DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind
from bot.sync.leave.leave_answers import OpenLine, answers_to
from bot.sync.leave.leave_line import LeaveLine, LeavePlace
from bot.sync.leave.ledger_entries import Decision, EntryMaker
from bot.sync.leave.normal_days import Withheld
from bot.sync.leave.period_applier import PeriodOutcome
from tests.support.leave_office import CARE, KEYS, Kill, Killed, LeaveOffice, MemoryLedger, key
from tests.sync.leave.test_period_applier import HALVED, Company

MONDAY = date(2026, 11, 2)
KEEP, USE, AGAIN = Decision.KEEP, Decision.USE_SOURCE, Decision.SEND_AGAIN
BY_HAND, END = Decision.BY_HAND, Decision.END


def opened(office: LeaveOffice | Company, outcome: DayOutcome | PeriodOutcome) -> OpenLine:
    """The line of an outcome as a run stores it, with the latest entry of the ledger."""
    line = day_line(outcome) if isinstance(outcome, DayOutcome) else period_line(outcome)
    kept = LeaveLine.from_json(json.loads(json.dumps(line.to_json())))
    entry = next((each for each in office.ledger.latest() if each.key == line.key), None)
    return OpenLine(at=0, person=Person("e1", "101", "Kari", "p1"), line=kept, entry=entry)


async def edited(office: LeaveOffice) -> None:
    await office.run()
    office.target.type_in(key(MONDAY), "5.00")


async def edited_and_withdrawn(office: LeaveOffice) -> None:
    await edited(office)
    office.book.remove("l")


async def removed(office: LeaveOffice) -> None:
    await office.run()
    office.target.rows.clear()


async def another_row(office: LeaveOffice) -> None:
    office.target.type_in(key(MONDAY), "5.00")


async def closed(office: LeaveOffice) -> None:
    office.closed = ClosedDays(through=MONDAY)


async def closed_after(office: LeaveOffice) -> None:
    await office.run()
    office.closed = ClosedDays(through=MONDAY)
    office.book.put("l", MONDAY, percent="50")


async def closed_and_withdrawn(office: LeaveOffice) -> None:
    await office.run()
    office.closed = ClosedDays(through=MONDAY)
    office.book.remove("l")


@pytest.mark.parametrize(
    ("happens", "decision", "follows", "stands"),
    [
        (edited, KEEP, "parked", "5.00"),
        (edited, USE, "updated", "7.50"),
        (edited_and_withdrawn, KEEP, None, "5.00"),
        (edited_and_withdrawn, USE, "deleted", None),
        (removed, KEEP, "parked", None),
        (removed, AGAIN, "created", "7.50"),
        (another_row, KEEP, "parked", "5.00"),
        (another_row, USE, "updated", "7.50"),
        (closed, BY_HAND, "parked", None),
        (closed_after, BY_HAND, "parked", "7.50"),
        (closed_and_withdrawn, BY_HAND, None, "7.50"),
    ],
)
async def test_the_next_plan_does_what_was_answered_and_asks_no_more(
    happens: Callable[[LeaveOffice], object], decision: Decision, follows: str | None, stands: str | None
) -> None:
    made = LeaveOffice()
    made.book.put("l", MONDAY)
    await happens(made)  # type: ignore[misc]
    (outcome,) = await made.run()
    line = opened(made, outcome)
    assert decision in line.answers
    assert line.stands(KEYS, f"run{made.runs}")
    await made.ledger.append([line.booked(decision, KEYS, EntryMaker("answer"))])
    assert not opened(made, outcome).stands(KEYS, f"run{made.runs}"), "a second answer to the same line"
    found = await made.run()
    assert [each.kind.value for each in found] == ([follows] if follows else [])
    assert [str(each) for each in made.target.hours().values()] == ([stands] if stands else [])
    assert [each.kind.value for each in await made.run()] == (["parked"] if follows == "parked" else [])


async def test_case_66_two_rows_are_left_to_a_person_once_they_say_so() -> None:
    made = LeaveOffice()
    made.book.put("l", MONDAY)
    made.target.type_in(key(MONDAY), "7.50")
    (row,) = made.target.shown()
    made.target.shown = lambda: [row, replace(row, row=replace(row.row, target_id="r9"))]  # type: ignore[method-assign]
    (outcome,) = await made.run()
    line = opened(made, outcome)
    assert line.answers == (KEEP,)
    await made.ledger.append([line.booked(KEEP, KEYS, EntryMaker("answer"))])
    assert [each.kind.value for each in await made.run()] == ["parked"]
    made.book.put("l", MONDAY, percent="50")
    (outcome,) = await made.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.SEVERAL_ROWS)


async def test_case_63_what_is_done_by_hand_on_a_closed_day_is_asked_about_when_the_source_changes_again() -> None:
    made = LeaveOffice()
    made.book.put("l", MONDAY)
    await closed_after(made)
    (outcome,) = await made.run()
    await made.ledger.append([opened(made, outcome).booked(BY_HAND, KEYS, EntryMaker("answer"))])
    made.target.type_in(key(MONDAY), "3.75")
    assert [each.kind.value for each in await made.run()] == ["parked"]
    made.book.put("l", MONDAY, percent="80")
    (outcome,) = await made.run()
    assert outcome.kind is DayOutcomeKind.CONFLICT
    assert made.target.hours() == {key(MONDAY): Decimal("3.75")}


async def test_case_35_of_two_children_on_one_day_the_one_that_was_answered_is_left_alone() -> None:
    made = LeaveOffice(children=True)
    made.book.put("a", MONDAY, type_id=CARE, hours="4.00", child="c1")
    made.book.put("b", MONDAY, type_id=CARE, hours="3.50", child="c2")
    await made.run()
    made.target.type_in(key(MONDAY, "803", child="c1"), "2.00")
    (outcome,) = await made.run()
    line = opened(made, outcome)
    assert "c1" not in repr(line)
    await made.ledger.append([line.booked(KEEP, KEYS, EntryMaker("answer"))])
    assert [each.kind.value for each in await made.run()] == ["parked"]
    assert made.target.hours() == {
        key(MONDAY, "803", child="c1"): Decimal("2.00"),
        key(MONDAY, "803", child="c2"): Decimal("3.50"),
    }


@pytest.mark.parametrize(
    ("hidden", "decision", "state"),
    [
        (False, BY_HAND, LedgerState.WITHDRAWN),
        (False, KEEP, LedgerState.PARKED),
        (True, BY_HAND, LedgerState.WITHDRAWN),
        (True, KEEP, LedgerState.PARKED),
    ],
)
async def test_a_leave_of_absence_that_was_withdrawn_is_asked_about_once(
    hidden: bool, decision: Decision, state: LedgerState
) -> None:
    made = Company()
    made.absences.put()
    await made.run()
    made.absences.book.remove("l")
    if hidden:
        made.absences.rows.clear()
    (outcome,) = await made.run()
    assert outcome.reason == (ConflictKind.WITHDRAWN_UNSEEN if hidden else ConflictKind.WITHDRAWAL)
    line = opened(made, outcome)
    await made.ledger.append([line.booked(decision, KEYS, EntryMaker("answer"))])
    assert await made.run() == []
    assert [entry.state for entry in made.ledger.latest()] == [state]
    assert made.ledger.latest()[0].content == ("" if decision is BY_HAND else outcome.step.before)


async def test_case_39_a_leave_of_absence_that_was_withdrawn_is_ended_on_its_first_day_when_a_person_says_so() -> None:
    made, line = await ending()
    assert line.answers == (BY_HAND, KEEP, END)
    assert [each.kind.value for each in await made.run()] == ["updated"]
    (row,) = made.absences.rows.values()
    assert (row.first, row.last, row.percent) == (date(2026, 7, 1), date(2026, 7, 1), Decimal(100))
    assert await made.run() == []
    assert (made.target.writes, made.target.ended) == (2, 1)


async def test_case_39_an_end_that_the_target_refuses_is_told_and_asked_about_again() -> None:
    made, _ = await ending()
    made.target.trouble = Rejected("no", text=text("apply.unexpected"))
    (outcome,) = await made.run()
    assert outcome.kind is DayOutcomeKind.FAILED
    (outcome,) = await made.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.WITHDRAWAL)
    assert opened(made, outcome).answers == (BY_HAND, KEEP, END)


async def test_case_39_one_that_a_person_changed_before_it_was_withdrawn_can_be_ended_too() -> None:
    made = Company()
    made.absences.put()
    await made.run()
    made.absences.rows["l"] = replace(made.absences.rows["l"], percent=Decimal(80), last=date(2027, 3, 31))
    made.absences.book.remove("l")
    (outcome,) = await made.run()
    await made.ledger.append([opened(made, outcome).booked(END, KEYS, EntryMaker("answer"))])
    assert [each.kind.value for each in await made.run()] == ["updated"]
    assert made.standing() == {"l": (date(2026, 7, 1), date(2026, 7, 1), Decimal(80))}


async def test_what_a_person_changed_after_the_answer_is_not_ended() -> None:
    made, _ = await ending()
    made.absences.rows["l"] = replace(made.absences.rows["l"], percent=Decimal(40))
    (outcome,) = await made.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.WITHDRAWAL)
    assert made.target.writes == 1


async def test_a_leave_of_absence_that_comes_back_is_not_ended() -> None:
    made, _ = await ending()
    made.absences.put()
    assert [each.kind.value for each in await made.run()] == ["noted"]
    assert [entry.state for entry in made.ledger.latest()] == [LedgerState.DELIVERED]
    assert made.target.writes == 1


@pytest.mark.parametrize("calls", range(8))
async def test_an_end_that_is_cut_off_anywhere_is_done_or_asked_about_and_never_lost(calls: int) -> None:
    made, _ = await ending()
    made.target.kill = made.ledger.kill = Kill(calls)
    with contextlib.suppress(Killed):
        await made.run()
    made.target.kill = made.ledger.kill = Kill()
    found = await made.run()
    row = made.absences.rows["l"]
    asked = [(each.kind, each.reason) for each in found] == [(DayOutcomeKind.CONFLICT, ConflictKind.WITHDRAWAL)]
    assert asked is not (row.first == row.last)
    assert made.target.writes <= 2


async def ending() -> tuple[Company, OpenLine]:
    """A leave of absence that was withdrawn and shall end, and the line that was answered."""
    made = Company()
    made.absences.put()
    await made.run()
    made.absences.book.remove("l")
    (outcome,) = await made.run()
    line = opened(made, outcome)
    await made.ledger.append([line.booked(END, KEYS, EntryMaker("answer"))])
    return made, line


async def test_case_38_one_part_of_a_leave_of_absence_that_was_changed_there_is_kept() -> None:
    made = Company()
    made.absences.put()
    made.half_from_december()
    await made.run()
    made.absences.rows["l:2"] = replace(made.absences.rows["l:2"], percent=Decimal(40))
    (outcome,) = await made.run()
    line = opened(made, outcome)
    assert line.answers == (KEEP,)
    await made.ledger.append([line.booked(KEEP, KEYS, EntryMaker("answer"))])
    assert await made.run() == []
    assert made.standing() == HALVED | {"l:2": (*HALVED["l:2"][:2], Decimal(40))}


@pytest.mark.parametrize("ours", [True, False])
async def test_case_52_of_a_leave_of_absence_whose_end_was_changed_there_simployers_is_used_when_a_person_says_so(
    ours: bool,
) -> None:
    made = Company()
    made.absences.put()
    await made.run()
    made.absences.rows["l"] = replace(made.absences.rows["l"], last=date(2027, 3, 31))
    if not ours:
        made.ledger = MemoryLedger()
    (outcome,) = await made.run()
    assert outcome.reason == (ConflictKind.EDITED if ours else ConflictKind.SOMEONE_ELSES)
    line = opened(made, outcome)
    assert line.answers == (KEEP, USE)
    await made.ledger.append([line.booked(USE, KEYS, EntryMaker("answer"))])
    assert [each.kind.value for each in await made.run()] == ["updated"]
    assert made.standing() == {"l": (date(2026, 7, 1), date(2027, 6, 30), Decimal(100))}
    assert await made.run() == []


@pytest.mark.parametrize(
    ("changes", "open_end"),
    [({"percent": Decimal(40)}, False), ({"first": date(2026, 7, 2)}, False), ({"last": date(2027, 3, 31)}, True)],
)
async def test_case_52_what_the_target_does_not_let_be_changed_can_only_be_kept(
    changes: dict[str, Any], open_end: bool
) -> None:
    made = Company()
    made.absences.put(open_end=open_end)
    await made.run()
    made.absences.rows["l"] = replace(made.absences.rows["l"], **changes)
    (outcome,) = await made.run()
    assert outcome.reason == ConflictKind.EDITED
    assert opened(made, outcome).answers == (KEEP,)


async def test_case_52_what_is_changed_once_more_after_the_answer_is_left_alone() -> None:
    made = Company()
    made.absences.put()
    await made.run()
    made.absences.rows["l"] = replace(made.absences.rows["l"], last=date(2027, 3, 31))
    (outcome,) = await made.run()
    await made.ledger.append([opened(made, outcome).booked(USE, KEYS, EntryMaker("answer"))])
    made.absences.rows["l"] = replace(made.absences.rows["l"], last=date(2027, 4, 30))
    (outcome,) = await made.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.EDITED)
    assert made.target.writes == 1


WHERE = LeavePlace(0)


@pytest.mark.parametrize(
    ("kind", "reason", "place", "expected"),
    [
        (DayOutcomeKind.HELD, CloseReason.MONTH, WHERE, (BY_HAND,)),
        (DayOutcomeKind.HELD, Withheld.PENDING, WHERE, ()),
        (DayOutcomeKind.FAILED, None, WHERE, ()),
        (DayOutcomeKind.PARKED, None, WHERE, ()),
        (DayOutcomeKind.CONFLICT, ConflictKind.EDITED, WHERE, (KEEP, USE)),
        (DayOutcomeKind.CONFLICT, ConflictKind.EDITED, None, ()),
    ],
)
def test_only_what_a_person_can_settle_has_answers(
    kind: DayOutcomeKind, reason: str | None, place: LeavePlace | None, expected: tuple[Decision, ...]
) -> None:
    line = LeaveLine(kind=kind, first=MONDAY, last=MONDAY, code="801", reason=reason, key="k", place=place)
    assert answers_to(line) == expected
    assert answers_to(replace(line, way=LeaveWay.PERIOD)) == tuple(each for each in expected if each is not USE)


async def test_a_line_is_stale_once_the_ledger_or_its_hashes_have_changed() -> None:
    made = LeaveOffice()
    made.book.put("l", MONDAY)
    await edited(made)
    (outcome,) = await made.run()
    line = opened(made, outcome)
    assert line.entry is not None
    assert line.stands(KEYS, "run2")
    assert not replace(line, entry=replace(line.entry, sequence=9, run_id="later")).stands(KEYS, "run2")
    assert not replace(line, entry=None).stands(KEYS, "run2")
    assert not replace(line, line=replace(line.line, key="of another key")).stands(KEYS, "run2")
