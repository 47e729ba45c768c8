"""What was delivered and has been taken back or moved in Simployer: a file has room for one value and one day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from dataclasses import replace as changed
from datetime import date, timedelta
from xml.etree import ElementTree as ET

import pytest

from bot.domain.employee import Compensation, Employee, Employment
from bot.domain.outcome import OutcomeKind
from sandbox.paxml import Paxml
from tests.providers.agda_ps.customer import HIRED, employment, pay, swede
from tests.providers.paxml.test_file_target import Customer

APRIL, TODAY = date(2026, 4, 1), date(2026, 4, 10)
MOVED = "delivery.day_moved"


@pytest.fixture
async def customer() -> AsyncIterator[Customer]:
    async with Paxml() as system:
        made = Customer(system)
        made.runs.today = TODAY
        yield made
        assert made.refusals() == []


def paid(*raises: Compensation) -> Employee:
    return changed(swede(), compensations=(pay(35000), *raises))


def working(*jobs: Employment) -> Employee:
    return changed(swede(), employments=jobs)


def halved(day: date, percentage: int = 50) -> Employee:
    return working(employment(HIRED, day - timedelta(days=1)), employment(day, percentage=percentage))


def dated(customer: Customer, element: str) -> tuple[str | None, str | None] | None:
    """A value of the last file and the day from which it holds."""
    found = next(ET.fromstring(customer.file).iter(element), None)
    return None if found is None else (found.text, found.get("datum"))


@pytest.mark.parametrize(
    ("before", "after", "element", "said"),
    [
        pytest.param(paid(pay(36000, APRIL)), paid(), "manlon", ("35000.00", "2026-04-01"), id="raise withdrawn"),
        pytest.param(
            paid(pay(36000, APRIL)),
            paid(pay(36000, date(2026, 5, 1))),
            "manlon",
            ("35000.00", "2026-04-01"),
            id="raise postponed",
        ),
        pytest.param(
            paid(pay(36000, APRIL)),
            paid(pay(36000, date(2026, 3, 1))),
            "manlon",
            ("36000.00", "2026-03-01"),
            id="raise brought forward",
        ),
        pytest.param(
            paid(pay(36000, APRIL)),
            paid(pay(36000, date(2026, 4, 5))),
            "manlon",
            ("36000.00", "2026-04-05"),
            id="raise put off by some days",
        ),
        pytest.param(
            paid(pay(36000, APRIL)),
            paid(pay(37000, date(2026, 4, 5))),
            "manlon",
            ("37000.00", "2026-04-05"),
            id="another raise some days later",
        ),
        pytest.param(halved(APRIL), swede(), "sysgrad", ("100.00", "2026-04-01"), id="share taken back"),
        pytest.param(
            halved(APRIL), halved(date(2026, 3, 1)), "sysgrad", ("50.00", "2026-03-01"), id="share brought forward"
        ),
    ],
)
@pytest.mark.parametrize("doubted", [False, True])
async def test_no_later_day_goes_on_beside_what_holds_now(
    customer: Customer,
    before: Employee,
    after: Employee,
    element: str,
    said: tuple[str, str],
    doubted: bool,
) -> None:
    await customer.sync(before)
    if doubted:  # the next delivery may have arrived or not
        plan = await customer.runs.plan(customer.inbox, redeliver=True)
        known = customer.runs.memory["s1"]
        customer.runs.memory["s1"] = replace(known, fingerprint=next(iter(plan.changes)).delivery)
    (change,) = (await customer.plan(after)).changes
    assert MOVED in {found.code for found in change.findings}
    await customer.sync(after)
    # Of a delivery in doubt no value is known: the day that may stand there is the one to be on the safe side with.
    assert dated(customer, element) == ((said[0], max(said[1], "2026-04-01")) if doubted else said)
    (change,) = (await customer.plan(after)).changes
    assert (change.fields, MOVED in {found.code for found in change.findings}) == ((), False)


async def test_a_later_raise_goes_on_after_one_that_was_withdrawn(customer: Customer) -> None:
    await customer.sync(paid(pay(36000, APRIL)))
    await customer.sync(paid())
    customer.runs.today = date(2026, 6, 2)
    await customer.sync(paid(pay(37000, date(2026, 6, 1))))
    assert dated(customer, "manlon") == ("37000.00", "2026-06-01")


@pytest.mark.parametrize(
    "after",
    [
        paid(pay(35000, APRIL)),
        working(employment(HIRED, date(2026, 3, 31)), employment(APRIL)),
    ],
    ids=["a row of the same pay", "a job of the same share"],
)
async def test_what_goes_on_as_it_was_is_not_delivered(customer: Customer, after: Employee) -> None:
    await customer.sync(swede())
    (change,) = (await customer.plan(after)).changes
    assert (change.fields, [found for found in change.findings if found.code == MOVED]) == ((), [])


async def test_a_leaving_that_is_taken_back_is_told_once_as_no_file_can_say_it(customer: Customer) -> None:
    await customer.sync(working(employment(HIRED, date(2026, 4, 30))))
    (change,) = (await customer.plan(swede())).changes
    assert [finding.code for finding in change.findings if finding.code.startswith("paxml")] == ["paxml_cannot_clear"]
    (outcome,) = await customer.sync(swede())
    assert [finding.code for finding in outcome.findings if finding.code.startswith("paxml")] == ["paxml_cannot_clear"]
    assert "avgdatum" not in customer.said()
    assert await customer.sync() == []


async def test_a_start_that_was_mistyped_by_a_century_does_not_stop_the_person(customer: Customer) -> None:
    await customer.sync(swede())
    far = working(employment(date(1899, 12, 31), percentage=80))
    outcomes = await customer.sync(far)
    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.UPDATED]
