"""A run that is about absence, from its plan to its outcomes, in the steps of any run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.connections import LeavePair
from bot.core.text import text
from bot.domain.leave import LeaveWindow
from bot.domain.leave_delivery import FileMode
from bot.domain.leave_settings import LeaveSettings
from bot.jobs.leave.leave_file_store import LeaveFileStore
from bot.jobs.leave.leave_outcomes import lines_of
from bot.jobs.leave.leave_steps import LeaveSteps
from bot.jobs.leave.ledger_journal import LedgerStore
from bot.jobs.policy import Policy
from bot.jobs.runs.guard_note import guard_note_of
from bot.jobs.runs.plan_run import header_of
from bot.jobs.runs.step_results import Batch, Ended, NextPhase, Proceed
from bot.notify.leave_report import has_made_files
from bot.providers.declaration import ResourceSpec
from bot.providers.errors import NotPermitted
from bot.sync.codec import outcome_from_json
from bot.sync.leave.day_applier import DayOutcomeKind
from bot.sync.leave.probes import ExtentScale
from storage import integrations, leave_settings, outcomes, people, runs, workspaces
from storage.database import Database
from storage.errors import ChoicesAltered
from storage.integrations import Integration
from storage.models import LeaveSettingsRow, table
from storage.people import PersonState
from storage.run_options import RunOptions
from storage.runs import NewRun, Run, RunKind, RunState, RunTrigger
from storage.vault import Vault
from tests.jobs.leave.test_apply_leave import SPEC, BookSource
from tests.jobs.leave.test_leave_file_store import SPEC as FILE_SPEC
from tests.jobs.leave.test_leave_file_store import FileMaker
from tests.storage.conftest import TEAM, new_integration
from tests.support.leave_office import YEAR, Kill, Killed, LeaveBook, ModelTarget, key

NOW = datetime(2026, 11, 10, 7, tzinfo=UTC)
MONDAY, FRIDAY = date(2026, 11, 2), date(2026, 11, 6)


class Open:
    """Connections that are open already."""

    def __init__(self, source: BookSource, target: Any, spec: ResourceSpec = SPEC) -> None:
        info = SimpleNamespace(spec=lambda _resource: spec, countries=("NO",))
        self.pair = LeavePair(source, target, SimpleNamespace(info=info))

    async def for_leave(self, _integration: Integration) -> LeavePair:
        return self.pair


class Monitor:
    async def gate(self) -> None:
        return

    async def assert_owned(self) -> None:
        return


@dataclass
class World:
    database: Database
    integration: Integration
    source: BookSource
    target: ModelTarget
    steps: LeaveSteps
    made: int = 0
    preview: str | None = None

    async def show(self) -> None:
        """A preview that is over: what it shows may be written by the sync that applies it, which is the next."""
        run = await self.start(RunKind.PREVIEW)
        await self.steps.plan(run, self.integration)
        async with self.database.session() as s:
            await runs.advance(s, run.id, RunState.REPORTING)
            await runs.advance(s, run.id, RunState.DONE)
        self.preview = run.id

    async def sync(self) -> Run:
        run = await self.start()
        assert await self.steps.plan(run, self.integration) == Proceed(NextPhase.APPLY)
        return run

    async def carry_out(self, run: Run) -> None:
        """The rest of a run, to its end."""
        await self.steps.batch(await self.fresh(run), self.integration)
        async with self.database.session() as s:
            for state in (RunState.PLANNING, RunState.APPLYING, RunState.REPORTING, RunState.DONE):
                await runs.advance(s, run.id, state)

    async def choose(self, **values: Any) -> None:
        async with self.database.session() as s:
            await leave_settings.put(s, self.integration.id, LeaveSettings(enabled=True, **values).to_json())

    async def start(self, kind: RunKind = RunKind.SYNC, **options: Any) -> Run:
        self.made += 1
        applied, self.preview = self.preview, None
        new = NewRun(
            id=f"absence:{self.made}", integration_id=self.integration.id, team_id=TEAM, kind=kind,
            trigger=RunTrigger.MANUAL, resource="absence", options=RunOptions(preview_run=applied, **options),
        )  # fmt: skip
        async with self.database.session() as s:
            await runs.create(s, new)
            return await runs.advance(s, new.id, RunState.READING)

    async def told(self, run: Run) -> list[outcomes.StoredOutcome]:
        async with self.database.reading() as s:
            return list(await outcomes.all(s, self.database.vault, run.id))

    async def fresh(self, run: Run) -> Run:
        async with self.database.reading() as s:
            found = await runs.get(s, run.id)
        assert found is not None
        return found


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    database = Database(f"sqlite:///{tmp_path / 'bot.sqlite3'}", Vault([Vault.generate_key()]))
    await database.migrate()
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)
        integration = await integrations.create(s, database.vault, new_integration(scope={"kind": "everyone"}))
        placed = [PersonState(source_id=f"e{at}", seen_at=NOW, target_id=f"p{at}") for at in (1, 2)]
        await people.upsert(s, integration.id, placed)
        await leave_settings.put(s, integration.id, LeaveSettings(enabled=True).to_json())
    source, target = BookSource(LeaveBook(window=YEAR)), ModelTarget()
    steps: Any = LeaveSteps(
        database=database, connections=Open(source, target), monitor=Monitor(), clock=lambda: NOW, policy=Policy(),  # type: ignore[arg-type]
    )  # fmt: skip
    yield World(database, integration, source, target, steps)
    await database.close()


async def test_a_sync_writes_what_was_planned_and_says_so_by_person(world: World) -> None:
    for at in (1, 3):
        world.source.book.put(f"l{at}", MONDAY, FRIDAY, employee=f"e{at}")
    await world.show()
    run = await world.sync()
    assert await world.steps.batch(run, world.integration) == Batch(2, over=True)
    placed, waiting = await world.told(run)
    assert (placed.source_id, placed.kind, len(lines_of(placed.detail))) == ("e1", "updated", 5)
    assert (waiting.source_id, waiting.kind, waiting.findings) == ("e3", "blocked", ("leave.not_placed",))
    assert outcome_from_json(placed.detail).person.source_id == "e1"
    assert len(world.target.rows) == 5
    assert await header_of(world.database, run.id) is None


async def test_a_preview_foresees_and_writes_nothing(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    run = await world.start(RunKind.PREVIEW)
    assert await world.steps.plan(run, world.integration) == Proceed(NextPhase.REPORT)
    (person,) = await world.told(run)
    assert {line.kind for line in lines_of(person.detail)} == {DayOutcomeKind.CREATED}
    assert not world.target.rows
    assert (await world.fresh(run)).counts == {"updated": 1}


async def test_a_preview_promises_nothing_that_the_target_would_refuse(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hidden() -> None:
        raise NotPermitted("hours are hidden", text=text("leave.unsupported"))

    monkeypatch.setattr(world.target, "leave_preflight", hidden)
    world.source.book.put("l1", MONDAY, FRIDAY)
    run = await world.start(RunKind.PREVIEW)
    with pytest.raises(NotPermitted):
        await world.steps.plan(run, world.integration)
    assert await world.told(run) == []


async def test_case_59_days_of_who_left_the_scope_are_told_as_released(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    await world.steps.batch(await world.sync(), world.integration)
    run = await world.start(RunKind.PREVIEW)
    await world.steps.plan(run, replace(world.integration, scope={"kind": "people", "ids": ["e2"]}))
    (person,) = await world.told(run)
    assert {(line.kind, line.reason) for line in lines_of(person.detail)} == {(DayOutcomeKind.NOTED, "released")}
    assert len(world.target.rows) == 5


async def test_what_came_after_the_plan_waits_for_the_next_run(world: World) -> None:
    world.source.book.put("l1", MONDAY, date(2026, 11, 3))
    await world.show()
    run = await world.sync()
    world.source.book.put("l1", MONDAY, date(2026, 11, 4))
    await world.steps.batch(run, world.integration)
    assert set(world.target.rows) == {key(MONDAY), key(date(2026, 11, 3))}


async def test_a_plan_that_is_out_of_proportion_waits_for_a_person(world: World) -> None:
    for at in (1, 2):
        world.source.book.put(f"l{at}", MONDAY, date(2026, 11, 27), employee=f"e{at}")
    await world.show()
    await world.carry_out(await world.sync())
    for at in (1, 2):
        world.source.book.remove(f"l{at}")
    run = await world.start()
    assert await world.steps.plan(run, world.integration) == Proceed(NextPhase.ASK)
    found = await world.fresh(run)
    assert found.state is RunState.WAITING_APPROVAL
    assert guard_note_of(found).reasons[0].code == "leave_deletes"
    assert guard_note_of(found).reasons[0].text.key == "guard.leave_deletes"
    assert len(world.target.rows) == 40


async def test_a_batch_that_is_cut_off_is_gone_on_with(world: World) -> None:
    for at in (1, 2):
        world.source.book.put(f"l{at}", MONDAY, FRIDAY, employee=f"e{at}")
    await world.show()
    run = await world.sync()
    world.target.kill = Kill(20)
    with pytest.raises(Killed):
        await world.steps.batch(run, world.integration)
    assert [row.source_id for row in await world.told(run)] == ["e1"]
    world.target.kill = Kill()
    await world.steps.batch(run, world.integration)
    assert [row.source_id for row in await world.told(run)] == ["e1", "e2"]
    assert world.target.writes == {"create": 10}


async def test_what_cannot_be_trusted_ends_the_run_with_what_to_do(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    async with world.database.session() as s:
        await leave_settings.record_read(s, world.integration.id, extent=ExtentScale.FRACTION.value, rows_read=1)
    result = await world.steps.plan(await world.start(), world.integration)
    assert isinstance(result, Ended)
    assert result.ending.text is not None
    assert result.ending.text.key == "leave.extent_contradiction"


async def test_the_first_sync_asks_about_what_no_preview_has_shown(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    world.source.book.put("l1", MONDAY, date(2026, 11, 9))
    run = await world.start()
    assert await world.steps.plan(run, world.integration) == Proceed(NextPhase.ASK)
    (reason,) = guard_note_of(await world.fresh(run)).reasons
    assert (reason.code, reason.count, reason.of) == ("leave_unshown", 1, 6)


async def test_what_has_synced_as_it_is_goes_on_under_the_guard_alone_until_the_choices_change(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    await world.carry_out(await world.sync())
    world.source.book.put("l1", MONDAY, date(2026, 11, 9))
    await world.carry_out(await world.sync())
    assert len(world.target.rows) == 6
    await world.choose(confirmed_only=False)
    world.source.book.put("l1", MONDAY, date(2026, 11, 10))
    run = await world.start()
    assert await world.steps.plan(run, world.integration) == Proceed(NextPhase.ASK)
    assert [reason.code for reason in guard_note_of(await world.fresh(run)).reasons] == ["leave_unshown"]


async def test_a_preview_of_other_choices_has_shown_nothing(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    await world.choose(confirmed_only=False)
    run = await world.start()
    assert await world.steps.plan(run, world.integration) == Proceed(NextPhase.ASK)
    assert not world.target.rows


async def test_less_than_was_shown_is_written_unasked(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    world.source.book.put("l1", MONDAY, date(2026, 11, 4))
    await world.carry_out(await world.sync())
    assert len(world.target.rows) == 3


async def test_a_sync_that_applies_no_preview_asks_although_one_has_shown_the_same(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    world.preview = None
    assert await world.steps.plan(await world.start(), world.integration) == Proceed(NextPhase.ASK)


async def test_a_rerun_of_some_people_does_not_settle_the_choices(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    run = await world.start(only=frozenset({"e1"}))
    assert await world.steps.plan(run, world.integration) == Proceed(NextPhase.APPLY)
    await world.carry_out(run)
    world.source.book.put("l1", MONDAY, date(2026, 11, 9))
    assert await world.steps.plan(await world.start(), world.integration) == Proceed(NextPhase.ASK)


async def test_a_sync_that_begins_too_late_asks_first(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    run = await world.start(late_hours=30, late_limit=12)
    assert await world.steps.plan(run, world.integration) == Proceed(NextPhase.ASK)
    (reason,) = guard_note_of(await world.fresh(run)).reasons
    assert (reason.code, reason.count, reason.of) == ("late", 30, 12)


async def test_absence_that_was_switched_off_meanwhile_sends_nothing(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    async with world.database.session() as s:
        await leave_settings.put(s, world.integration.id, LeaveSettings().to_json())
    result = await world.steps.plan(await world.start(), world.integration)
    assert isinstance(result, Ended)
    assert result.ending.text is not None
    assert result.ending.text.key == "absence.off"


async def test_where_files_are_taken_a_leave_made_anew_is_noted_and_a_run_is_told_by_its_days(world: World) -> None:
    made = FileMaker()
    world.steps = replace(world.steps, connections=Open(world.source, made, FILE_SPEC))  # type: ignore[arg-type]
    files = LeaveFileStore(database=world.database, integration_id=world.integration.id)
    world.source.book.put("l", MONDAY)
    await world.show()
    run = await world.sync()
    await world.steps.batch(run, world.integration)
    assert [(request.mode, len(request.rows)) for request in made.made] == [(FileMode.WHOLE, 1)]
    assert await files.imported("2026-11", "U1")
    async with world.database.session() as s:
        await runs.advance(s, run.id, RunState.REPORTING)
        await runs.advance(s, run.id, RunState.DONE)
    # The same day of another leave: nothing is to be written, but from now on it is that one which counts.
    world.source.book.remove("l")
    world.source.book.put("m", MONDAY)
    await world.steps.batch(await world.sync(), world.integration)
    (entry,) = await LedgerStore(world.database, world.integration.id).days(LeaveWindow(MONDAY, MONDAY))
    assert (entry.contributors, entry.detail().hours) == (("m",), Decimal("7.50"))
    assert len(made.made) == 1


async def test_a_file_of_a_period_has_everybody_though_a_run_is_for_some(world: World) -> None:
    made = FileMaker(open=False)
    world.steps = replace(world.steps, connections=Open(world.source, made, FILE_SPEC))  # type: ignore[arg-type]
    for at in (1, 2):
        world.source.book.put(f"l{at}", MONDAY, employee=f"e{at}")
    await world.show()
    run = await world.sync()
    await world.carry_out(run)
    assert await has_made_files(world.database, run)
    world.source.book.put("more", FRIDAY)
    await world.show()
    some = await world.start(only=frozenset({"e1"}))
    await world.steps.plan(some, world.integration)
    await world.steps.batch(some, world.integration)
    assert [len(request.rows) for request in made.made] == [2, 3]
    # Only the latest file waits, and the run that made it is never quiet.
    assert await has_made_files(world.database, some)
    assert not await has_made_files(world.database, run)
    assert not await has_made_files(world.database, replace(some, resource="employees"))


async def test_by_codes_that_nobody_chose_nothing_is_planned_or_written(world: World) -> None:
    world.source.book.put("l1", MONDAY, FRIDAY)
    await world.show()
    run = await world.sync()
    rows = table(LeaveSettingsRow)
    async with world.database.session() as s:
        there = await s.scalar(sa.select(rows.c.settings))
        await s.execute(sa.update(rows).values(settings={**(there or {}), "routes": {}, "horizon_months": 1}))
    with pytest.raises(ChoicesAltered):
        await world.steps.batch(await world.fresh(run), world.integration)
    with pytest.raises(ChoicesAltered):
        await world.steps.plan(await world.start(), world.integration)
    assert not world.target.rows
    async with world.database.session() as s:
        await integrations.put_back(s, world.integration.id)
    await world.show()
    await world.carry_out(await world.sync())
    assert len(world.target.rows) == 5
