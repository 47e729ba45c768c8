"""Changes on closed days where the target takes them: asked about, sent once approved, and settled; never dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.leave_delivery import CloseReason
from bot.jobs.leave.leave_outcomes import lines_of
from bot.jobs.runs.guard_note import guard_note_of
from bot.jobs.runs.remarks import remarks_of
from bot.jobs.runs.step_results import NextPhase, Proceed
from bot.providers.declaration import LateChange, LeaveLimits
from bot.sync.leave.day_applier import DayOutcomeKind
from storage import runs
from storage.runs import Run, RunTrigger
from tests.jobs.leave.test_apply_leave import SPEC
from tests.jobs.leave.test_leave_steps import FRIDAY, MONDAY, NOW, Open, World
from tests.jobs.leave.test_leave_steps import world as world
from tests.support.leave_office import LeaveFault, key

TRIES = replace(SPEC, leave=LeaveLimits(late_change=LateChange.TRY))
TUESDAY = date(2026, 11, 3)


async def late(world: World, *, tries: bool = True) -> None:
    """Five days were sent; payroll is done with two of them; then all five change."""
    world.steps = replace(world.steps, connections=Open(world.source, world.target, TRIES if tries else SPEC))  # type: ignore[arg-type]
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    await world.carry_out(await world.sync())
    await world.choose(closed_through=TUESDAY)
    await world.show()
    await world.carry_out(await world.sync())
    world.source.book.put("l1", MONDAY, FRIDAY, percent="50")


async def approved(world: World, run: Run) -> Run:
    async with world.database.session() as s:
        assert await runs.approve(s, run.id, "U1", NOW)
    return await world.fresh(run)


async def told(world: World, run: Run) -> dict[date, tuple[DayOutcomeKind, str | None]]:
    return {line.first: (line.kind, line.reason) for row in await world.told(run) for line in lines_of(row.detail)}


async def test_case_66_late_changes_are_sent_and_settled_once_a_person_has_approved(world: World) -> None:
    await late(world)
    run = await world.start()
    assert await world.steps.plan(run, world.integration) == Proceed(NextPhase.ASK)
    reasons = {reason.code: (reason.count, reason.of) for reason in guard_note_of(await world.fresh(run)).reasons}
    assert reasons["leave_late"] == (2, 5)
    await world.steps.batch(await approved(world, run), world.integration)
    assert set(world.target.hours().values()) == {Decimal("3.75")}
    assert {kind for kind, _ in (await told(world, run)).values()} == {DayOutcomeKind.UPDATED}
    again = await world.start()
    await world.steps.plan(again, world.integration)
    assert "leave_late" not in [reason.code for reason in guard_note_of(await world.fresh(again)).reasons]


@pytest.mark.parametrize("fault", [LeaveFault.CLOSED, LeaveFault.REFUSED])
async def test_what_the_target_refuses_of_a_closed_day_is_held_and_told(world: World, fault: LeaveFault) -> None:
    await late(world)
    run = await world.start()
    await world.steps.plan(run, world.integration)
    world.target.faults = [fault]
    await world.steps.batch(await approved(world, run), world.integration)
    found = await told(world, run)
    assert found[MONDAY][0] is DayOutcomeKind.HELD
    assert found[MONDAY][1] in set(CloseReason)
    assert world.target.hours()[key(MONDAY)] == Decimal("7.50")
    assert world.target.hours()[key(TUESDAY)] == Decimal("3.75")


async def test_a_sync_by_schedule_sends_the_rest_and_says_that_these_wait(world: World) -> None:
    await late(world)
    run = replace(await world.start(), trigger=RunTrigger.SCHEDULE)
    assert await world.steps.plan(run, world.integration) == Proceed(NextPhase.APPLY)
    await world.steps.batch(run, world.integration)
    found = await told(world, run)
    assert [found[day][0] for day in (MONDAY, TUESDAY)] == [DayOutcomeKind.HELD] * 2
    assert {world.target.hours()[key(day)] for day in (MONDAY, TUESDAY)} == {Decimal("7.50")}
    assert world.target.hours()[key(FRIDAY)] == Decimal("3.75")
    assert [remark.text.key for remark in remarks_of(await world.fresh(run))] == ["leave.late_tried"]


async def test_case_28_where_a_target_holds_late_changes_no_approval_sends_them(world: World) -> None:
    await late(world, tries=False)
    run = await world.start(late_hours=30, late_limit=12)
    await world.steps.plan(run, world.integration)
    await world.steps.batch(await approved(world, run), world.integration)
    assert {world.target.hours()[key(day)] for day in (MONDAY, TUESDAY)} == {Decimal("7.50")}


async def test_a_day_that_was_closed_after_the_plan_is_held_and_told(world: World) -> None:
    await late(world)
    run = await world.start()
    await world.steps.plan(run, world.integration)
    world.source.book.put("l2", date(2026, 11, 9))
    await world.choose(closed_through=date(2026, 11, 9))
    await world.steps.batch(await approved(world, run), world.integration)
    found = await told(world, run)
    # They were agreed to while they were open: only what was shown as late is sent late.
    assert found[FRIDAY] == (DayOutcomeKind.HELD, CloseReason.BY_HAND.value)
    assert {found[day][0] for day in (MONDAY, TUESDAY)} == {DayOutcomeKind.UPDATED}
    assert world.target.hours()[key(FRIDAY)] == Decimal("7.50")
    assert found[date(2026, 11, 9)] == (DayOutcomeKind.HELD, CloseReason.BY_HAND.value)
