"""An approval that meets an old plan: made again, compared, and asked about unless it is the same."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.clock import SetClock
from bot.domain.scope import Scope, ScopeKind
from bot.jobs.runs.replan import again_id, plan_diff_of
from bot.jobs.runs.service import RunNotPossible, RunRequest
from bot.jobs.runs.shown_plan import UNSHOWN
from bot.jobs.service import Jobs
from bot.sync.codec import difference_from_json
from bot.sync.plan.guard import Thresholds
from bot.sync.plan.plan_diff import DiffKind
from sandbox.companies.generator import Generator
from storage import audit, choice_seal, integrations, outcomes, plan_differences, runs
from storage.integrations import Integration
from storage.runs import Run, RunKind, RunState, RunTrigger
from tests.jobs.runs.test_service import STRICT, plan_is_there, reached
from tests.support.replica import POLICY
from tests.support.replica_world import World, until

THIRTEEN_HOURS = {"hours": 13}


@asynccontextmanager
async def asking(world: World) -> AsyncIterator[tuple[Jobs, SetClock, Integration, Run]]:
    """A run that waits for approval, and what is needed to go on with it."""
    world.crowd(10)
    integration = await world.connect(thresholds=STRICT)
    clock = SetClock(datetime.now(UTC))
    async with world.working(clock) as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        await until(_told(world, "needs_approval", 1))
        yield jobs, clock, integration, await reached(world, run.id, RunState.WAITING_APPROVAL)


async def kept(world: World, run_id: str) -> dict[DiffKind, int]:
    async with world.database.reading() as s:
        found = await plan_differences.following(s, world.database.vault, run_id)
    return dict(Counter(DiffKind(one.kind) for one in found))


async def test_the_same_plan_goes_on_and_says_so(anywhere: World) -> None:
    async with asking(anywhere) as (jobs, clock, _, run):
        clock.forward(**THIRTEEN_HOURS)
        newer = await jobs.runs.approve(run.id, "U2")
        assert (newer.trigger, newer.requested_by) == (RunTrigger.APPROVAL, "U1")
        assert (await jobs.runs.approve(run.id, "U2")).id == newer.id != run.id
        assert (await anywhere.ended(newer.id)).counts == {"created": 12}
        assert (await anywhere.ended(run.id)).state is RunState.CANCELLED
        again = plan_diff_of(await anywhere.run(newer.id))
        assert again is not None
        assert (again.approved_by, again.people) == ("U2", 0)
        assert anywhere.tellings.of("needs_approval") == [[run.id]]
    assert not await plan_is_there(anywhere, run.id)
    assert await kept(anywhere, newer.id) == {}


async def test_whatever_differs_is_shown_and_asked_for_again(anywhere: World) -> None:
    async with asking(anywhere) as (jobs, clock, _, run):
        clock.forward(**THIRTEEN_HOURS)
        first, second = (anywhere.people[place]["number"] for place in (2, 5))
        anywhere.simployer.admin.change(first, lastName="Ny")
        anywhere.simployer.admin.remove(second)
        anywhere.simployer.admin.hire(Generator(13).person(12))
        newer = await jobs.runs.approve(run.id, "U2")
        waiting = await reached(anywhere, newer.id, RunState.WAITING_APPROVAL)
        assert waiting.approved_by is None
        assert [reason["code"] for reason in (waiting.guard or {})["reasons"]] == ["creates"]
        again = plan_diff_of(waiting)
        assert again is not None
        assert again.turns == {DiffKind.CAME_IN: 1, DiffKind.DROPPED_OUT: 1, DiffKind.DIFFERS: 1}
        assert (await anywhere.ended(run.id)).state is RunState.CANCELLED
        assert not await plan_is_there(anywhere, run.id)
        assert anywhere.tripletex.requests.writes() == []

        async with anywhere.database.reading() as s:
            shown = await plan_differences.following(s, anywhere.database.vault, newer.id)
        found = {one.person.number: one for one in (difference_from_json(each.difference) for each in shown)}
        assert {number: one.turn for number, one in found.items()} == {
            first: DiffKind.DIFFERS,
            second: DiffKind.DROPPED_OUT,
            Generator(13).person(12)["number"]: DiffKind.CAME_IN,
        }
        (pair,) = found[first].fields
        assert pair.now is not None
        assert (pair.field.field, pair.now.new) == ("last_name", "Ny")

        await until(_told(anywhere, "needs_approval", 2))
        assert (await jobs.runs.approve(newer.id, "U2")).id == newer.id
        assert (await anywhere.ended(newer.id)).counts == {"created": 12}
        assert not await plan_is_there(anywhere, newer.id)
        assert await kept(anywhere, newer.id) == {}
    assert anywhere.numbers()[second] == 0


async def test_less_is_asked_for_as_well(on_sqlite: World) -> None:
    async with asking(on_sqlite) as (jobs, clock, _, run):
        clock.forward(**THIRTEEN_HOURS)
        on_sqlite.simployer.admin.remove(on_sqlite.people[5]["number"])
        newer = await jobs.runs.approve(run.id, "U2")
        again = plan_diff_of(await reached(on_sqlite, newer.id, RunState.WAITING_APPROVAL))
        assert again is not None
        assert again.turns == {DiffKind.CAME_IN: 0, DiffKind.DROPPED_OUT: 1, DiffKind.DIFFERS: 0}


async def test_a_plan_made_again_can_grow_old_again(on_sqlite: World) -> None:
    async with asking(on_sqlite) as (jobs, clock, _, run):
        clock.forward(**THIRTEEN_HOURS)
        on_sqlite.simployer.admin.remove(on_sqlite.people[5]["number"])
        second = await jobs.runs.approve(run.id, "U2")
        await reached(on_sqlite, second.id, RunState.WAITING_APPROVAL)
        clock.forward(**THIRTEEN_HOURS)
        third = await jobs.runs.approve(second.id, "U3")
        ended = await on_sqlite.ended(third.id)
        assert ended.counts == {"created": 11}
        assert (await on_sqlite.ended(second.id)).state is RunState.CANCELLED
        again = plan_diff_of(ended)
        assert again is not None
        assert (again.approved_by, again.people) == ("U3", 0)


async def test_who_is_left_out_while_a_run_waits_is_not_written_by_its_approval(on_sqlite: World) -> None:
    async with asking(on_sqlite) as (jobs, _, integration, run):
        kept_in, *left_out = [person["id"] for person in on_sqlite.simployer.store.rows["employee"].values()]
        async with on_sqlite.database.session() as s:
            now = await integrations.get(s, integration.id)
            assert now is not None
            narrow = Scope(ScopeKind.PEOPLE, frozenset({kept_in})).to_json()
            await integrations.update(s, integration.id, now.version, scope=narrow)
        newer = await jobs.runs.approve(run.id, "U2")
        assert newer.id != run.id
        again = plan_diff_of(await reached(on_sqlite, newer.id, RunState.WAITING_APPROVAL))
        assert again is not None
        assert again.turns[DiffKind.DROPPED_OUT] == len(left_out)
        assert (await on_sqlite.ended(run.id)).state is RunState.CANCELLED
    assert on_sqlite.tripletex.requests.writes() == []


async def test_a_plan_that_writes_nothing_any_more_needs_nobody(on_sqlite: World) -> None:
    async with asking(on_sqlite) as (jobs, clock, _, run):
        clock.forward(**THIRTEEN_HOURS)
        on_sqlite.simployer.store.hidden["employee"] = {"firstName"}
        newer = await jobs.runs.approve(run.id, "U2")
        ended = await on_sqlite.ended(newer.id)
        assert ended.state is RunState.DONE
        assert ended.counts == {"blocked": 12}
        again = plan_diff_of(ended)
        assert again is not None
        assert again.turns[DiffKind.DROPPED_OUT] == 12


async def test_who_asked_for_the_first_may_not_approve_the_second_alone(on_sqlite: World) -> None:
    async with asking(on_sqlite) as (jobs, clock, integration, run):
        async with on_sqlite.database.session() as s:
            await integrations.update(s, integration.id, integration.version, attention={"four_eyes": True})
        clock.forward(**THIRTEEN_HOURS)
        on_sqlite.simployer.admin.remove(on_sqlite.people[5]["number"])
        newer = await jobs.runs.approve(run.id, "U2")
        await reached(on_sqlite, newer.id, RunState.WAITING_APPROVAL)
        with pytest.raises(RunNotPossible, match="four eyes"):
            await jobs.runs.approve(newer.id, "U1")
        async with on_sqlite.database.reading() as s:
            tried = (await audit.page(s, integration.team_id))[0]
        assert (tried.actor_id, tried.action, tried.new) == ("U1", "run.approve_refused", {"run": newer.id})
        assert (await jobs.runs.approve(newer.id, "U2")).id == newer.id
        await on_sqlite.ended(newer.id)


async def test_cancelling_the_one_cancels_the_other(on_sqlite: World) -> None:
    async with asking(on_sqlite) as (jobs, clock, _, run):
        clock.forward(**THIRTEEN_HOURS)
        held = on_sqlite.simployer.faults.slow(path="/employee$")
        newer = await jobs.runs.approve(run.id, "U2")
        await held.arrived.wait()
        await jobs.runs.cancel(run.id, "U3")
        held.release()
        assert (await on_sqlite.ended(newer.id)).state is RunState.CANCELLED
        assert (await on_sqlite.ended(run.id)).state is RunState.CANCELLED
    assert on_sqlite.tripletex.requests.writes() == []


async def test_a_plan_that_cannot_be_made_again_leaves_nothing_waiting(on_sqlite: World) -> None:
    async with asking(on_sqlite) as (jobs, clock, _, run):
        clock.forward(**THIRTEEN_HOURS)
        on_sqlite.tripletex.faults.status(503, times=None)
        newer = await jobs.runs.approve(run.id, "U2")
        assert (await on_sqlite.ended(newer.id)).state is RunState.FAILED
        assert (await on_sqlite.ended(run.id)).state is RunState.CANCELLED
    assert not await plan_is_there(on_sqlite, run.id)


async def test_a_fresh_plan_does_not_overwrite_what_has_moved_meanwhile(on_sqlite: World) -> None:
    """Approved in time, but the source has changed since: that person is left, and said so."""
    integration = await on_sqlite.connect()
    numbers = [person["number"] for person in on_sqlite.people]
    async with on_sqlite.working() as jobs:
        await on_sqlite.ended((await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))).id)
        for number in numbers:
            on_sqlite.simployer.admin.change(number, lastName="Planlagt")
        async with on_sqlite.database.session() as s:
            now = await integrations.get(s, integration.id)
            assert now is not None
            limits = Thresholds(updates_share=0, updates_people=1).to_json()
            await integrations.update(s, integration.id, now.version, thresholds=limits)
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-2"))
        await reached(on_sqlite, run.id, RunState.WAITING_APPROVAL)
        on_sqlite.simployer.admin.change(numbers[0], lastName="Senere")
        await jobs.runs.approve(run.id, "U2")
        assert (await on_sqlite.ended(run.id)).counts == {"updated": 11, "failed": 1}
        async with on_sqlite.database.reading() as s:
            (left,) = await outcomes.page(s, on_sqlite.database.vault, run.id, ["failed"])
    assert (left.person_number, left.detail["reason"]["$text"]) == (numbers[0], "apply.source_changed")
    held = {row["employeeNumber"]: row["lastName"] for row in on_sqlite.books.rows["Employee"].values()}
    assert held[numbers[0]] == on_sqlite.people[0]["last_name"]
    assert held[numbers[1]] == "Planlagt"


def _told(world: World, kind: str, times: int):  # type: ignore[no-untyped-def]
    async def told() -> bool:
        return len(world.tellings.of(kind)) == times

    return told


async def changes_scope(world: World, integration: Integration, kept_in: str, when: str) -> None:
    """Have somebody narrow the scope at the very moment at which a statement about a run is carried out."""
    narrow, basis = Scope(ScopeKind.PEOPLE, frozenset({kept_in})).to_json(), integration.basis + 1
    async with world.database.session() as s:
        now = await integrations.get(s, integration.id)
        assert now is not None
        # Through the bot: with the seal of what is chosen now.
        chosen = choice_seal.values_of(now) | {"scope": narrow, "basis": basis}
        seal = choice_seal.sealed(world.database.vault, now.team_id, now.id, chosen)
        changed = f"UPDATE integrations SET scope = '{json.dumps(narrow)}', basis = {basis}, choices = x'{seal.hex()}'"
        # The driver, and not the text of a statement: a colon of the JSON is no parameter.
        connection = await s.connection()
        await connection.exec_driver_sql(
            f"CREATE TRIGGER meanwhile {when} BEGIN {changed} WHERE id = '{integration.id}'; END"
        )


async def test_what_changes_between_an_approval_and_the_first_write_is_shown_and_asked_for_again(
    on_sqlite: World,
) -> None:
    async with asking(on_sqlite) as (jobs, _, integration, run):
        kept_in, *left_out = [person["id"] for person in on_sqlite.simployer.store.rows["employee"].values()]
        await changes_scope(on_sqlite, integration, kept_in, "AFTER UPDATE OF approved_by ON runs")
        approved = await jobs.runs.approve(run.id, "U2")
        assert approved.id == run.id
        again = again_id(approved)

        async def waits() -> bool:
            async with on_sqlite.database.reading() as s:
                newer = await runs.get(s, again)
            return newer is not None and newer.state is RunState.WAITING_APPROVAL

        await until(waits)
        found = plan_diff_of(await on_sqlite.run(again))
        assert found is not None
        assert (found.approved_by, found.turns[DiffKind.DROPPED_OUT]) == ("U2", len(left_out))
        assert (await on_sqlite.ended(run.id)).state is RunState.CANCELLED
        assert on_sqlite.tripletex.requests.writes() == []
        assert (await jobs.runs.approve(again, "U2")).id == again
        assert (await on_sqlite.ended(again)).counts == {"created": 1}


async def test_what_changes_between_a_plan_and_its_first_write_is_planned_anew_and_asked_for(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    kept_in, *_ = [person["id"] for person in on_sqlite.simployer.store.rows["employee"].values()]
    planned = f"AFTER UPDATE OF basis ON runs WHEN NEW.basis = {integration.basis}"
    await changes_scope(on_sqlite, integration, kept_in, planned)
    async with on_sqlite.working() as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        waiting = await reached(on_sqlite, run.id, RunState.WAITING_APPROVAL)
        assert [reason["code"] for reason in (waiting.guard or {})["reasons"]] == [UNSHOWN]
        assert on_sqlite.tripletex.requests.writes() == []
        await jobs.runs.approve(run.id, "U2")
        assert (await on_sqlite.ended(run.id)).counts == {"created": 1}


async def test_what_changes_while_a_run_writes_stops_it_and_is_told(on_sqlite: World) -> None:
    integration = await on_sqlite.connect()
    kept_in, *_ = [person["id"] for person in on_sqlite.simployer.store.rows["employee"].values()]
    await changes_scope(on_sqlite, integration, kept_in, "AFTER INSERT ON outcomes WHEN NEW.kind = 'created'")
    async with on_sqlite.working(policy=replace(POLICY, batch=4)) as jobs:
        run = await jobs.runs.start(RunRequest(integration.id, RunKind.SYNC, "U1", "press-1"))
        ended = await on_sqlite.ended(run.id)
    assert ended.counts == {"created": 4, "cancelled": 8}
    assert (ended.state, (ended.reason or {})["text"]["$text"]) == (RunState.CANCELLED, "jobs.changed")
    now = await integration_now(on_sqlite, integration.id)
    assert not now.has_synced_as_is


async def integration_now(world: World, integration_id: str) -> Integration:
    async with world.database.reading() as s:
        found = await integrations.get(s, integration_id)
    assert found is not None
    return found
