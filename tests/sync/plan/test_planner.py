from __future__ import annotations

import asyncio
import tracemalloc
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bot.core.text import text
from bot.domain.change import ChangeKind
from bot.domain.employee import Employee, Employment, Unit, UnitCount
from bot.domain.findings import Finding, Severity
from bot.domain.outcome import OutcomeKind
from bot.domain.record import Level
from bot.domain.scope import Scope, ScopeKind
from bot.providers.errors import Rejected
from bot.sync.apply.apply_change import outcome_without_writing
from bot.sync.codec import (
    change_from_json,
    change_to_json,
    outcome_from_json,
    outcome_to_json,
)
from bot.sync.compressed import CompressedChanges, CompressedPeople
from bot.sync.plan.plan_summary import PlanSummary
from bot.sync.plan.planner import STAGES, make_plan
from bot.sync.plan.request import PlanRequest
from bot.sync.report.issues import word_of
from tests.support.employees import PERMANENT, TODAY, employee, fingerprint, paid
from tests.support.fake_target import MemorySource, MemoryTarget, mapped
from tests.support.sync_runner import EVERYONE, Integration, kinds


async def synced(*people: Employee) -> Integration[MemorySource, MemoryTarget]:
    integration = Integration(MemorySource(people), MemoryTarget())
    await integration.sync()
    integration.target.writes.clear()
    return integration


async def test_a_create_shows_every_value_and_every_part() -> None:
    integration = Integration(MemorySource([employee(1)]), MemoryTarget())
    (change,) = (await integration.plan()).changes
    assert {level for level, _ in change.new_parts} == set(Level)
    assert {field.field for field in change.fields} >= {"number", "user_type", "salary", "percentage"}
    assert all(field.old is None for field in change.fields)
    assert change.basis == ""
    assert change.source_fingerprint


async def test_a_plan_writes_nothing() -> None:
    target = MemoryTarget()
    await Integration(MemorySource([employee(1), employee(2)]), target).plan()
    assert target.writes == []
    assert target.stored == {}


async def test_an_update_shows_exactly_the_fields_that_differ() -> None:
    integration = await synced(employee(1))
    integration.source.put(replace(employee(1), work_phone="+4740000000"))
    (change,) = (await integration.plan()).changes
    assert [(f.field, f.old, f.new) for f in change.fields] == [("phone", "+4790000000", "+4740000000")]
    assert change.basis


async def test_a_new_salary_is_a_new_row_beside_the_old_one() -> None:
    integration = await synced(employee(1))
    start, raised = date(2020, 1, 1), date(2026, 7, 1)
    integration.source.put(paid(employee(1), 55000, raised))
    (change,) = (await integration.plan()).changes
    assert change.new_parts == ((Level.TERMS, (start, raised)),)
    assert {(f.field, f.new) for f in change.fields} == {("salary", Decimal(55000)), ("percentage", Decimal(100))}


async def test_an_empty_value_clears_only_where_the_field_table_says_so() -> None:
    integration = await synced(employee(1))
    integration.source.put(replace(employee(1), work_phone=None, bank=None))
    (change,) = (await integration.plan()).changes
    assert [(f.field, f.new) for f in change.fields] == [("phone", None)]


async def test_a_blocking_finding_of_the_target_keeps_the_employee_out_and_the_rest_go_on() -> None:
    target = MemoryTarget()
    blocked = Finding("target.rejected", Severity.BLOCKING, "department")
    target.findings = lambda person: (blocked,) if person.source_id == "s1" else ()
    integration = Integration(MemorySource([employee(1), employee(2)]), target)
    outcomes = await integration.sync()
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.BLOCKED, OutcomeKind.CREATED]
    assert target.numbers() == ["1002"]


@pytest.mark.parametrize("trouble", [RuntimeError(), Rejected("refused", text=text("check.target.rejected"))])
async def test_somebody_who_cannot_be_planned_still_counts_as_a_double(trouble: Exception) -> None:
    def fails_for_the_first(person: Employee) -> tuple[Finding, ...]:
        if person.source_id == "s1":
            raise trouble
        return ()

    target = MemoryTarget()
    target.findings = fails_for_the_first
    double = replace(employee(2), identity=employee(1).identity, birth_date=employee(1).birth_date)
    plan = await Integration(MemorySource([employee(1), double]), target).plan()
    assert kinds(plan) == {"s1": ChangeKind.BLOCKED, "s2": ChangeKind.BLOCKED}
    assert all("duplicate.identity" in {found.code for found in change.findings} for change in plan.changes)


async def test_one_job_with_two_start_dates_is_not_made_a_second_job() -> None:
    integration = await synced(employee(1))
    job = Employment(id="e1", start=date(2020, 1, 15), percentage=Decimal(100), type=PERMANENT, country="NO")
    moved = replace(employee(1), employments=(job,), hire_date=job.start)
    integration.source.put(moved)
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.BLOCKED
    assert change.findings[0].code == "employment.start_in_target"
    assert change.findings[0].values == {"ours": date(2020, 1, 15), "theirs": date(2020, 1, 1)}


