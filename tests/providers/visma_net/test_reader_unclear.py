"""Positions that cannot be told by their first day: the plan says so, and makes no other one beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.findings import Severity
from bot.domain.outcome import OutcomeKind
from bot.providers.visma_net.target import VismaNetTarget
from sandbox.visma_net.tenant import Tenant
from tests.providers.visma_net.connections import person_of, settings_of, without_contact
from tests.support.fake_target import MemorySource
from tests.support.provider_people import TODAY, job, pay
from tests.support.sync_runner import Integration

START = date(2024, 3, 1)
Position = dict[str, Any]


class Payroll:
    """Kari, in place in a tenant and then spoiled there."""

    def __init__(self, target: VismaNetTarget, tenant: Tenant) -> None:
        self.tenant = tenant
        self.source = MemorySource()
        self.integration = Integration(self.source, target, settings=settings_of(tenant), today=TODAY)

    async def plan(self, **different: object) -> Change:
        person = replace(without_contact(identity=None, bank=None), **different)  # type: ignore[arg-type]
        self.source.people = {person.source_id: person}
        (change,) = (await self.integration.plan()).changes
        return change

    async def hire(self, **different: object) -> None:
        await self.integration.carry_out(await self.plan(**different))

    @property
    def positions(self) -> dict[str, Position]:
        return self.tenant.positions[self._person]

    @property
    def _person(self) -> str:
        return str(person_of(self.tenant, "3001")["id"])

    def add(self, **different: object) -> None:
        """Another position like the first, made by somebody else."""
        (first,) = self.positions.values()
        twin = {name: value for name, value in first.items() if name not in ("id", "externalIds")} | different
        first["externalIds"] = []
        self.tenant.add_position(self._person, twin)

    def spoil(self, change: Callable[[Position], object]) -> None:
        for position in self.positions.values():
            change(position)


@pytest.fixture
async def payroll(target: VismaNetTarget, tenant: Tenant) -> Payroll:
    return Payroll(target, tenant)


def entry_from(bound: object) -> Callable[[Position], object]:
    return lambda position: position["salaryInformation"][0].update(activeStart=bound)


SPOILED = [
    (lambda position: position.update(activeStart=None), "start_date"),
    (lambda position: position.pop("activeStart"), "start_date"),
    (lambda position: position.update(activeStart="2024-02-30"), "start_date"),
    (lambda position: position.update(activeStart=20240301), "start_date"),
    (lambda position: position.update(activeEnd="2027-02-30"), "end_date"),
    (entry_from("soon"), "start_date"),
    (lambda position: position["partTimeFactors"][0].update(activeEnd="31.12.2026"), "start_date"),
]


@pytest.mark.parametrize(("spoil", "field"), SPOILED)
async def test_one_without_a_day_that_can_be_read_stops_the_person(
    payroll: Payroll, spoil: Callable[[Position], object], field: str
) -> None:
    await payroll.hire()
    payroll.spoil(spoil)
    change = await payroll.plan(last_name="Berg")
    assert change.kind is ChangeKind.BLOCKED
    told = change.findings[0]
    assert (told.code, told.field) == ("employment.unreadable_in_target", field)


async def test_two_that_begin_on_one_day_stop_the_person_in_the_plan(payroll: Payroll) -> None:
    await payroll.hire()
    payroll.add()
    change = await payroll.plan(compensations=(pay(START, "50000"), pay(date(2027, 1, 1), "52000")))
    assert change.kind is ChangeKind.BLOCKED
    told = change.findings[0]
    assert (told.code, told.values["start"]) == ("employment.twice_in_target", START)


async def test_two_of_which_one_is_ours_stop_nobody(payroll: Payroll) -> None:
    await payroll.hire()
    (ours,) = payroll.positions.values()
    key = ours["externalIds"]
    payroll.add()
    ours["externalIds"] = key
    assert (await payroll.plan()).kind is ChangeKind.UNCHANGED


async def test_two_that_are_over_are_told_and_stop_nobody(payroll: Payroll) -> None:
    last = TODAY - timedelta(days=40)
    await payroll.hire(employments=(job(end=TODAY + timedelta(days=5)),))
    payroll.spoil(lambda position: position.update(activeEnd=last.isoformat()))
    payroll.add()
    change = await payroll.plan(employments=(job(end=last), job(last + timedelta(days=3))))
    assert change.kind is ChangeKind.UPDATE
    told = next(found for found in change.findings if found.code == "employment.twice_in_target")
    assert told.severity is Severity.WARNING


async def test_one_that_becomes_unclear_after_the_plan_is_not_written(payroll: Payroll) -> None:
    await payroll.hire()
    change = await payroll.plan(last_name="Berg")
    assert change.kind is ChangeKind.UPDATE
    payroll.add(activeStart=None)
    outcome = await payroll.integration.carry_out(change)
    assert outcome.kind is OutcomeKind.FAILED
    assert outcome.reason is not None
    assert outcome.reason.key == "apply.target_changed"
