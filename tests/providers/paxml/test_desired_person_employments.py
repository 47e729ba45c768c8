"""First and last day of somebody with several employments: what counts is which one reaches furthest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.domain.employee import Employment
from bot.domain.findings import Severity
from bot.providers.paxml.desired_person import PaxmlPersonBuilder
from tests.providers.agda_ps.customer import HIRED, employment, pay, swede
from tests.support.employees import TODAY

SPRING = employment(date(2021, 1, 1), date(2021, 6, 30))


@pytest.mark.parametrize(
    ("jobs", "end"),
    [
        ((employment(HIRED, date(2027, 12, 31)), SPRING), date(2027, 12, 31)),
        ((employment(HIRED), SPRING), None),
        ((employment(HIRED, date(2025, 12, 31)), SPRING), date(2025, 12, 31)),
        ((employment(HIRED, date(2026, 3, 31)), SPRING, employment(date(2026, 4, 1))), None),
        ((employment(HIRED, date(2025, 12, 31)), SPRING, employment(date(2026, 1, 1))), None),
    ],
)
def test_a_short_employment_within_a_longer_one_ends_nobody(jobs: tuple[Employment, ...], end: date | None) -> None:
    part, findings = PaxmlPersonBuilder(replace(swede(), employments=jobs), {}, TODAY).build()
    assert part is not None
    assert (part.values["start_date"], part.values["end_date"]) == (HIRED, end)
    assert [found for found in findings if found.severity is Severity.BLOCKING] == []


DAY = timedelta(days=1)
NEXT = date(2026, 9, 1)


@pytest.mark.parametrize(
    ("different", "told"),
    [
        ({}, []),
        (
            {"compensations": (pay(35000), pay(36000, NEXT), pay(37000, NEXT + DAY))},
            [("pay", NEXT), ("pay", NEXT + DAY)],
        ),
        ({"compensations": (pay(35000), pay(36000, TODAY))}, []),
        # After the last day there is no pay.
        ({"compensations": (pay(35000), pay(36000, NEXT)), "employments": (employment(HIRED, NEXT - DAY),)}, []),
        # Before the first day: the pay of that day is in the file, a later one is not.
        (
            {"compensations": (pay(35000), pay(36000, NEXT + DAY)), "employments": (employment(NEXT),)},
            [("pay", NEXT + DAY)],
        ),
        (
            {"employments": (employment(HIRED, NEXT - DAY), employment(NEXT, percentage=50))},
            [("employment", NEXT)],
        ),
        (
            {"employments": (employment(HIRED, TODAY), employment(NEXT, percentage=50))},
            [("employment", NEXT)],
        ),
    ],
)
def test_what_is_to_come_and_has_no_room_is_announced(different: dict[str, Any], told: list[tuple[str, date]]) -> None:
    _, findings = PaxmlPersonBuilder(swede(**different), {}, TODAY).build()
    announced = [found for found in findings if found.code.endswith("_to_come")]
    assert [(found.code, found.values["day"]) for found in announced] == [
        (f"paxml_{what}_to_come", day) for what, day in told
    ]
    assert {found.severity for found in announced} <= {Severity.WARNING}
