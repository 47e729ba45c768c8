"""What a job of Visma.net fails for is met in the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Address, BankAccount, Employee, IdentityNumber, PayPeriod
from bot.providers.visma_net.target import VismaNetTarget
from sandbox.visma_net.tenant import Tenant
from tests.providers.visma_net.connections import settings_of, without_contact
from tests.support.fake_target import MemorySource
from tests.support.known_refusals import Refusal, found_in_the_plan
from tests.support.provider_people import TODAY, job, pay
from tests.support.sync_runner import Integration

START = date(2024, 3, 1)
HOME = Address(street="Gata 1", postal_code="0150", city="Oslo", country="NO")

REFUSALS = (
    Refusal(
        "personIds: not eleven digits",
        {"identity": IdentityNumber(value="123", country="NO")},
        {},
        ("identity_number",),
    ),
    Refusal("countryCode", {"address": replace(HOME, country="XX")}, fields=("country",)),
    Refusal("localBankAccount", {"bank": BankAccount(number="123", country="NO")}, fields=("bank_account",)),
    Refusal(
        "phones", {"private_phone": "+46 40 12 34 56"}, {"phone_type": "mobile"}, fields=("phone", "private_phone")
    ),
    Refusal("taxUnitIds", settings={"tax_unit": "gone"}, fields=("tax_unit",), blocks=True),
    Refusal(
        "workTimeAgreement", settings={"work_time_agreement": "gone"}, fields=("work_time_agreement",), blocks=True
    ),
    Refusal("typeOfWork: four digits", settings={"occupation_code": "5223"}, fields=("occupation_code",)),
    Refusal("partTimeFactors", {"employments": (job(percentage=None),)}, fields=("percentage",), blocks=True),
    Refusal(
        "salaryInformation: a kind that is none",
        {"compensations": (pay(START, "12000", period=PayPeriod.WEEK),)},
        fields=("compensation",),
        blocks=True,
    ),
    Refusal(
        "activeEnd before activeStart", {"employments": (job(end=date(2024, 1, 1)),)}, fields=("end_date",), blocks=True
    ),
    Refusal(
        "two positions at once",
        {"employments": (job(end=date(2027, 3, 1)), job(date(2027, 2, 1)))},
        fields=("employment",),
        blocks=True,
    ),
)


class Payroll:
    """Kari alone in the source, and an integration with a tenant."""

    def __init__(self, target: VismaNetTarget, tenant: Tenant, **settings: str) -> None:
        self.source = MemorySource()
        self.integration = Integration(self.source, target, settings=settings_of(tenant, **settings), today=TODAY)

    async def plan(self, **different: object) -> Change:
        employee: Employee = replace(without_contact(identity=None, bank=None), **different)  # type: ignore[arg-type]
        self.source.people = {employee.source_id: employee}
        (change,) = (await self.integration.plan()).changes
        return change


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.rule)
async def test_what_a_job_fails_for_is_found_in_the_plan(
    target: VismaNetTarget, tenant: Tenant, refusal: Refusal
) -> None:
    payroll = Payroll(target, tenant, **refusal.settings)
    await found_in_the_plan(refusal, await payroll.plan(**refusal.different), payroll.integration.carry_out)


@pytest.mark.parametrize(
    ("different", "settings", "told"),
    [
        ({}, {"salary": "none"}, True),
        ({"compensations": (pay(TODAY + timedelta(days=40), "50000"),)}, {}, True),
        ({}, {}, False),
    ],
)
async def test_a_new_position_without_pay_is_told(
    target: VismaNetTarget, tenant: Tenant, different: dict[str, object], settings: dict[str, str], told: bool
) -> None:
    payroll = Payroll(target, tenant, **settings)
    change = await payroll.plan(**different)
    assert change.kind is ChangeKind.CREATE
    assert ("terms.without_pay" in {found.code for found in change.findings}) is told
    await payroll.integration.carry_out(change)
    assert "terms.without_pay" not in {found.code for found in (await payroll.plan(**different)).findings}


async def test_employed_again_before_the_former_employment_has_ended_is_told(
    target: VismaNetTarget, tenant: Tenant
) -> None:
    ended = TODAY - timedelta(days=3)
    change = await Payroll(target, tenant).plan(employments=(job(end=ended), job(ended)))
    assert "employment.overlap" in {found.code for found in change.findings}


async def test_an_address_that_is_gone_from_the_source_is_told(target: VismaNetTarget, tenant: Tenant) -> None:
    payroll = Payroll(target, tenant)
    await payroll.integration.carry_out(await payroll.plan())
    change = await payroll.plan(address=None)
    assert change.kind is ChangeKind.UNCHANGED
    assert [found.code for found in change.findings if found.field == "street"] == ["value.only_in_target"]


@pytest.mark.parametrize("factor", [Decimal(12), 1 / Decimal(12)])
async def test_pay_that_becomes_twelve_times_another_is_asked_about(
    target: VismaNetTarget, tenant: Tenant, factor: Decimal
) -> None:
    payroll = Payroll(target, tenant)
    await payroll.integration.carry_out(await payroll.plan())
    amount = (50000 * factor).quantize(Decimal("0.01"))
    payroll.source.people = {
        key: replace(one, compensations=(replace(pay(START, "1"), amount=amount),))
        for key, one in payroll.source.people.items()
    }
    plan = await payroll.integration.plan()
    (change,) = plan.changes
    assert "pay.jump" in {found.code for found in change.findings}
    assert plan.header.improbable_pay == 1
