"""The suite of a target that takes new people and lets nobody be changed: `target_suite`, but for what changes people.

What differs of somebody who is there must reach a person as a list, and never the system, and never as "unchanged".
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.change import ChangeKind, FieldChange
from bot.domain.employee import Employee
from bot.domain.findings import Severity
from bot.domain.outcome import OutcomeKind
from bot.domain.record import Level
from bot.providers.errors import ErrorScope, NotPermitted, Unsupported
from bot.providers.protocol import TYPED_IN, Target, Write
from bot.sync.report.issues import word_of
from tests.providers.target_suite import TargetStandard, TargetWorld
from tests.support.fake_target import MemorySource
from tests.support.make_change import change_for
from tests.support.provider_people import TODAY
from tests.support.sync_runner import Integration

BY_HAND = "value.by_hand"


def integration_of(target: Target, world: TargetWorld, *people: Employee) -> Integration[MemorySource, Target]:
    """Runs of these people alone."""
    source = MemorySource(people)
    return Integration(source, target, settings=world.settings, today=TODAY, countries=("SE", "NO", "DK", "FI"))


class CreateOnlyStandard(TargetStandard):
    """What any such target does."""

    async def test_it_declares_that_it_changes_nobody(self, world: TargetWorld) -> None:
        async with world.connect() as target:
            assert target.employees.changes is False
            assert {rule.write for rule in target.fields} <= TYPED_IN | {Write.CREATE_ONLY}

    async def test_creates_then_updates_then_rests(self, world: TargetWorld) -> None:
        """What would be an update is told, by each run, and nothing is sent."""
        newcomer, changed = world.newcomer(), world.changed()
        async with world.connect() as target:
            runs = integration_of(target, world, newcomer)
            assert [outcome.kind for outcome in await runs.sync()] == [OutcomeKind.CREATED]
            sent = len(world.standin.requests.writes())
            runs.source.put(changed)
            for full in (False, True, False):
                (plan,) = (await runs.plan(full=full)).changes
                (outcome,) = await runs.sync(full=full)
                told = [found for found in plan.findings if found.code == BY_HAND]
                assert (plan.kind, outcome.kind) == (ChangeKind.UNCHANGED, OutcomeKind.UNCHANGED)
                assert told
                assert {found.severity for found in told} == {Severity.WAITING}
                assert word_of(outcome) == "left"
            assert len(world.standin.requests.writes()) == sent
        assert world.held(newcomer.number) == 1

    async def test_an_update_is_refused_before_anything_is_sent(self, world: TargetWorld) -> None:
        async with world.connect() as target:
            made = await target.apply(await change_for(target, world.newcomer(), world.settings), world.settings)
            sent = len(world.standin.requests.writes())
            change = await change_for(target, world.changed(), world.settings)
            person = replace(change.person, target_id=made.target_id)
            other = FieldChange(Level.PERSON, (), "last_name", "Other", "Name")
            with pytest.raises(Unsupported) as refused:
                await target.apply(
                    replace(change, kind=ChangeKind.UPDATE, person=person, fields=(other,)), world.settings
                )
            assert refused.value.advice is not None
            assert len(world.standin.requests.writes()) == sent

    async def test_a_right_that_is_missing_for_one_person_is_theirs_until_it_is_missing_for_the_next_one(
        self, world: TargetWorld
    ) -> None:
        """Nobody is written twice, so that a right to make people is missing for all, and one to read may be theirs."""
        async with world.connect() as target:
            change = await change_for(target, world.newcomer(), world.settings)
            method, path = world.create
            fault = world.standin.faults.status(403, {"message": "no"}, method=method, path=path, times=None)
            with pytest.raises(NotPermitted) as refused:
                await target.apply(change, world.settings)
            assert refused.value.scope is ErrorScope.RUN
            fault.times = 0
            await target.apply(change, world.settings)

    # Nothing is updated.
    test_an_uncertain_update_is_made_in_the_end = None  # type: ignore[assignment]
    test_an_update_that_is_interrupted_after_each_write_is_finished = None  # type: ignore[assignment]
