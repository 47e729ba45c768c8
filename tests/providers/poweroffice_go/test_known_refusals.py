"""What PowerOffice Go refuses is met in the plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Address, BankAccount, Employee, IdentityNumber, PayPeriod, Unit
from bot.providers.poweroffice_go.target import PowerofficeGoTarget
from sandbox.poweroffice_go.company import GoClient
from tests.providers.poweroffice_go.connections import employee, jobs_of, put, settings_of
from tests.support.fake_target import MemorySource
from tests.support.known_refusals import Refusal, found_in_the_plan
from tests.support.provider_people import TODAY, job, pay
from tests.support.sync_runner import Integration

START = date(2024, 3, 1)
HOME = Address(street="Gata 1", postal_code="0150", city="Oslo", country="NO")

REFUSALS = (
    Refusal("Number: letters", {"number": "A17"}, fields=("number",), blocks=True),
    Refusal("Number: zeros in front", {"number": "0017"}, fields=("number",), blocks=True),
    Refusal("Number: in no series", {"number": "17"}, fields=("number",), blocks=True),
    Refusal(
        "NationalIdNumber: not Norwegian",
        {"identity": IdentityNumber(value="123", country="SE")},
        fields=("identity_number",),
    ),
    Refusal("MailAddress without City", {"address": replace(HOME, city=None)}, fields=("address",)),
    Refusal("MailAddress without ZipCode", {"address": replace(HOME, postal_code=" ")}, fields=("address",)),
    Refusal("AddressLine1 too long", {"address": replace(HOME, street="x" * 201)}, fields=("street",)),
    Refusal("CountryCode", {"address": replace(HOME, country="Atlantis")}, fields=("country",)),
    Refusal("DepartmentId", {"department": Unit(id="d9", name="Nowhere")}, fields=("department",)),
    Refusal(
        "BankAccountNumber",
        {"bank": BankAccount(iban="SE4550000000058398257466", country="SE")},
        fields=("bank_account",),
    ),
    Refusal("EnterpriseId", settings={"enterprise": "1"}, fields=("division",), blocks=True),
    Refusal("ProfessionCode: none", settings={"occupation_code": ""}, fields=("occupation_code",), blocks=True),
    Refusal(
        "ProfessionCode: four digits", settings={"occupation_code": "5223"}, fields=("occupation_code",), blocks=True
    ),
    Refusal("EmploymentForm", {"employments": (job(type=None),)}, fields=("employment_form",), blocks=True),
    Refusal(
        "EndDateReason",
        {"employments": (job(end=TODAY + timedelta(days=9)),)},
        {"end_reason": ""},
        fields=("end_reason",),
        blocks=True,
    ),
    Refusal("FtePercentage: none", {"employments": (job(percentage=None),)}, fields=("percentage",), blocks=True),
    Refusal("FtePercentage above 100", {"employments": (job(percentage="101"),)}, fields=("percentage",), blocks=True),
    Refusal(
        "RemunerationType: a kind that is none",
        {"compensations": (pay(START, "12000", period=PayPeriod.WEEK),)},
        fields=("compensation",),
        blocks=True,
    ),
    Refusal("currency", {"compensations": (pay(START, "50000", "SEK"),)}, fields=("currency",), blocks=True),
    Refusal(
        "a salary of nothing",
        {"employments": (job(percentage="0"),)},
        {"salary": "to_full_time"},
        fields=("percentage",),
        blocks=True,
    ),
    Refusal(
        "two employments at once",
        {"employments": (job(end=date(2027, 3, 1)), job(date(2027, 2, 1)))},
        fields=("employment",),
        blocks=True,
    ),
)


class Payroll:
    """Kari alone in the source, and an integration with a Go client."""

    def __init__(self, target: PowerofficeGoTarget, client: GoClient, **settings: str) -> None:
        self.source = MemorySource()
        choices = settings_of(client, **settings)
        # Made-up identity numbers are right in an environment for tests alone.
        self.integration = Integration(self.source, target, settings=choices, environment="test", today=TODAY)

    async def plan(self, **different: object) -> Change:
        who: Employee = replace(employee(), **different)  # type: ignore[arg-type]
        self.source.people = {who.source_id: who}
        (change,) = (await self.integration.plan()).changes
        return change


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.rule)
async def test_what_go_refuses_is_found_in_the_plan(
    target: PowerofficeGoTarget, norway: GoClient, refusal: Refusal
) -> None:
    payroll = Payroll(target, norway, **refusal.settings)
    await found_in_the_plan(refusal, await payroll.plan(**refusal.different), payroll.integration.carry_out)


async def test_without_payroll_settings_nobody_new_is_made(target: PowerofficeGoTarget, norway: GoClient) -> None:
    norway.privileges.discard("PayrollSettings")
    change = await Payroll(target, norway).plan()
    assert change.kind is ChangeKind.BLOCKED
    assert "poweroffice_go_defaults_missing" in {found.code for found in change.findings}


async def test_who_is_employed_needs_nothing_that_only_new_employments_need(
    target: PowerofficeGoTarget, norway: GoClient
) -> None:
    await put(target, norway, employee())
    change = await Payroll(target, norway, occupation_code="", enterprise="").plan(title="Sjef")
    assert [(field.field, field.new) for field in change.fields] == [("title", "Sjef")]


async def test_another_occupation_code_of_their_own_is_told_and_left(
    target: PowerofficeGoTarget, norway: GoClient
) -> None:
    await put(target, norway, employee())
    payroll = Payroll(target, norway, occupation_code_field="yrkeskode")
    change = await payroll.plan(custom={"yrkeskode": "1233101"})
    assert change.kind is ChangeKind.UNCHANGED
    assert "poweroffice_go_occupation_differs" in {found.code for found in change.findings}
    assert jobs_of(norway)[0]["ProfessionCode"] != "1233101"


@pytest.mark.parametrize(
    ("different", "settings", "told"),
    [
        ({}, {"salary": "none"}, True),
        ({"compensations": (pay(TODAY + timedelta(days=40), "50000"),)}, {}, True),
        ({}, {}, False),
    ],
)
async def test_a_new_employment_without_pay_is_told(
    target: PowerofficeGoTarget, norway: GoClient, different: dict[str, object], settings: dict[str, str], told: bool
) -> None:
    change = await Payroll(target, norway, **settings).plan(**different)
    assert change.kind is ChangeKind.CREATE
    assert ("terms.without_pay" in {found.code for found in change.findings}) is told


async def test_whoever_has_another_number_in_go_is_a_question(target: PowerofficeGoTarget, norway: GoClient) -> None:
    await put(target, norway, employee())
    change = await Payroll(target, norway).plan(number="3999")
    assert change.kind is ChangeKind.CONFLICT
    assert len(norway.by_number("3999")) == 0
