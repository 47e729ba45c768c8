"""Whatever the two populations and whatever goes wrong: sync until quiet, and the target is the source's mapping."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import ChangeKind
from bot.domain.employee import Employee
from bot.domain.equality import remaining
from bot.domain.record import Level
from bot.providers.errors import Unavailable
from bot.providers.protocol import Write
from tests.support.employees import TODAY, employee, ended, paid
from tests.support.fake_target import FIELDS, Fault, MemorySource, MemoryTarget, mapped
from tests.support.properties import examples
from tests.support.sync_runner import Integration

RULES = {(rule.level, rule.key): rule for rule in FIELDS}


@st.composite
def someone(draw: st.DrawFn, n: int) -> Employee:
    """The nth employee, as the source may have them."""
    person = employee(n)
    changes: dict[str, Any] = {}
    if draw(st.booleans()):
        changes["number"] = draw(st.sampled_from(["", "1001", "1002", "1003", "01002", " 1004"]))
    if draw(st.booleans()):
        changes["identity"] = None
    if draw(st.booleans()):
        other = employee(draw(st.integers(1, 4)))
        changes |= {"first_name": other.first_name, "last_name": other.last_name, "birth_date": other.birth_date}
        changes["identity"] = None
    if draw(st.booleans()):
        changes["work_phone"] = draw(st.sampled_from([None, "+4740000000", "+4790000001"]))
    person = replace(person, **changes)
    if draw(st.booleans()):
        person = paid(person, draw(st.integers(30000, 60000)), draw(st.dates(date(2021, 1, 1), date(2027, 1, 1))))
    if draw(st.booleans()):
        person = ended(person, draw(st.dates(TODAY - timedelta(days=400), TODAY + timedelta(days=400))))
    return person


@st.composite
def populations(draw: st.DrawFn) -> tuple[list[Employee], MemoryTarget]:
    """A source and a target that overlap as they like."""
    source = [draw(someone(n)) for n in range(1, draw(st.integers(0, 4)) + 1)]
    target = MemoryTarget()
    for _ in range(draw(st.integers(0, 4))):
        known = draw(someone(draw(st.integers(1, 6))))
        values = dict(mapped(known)[0].values)
        if draw(st.booleans()):
            values["number"] = draw(st.sampled_from(["", "1001", "1002", "7"]))
        target.add(**values)
    return source, target


@examples(250)
@given(populations(), st.lists(st.sampled_from(Fault), max_size=12))
async def test_any_populations_and_faults_end_in_the_mapping_of_the_source(
    both: tuple[list[Employee], MemoryTarget], faults: list[Fault]
) -> None:
    people, target = both
    before = set(target.stored)
    untouched = {ident: repr(stored.parts) for ident, stored in target.stored.items()}
    target.faults = list(faults)
    integration = Integration(MemorySource(people), target)
    # A refusal is final for its run only: the next run tries again, so that the faults are used up.
    plan = await integration.sync_until_quiet(limit=len(faults) + 4)

    by_id = {person.source_id: person for person in people}
    matched: list[str] = []
    for change in plan.changes:
        assert change.kind is not ChangeKind.CREATE
        if change.kind is not ChangeKind.UNCHANGED:
            continue
        assert change.person.target_id is not None
        matched.append(change.person.target_id)
        stored = target.stored[change.person.target_id]
        created = stored.id not in before
        for part in mapped(by_id[change.person.source_id]):
            if part.level is Level.TERMS and (part.level, part.key) not in stored.parts:
                # Pay from before the target's first row stays out.
                assert any(level is Level.TERMS and key > part.key for level, key in stored.parts)
                continue
            values = stored.parts[(part.level, part.key)]
            for name, value in part.values.items():
                rule = RULES[(part.level, name)]
                if created or rule.write is Write.ALWAYS:
                    assert values[name] == value or (value is None and not rule.clears), name
                elif rule.write is Write.WHEN_EMPTY:
                    assert values[name] or not value
    assert len(matched) == len(set(matched)), "two employees are one person in the target"
    # Nobody twice: each person that we made belongs to exactly one employee.
    made = set(target.stored) - before
    assert made <= set(matched)
    # Nobody else was touched.
    assert {ident: repr(target.stored[ident].parts) for ident in before - set(matched)} == {
        ident: held for ident, held in untouched.items() if ident not in matched
    }


@examples(60)
@given(st.lists(st.sampled_from(Fault), max_size=6), st.integers(1, 4))
async def test_an_interrupted_change_is_finished_not_repeated(faults: list[Fault], size: int) -> None:
    """The same plan carried out again, as after a kill between two steps, writes nobody twice."""
    target = MemoryTarget(faults)
    source = MemorySource([employee(n) for n in range(1, size + 1)])
    integration = Integration(source, target)
    plan = await integration.plan()
    for _ in range(len(faults) + 2):
        for change in plan.changes:
            with suppress(Unavailable):
                await integration.carry_out(change)
    assert target.numbers() == sorted(str(1000 + n) for n in range(1, size + 1))
    for change in plan.changes:
        person = source.people[change.person.source_id]
        (held,) = [found for found in await target.find(person) if found.number == person.number]
        assert remaining(held.record, change.fields, change.new_parts) == ((), ())


@given(populations())
@examples(100)
async def test_a_plans_header_counts_what_the_plan_holds(world: tuple[list[Employee], MemoryTarget]) -> None:
    source, target = world
    plan = await Integration(MemorySource(source), target).plan()
    assert plan.header.counts == Counter(change.kind for change in plan.changes)
    assert plan.header.writes == sum(change.kind in (ChangeKind.CREATE, ChangeKind.UPDATE) for change in plan.changes)
