"""The edge cases of leave by number: corrections, what is closed, conflicts, and what is no deletion."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from bot.domain.leave import LeaveKind, LeaveStatus
from bot.domain.leave_delivery import ClosedDays, ClosedSpan, CloseReason, DayKey
from bot.domain.leave_ledger import LedgerState
from bot.sync.leave.day_applier import DayOutcome, DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind, StepKind
from bot.sync.leave.leave_guard import LeaveThresholds, judge_leave
from bot.sync.leave.leave_summary import leave_summary
from bot.sync.leave.ledger_entries import Decision, EntryMaker
from bot.sync.leave.ledger_keys import LedgerKeys
from bot.sync.leave.normal_days import Withheld
from tests.support.leave_office import (
    KEYS,
    LONG_DAY,
    SICK,
    TYPES,
    VACATION,
    LeaveOffice,
    key,
    keyed,
    leave_type,
    week,
)

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (date(2026, 11, day) for day in range(2, 7))


async def delivered(first: date = MONDAY, last: date = FRIDAY, **more: str) -> LeaveOffice:
    made = LeaveOffice()
    made.book.put("l", first, last, **more)  # type: ignore[arg-type]
    await made.run()
    made.target.log.clear()
    made.target.writes.clear()
    return made


def kinds(outcomes: list[DayOutcome]) -> list[str]:
    return [outcome.kind.value for outcome in outcomes]


def hours(made: LeaveOffice) -> dict[DayKey, str]:
    return {found: str(value) for found, value in made.target.hours().items()}


def judged(made: LeaveOffice, *, first_run: bool = False, before: int | None = None) -> list[str]:
    plan = made.plan()
    read = made.book.snapshot().rows_read
    found = judge_leave(plan, LeaveThresholds(), rows_read=read, rows_before=before, first_run=first_run)
    assert all(reason.text.key == f"guard.leave_{reason.code}" for reason in found)
    return [reason.code for reason in found]


async def test_case_16_vacation_becomes_sickness() -> None:
    made = await delivered(type_id=VACATION)
    made.book.put("l", MONDAY, TUESDAY, type_id=VACATION)
    made.book.put("s", WEDNESDAY, FRIDAY)
    await made.run()
    assert made.target.log == [
        *(("delete", key(day, "802")) for day in (WEDNESDAY, THURSDAY, FRIDAY)),
        *(("create", key(day)) for day in (WEDNESDAY, THURSDAY, FRIDAY)),
    ]


async def test_case_17_18_longer_and_shorter() -> None:
    made = await delivered(MONDAY, WEDNESDAY)
    made.book.put("l", MONDAY, FRIDAY)
    assert kinds(await made.run()) == ["created"] * 2
    made.book.put("l", MONDAY, TUESDAY)
    assert kinds(await made.run()) == ["deleted"] * 3
    assert made.plan().unchanged == 2


async def test_case_19_moved_by_a_week_goes_away_before_it_comes() -> None:
    made = await delivered()
    made.book.put("l", date(2026, 11, 9), date(2026, 11, 13))
    assert kinds(await made.run()) == ["deleted"] * 5 + ["created"] * 5


async def test_case_20_the_same_days_under_another_id_are_no_write() -> None:
    made = await delivered()
    made.book.remove("l")
    made.book.put("new", MONDAY, FRIDAY)
    assert kinds(await made.run()) == ["noted"] * 5
    assert not made.target.writes
    assert {entry.contributors for entry in made.ledger.latest()} == {("new",)}
    assert await made.run() == []


async def test_case_21_22_waiting_for_approval_holds_and_a_cancellation_takes_back() -> None:
    made = await delivered()
    made.book.status("l", LeaveStatus.PENDING)
    outcomes = await made.run()
    assert kinds(outcomes) == ["held"] * 5
    assert {outcome.reason for outcome in outcomes} == {Withheld.PENDING.value}
    assert len(made.target.rows) == 5
    made.book.status("l", LeaveStatus.CANCELLED)
    assert kinds(await made.run()) == ["deleted"] * 5


@pytest.mark.parametrize("status", [LeaveStatus.DENIED, None])
async def test_case_22_denied_or_gone_takes_back(status: LeaveStatus | None) -> None:
    made = await delivered()
    if status is None:
        made.book.remove("l")
    else:
        made.book.status("l", status)
    assert kinds(await made.run()) == ["deleted"] * 5


async def test_a_parent_that_nobody_asked_for_takes_nothing_back() -> None:
    made = await delivered()
    made.book.remove("l")
    made.book.ever.clear()
    outcomes = await made.run()
    assert {outcome.reason for outcome in outcomes} == {Withheld.PARENT_UNKNOWN.value}
    assert len(made.target.rows) == 5


async def test_case_23_a_change_of_type_that_stops_halfway_is_finished_by_the_next_run() -> None:
    made = await delivered(MONDAY, WEDNESDAY)
    made.book.put("l", MONDAY, WEDNESDAY, type_id=VACATION)
    plan = made.plan()
    assert [step.kind for step in plan.steps] == [StepKind.DELETE] * 3 + [StepKind.CREATE] * 3
    calls = [step for step in plan.steps if step.kind is StepKind.DELETE][:2]
    for step in calls:
        del made.target.rows[step.key]
        await made.ledger.append([EntryMaker("run1").done(step, step.sequence, None)])
    again = made.plan()
    half = {step.key.day for step in again.steps if step.half_done}
    assert half == {MONDAY, TUESDAY}
    await made.run()
    assert hours(made) == {key(day, "802"): "7.50" for day in (MONDAY, TUESDAY, WEDNESDAY)}


async def test_case_24_half_from_the_middle_on() -> None:
    made = await delivered(MONDAY, THURSDAY)
    made.book.put("l", MONDAY, TUESDAY)
    made.book.put("m", WEDNESDAY, THURSDAY, percent="50")
    assert kinds(await made.run()) == ["updated"] * 2
    assert hours(made)[key(WEDNESDAY)] == "3.75"


@pytest.mark.parametrize("case", [25, 26, 27])
async def test_case_25_26_27_what_is_closed_is_held_by_the_day(case: int) -> None:
    made = LeaveOffice()
    held: tuple[date, ...]
    free: tuple[date, ...]
    october = (date(2026, 10, 29), date(2026, 10, 30))
    if case == 27:
        held, free = (date(2026, 11, 12),), (date(2026, 11, 13),)
        closed = ClosedDays(people={"e1": (ClosedSpan(date(2026, 11, 1), held[0], CloseReason.MONTH),)})
        made.book.put("l", held[0], free[0])
    else:
        held, free = october, (MONDAY, TUESDAY)
        made.book.put("l", date(2026, 10, 29), TUESDAY)
        week_44 = ClosedSpan(date(2026, 10, 26), date(2026, 11, 1), CloseReason.WEEK)
        closed = ClosedDays(through=date(2026, 10, 31)) if case == 25 else ClosedDays(people={"e1": (week_44,)})
    made.closed = closed
    outcomes = await made.run()
    assert {each.step.key.day for each in outcomes if each.kind is DayOutcomeKind.HELD} == set(held)
    assert set(hours(made)) == {key(day) for day in free}


async def test_case_28_a_late_change_waits_until_the_day_is_opened() -> None:
    day = date(2026, 10, 29)
    made = await delivered(day, day)
    made.target.locked = {day}
    made.book.put("l", day, day, percent="50")
    (outcome,) = await made.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.HELD, CloseReason.ROW.value)
    assert (outcome.step.old, outcome.step.new) == (Decimal("7.50"), Decimal("3.75"))
    made.target.locked = set()
    await made.run()
    assert hours(made) == {key(day): "3.75"}


async def test_case_30_a_hold_vanishes_when_the_source_goes_back() -> None:
    day = date(2026, 10, 29)
    made = await delivered(day, day)
    made.closed = ClosedDays(through=day)
    made.book.put("l", day, day, percent="50")
    assert kinds(await made.run()) == ["held"]
    made.book.put("l", day, day)
    assert await made.run() == []


async def test_case_50_a_type_that_goes_nowhere_releases_its_days() -> None:
    made = await delivered()
    made.book.types = (leave_type(SICK, LeaveKind.SICK_LEAVE), *TYPES[1:])
    assert kinds(await made.run()) == ["noted"] * 5
    assert {entry.state for entry in made.ledger.latest()} == {LedgerState.RELEASED}
    assert len(made.target.rows) == 5
    assert await made.run() == []
    assert kinds(await made.run(withdraw_released=True)) == ["deleted"] * 5


async def test_a_type_that_is_sent_again_takes_its_days_up_again() -> None:
    made = await delivered()
    made.book.types = (leave_type(SICK, LeaveKind.SICK_LEAVE), *TYPES[1:])
    await made.run()
    made.book.types = TYPES
    assert kinds(await made.run()) == ["noted"] * 5
    assert not made.target.writes
    assert await made.run() == []


async def test_case_52_what_a_person_changed_is_not_written_over_and_can_be_answered() -> None:
    made = await delivered(MONDAY, MONDAY)
    made.target.type_in(key(MONDAY), "5.00")
    (outcome,) = await made.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.EDITED)
    made.book.remove("l")
    (outcome,) = await made.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.EDITED)
    assert hours(made) == {key(MONDAY): "5.00"}


@pytest.mark.parametrize("decision", [Decision.USE_SOURCE, Decision.KEEP])
async def test_case_52_the_answer_to_a_changed_row(decision: Decision) -> None:
    made = await delivered(MONDAY, MONDAY)
    made.target.type_in(key(MONDAY), "5.00")
    (outcome,) = await made.run()
    (row,) = made.target.shown()
    found = KEYS.content(outcome.step.hash, "801", "", row.hours)
    answer = EntryMaker("answer").decided(outcome.step, decision, outcome.step.sequence, found, row.row)
    await made.ledger.append([answer])
    await made.run()
    kept = decision is Decision.KEEP
    assert hours(made) == {key(MONDAY): "5.00" if kept else "7.50"}
    assert kinds(await made.run()) == (["parked"] if kept else [])
    made.book.put("l", MONDAY, MONDAY, percent="50")
    assert kinds(await made.run()) == (["conflict"] if kept else ["updated"])


async def test_case_53_what_a_person_removed_is_not_sent_again_unless_asked() -> None:
    made = await delivered(MONDAY, MONDAY)
    made.target.rows.clear()
    (outcome,) = await made.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.REMOVED)
    assert not made.target.rows
    answer = EntryMaker("answer").decided(outcome.step, Decision.SEND_AGAIN, outcome.step.sequence)
    await made.ledger.append([answer])
    await made.run()
    assert hours(made) == {key(MONDAY): "7.50"}


async def test_case_53_removed_on_both_sides_is_forgotten() -> None:
    made = await delivered(MONDAY, MONDAY)
    made.target.rows.clear()
    made.book.remove("l")
    assert kinds(await made.run()) == ["noted"]
    assert await made.run() == []


@pytest.mark.parametrize(("typed", "kind"), [("7.5", "noted"), ("7.00", "conflict")])
async def test_case_54_66_a_row_from_before_is_adopted_if_it_is_the_same(typed: str, kind: str) -> None:
    made = LeaveOffice()
    made.target.type_in(key(MONDAY), typed)
    made.book.put("l", MONDAY)
    assert kinds(await made.run()) == [kind]
    assert not made.target.writes


async def test_case_66_two_rows_are_a_question() -> None:
    made = LeaveOffice()
    made.book.put("l", MONDAY)
    made.target.type_in(key(MONDAY), "7.50")
    (row,) = made.target.shown()
    made.target.shown = lambda: [row, replace(row, row=replace(row.row, target_id="r9"))]  # type: ignore[method-assign]
    (outcome,) = await made.run()
    assert (outcome.kind, outcome.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.SEVERAL_ROWS)


@pytest.mark.parametrize(("there", "kind"), [("7.50", "created"), ("4.00", "conflict")])
async def test_case_55_56_an_answer_that_says_it_is_there_is_settled_by_reading(there: str, kind: str) -> None:
    made = LeaveOffice()
    made.book.put("l", MONDAY)
    create = made.target.create_day

    async def meet(write):  # type: ignore[no-untyped-def]
        made.target.type_in(write.key, there)
        return await create(write)

    made.target.create_day = meet  # type: ignore[method-assign]
    assert kinds(await made.run()) == [kind]
    made.target.create_day = create  # type: ignore[method-assign]
    assert kinds(await made.run()) == ([] if kind == "created" else ["conflict"])
    assert hours(made) == {key(MONDAY): there}


def test_case_57_part_of_a_read_makes_no_plan() -> None:
    made = LeaveOffice()
    made.book.complete = False
    with pytest.raises(ValueError, match="complete"):
        made.plan()


async def test_case_58_an_empty_answer_deletes_nothing_by_itself() -> None:
    made = LeaveOffice()
    for employee in ("e1", "e2", "e3"):
        made.book.put(employee, MONDAY, date(2026, 11, 27), employee=employee)
    await made.run()
    for employee in ("e1", "e2", "e3"):
        made.book.remove(employee)
    assert judged(made, before=60) == ["deletes", "code", "source_drop"]


async def test_case_58_one_person_losing_a_month_is_asked_about() -> None:
    made = LeaveOffice()
    for employee in ("e1", "e2", "e3"):
        made.book.put(employee, date(2026, 1, 1), date(2026, 12, 31), employee=employee)
    await made.run()
    made.book.put("e1", date(2026, 2, 1), date(2026, 12, 31))
    assert judged(made) == ["person_deletes"]
    made.book.put("e1", date(2026, 1, 8), date(2026, 12, 31))
    assert judged(made) == []


async def test_case_54_a_first_run_that_finds_more_than_it_makes_is_asked_about() -> None:
    made = LeaveOffice()
    made.book.put("l", MONDAY, FRIDAY)
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        made.target.type_in(key(day), "7.50")
    assert judged(made, first_run=True) == ["first_run"]
    assert judged(made) == []


async def test_case_59_whoever_leaves_the_scope_keeps_their_days() -> None:
    made = await delivered(MONDAY, THURSDAY)
    somebody = made.people.pop("e1")
    outcomes = await made.run()
    assert [outcome.step.kind for outcome in outcomes] == [StepKind.RELEASE] * 4
    assert len(made.target.rows) == 4
    assert await made.run() == []
    made.people["e1"] = somebody
    assert kinds(await made.run()) == ["noted"] * 4


async def test_case_63_another_work_week_is_held_where_it_is_late_and_asked_about_where_it_is_much() -> None:
    made = LeaveOffice()
    made.book.schedules = (week(LONG_DAY),)
    made.book.put("l", date(2026, 10, 1), date(2026, 11, 30))
    await made.run()
    made.book.schedules = (week(),)
    made.book.put("l", date(2026, 10, 1), date(2026, 11, 30))
    assert judged(made) == ["code"]
    made.closed = ClosedDays(through=date(2026, 10, 31))
    outcomes = await made.run()
    assert {each.step.key.day.month for each in outcomes if each.kind is DayOutcomeKind.HELD} == {10}
    assert {each.step.key.day.month for each in outcomes if each.kind is DayOutcomeKind.UPDATED} == {11}


async def test_case_69_twice_is_once() -> None:
    made = await delivered()
    assert await made.run() == []
    assert leave_summary([], unchanged=made.plan().unchanged).nothing_changed


def test_case_70_two_integrations_share_no_key() -> None:
    other = LedgerKeys(lambda words: keyed(f"other|{words}"))
    assert other.day(key(MONDAY)) != KEYS.day(key(MONDAY))
    pieces = [key(MONDAY), key(TUESDAY), key(MONDAY, "802"), key(MONDAY, employee="e2"), key(MONDAY, child="c")]
    assert len({KEYS.day(piece) for piece in pieces}) == len(pieces)
    contents = {KEYS.content(KEYS.day(piece), piece.code, piece.child, Decimal("7.5")) for piece in pieces}
    assert len(contents) == len(pieces)
    assert KEYS.content("k", "801", "", Decimal("7.50")) == KEYS.content("k", "801", "", Decimal("7.5"))
    assert all(left != right for left, right in pairwise(KEYS.marker(KEYS.day(piece)) for piece in pieces))


async def test_the_report_is_by_person_and_says_from_what_to_what() -> None:
    made = await delivered()
    made.book.put("l", MONDAY, THURSDAY, percent="50")
    made.closed = ClosedDays(through=MONDAY)
    found = leave_summary(await made.run(), made.normal.findings)
    about = found.people["e1"]
    assert {kind.value: count for kind, count in about.days.items()} == {"deleted": 1, "updated": 3, "held": 1}
    assert (about.hours_before, about.hours_after) == (Decimal("37.50"), Decimal("18.75"))
    assert about.waiting == {CloseReason.BY_HAND.value: [MONDAY]}
    assert found.reasons == {CloseReason.BY_HAND.value: 1}
