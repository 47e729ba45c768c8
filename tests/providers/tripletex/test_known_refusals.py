"""What Tripletex is known to refuse is met in the plan."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Address, BankAccount, Employee, IdentityNumber, PayPeriod, Unit
from bot.providers.errors import Rejected
from bot.providers.kit.http import Answer
from bot.providers.tripletex.errors import Refusal as TripletexRefusal
from bot.providers.tripletex.errors import error_of
from bot.providers.tripletex.target import TripletexTarget
from bot.sync.compare.match import MatchDecision, Resolution
from sandbox.tripletex import Tripletex, demo
from sandbox.tripletex.company_state import Books
from tests.support.fake_target import MemorySource
from tests.support.known_refusals import Refusal, found_in_the_plan
from tests.support.provider_connections import tripletex_target
from tests.support.provider_people import TODAY, job, kari, pay
from tests.support.sync_runner import Integration

START = date(2024, 3, 1)
LONG, LONGER = "a" * 101, "a" * 256
HOME = Address(street="Gata 1", postal_code="0150", city="Oslo", country="NO")
USER = {"user_type": "STANDARD"}

REFUSALS = (
    Refusal("employeeNumber: too long", {"number": LONG}, fields=("number",), blocks=True),
    Refusal("firstName: none", {"first_name": " "}, fields=("first_name",), blocks=True),
    Refusal("firstName: too long", {"first_name": LONG}, fields=("first_name",), blocks=True),
    Refusal("lastName: too long", {"last_name": LONG}, fields=("last_name",), blocks=True),
    Refusal("dateOfBirth: none", {"birth_date": None}, fields=("birth_date",), blocks=True),
    Refusal("email: no address", {"work_email": "kari@firm"}, fields=("email", "work_email")),
    Refusal("email: no address, and access", {"work_email": "kari@firm"}, USER, ("email", "work_email"), True),
    Refusal("email: too long", {"work_email": f"{'a' * 60}@{'b' * 50}.no"}, fields=("email",)),
    Refusal("nationalIdentityNumber", {"identity": IdentityNumber(value="12", country="SE")}, {}, ("identity_number",)),
    Refusal("bankAccountNumber", {"bank": BankAccount(number="123")}, fields=("bank_account",)),
    Refusal("department.id", {"department": Unit(id="d", name="Nowhere")}, fields=("department",), blocks=True),
    Refusal("department.id: none", {"department": None}, fields=("department",), blocks=True),
    Refusal("division.id", settings={"division": "9"}, fields=("division",), blocks=True),
    Refusal("employeeCategory.id", settings={"employee_category": "9"}, fields=("employee_category",)),
    Refusal("addressLine1: too long", {"address": replace(HOME, street=LONGER)}, fields=("street",)),
    Refusal("postalCode: too long", {"address": replace(HOME, postal_code=LONG)}, fields=("postal_code",)),
    Refusal("city: too long", {"address": replace(HOME, city=LONG)}, fields=("city",)),
    Refusal("country.id", {"address": replace(HOME, country="Kosovo")}, fields=("country",)),
    Refusal("phoneNumberMobileCountry.id", {"private_phone": "+44 7781 123456"}, fields=("mobile_phone",)),
    Refusal("occupationCode.id", settings={"occupation_code": "9999999"}, fields=("occupation_code",)),
    Refusal("percentage", {"employments": (job(percentage=None),)}, fields=("percentage",), blocks=True),
    Refusal("hourlyWage", {"compensations": (pay(START, "9000", period=PayPeriod.WEEK),)}, {}, ("compensation",), True),
    Refusal("endDate before startDate", {"employments": (job(end=date(2024, 1, 1)),)}, {}, ("end_date",), True),
    Refusal(
        "startDate: overlaps",
        {"employments": (job(end=date(2027, 3, 1)), job(date(2027, 2, 1)))},
        fields=("employment",),
        blocks=True,
    ),
    Refusal(
        "startDate: overlaps one that is over",
        {"employments": (job(end=TODAY - timedelta(days=3)), job(TODAY - timedelta(days=3)))},
        fields=("employment",),
        blocks=True,
    ),
)


@pytest.fixture
async def tripletex() -> AsyncIterator[Tripletex]:
    async with demo(TODAY) as system:
        system.rate_limit.limit = 100_000
        yield system


@pytest.fixture
def books(tripletex: Tripletex) -> Books:
    return tripletex.companies[40917001]


@pytest.fixture
async def target(tripletex: Tripletex) -> AsyncIterator[TripletexTarget]:
    async with tripletex_target(tripletex) as opened:
        yield opened


class Payroll:
    """Kari alone in the source, and an integration."""

    def __init__(self, target: TripletexTarget, settings: dict[str, str]) -> None:
        self.source = MemorySource()
        self.integration = Integration(self.source, target, settings=settings, today=TODAY)

    async def plan(self, **different: object) -> Change:
        employee: Employee = replace(kari(identity=None, bank=None), **different)  # type: ignore[arg-type]
        self.source.people = {employee.source_id: employee}
        (change,) = (await self.integration.plan()).changes
        return change


async def payroll_of(target: TripletexTarget, **settings: str) -> Payroll:
    division = (await target.choices("division"))[0].value
    return Payroll(target, {"division": division, "occupation_code": "5223102", **settings})


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.rule)
async def test_what_tripletex_refuses_is_found_in_the_plan(target: TripletexTarget, refusal: Refusal) -> None:
    payroll = await payroll_of(target, **refusal.settings)
    await found_in_the_plan(refusal, await payroll.plan(**refusal.different), payroll.integration.carry_out)


@pytest.mark.parametrize("also", [{}, {"employeeNumber": f"0{kari().number}"}])
async def test_an_address_that_a_user_has_is_found_though_they_are_told_apart(
    target: TripletexTarget, books: Books, also: dict[str, str]
) -> None:
    other = next(row for row in books.rows["Employee"].values() if row.get("employeeNumber"))
    other |= {"email": "Shop@polarbonan.example", "userType": "STANDARD", **also}
    payroll = await payroll_of(target, **USER)
    change = await payroll.plan(work_email="shop@polarbonan.example")
    assert change.kind is ChangeKind.CONFLICT
    told_apart = Resolution(MatchDecision.DIFFERENT, str(other["id"]))
    payroll.integration.resolutions = {change.person.source_id: told_apart}
    change = await payroll.plan(work_email="shop@polarbonan.example")
    assert change.kind is ChangeKind.BLOCKED
    assert "duplicate.email" in {found.code for found in change.findings}


@pytest.mark.parametrize("settings", [{"salary": "none"}, {}])
async def test_a_new_employment_without_pay_is_told(target: TripletexTarget, settings: dict[str, str]) -> None:
    payroll = await payroll_of(target, **settings)
    ahead = (pay(TODAY + timedelta(days=40), "50000"),)
    change = await (payroll.plan() if settings else payroll.plan(compensations=ahead))
    assert change.kind is ChangeKind.CREATE
    assert "terms.without_pay" in {found.code for found in change.findings}


@pytest.mark.parametrize(
    ("gone", "field"), [("address", "street"), ("work_phone", "work_phone"), ("private_phone", "mobile_phone")]
)
async def test_what_is_gone_from_the_source_is_told(target: TripletexTarget, gone: str, field: str) -> None:
    payroll = await payroll_of(target)
    await payroll.integration.carry_out(await payroll.plan())
    change = await payroll.plan(**{gone: None})
    assert [found.code for found in change.findings if found.field == field] == ["value.only_in_target"]


async def test_a_raise_out_of_proportion_is_asked_about(target: TripletexTarget) -> None:
    payroll = await payroll_of(target)
    await payroll.integration.carry_out(await payroll.plan())
    raised = TODAY + timedelta(days=9)
    back = raised + timedelta(days=30)
    slip = (pay(START, "50000"), pay(raised, "600000"))
    change = await payroll.plan(compensations=(*slip, replace(pay(back, "550000"), period=PayPeriod.YEAR)))
    jumps = [(found.code, dict(found.values)) for found in change.findings if found.code.endswith(".jump")]
    assert jumps == [
        ("compensation.jump", {"effective": raised}),
        ("compensation.jump", {"effective": back}),
        ("pay.jump", {}),
    ]
    await payroll.plan(compensations=slip)
    assert (await payroll.integration.plan()).header.improbable_pay == 1


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["Noe er galt"], "Noe er galt"),
        ([{"field": None, "message": "Noe er galt"}, "Og mer"], "Noe er galt; Og mer"),
        ([{"field": "somethingNew", "message": "Er ikke lov"}], "somethingNew: Er ikke lov"),
        ([{"field": 7, "message": ["x"]}, 7, None, "  "], "Validering feilet."),
        ({"field": "x"}, "Validering feilet."),
        (None, "Validering feilet."),
    ],
)
def test_tripletex_own_words_are_kept_in_whatever_form_they_come(lines: Any, words: str) -> None:
    body = {"status": 422, "code": 18000, "message": "Validering feilet.", "validationMessages": lines}
    error = error_of("PUT /employee/1", TripletexRefusal.of(Answer(422, body, {})))
    assert isinstance(error, Rejected)
    assert error.verbatim == words
