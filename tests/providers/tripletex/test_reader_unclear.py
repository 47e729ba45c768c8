"""Employments and rows that cannot be told by their first day: the plan says so, and makes no other one beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.domain.change import Change, ChangeKind
from bot.domain.outcome import OutcomeKind
from bot.providers.tripletex.target import TripletexTarget
from sandbox.tripletex import Tripletex, demo
from sandbox.tripletex.company_state import Books, Row
from tests.support.fake_target import MemorySource
from tests.support.provider_connections import tripletex_target
from tests.support.provider_people import TODAY, kari
from tests.support.sync_runner import Integration


class Payroll:
    """Kari, in place in a company and then spoiled there."""

    def __init__(self, target: TripletexTarget, books: Books, settings: dict[str, str]) -> None:
        self.books = books
        self.source = MemorySource()
        self.integration = Integration(self.source, target, settings=settings, today=TODAY)

    async def plan(self, **different: Any) -> Change:
        person = kari(**{"identity": None, "bank": None, **different})
        self.source.people = {person.source_id: person}
        (change,) = (await self.integration.plan()).changes
        return change

    @property
    def employment(self) -> Row:
        (person,) = [row for row in self.books.rows["Employee"].values() if row.get("employeeNumber") == "3001"]
        return self.books.children("Employment", person["id"])[0]

    @property
    def terms(self) -> Row:
        return self.books.children("EmploymentDetails", self.employment["id"])[0]


@pytest.fixture
async def tripletex() -> AsyncIterator[Tripletex]:
    async with demo(TODAY) as system:
        system.rate_limit.limit = 100_000
        yield system


@pytest.fixture
async def payroll(tripletex: Tripletex) -> AsyncIterator[Payroll]:
    async with tripletex_target(tripletex) as target:
        settings = {"division": (await target.choices("division"))[0].value, "occupation_code": "5223102"}
        payroll = Payroll(target, tripletex.companies[40917001], settings)
        assert (await payroll.integration.carry_out(await payroll.plan())).kind is OutcomeKind.CREATED
        yield payroll


@pytest.mark.parametrize("bad", [None, "", "2024-02-30", "soon", 20240301])
@pytest.mark.parametrize(
    ("level", "key", "field"),
    [("employment", "startDate", "start_date"), ("terms", "date", "start_date"), ("employment", "endDate", "end_date")],
)
async def test_a_day_that_cannot_be_read_stops_the_person(
    payroll: Payroll, level: str, key: str, field: str, bad: object
) -> None:
    getattr(payroll, level)[key] = bad
    change = await payroll.plan(last_name="Berg")
    if key == "endDate" and not bad:
        assert change.kind is ChangeKind.UPDATE
        return
    assert change.kind is ChangeKind.BLOCKED
    told = change.findings[0]
    assert (told.code, told.field) == ("employment.unreadable_in_target", field)


@pytest.mark.parametrize(
    ("model", "level", "code"),
    [
        ("Employment", "employment", "employment.twice_in_target"),
        ("EmploymentDetails", "terms", "terms.twice_in_target"),
    ],
)
async def test_two_from_one_day_stop_the_person(payroll: Payroll, model: str, level: str, code: str) -> None:
    first = getattr(payroll, level)
    payroll.books.add(
        model, **{name: value for name, value in first.items() if name not in ("id", "version", "changes")}
    )
    change = await payroll.plan(last_name="Berg")
    assert (change.kind, change.findings[0].code) == (ChangeKind.BLOCKED, code)


async def test_one_that_becomes_unclear_after_the_plan_is_not_written(payroll: Payroll) -> None:
    change = await payroll.plan(last_name="Berg")
    assert change.kind is ChangeKind.UPDATE
    twin = {name: value for name, value in payroll.employment.items() if name not in ("id", "version", "changes")}
    payroll.books.add("Employment", **twin | {"startDate": None})
    outcome = await payroll.integration.carry_out(change)
    assert outcome.reason is not None
    assert outcome.reason.key == "apply.target_changed"
