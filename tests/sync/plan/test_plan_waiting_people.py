"""Whoever waits in the target for somebody there: told by every run until it is over, and never counted as in place."""

from __future__ import annotations

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.outcome import OutcomeKind
from bot.sync.report.run_summary import NAMED, summed
from tests.support.employees import employee
from tests.support.fake_target import DRAFT, Fault, MemorySource, MemoryTarget
from tests.support.sync_runner import Integration

# Their birthdays are far from the day of the tests: a quick run need not look at them whole.
ONE, TWO = employee(17), employee(29)

Both = Integration[MemorySource, MemoryTarget]


def office(*faults: Fault) -> Both:
    target = MemoryTarget(faults)
    target.drafts = True
    return Integration(MemorySource([ONE, TWO]), target)


def told(change: Change) -> bool:
    return DRAFT in change.findings


@pytest.mark.parametrize("fault", [Fault.NONE, Fault.LOST_AFTER, Fault.HALF])
async def test_who_was_created_waits_whatever_became_of_the_answer(fault: Fault) -> None:
    outcomes = await office(fault).sync()
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.CREATED] * 2
    assert [outcome.findings.count(DRAFT) for outcome in outcomes] == [1, 1]


@pytest.mark.parametrize("full", [True, False])
async def test_who_still_waits_is_told_by_each_run_until_it_is_over(full: bool) -> None:
    integration = office()
    await integration.sync()
    (first, second), target = integration.target.stored.values(), integration.target
    for waiting in ([True, True], [True, False], [False, False]):
        first.draft, second.draft = waiting
        plan = await integration.plan(full=full)
        assert {change.kind for change in plan.changes} == {ChangeKind.UNCHANGED}
        assert [told(change) for change in plan.changes] == waiting
        await integration.sync(full=full)
    assert target.writes[2:] == []


async def test_a_quick_run_reads_those_who_wait_and_nobody_else() -> None:
    integration = office()
    await integration.sync()
    first, second = integration.target.stored.values()
    second.draft = False
    await integration.sync(full=False)
    target, source = integration.target, integration.source
    target.bulk_reads = target.single_reads = 0
    source.whole.clear()
    await integration.sync(full=False)
    assert (target.bulk_reads, target.single_reads, source.whole) == (0, 1, [ONE.source_id])
    first.draft = False
    await integration.sync(full=False)
    source.whole.clear()
    target.single_reads = 0
    await integration.sync(full=False)
    assert (target.bulk_reads, target.single_reads, source.whole) == (0, 0, [])


async def test_who_waits_and_is_gone_from_the_target_is_compared_anew() -> None:
    integration = office()
    await integration.sync()
    first, _ = integration.target.stored.values()
    integration.target.unseen.add(first.id)
    kinds = [change.kind for change in (await integration.plan(full=False)).changes]
    assert kinds == [ChangeKind.CONFLICT, ChangeKind.UNCHANGED]


async def test_those_who_wait_are_counted_and_the_first_are_named() -> None:
    target = MemoryTarget()
    target.drafts = True
    people = [employee(n) for n in range(1, NAMED + 3)]
    outcomes = await Integration(MemorySource(people), target).sync()
    summary = summed(outcomes)
    assert summary.waiting == len(people)
    (sample,) = summary.waiting_for.values()
    assert [issue.person.source_id for issue in sample.first] == [one.source_id for one in people[:NAMED]]
    assert sample.total == len(people)
