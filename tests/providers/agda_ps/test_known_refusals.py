"""What the import job refuses, it refuses with the whole file: each rule of it is met in the plan."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Address, BankAccount, EmploymentType, PayPeriod, Unit
from bot.domain.outcome import Outcome
from sandbox.agda_ps import GOOD, AgdaPs, demo
from sandbox.agda_ps.structure import BLANK
from tests.providers.agda_ps.customer import HIRED, Customer, employment, inbox, pay, swede
from tests.support.employees import TODAY
from tests.support.known_refusals import Refusal, found_in_the_plan

LONG = "a" * 101
HOME = Address(street="Storgatan 1", postal_code="111 22", city="Malmö", country="SE")
IBAN = "NO9386011117947"
OTHER = EmploymentType(id="t9", name="seasonal")

REFUSALS = (
    Refusal("ANST_NR: blanks", {"number": "70 1"}, fields=("number",), blocks=True),
    Refusal("ANST_NR: too long", {"number": "7" * 21}, fields=("number",), blocks=True),
    Refusal("ANST_NR: braces", {"number": "{701}"}, fields=("number",), blocks=True),
    Refusal("ANST_NR: no XML", {"number": "20\x0b01"}, fields=("number",), blocks=True),
    Refusal("FORNAMN: too long", {"first_name": LONG}, fields=("first_name",), blocks=True),
    Refusal("EFTERNAMN: too long", {"last_name": LONG}, fields=("last_name",), blocks=True),
    Refusal("EFTERNAMN: clears", {"last_name": BLANK}, fields=("last_name",), blocks=True),
    Refusal("MEDBORGARSKAP", {"nationality": "Narnia"}, fields=("nationality",)),
    Refusal("EMAILADRESS: two", {"work_email": "a@b.se; c@d.se"}, fields=("email", "work_email")),
    Refusal("EMAILADRESS: none", {"work_email": "asa"}, fields=("email", "work_email")),
    Refusal("ADRESS: too long", {"address": replace(HOME, street=LONG)}, fields=("street",)),
    Refusal("ORT: too long", {"address": replace(HOME, city=LONG)}, fields=("city",)),
    Refusal("POSTNR", {"address": replace(HOME, postal_code="12_34", country="Norge")}, fields=("postal_code",)),
    Refusal("POSTNR: short", {"address": replace(HOME, postal_code="1")}, fields=("postal_code",)),
    Refusal("LAND", {"address": replace(HOME, country="Narnia")}, fields=("country",)),
    Refusal("CLEARINGNUMMER", {"bank": BankAccount(clearing="83", number="1234567")}, fields=("bank_account",)),
    Refusal("BANKKONTONUMMER", {"bank": BankAccount(clearing="8327", number="1" * 13)}, fields=("bank_account",)),
    Refusal(
        "BANKKONTONUMMER: digits of another script",
        {"bank": BankAccount(clearing="8327-9", number="１２３４５６７", country="SE")},
        fields=("bank_account",),
    ),
    Refusal("BIC", {"bank": BankAccount(iban=IBAN, bic="DNB")}, fields=("bic",)),
    Refusal("AVGANGSORSAK", settings={"leaving_reason": "own wish"}, fields=("end_reason",)),
    Refusal("ANSTALLNINGSFORM", settings={"permanent_form": "fast {1}"}, fields=("employment_form",)),
    Refusal("LONEART", settings={"salary_code": "10 00"}, fields=("pay_code",)),
    Refusal("BEFATTNING: too long", {"title": LONG}, fields=("title",)),
    Refusal(
        "AVDELNING",
        {"cost_center": Unit(id="c", name="Bars", code="40 0")},
        {"department_from": "cost_center"},
        ("department",),
    ),
    Refusal("BELOPP: none", {"compensations": (pay(0),)}, fields=("compensation",), blocks=True),
    Refusal("BELOPP: too long", {"compensations": (pay(10**9),)}, fields=("compensation",), blocks=True),
    Refusal(
        "SYSSELSATTNINGSGRAD",
        {"employments": (employment(HIRED, percentage=1000),)},
        fields=("percentage",),
        blocks=True,
    ),
)


@pytest.fixture
async def agda() -> AsyncIterator[AgdaPs]:
    async with demo() as system:
        yield system


@pytest.fixture
def customer(agda: AgdaPs) -> Customer:
    return Customer(inbox(agda))


def refused(agda: AgdaPs) -> list[str]:
    return [problem for entry in agda.log for problem in entry.problems]


async def planned(customer: Customer, **different: object) -> Change:
    customer.source.put(replace(swede(1), **different))  # type: ignore[arg-type]
    return next(change for change in (await customer.plan()).changes if change.person.source_id == "s1")


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.rule)
async def test_what_the_import_job_refuses_is_found_in_the_plan(
    agda: AgdaPs, customer: Customer, refusal: Refusal
) -> None:
    customer.settings |= refusal.settings
    leaving = {"employments": (employment(HIRED, date(2027, 1, 31)),)} if "leaving_reason" in refusal.settings else {}
    change = await planned(customer, **{**leaving, **refusal.different})

    async def carry_out(change: Change) -> Outcome:
        (outcome,) = await customer.deliver([change])
        return outcome

    await found_in_the_plan(refusal, change, carry_out)
    assert refused(agda) == []


async def test_one_person_who_does_not_fit_keeps_nobody_else_out(agda: AgdaPs, customer: Customer) -> None:
    outcomes = await customer.sync(swede(1, number="7 01"), swede(2), swede(3, title=LONG))
    assert [outcome.person.number for outcome in outcomes] == ["702", "703"]
    assert refused(agda) == []


@pytest.mark.parametrize(
    ("different", "settings", "code"),
    [
        ({"employments": (replace(employment(HIRED), percentage=None),)}, {}, "employment.percentage_missing"),
        (
            {"employments": (replace(employment(HIRED), type=OTHER),)},
            {"permanent_form": "F"},
            "agda_ps_form_without_code",
        ),
        ({"compensations": (replace(pay(1), amount=Decimal("35000.005")),)}, {}, "value.rounded"),
        ({"compensations": (pay(200, period=PayPeriod.HOUR),)}, {}, "agda_ps_pay_not_monthly"),
        (
            {"employments": (employment(HIRED, TODAY.replace(day=1)), employment(TODAY.replace(day=1)))},
            {},
            "employment.overlap",
        ),
    ],
)
async def test_what_is_dropped_or_changed_is_told(
    customer: Customer, different: dict[str, object], settings: dict[str, str], code: str
) -> None:
    customer.settings |= settings
    change = await planned(customer, **different)
    assert change.kind is ChangeKind.CREATE
    assert code in {found.code for found in change.findings}


async def test_an_address_that_is_no_address_does_not_clear_the_one_before(agda: AgdaPs, customer: Customer) -> None:
    await customer.sync(swede(1))
    await customer.sync(swede(1, work_email="asa"))
    assert agda.of(GOOD.username).people["1/701"]["own"]["EMAILADRESS"] == "asa1@example.se"
