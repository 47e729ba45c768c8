"""What Visma.net should hold of an employee, and what stands in the way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.employee import BankAccount, Employee, EmploymentType, IdentityNumber, PayPeriod
from bot.domain.findings import Severity
from bot.domain.record import Level, Part, Value
from bot.providers.protocol import Desired, FieldSpec, Write
from bot.providers.visma_net.target import VismaNetTarget
from bot.sync.compare.diff import difference
from sandbox.visma_net import TENANT, demo
from tests.providers.visma_net.connections import OCCUPATION, settings_of, visma_net_target, without_contact
from tests.support.provider_people import TODAY, job, kari, pay

START = date(2024, 3, 1)


@pytest.fixture
async def target() -> AsyncIterator[tuple[VismaNetTarget, dict[str, str]]]:
    async with demo(TODAY) as system, visma_net_target(system) as opened:
        yield opened, settings_of(system.tenants[TENANT])


Target = tuple[VismaNetTarget, dict[str, str]]


async def desired(target: Target, employee: Employee, **settings: str) -> Desired:
    return await target[0].desired(employee, {**target[1], **settings}, TODAY)


def employment(made: Desired, start: date = START) -> dict[str, Value]:
    return next(dict(p.values) for p in made.record if (p.level, p.key) == (Level.EMPLOYMENT, (start,)))


def codes(made: Desired, severity: Severity | None = None) -> list[str]:
    return [finding.code for finding in made.findings if severity in (None, finding.severity)]


async def test_a_complete_employee(target: Target) -> None:
    made = await desired(target, without_contact())
    assert codes(made) == []
    assert employment(made) == {
        "position_type": "Ordinary",
        "employment_form": "fast",
        "occupation_code": OCCUPATION,
        "work_time_agreement": "37.5 hours",
        "tax_unit": "Polarbønna Norge AS",
        "percentage": Decimal(100),
        "monthly_salary": Decimal(50000),
        "effective_from": START,
    }


@pytest.mark.parametrize(
    ("basis", "amount"),
    [
        ("as_is", Decimal(30000)),
        ("to_full_time", Decimal("50000.00")),
        ("to_actual", Decimal("18000.00")),
        ("none", None),
    ],
)
async def test_part_time_pay_as_the_payroll_wants_it(target: Target, basis: str, amount: Decimal | None) -> None:
    part_time = without_contact(employments=(job(percentage="60"),), compensations=(pay(START, "30000"),))
    made = await desired(target, part_time, salary=basis)
    assert employment(made).get("monthly_salary") == amount


@pytest.mark.parametrize(("amount", "told"), [("30000", ["value.rounded"]), ("29970", [])])
async def test_pay_that_is_rounded_on_the_way_is_told(target: Target, amount: str, told: list[str]) -> None:
    part_time = without_contact(employments=(job(percentage="33.3"),), compensations=(pay(START, amount),))
    assert codes(await desired(target, part_time, salary="to_full_time")) == told
    assert codes(await desired(target, part_time, salary="as_is")) == []


async def test_hourly_pay_is_never_converted(target: Target) -> None:
    hourly = pay(START, "310.5", period=PayPeriod.HOUR)
    part_time = without_contact(employments=(job(percentage="60"),), compensations=(hourly,))
    made = await desired(target, part_time, salary="to_full_time")
    assert employment(made)["hourly_wage"] == Decimal("310.5")


@pytest.mark.parametrize(
    ("different", "settings", "code"),
    [
        ({"employments": ()}, {}, "employment.missing"),
        ({"employments": (job(percentage=None),)}, {}, "visma_net_percentage_missing"),
        ({"employments": (job(percentage="0"),)}, {"salary": "to_full_time"}, "visma_net_pay_of_nothing"),
        ({"compensations": (pay(START, "50000", "SEK"),)}, {}, "compensation.currency"),
        ({"compensations": (pay(START, "900", period=PayPeriod.DAY),)}, {}, "visma_net_pay_period"),
        ({}, {"tax_unit": ""}, "visma_net_choice_missing"),
        ({}, {"work_time_agreement": "gone"}, "visma_net_choice_gone"),
    ],
)
async def test_what_stops_an_employee(
    target: Target, different: dict[str, Any], settings: dict[str, str], code: str
) -> None:
    made = await desired(target, without_contact(**different), **settings)
    assert codes(made, Severity.BLOCKING) == [code]


@pytest.mark.parametrize(
    ("different", "settings", "code"),
    [
        ({"identity": IdentityNumber(value="19900517-1234", country="SE")}, {}, "visma_net_foreign_identity"),
        ({"bank": BankAccount(clearing="5999", number="1234567", country="SE")}, {}, "visma_net_foreign_bank_account"),
        ({"private_phone": "+46701234567"}, {"phone_type": "mobile"}, "visma_net_foreign_phone"),
        (
            {"custom": {"yrkeskode": "2310"}},
            {"occupation_code_field": "yrkeskode"},
            "visma_net_occupation_code_invalid",
        ),
        ({}, {"occupation_code": ""}, "visma_net_occupation_code_missing"),
        (
            {"employments": (job(type=EmploymentType(id="t2", name="Vikar")),)},
            {},
            "visma_net_employment_form_unknown",
        ),
    ],
)
async def test_what_is_left_out_is_told(
    target: Target, different: dict[str, Any], settings: dict[str, str], code: str
) -> None:
    made = await desired(target, without_contact(**different), **settings)
    assert codes(made) == [code]
    assert codes(made, Severity.BLOCKING) == []


async def test_a_norwegian_iban_is_an_account(target: Target) -> None:
    made = await desired(target, without_contact(bank=BankAccount(iban="NO93 9999 0402 473", country="NO")))
    assert made.record[0].values["bank_account"] == "99990402473"


async def test_the_employees_own_occupation_comes_first(target: Target) -> None:
    own = without_contact(custom={"yrkeskode": "3112122"})
    made = await desired(target, own, occupation_code_field="yrkeskode")
    assert employment(made)["occupation_code"] == "3112122"


async def test_other_contract_types_as_chosen(target: Target) -> None:
    temp = without_contact(employments=(job(type=EmploymentType(id="t2", name="Vikar")),))
    made = await desired(target, temp, other_employment_form="midlertidigAnsattSomTilkallingsvikar")
    assert employment(made)["employment_form"] == "midlertidigAnsattSomTilkallingsvikar"


async def test_an_employment_that_is_over_is_ended_and_never_made(target: Target) -> None:
    made = await desired(target, without_contact(employments=(job(START, date(2026, 1, 31)),)))
    (part,) = [part for part in made.record if part.level is Level.EMPLOYMENT]
    assert part == Part(Level.EMPLOYMENT, (START,), {"end_date": date(2026, 1, 31)}, existing_only=True)


async def test_pay_after_the_last_day_is_not_planned(target: Target) -> None:
    ends = without_contact(
        employments=(job(START, date(2026, 12, 31)),),
        compensations=(pay(START, "50000"), pay(date(2027, 1, 1), "52000")),
    )
    made = await desired(target, ends)
    assert [part.key for part in made.record if part.level is Level.TERMS] == [(START, START)]


async def test_no_value_of_a_person_is_in_a_finding(target: Target) -> None:
    made = await desired(target, kari(identity=IdentityNumber(value="19900517-1234", country="SE")))
    assert "1234" not in str([finding.values for finding in made.findings])


def test_a_field_that_goes_along_is_no_reason_to_write() -> None:
    rules = [
        FieldSpec(key="pay", level=Level.PERSON, source="", target=""),
        FieldSpec(key="name", level=Level.PERSON, source="", target=""),
        FieldSpec(key="since", level=Level.PERSON, source="", target="", write=Write.ALONG, beside=("pay",)),
        FieldSpec(key="id", level=Level.PERSON, source="", target="", write=Write.ALONG),
    ]
    want = (Part(Level.PERSON, (), {"pay": Decimal(2), "name": "Kari", "since": TODAY, "id": "s1"}),)

    def written(**held: Value) -> list[str]:
        return [change.field for change in difference(want, (Part(Level.PERSON, (), held),), rules).fields]

    assert written(pay=Decimal(2), name="Kari") == []
    assert written(pay=Decimal(2), name="Karin") == ["name", "id"]
    assert written(pay=Decimal(1), name="Kari") == ["pay", "since", "id"]
    assert written(pay=Decimal(1), name="Kari", since=TODAY, id="s1") == ["pay"]
    assert [change.field for change in difference(want, None, rules).fields] == ["pay", "name", "since", "id"]


async def test_whoever_comes_back_on_the_last_day_of_the_former_employment_is_not_made_a_second_position(
    target: Target,
) -> None:
    again = date(2026, 5, 4)
    person = without_contact(employments=(job(date(2020, 3, 1), again), job(again)))
    made = await desired(target, person)
    assert codes(made, Severity.WARNING) == ["employment.overlap"]
    (blocking,) = made.when_new[Level.EMPLOYMENT, (again,)]
    assert (blocking.code, blocking.severity) == ("employment.overlap", Severity.BLOCKING)
    next_day = without_contact(employments=(job(date(2020, 3, 1), date(2026, 5, 3)), job(again)))
    assert codes(await desired(target, next_day)) == []
