"""Between a plan of leave and what is done of it: what still holds is not read again, and what does not is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from bot.domain.leave_delivery import FileMode
from bot.jobs.leave.fresh_plan import FRESH, FreshPlan
from bot.jobs.leave.leave_file_store import LeaveFileStore
from bot.jobs.leave.leave_outcomes import lines_of
from bot.jobs.runs.step_results import NextPhase, Proceed
from bot.sync.leave.day_applier import DayOutcomeKind
from storage import runs
from tests.jobs.leave.test_leave_file_store import SPEC as FILE_SPEC
from tests.jobs.leave.test_leave_file_store import FileMaker
from tests.jobs.leave.test_leave_steps import FRIDAY, MONDAY, NOW, Open, World
from tests.jobs.leave.test_leave_steps import world as world


async def test_what_nobody_is_asked_about_is_read_once(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    before = world.source.read
    await world.carry_out(await world.sync())
    assert (world.source.read - before, len(world.target.rows)) == (1, 5)


async def test_a_period_that_is_closed_after_the_plan_was_made_is_left_alone(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    run = await world.sync()
    await world.choose(closed_through=FRIDAY)
    await world.steps.batch(run, world.integration)
    assert not world.target.rows
    (person,) = await world.told(run)
    assert {line.kind for line in lines_of(person.detail)} == {DayOutcomeKind.HELD}


async def test_an_old_plan_is_made_anew_and_so_is_one_of_another_process(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    run = await world.sync()
    world.source.book.put("l1", MONDAY, date(2026, 11, 4))
    later = NOW + FRESH + timedelta(seconds=1)
    world.steps = replace(world.steps, clock=lambda: later)
    await world.steps.batch(run, world.integration)
    assert len(world.target.rows) == 3
    run = await world.start()
    world.source.book.put("l1", MONDAY, date(2026, 11, 5))
    await world.steps.plan(run, world.integration)
    world.source.book.put("l1", MONDAY, date(2026, 11, 4))
    world.steps = replace(world.steps, fresh=FreshPlan())
    await world.steps.batch(await world.fresh(run), world.integration)
    assert len(world.target.rows) == 3


async def test_a_period_that_is_imported_while_its_next_file_waits_for_approval_is_not_sent_whole_again(
    world: World,
) -> None:
    made = FileMaker(open=False)
    world.steps = replace(world.steps, connections=Open(world.source, made, FILE_SPEC))  # type: ignore[arg-type]
    files = LeaveFileStore(database=world.database, integration_id=world.integration.id)
    world.source.book.put("l", MONDAY)
    await world.show()
    await world.carry_out(await world.sync())
    world.source.book.put("m", FRIDAY)
    await world.choose(confirmed_only=False)
    run = await world.start()
    assert await world.steps.plan(run, world.integration) == Proceed(NextPhase.ASK)
    assert await files.imported("2026-11", "U1")
    async with world.database.session() as s:
        assert await runs.approve(s, run.id, "U1", NOW)
    await world.steps.batch(await world.fresh(run), world.integration)
    # The first file has Monday, which is in payroll; what was approved besides is a correction, never the whole period.
    assert [(request.mode, [row.key.day for row in request.rows]) for request in made.made] == [
        (FileMode.WHOLE, [MONDAY]),
        (FileMode.DIFFERENCE, [FRIDAY]),
    ]
    assert [(row.source_id, [line.first for line in lines_of(row.detail)]) for row in await world.told(run)] == [
        ("e1", [FRIDAY])
    ]