async def test_a_second_employment_after_the_first_is_made() -> None:
    integration = await synced(employee(1))
    first = replace(employee(1).employments[0], end=date(2026, 3, 31))
    second = replace(first, id="e2", start=date(2026, 4, 1), end=None)
    integration.source.put(replace(employee(1), employments=(first, second)))
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.UPDATE
    assert (Level.EMPLOYMENT, (date(2026, 4, 1),)) in change.new_parts
    await integration.sync_until_quiet()


async def test_what_somebody_changed_in_the_target_is_drift_and_put_right_or_left() -> None:
    integration = await synced(employee(1))
    (stored,) = integration.target.stored.values()
    stored.person["phone"] = "+4799999999"
    (restored,) = (await integration.plan()).changes
    assert restored.kind is ChangeKind.UPDATE
    assert [field.field for field in restored.drift] == ["phone"]
    (left,) = (await integration.plan(restore_drift=False)).changes
    assert (left.kind, left.fields) == (ChangeKind.UNCHANGED, ())
    assert [field.field for field in left.drift] == ["phone"]
    outcomes = [await integration.carry_out(left), await integration.carry_out(restored)]
    assert [(one.field, one.restored) for outcome in outcomes for one in outcome.drift] == [
        ("phone", False),
        ("phone", True),
    ]


async def test_what_the_source_changed_is_no_drift() -> None:
    integration = await synced(employee(1))
    (stored,) = integration.target.stored.values()
    stored.person["phone"] = "+4799999999"
    changed = replace(employee(1), work_phone="+4740000000", last_name="Olsen")
    integration.source.put(changed)
    (change,) = (await integration.plan(restore_drift=False)).changes
    assert {field.field for field in change.fields} == {"phone", "last_name"}
    assert change.drift == ()


async def test_a_run_in_which_nothing_changed_reads_only_the_source() -> None:
    integration = await synced(employee(1), employee(2))
    reads = integration.target.bulk_reads
    plan = await integration.plan(full=False)
    assert plan.header.counts == {ChangeKind.UNCHANGED: 2}
    assert plan.header.target_people is None
    assert integration.target.bulk_reads == reads
    # Whether the target still has what was put there is not known: nobody is said to be equal.
    assert [outcome_without_writing(change_from_json(change_to_json(one))).unread for one in plan.changes] == [True] * 2  # type: ignore[union-attr]
    assert not any(change.unread for change in (await integration.plan()).changes)


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [("identity_number", "01019912345", True), ("user_type", "EXTENDED", False)],
)
async def test_what_the_target_keeps_though_the_source_has_another_value_is_named(
    name: str, value: str, kept: bool
) -> None:
    integration = await synced(employee(1))
    (stored,) = integration.target.stored.values()
    stored.person[name] = value
    (change,) = (await integration.plan()).changes
    assert change.kind is ChangeKind.UNCHANGED
    assert change_from_json(change_to_json(change)).kept == ((name,) if kept else ())
    outcome = await integration.carry_out(change)
    assert outcome_from_json(outcome_to_json(outcome)).kept == change.kept
    assert word_of(outcome) == ("left" if kept else "unchanged")


async def test_what_is_changed_beside_something_that_stays_is_written_and_the_rest_named() -> None:
    integration = await synced(employee(1))
    (stored,) = integration.target.stored.values()
    stored.person.update(identity_number="01019912345", last_name="Olsen")
    (outcome,) = await integration.sync()
    assert (outcome.kind, outcome.kept) == (OutcomeKind.UPDATED, ("identity_number",))


async def test_a_changed_employee_or_setting_is_compared_in_a_quick_run_too() -> None:
    integration = await synced(employee(1), employee(2))
    integration.source.put(replace(employee(2), last_name="Olsen"))
    assert kinds(await integration.plan(full=False)) == {"s1": ChangeKind.UNCHANGED, "s2": ChangeKind.UPDATE}
    (stored, _) = integration.target.stored.values()
    stored.person["phone"] = "+4799999999"
    integration.settings = {"user_type": "STANDARD"}
    assert kinds(await integration.plan(full=False))["s1"] is ChangeKind.UPDATE


async def test_people_outside_the_scope_are_not_in_the_plan() -> None:
    north = Unit(id="d2", name="North", parent_id="d1")
    people = [employee(1), replace(employee(2), department=north), replace(employee(3), department=None)]
    units = [UnitCount(unit=Unit(id="d1", name="Sales"), people=1), UnitCount(unit=north, people=1)]
    source = MemorySource(people, units=units)
    below = Integration(source, MemoryTarget(), scope=Scope(ScopeKind.DEPARTMENTS, frozenset({"d1"})))
    assert set(kinds(await below.plan())) == {"s1", "s2"}
    chosen = Integration(source, MemoryTarget(), scope=Scope(ScopeKind.PEOPLE, frozenset({"s3"})))
    plan = await chosen.plan()
    assert set(kinds(plan)) == {"s3"}
    assert plan.header.source_people == 1
    only = await below.plan(only=frozenset({"s2", "s3"}))
    assert set(kinds(only)) == {"s2"}


