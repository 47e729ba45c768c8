"""What nobody has said of a person replaces nothing in Visma.net, and what was taken back is told."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Address, Employee
from bot.domain.outcome import OutcomeKind
from bot.providers.visma_net.target import VismaNetTarget
from sandbox.visma_net.tenant import Tenant
from tests.providers.visma_net.connections import position_of, settings_of, without_contact
from tests.support.fake_target import MemorySource
from tests.support.provider_people import TODAY, job, pay
from tests.support.sync_runner import Integration

START, AHEAD = date(2024, 3, 1), date(2026, 12, 29)


class Payroll:
    """Kari alone in the source, and an integration with a tenant."""

    def __init__(self, target: VismaNetTarget, tenant: Tenant) -> None:
        self.source = MemorySource()
        self.integration = Integration(self.source, target, settings=settings_of(tenant), today=TODAY)

    async def plan(self, **different: Any) -> Change:
        employee: Employee = without_contact(**{"identity": None, "bank": None, **different})
        self.source.people = {employee.source_id: employee}
        (change,) = (await self.integration.plan()).changes
        return change

    async def sync(self, **different: Any) -> tuple[Change, list[str]]:
        change = await self.plan(**different)
        outcome = await self.integration.carry_out(change)
        assert outcome.kind not in (OutcomeKind.FAILED, OutcomeKind.UNKNOWN, OutcomeKind.CONFLICT), outcome
        return change, [finding.code for finding in outcome.findings]


@pytest.fixture
def payroll(target: VismaNetTarget, tenant: Tenant) -> Payroll:
    return Payroll(target, tenant)


async def test_the_default_occupation_replaces_none(payroll: Payroll, tenant: Tenant) -> None:
    await payroll.sync()
    position_of(tenant, "3001")["typeOfWork"] = [{"value": "0113115"}]
    assert (await payroll.plan()).kind is ChangeKind.UNCHANGED


async def test_the_default_reason_replaces_none(payroll: Payroll, tenant: Tenant) -> None:
    leaving = (job(end=date(2026, 12, 31)),)
    await payroll.sync(employments=leaving)
    position_of(tenant, "3001")["positionEndReason"] = ["own"]
    assert isinstance(payroll.integration.settings, dict)
    payroll.integration.settings["end_reason"] = "other"
    assert (await payroll.plan(employments=leaving)).kind is ChangeKind.UNCHANGED


async def test_a_percentage_alone_makes_no_salary_without_an_amount(payroll: Payroll, tenant: Tenant) -> None:
    await payroll.sync()
    before = position_of(tenant, "3001")["salaryInformation"]
    await payroll.sync(employments=(job(percentage="60"),))
    assert position_of(tenant, "3001")["salaryInformation"] == before


@pytest.mark.parametrize("currency", ["nok", "NOK "])
async def test_a_currency_is_one_in_any_case(payroll: Payroll, currency: str) -> None:
    assert (await payroll.plan(compensations=(pay(START, "50000", currency),))).kind is ChangeKind.CREATE


@pytest.mark.parametrize(
    ("written", "code"),
    [("UK", "GB"), ("Holland", "NL"), ("Deutschland", "DE"), ("NOR", "NO"), ("EN", None), ("XX", None)],
)
async def test_a_country_is_understood_or_told(payroll: Payroll, written: str, code: str | None) -> None:
    address = Address(street="Gata 1", postal_code="0150", city="By", country=written)
    change = await payroll.plan(address=address)
    assert {field.new for field in change.fields if field.field == "country"} == ({code} if code else set())
    assert ("visma_net_country_unknown" in {finding.code for finding in change.findings}) is (code is None)


async def test_an_address_that_is_known_to_be_wrong_is_not_sent(payroll: Payroll, tenant: Tenant) -> None:
    assert isinstance(payroll.integration.settings, dict)
    payroll.integration.settings["email_type"] = "work"
    for private in ("kari@x.no", None):
        change = await payroll.plan(work_email="a@firm.no; b@x.no", private_email=private)
        assert {field.new for field in change.fields if field.field == "email"} == ({private} if private else set())


@pytest.mark.parametrize("reason", ["", "resigned"])
async def test_a_resignation_that_was_taken_back_is_carried_through(
    payroll: Payroll, tenant: Tenant, reason: str
) -> None:
    assert isinstance(payroll.integration.settings, dict)
    payroll.integration.settings["end_reason"] = reason
    _, told = await payroll.sync(employments=(job(end=date(2026, 12, 31)),))
    assert position_of(tenant, "3001")["activeEnd"] == "2026-12-31"
    for _ in range(2):
        _, told = await payroll.sync()
        assert "employment.end_in_target" not in told
        assert "visma_net_not_stored" not in told
        assert not {"activeEnd", "positionEndReason"} & position_of(tenant, "3001").keys()
    assert (await payroll.plan()).kind is ChangeKind.UNCHANGED


@pytest.mark.parametrize(
    ("end", "active", "later"),
    [(date(2027, 1, 31), True, 0), (date(2026, 12, 31), False, 0), (date(2026, 12, 31), True, 90)],
    ids=["somebody else's", "of one who is not active", "over"],
)
async def test_an_end_that_cannot_be_taken_back_is_told(
    payroll: Payroll, tenant: Tenant, end: date, active: bool, later: int
) -> None:
    await payroll.sync(employments=(job(end=date(2026, 12, 31)),))
    position_of(tenant, "3001")["activeEnd"] = end.isoformat()
    payroll.integration.today = TODAY + timedelta(days=later)
    for _ in range(2):
        _, told = await payroll.sync(active=active)
        assert "employment.end_in_target" in told
        assert position_of(tenant, "3001")["activeEnd"] == end.isoformat()


@pytest.mark.parametrize("later", [(), (pay(date(2027, 2, 1), "60000"),)])
async def test_a_raise_that_was_taken_back_or_postponed_is_told(payroll: Payroll, later: Any) -> None:
    _, told = await payroll.sync(compensations=(pay(START, "50000"), pay(AHEAD, "60000")))
    assert "terms.only_in_target" not in told
    _, told = await payroll.sync(compensations=(pay(START, "50000"), *later))
    assert "terms.only_in_target" in told
