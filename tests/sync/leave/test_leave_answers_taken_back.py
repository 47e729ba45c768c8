"""An answer can be taken back until it is carried out, and the question is as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.day_plan import ConflictKind
from bot.sync.leave.leave_answers import answer_id, restored, taken_back_id
from bot.sync.leave.ledger_entries import Decision, EntryMaker
from tests.support.leave_office import KEYS, LeaveOffice
from tests.sync.leave.test_leave_answers import (
    AGAIN,
    BY_HAND,
    END,
    KEEP,
    MONDAY,
    USE,
    another_row,
    closed,
    closed_after,
    edited,
    edited_and_withdrawn,
    opened,
    removed,
)
from tests.sync.leave.test_period_applier import Company


@pytest.mark.parametrize(
    ("happens", "decision"),
    [
        (edited, KEEP), (edited, USE), (edited_and_withdrawn, KEEP), (edited_and_withdrawn, USE), (removed, KEEP),
        (removed, AGAIN), (another_row, KEEP), (another_row, USE), (closed, BY_HAND), (closed_after, BY_HAND),
    ],
)  # fmt: skip
async def test_an_answer_that_is_taken_back_before_it_is_carried_out_leaves_the_question_as_it_was(
    happens: Callable[[LeaveOffice], object], decision: Decision
) -> None:
    made = LeaveOffice()
    made.book.put("l", MONDAY)
    await happens(made)  # type: ignore[misc]
    (outcome,) = await made.run()
    line = opened(made, outcome)
    await made.ledger.append([line.booked(decision, KEYS, EntryMaker(answer_id("run9")))])
    answered = opened(made, outcome)
    assert answered.given is decision
    assert answered.entry is not None
    await made.ledger.append([restored(answered.entry, line.entry, taken_back_id("run9"))])
    again = opened(made, outcome)
    assert again.given is None
    assert again.stands(KEYS, "run9")
    (asked,) = await made.run()
    assert (asked.kind, asked.reason) == (outcome.kind, outcome.reason)
    await made.ledger.append([again.booked(decision, KEYS, EntryMaker(answer_id("run9")))])
    assert opened(made, outcome).given is decision


async def test_what_a_sync_has_carried_out_is_no_answer_any_more() -> None:
    made = LeaveOffice()
    made.book.put("l", MONDAY)
    await edited(made)
    (outcome,) = await made.run()
    await made.ledger.append([opened(made, outcome).booked(USE, KEYS, EntryMaker(answer_id("run9")))])
    await made.run()
    assert opened(made, outcome).given is None


async def test_case_39_an_end_that_is_taken_back_in_time_is_not_written() -> None:
    made = Company()
    made.absences.put()
    await made.run()
    made.absences.book.remove("l")
    (outcome,) = await made.run()
    line = opened(made, outcome)
    await made.ledger.append([line.booked(END, KEYS, EntryMaker(answer_id("run9")))])
    answered = opened(made, outcome)
    assert answered.given is END
    assert answered.entry is not None
    await made.ledger.append([restored(answered.entry, line.entry, taken_back_id("run9"))])
    (asked,) = await made.run()
    assert (asked.kind, asked.reason) == (DayOutcomeKind.CONFLICT, ConflictKind.WITHDRAWAL)
    assert made.target.writes == 1