async def test_nobody_who_was_synced_disappears_without_a_word() -> None:
    integration = await synced(employee(1), employee(2), employee(3))
    del integration.source.people["s1"]
    integration.scope = Scope(ScopeKind.EVERYONE, excluded=frozenset({"s2"}))
    changes = {change.person.source_id: change for change in (await integration.plan()).changes}
    assert (changes["s1"].kind, changes["s1"].findings[0].code) == (ChangeKind.SKIP, "source.gone")
    assert (changes["s2"].kind, changes["s2"].findings[0].code) == (ChangeKind.SKIP, "scope.left")
    chosen = Integration(MemorySource([]), MemoryTarget(), scope=Scope(ScopeKind.PEOPLE, frozenset({"s8"})))
    assert [change.findings[0].code for change in (await chosen.plan()).changes] == ["source.gone"]


async def test_a_page_that_shifts_while_it_is_read_counts_nobody_twice() -> None:
    class Shifting(MemorySource):
        async def employees(self, source_ids: frozenset[str] | None = None):  # type: ignore[no-untyped-def]
            yield [employee(1), employee(2)]
            yield [employee(2), employee(3)]

    plan = await Integration(Shifting(), MemoryTarget()).plan()
    assert [change.person.source_id for change in plan.changes] == ["s1", "s2", "s3"]
    assert {change.kind for change in plan.changes} == {ChangeKind.CREATE}


async def test_progress_names_the_stage_and_how_far_it_is() -> None:
    seen: list[tuple[str, int, int | None]] = []

    async def watch(stage: str, done: int, total: int | None) -> None:
        seen.append((stage, done, total))

    target = MemoryTarget()
    target.add(number="7", first_name="Ola", last_name="Hansen")
    request = PlanRequest(scope=EVERYONE, settings={}, environment="production", today=TODAY, fingerprint=fingerprint)
    await make_plan(MemorySource([employee(n) for n in range(1, 6)]), target, request, watch)
    assert {stage for stage, _, _ in seen} == set(STAGES)
    assert [done for stage, done, _ in seen if stage == "planning"] == [2, 4, 5]


async def test_planning_lets_others_work_in_between() -> None:
    turns = 0

    async def acknowledge() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with asyncio.timeout(60):
        others = asyncio.create_task(acknowledge())
        await Integration(MemorySource([employee(n) for n in range(1, 101)], page=100), MemoryTarget()).plan()
        others.cancel()
    assert turns >= 5


async def test_header_and_changes_survive_storage() -> None:
    made = datetime(2026, 3, 2, 6, tzinfo=UTC)
    integration = await synced(employee(1))
    integration.source.put(replace(paid(employee(1), 60000, TODAY), last_name="Olsen"), employee(2))
    plan = await integration.plan(made_at=made)
    assert PlanSummary.from_json(plan.header.to_json()) == plan.header
    assert [change_from_json(change_to_json(change)) for change in plan.changes] == list(plan.changes)
    assert plan.header.is_old(made + timedelta(hours=3), timedelta(hours=2))
    assert not plan.header.is_old(made + timedelta(hours=1), timedelta(hours=2))


async def test_no_repr_of_a_plan_shows_what_is_private() -> None:
    plan = await Integration(MemorySource([employee(1)]), MemoryTarget()).plan()
    shown = repr(plan) + repr(list(plan.changes)) + repr(plan.header)
    identity, bank = employee(1).identity, employee(1).bank
    assert identity is not None
    assert bank is not None
    assert identity.value not in shown
    assert str(bank.number) not in shown
    assert "50000" not in shown


async def test_a_hundred_thousand_people_fit_into_memory() -> None:
    """What is kept of a person while planning, measured on a thousand: the rest of a run does not grow with them."""
    people = [employee(n) for n in range(1, 1001)]
    target = MemoryTarget()
    for person in people:
        target.add(**dict(mapped(person)[0].values))
    shown = [person async for page in target.people() for person in page]
    plan = await Integration(MemorySource(people[:20]), MemoryTarget()).plan()
    creates = list(plan.changes)
    tracemalloc.start()
    try:
        packed, changes = CompressedPeople(), CompressedChanges()
        for held in shown:
            packed.append(held)
        for n in range(1000):
            changes.append(creates[n % 20])
        current, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert packed[999] == shown[999]
    assert current / 1000 < 600  # bytes: 60 MB for 100,000


async def test_many_people_let_others_have_their_turn() -> None:
    people = [employee(n, bank=employee(1).bank) for n in range(200)]
    target = MemoryTarget()
    for person in people:
        target.add(**dict(mapped(person)[0].values))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    waiting = asyncio.create_task(others())
    plan = await Integration(MemorySource(people, page=1_000), target).plan()
    waiting.cancel()
    assert plan.header.warnings == 200, "everybody has the same account"
    # While the target is taken in, while people are compared, and while their doubles are settled.
    assert turns >= 3 * 200 / 20
