"""What stands in the way of an employee, and which unit salaries seem to be in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.employee import Address, BankAccount, IdentityNumber, PayPeriod, Unit
from bot.domain.findings import Severity
from bot.providers.kleer.reference_data import unit_of
from bot.providers.kleer.target import KleerTarget
from sandbox.kleer import Kleer
from sandbox.kleer.company import KleerCompany
from tests.providers.kleer.connections import SETTINGS, START, employee, kleer_target
from tests.support.provider_people import TODAY, job, pay

HOUR = PayPeriod.HOUR

FOUND: Mapping[str, tuple[dict[str, Any], dict[str, str], set[str]]] = {
    "nothing": ({}, {}, set()),
    "another currency": ({"compensations": (pay(START, "36000", "NOK"),)}, {}, {"compensation.currency"}),
    "a week's pay": ({"compensations": (pay(START, "9000", "SEK", PayPeriod.WEEK),)}, {}, {"kleer_pay_period"}),
    "a rate to come": (
        {"compensations": (pay(START, "180", "SEK", HOUR), pay(date(2027, 1, 1), "190", "SEK", HOUR))},
        {},
        {"kleer_rate_to_come"},
    ),
    "a rate of öre, in kronor": (
        {"compensations": (pay(START, "185.50", "SEK", HOUR),)},
        {"salary_unit": "kronor"},
        {"kleer_rate_of_ore", "kleer_unit_contradicted"},
    ),
    "a third of an öre": ({"compensations": (pay(START, "36000.001", "SEK"),)}, {}, {"value.rounded"}),
    "no percentage": ({"employments": (job(percentage="0"),)}, {"salary": "to_actual"}, {"kleer_pay_of_nothing"}),
    "two at once": ({"employments": (job(), job(date(2025, 1, 1)))}, {}, {"employment.overlap"}),
    "no employment": ({"employments": ()}, {}, {"employment.missing"}),
    "one to come": (
        {"employments": (job(end=date(2026, 11, 30)), job(date(2027, 2, 1)))},
        {},
        {"kleer_employment_to_come"},
    ),
    "another number": (
        {"identity": IdentityNumber(value="17059012345", country="NO")},
        {},
        {"kleer_identity_not_swedish"},
    ),
    "an account abroad": (
        {"bank": BankAccount(iban="NO9386011117947")},
        {},
        {"kleer_bank_account_unusable"},
    ),
    "no such country": ({"address": Address(city="X", country="Narnia")}, {}, {"kleer_country_unknown"}),
    "no such cost centre": ({"cost_center": Unit(id="c", name="Månen")}, {}, {"kleer_cost_center_unknown"}),
    "one that is closed": (
        {"cost_center": Unit(id="c", name="Avvecklat", code="900")},
        {},
        {"kleer_cost_center_unknown"},
    ),
    "no cost centre is sent": ({"cost_center": Unit(id="c", name="Månen")}, {"unit_from": "none"}, set()),
    "the unit is not confirmed": ({}, {"salary_unit": "not_seen"}, {"kleer_unit_not_seen"}),
    "no salaries are sent": ({}, {"salary_unit": "not_seen", "salary": "none"}, set()),
    "kronor, where öre are": ({}, {"salary_unit": "kronor"}, {"kleer_unit_contradicted"}),
}


@pytest.mark.parametrize("name", FOUND)
async def test_what_is_told_of_an_employee(target: KleerTarget, name: str) -> None:
    different, settings, codes = FOUND[name]
    desired = await target.desired(employee(**different), {**SETTINGS, **settings}, TODAY)
    assert {found.code for found in desired.findings} == codes


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, set()),
        ({"unit_from": "none"}, {"cost_center"}),
        ({"salary": "none"}, {"salary", "hourly_wage"}),
        ({"salary_unit": "not_seen"}, {"salary", "hourly_wage"}),
    ],
)
async def test_what_the_settings_keep_from_kleer_is_not_told_as_missing(
    target: KleerTarget, settings: dict[str, str], names: set[str]
) -> None:
    assert (await target.desired(employee(), {**SETTINGS, **settings}, TODAY)).unspoken == names


async def test_a_unit_that_does_not_fit_keeps_everybody_out(kleer: Kleer, sweden: KleerCompany) -> None:
    for rows in sweden.salaries.values():
        rows.update({day: amount // 100 for day, amount in rows.items()})
    for unit, codes in (("kronor", []), ("ore", ["kleer_unit_contradicted"])):
        async with kleer_target(kleer) as target:
            desired = await target.desired(employee(), {**SETTINGS, "salary_unit": unit}, TODAY)
            version = await target.reference_data_version()
        assert [one.code for one in desired.findings if one.severity is Severity.BLOCKING] == codes
        assert "kronor" in version


@pytest.mark.parametrize(
    ("monthly", "hourly", "unit"),
    [
        ([], [], None),
        ([79000, 25000, 38500], [], "kronor"),
        ([450_000, 30000, 31000], [168], "kronor"),
        ([7_900_000, 2_500_000, 80_000], [16_800], "ore"),
        ([1_500_000], [], "ore"),
        ([], [168, 950], "kronor"),
        ([], [16_800], "ore"),
        ([38_500], [16_800], "both"),
    ],
)
def test_the_unit_that_pay_seems_to_be_in(monthly: list[int], hourly: list[int], unit: str | None) -> None:
    assert unit_of(list(map(Decimal, monthly)), list(map(Decimal, hourly))) == unit


@pytest.mark.parametrize(
    ("different", "settings", "codes"),
    [
        ({}, {}, set()),
        ({}, {"new_people": "entered"}, {"kleer_user_missing"}),
        ({"work_email": None, "private_email": None}, {}, {"kleer_email_missing"}),
        ({"identity": None}, {}, {"kleer_identity_missing"}),
        ({}, {"salary_unit": "not_seen"}, {"terms.without_pay"}),
        ({"compensations": ()}, {}, {"terms.without_pay"}),
    ],
)
async def test_what_keeps_somebody_from_being_made(
    target: KleerTarget, different: dict[str, Any], settings: dict[str, str], codes: set[str]
) -> None:
    desired = await target.desired(employee(**different), {**SETTINGS, **settings}, TODAY)
    assert {found.code for told in desired.when_new.values() for found in told} == codes


async def test_without_a_dimension_of_that_name_the_only_one_is_it(kleer: Kleer, sweden: KleerCompany) -> None:
    first, second = sweden.dimensions
    sweden.dimensions[first]["name"] = "Avdelning"
    for active, known in (("true", False), ("false", True)):
        sweden.dimensions[second]["active"] = active
        async with kleer_target(kleer) as target:
            desired = await target.desired(employee(), SETTINGS, TODAY)
        assert ({found.code for found in desired.findings} == set()) is known
