"""A target that takes new people and lets nobody be changed: what differs is a list for a person, never "unchanged"."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.change import ChangeKind
from bot.domain.findings import Severity
from bot.domain.outcome import OutcomeKind
from bot.domain.record import Level
from bot.locales.translator import translator
from bot.providers.protocol import NEW_EMPLOYEES, Write
from bot.sync.report.issues import word_of
from bot.sync.report.problem_delta import ProblemDelta, problem_keys
from bot.sync.report.run_summary import summed
from bot.views.report import problems
from tests.support.employees import employee
from tests.support.fake_target import FIELDS, MemorySource, MemoryTarget
from tests.support.sync_runner import Integration

ONE, TWO = employee(17), employee(29)
NEVER = frozenset({"bank_account"})


def office() -> Integration[MemorySource, MemoryTarget]:
    """Everything is typed in by hand later; the account always is, and is never shown."""
    target = MemoryTarget()
    target.employees = NEW_EMPLOYEES
    target.fields = tuple(
        replace(rule, write=Write.BY_HAND if rule.key in NEVER else Write.BY_HAND_AFTER)
        if rule.write is not Write.CREATE_ONLY
        else rule
        for rule in FIELDS
    )
    return Integration(MemorySource([ONE, TWO]), target)


async def test_somebody_new_is_created_with_all_that_can_be_sent() -> None:
    integration = office()
    assert [outcome.kind for outcome in await integration.sync()] == [OutcomeKind.CREATED] * 2
    sent = {field.field for change in integration.target.writes for field in change.fields}
    assert "phone" in sent
    assert not sent & NEVER


@pytest.mark.parametrize("full", [True, False])
async def test_what_differs_is_told_at_each_run_until_somebody_has_typed_it_in(full: bool) -> None:
    integration = office()
    await integration.sync()
    target, one = integration.target, next(iter(integration.target.stored.values()))
    for stored, whose in zip(target.stored.values(), (ONE, TWO), strict=True):
        assert whose.bank is not None
        stored.person["bank_account"] = whose.bank.number  # payroll has completed them
    integration.source.put(replace(ONE, last_name="Berg", work_phone="+47 22 00 99 99"))
    for _ in range(2):
        plan = await integration.plan(full=full)
        assert [change.kind for change in plan.changes] == [ChangeKind.UNCHANGED] * 2
        (found, other) = ([(f.code, f.severity, f.field) for f in change.findings] for change in plan.changes)
        assert found == [("value.by_hand", Severity.WAITING, name) for name in ("last_name", "phone")]
        assert other == []
        outcome, equal = await integration.sync(full=full)
        assert word_of(outcome) == "left"
        assert word_of(equal) != "left"
    one.parts[(Level.PERSON, ())] |= {"last_name": "Berg", "phone": "+47 22 00 99 99"}
    await integration.sync(full=full)
    assert [change.findings for change in (await integration.plan(full=full)).changes] == [(), ()]
    assert len(target.writes) == 2


async def test_what_is_left_to_type_in_is_news_once_and_gone_when_all_of_it_is_done() -> None:
    integration = office()
    await integration.sync()
    for stored, whose in zip(integration.target.stored.values(), (ONE, TWO), strict=True):
        assert whose.bank is not None
        stored.person["bank_account"] = whose.bank.number
    integration.source.put(replace(ONE, last_name="Berg", work_phone="+47 22 00 99 99"))
    outcome, equal = await integration.sync(full=True)
    both = {(ONE.source_id, f"value.by_hand.{name}") for name in ("last_name", "phone")}
    assert problem_keys(outcome) == both
    assert problem_keys(equal) == set()
    gone = ProblemDelta(solved=frozenset({(ONE.source_id, "value.by_hand.email")}))
    assert summed([outcome, equal], gone).resolved == 0
    assert summed([replace(outcome, findings=()), equal], gone).resolved == 1


async def test_each_field_is_named_with_those_whom_it_concerns() -> None:
    integration = office()
    await integration.sync()
    integration.source.put(replace(ONE, last_name="Berg"), replace(TWO, last_name="Lund", work_phone="+47 22 00 99 99"))
    summary = summed(await integration.sync())
    t = translator("en")
    said = " ".join(str(block.to_dict()) for block in problems.waiting(summary, t))
    for name in ("Last name", "Phone", "Bank account"):
        assert f"*{name}: Not as in Simployer.*" in said
    assert summary.waiting == 2
    assert "22 00 99 99" not in said
