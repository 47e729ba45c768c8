"""What is found about leave reaches the person's outcome, or the remarks on the run; nothing of it is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.domain.findings import Finding, Severity
from bot.domain.leave import LeaveFinding
from bot.jobs.leave.leave_outcomes import lines_of
from bot.jobs.runs.remarks import remarks_of
from bot.sync.leave.leave_line import told_of
from storage.runs import RunKind
from tests.jobs.leave.test_leave_file_store import SPEC as FILE_SPEC
from tests.jobs.leave.test_leave_file_store import FileMaker
from tests.jobs.leave.test_leave_steps import FRIDAY, MONDAY, Open, World
from tests.jobs.leave.test_leave_steps import world as world
from tests.support.leave_office import OTHER, SICK, VACATION, LeaveFault


async def test_what_the_looks_and_the_read_find_of_the_run_is_told_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def looked() -> list[Finding]:
        return [Finding("tripletex_absence_hidden", Severity.WARNING, "employment", {"path": "/weeks"})]

    monkeypatch.setattr(world.target, "leave_preflight", looked)
    world.source.book.put("l1", MONDAY, FRIDAY)
    world.source.book.put("l2", MONDAY, employee="e2", type_id=OTHER)
    run = await world.start(RunKind.PREVIEW)
    await world.steps.plan(run, world.integration)
    remarks = remarks_of(await world.fresh(run))
    assert [remark.text.key for remark in remarks] == ["check.tripletex_absence_hidden", "leave.unmapped"]
    assert remarks[1].text.values == {"people": 1}
    sick, other = await world.told(run)
    assert [line.types for line in lines_of(sick.detail)] == [(SICK,)] * 5
    (found,) = told_of(other.detail)
    assert (found.code, found.types, found.first, found.days) == ("no_code", (OTHER,), MONDAY, 1)
    assert OTHER not in repr(other)


async def test_case_23_a_day_that_an_earlier_run_left_half_done_is_told_as_such(world: World) -> None:
    world.source.book.put("l1", MONDAY)
    await world.show()
    await world.carry_out(await world.sync())
    world.source.book.put("l1", MONDAY, type_id=VACATION)
    await world.show()
    world.target.faults = [LeaveFault.NONE, LeaveFault.REFUSED]
    await world.carry_out(await world.sync())
    run = await world.start(RunKind.PREVIEW)
    await world.steps.plan(run, world.integration)
    (person,) = await world.told(run)
    assert [(line.code, line.reason) for line in lines_of(person.detail)] == [("802", "half_done")]


async def test_case_64_what_says_why_somebody_is_away_stands_sealed_alone(world: World) -> None:
    world.source.book.put("l1", MONDAY, date(2026, 11, 20))
    run = await world.start(RunKind.PREVIEW)
    await world.steps.plan(run, world.integration)
    (sick,) = await world.told(run)
    assert [found.code for found in told_of(sick.detail)] == ["sick_day_17"]
    assert sick.findings == ()


async def test_case_34_what_a_file_cannot_say_is_told_with_its_run(world: World) -> None:
    made = FileMaker(findings=(LeaveFinding(code="child_number", severity=Severity.WARNING),))
    world.steps = replace(world.steps, connections=Open(world.source, made, FILE_SPEC))  # type: ignore[arg-type]
    world.source.book.put("l", MONDAY)
    await world.show()
    run = await world.sync()
    for _ in range(2):
        await world.steps.batch(run, world.integration)
    assert [remark.text.key for remark in remarks_of(await world.fresh(run))] == ["leave.child_number"]
