"""What was delivered and is gone in the source, and what no delivery takes away, is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.employee import Employee
from sandbox.agda_ps import GOOD, AgdaPs, demo
from tests.providers.agda_ps.customer import HIRED, Customer, employment, inbox, swede


@pytest.fixture
async def agda() -> AsyncIterator[AgdaPs]:
    async with demo() as system:
        yield system


APRIL = date(2026, 4, 1)


def halved(day: date, percentage: int = 50, **more: Any) -> Employee:
    jobs = (employment(HIRED, day - timedelta(days=1)), employment(day, percentage=percentage))
    return swede(employments=jobs, **more)


@pytest.mark.parametrize(
    ("delivered", "now", "shares"),
    [
        pytest.param(halved(APRIL), swede(), {"2020-01-01": "100", "2026-04-01": "100"}, id="taken back"),
        pytest.param(
            halved(APRIL),
            halved(date(2026, 5, 1)),
            {"2020-01-01": "100", "2026-04-01": "100", "2026-05-01": "50"},
            id="postponed",
        ),
        pytest.param(
            halved(APRIL),
            halved(date(2026, 3, 15)),
            {"2020-01-01": "100", "2026-03-15": "50", "2026-04-01": "50"},
            id="brought forward",
        ),
    ],
)
async def test_a_share_of_full_time_that_is_taken_back_does_not_go_on(
    agda: AgdaPs, delivered: Employee, now: Employee, shares: dict[str, str]
) -> None:
    customer = Customer(inbox(agda))
    await customer.sync(swede())
    await customer.sync(delivered)
    for _ in range(2):
        await customer.sync(now)
        rows = agda.of(GOOD.username).people["1/701"]["groups"]["Arbetstider"]
        assert {row["ARBETSTIDFRANTID"]: row["SYSSELSATTNINGSGRAD"] for row in rows} == shares
        (change,) = (await customer.plan()).changes
        assert (change.fields, change.new_parts) == ((), ())
    await customer.sync(redeliver=True)
    rows = agda.of(GOOD.username).people["1/701"]["groups"]["Arbetstider"]
    assert {row["ARBETSTIDFRANTID"]: row["SYSSELSATTNINGSGRAD"] for row in rows} == shares


async def test_a_position_goes_with_the_row_that_is_taken_back(agda: AgdaPs) -> None:
    customer = Customer(inbox(agda), today=date(2026, 4, 10))
    await customer.sync(halved(APRIL, title="Manager"))
    await customer.sync(swede(title="Barista"))
    rows = agda.of(GOOD.username).people["1/701"]["groups"]["Befattningar"]
    assert {row["BEFATTNINGFOMDATUM"]: row["BEFATTNING"] for row in rows}["2026-04-01"] == "Barista"


def told(change: Change) -> list[str]:
    return [found.field for found in change.findings if found.code == "value.only_in_target"]


@pytest.mark.parametrize(
    ("different", "fields"),
    [
        ({"title": None}, ["title"]),
        ({"cost_center": None}, ["department"]),
        ({"nationality": None}, ["nationality"]),
        ({"address": None}, ["street"]),
        ({"title": "Manager"}, []),
        ({}, []),
    ],
)
async def test_it_is_told_in_the_plan(agda: AgdaPs, different: dict[str, Any], fields: list[str]) -> None:
    customer = Customer(inbox(agda))
    customer.settings["department_from"] = "cost_center"
    await customer.sync(swede())
    customer.source.put(swede(**different))
    for _ in range(2):
        (change,) = (await customer.plan()).changes
        assert told(change) == fields
