"""Pay out of proportion is asked about however it comes into a file: with a change, or with a person once more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.domain.change import ChangeKind
from bot.sync.plan.guard import History, Thresholds, judge
from sandbox.agda_ps import AgdaPs, demo
from tests.providers.agda_ps.customer import HIRED, Customer, inbox, pay, swede
from tests.support.employees import TODAY

JUMP = swede(compensations=(pay(35000, HIRED), pay(350000, TODAY)))


@pytest.fixture
async def agda() -> AsyncIterator[AgdaPs]:
    async with demo() as system:
        yield system


@pytest.mark.parametrize(("in_doubt", "redeliver"), [(False, False), (False, True), (True, False)])
async def test_it_is_asked_about(agda: AgdaPs, in_doubt: bool, redeliver: bool) -> None:
    customer = Customer(inbox(agda))
    await customer.sync(swede())
    customer.source.put(JUMP)
    if in_doubt:
        (change,) = (await customer.plan()).changes
        customer.memory["s1"] = replace(customer.memory["s1"], fingerprint=change.delivery)
    plan = await customer.plan(redeliver=redeliver)
    assert [change.kind for change in plan.changes] == [ChangeKind.UPDATE]
    assert [reason.code for reason in judge(plan.header, Thresholds(), History())] == ["improbable_pay"]
