"""Pay in Tripletex: no row without it, nothing of payroll's own lost or overwritten, rates that follow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.domain.change import Change, ChangeKind, FieldChange
from bot.domain.employee import Employee, EmploymentType, PayPeriod
from bot.domain.equality import undone
from bot.domain.outcome import OutcomeKind
from bot.domain.record import Level
from bot.providers.tripletex.target import TripletexTarget
from sandbox.tripletex import Tripletex, demo
from sandbox.tripletex.company_state import Books, Row
from sandbox.tripletex.registers import MUNICIPALITIES, OCCUPATION_CODES
from tests.support.fake_target import MemorySource
from tests.support.provider_connections import tripletex_target
from tests.support.provider_people import TODAY, job, kari, pay
from tests.support.sync_runner import Integration

START, RAISE = date(2024, 3, 1), date(2026, 11, 9)
OWN_CODE = next(key for key, row in OCCUPATION_CODES.items() if row["code"] == "0113115")
ZONE = next(iter(MUNICIPALITIES))


@pytest.fixture
async def tripletex() -> AsyncIterator[Tripletex]:
    async with demo(TODAY) as system:
        system.rate_limit.limit = 100_000
        yield system


@pytest.fixture
def books(tripletex: Tripletex) -> Books:
    return tripletex.companies[40917001]


class Payroll:
    """Kari in Tripletex, and an integration with her alone in the source."""

    def __init__(self, target: TripletexTarget, books: Books, settings: dict[str, str]) -> None:
        self.books = books
        self.source = MemorySource()
        self.integration = Integration(self.source, target, settings=settings, today=TODAY)

    async def plan(self, **different: Any) -> Change:
        employee: Employee = kari(**{"identity": None, "bank": None, **different})
        self.source.people = {employee.source_id: employee}
        (change,) = (await self.integration.plan()).changes
        return change

    async def sync(self, **different: Any) -> tuple[Change, list[str]]:
        """The change, and the codes of what is told of it."""
        change = await self.plan(**different)
        outcome = await self.integration.carry_out(change)
        assert outcome.kind not in (OutcomeKind.FAILED, OutcomeKind.UNKNOWN, OutcomeKind.CONFLICT), outcome
        return change, [finding.code for finding in outcome.findings]

    @property
    def rows(self) -> list[Row]:
        (person,) = [row for row in self.books.rows["Employee"].values() if row.get("employeeNumber") == "3001"]
        jobs = self.books.children("Employment", person["id"])
        return [row for one in jobs for row in self.books.children("EmploymentDetails", one["id"])]


@pytest.fixture
async def target(tripletex: Tripletex) -> AsyncIterator[TripletexTarget]:
    async with tripletex_target(tripletex) as target:
        yield target


@pytest.fixture
async def payroll(target: TripletexTarget, books: Books) -> Payroll:
    division = (await target.choices("division"))[0].value
    return Payroll(target, books, {"division": division, "occupation_code": "5223102"})


def settings_of(payroll: Payroll) -> dict[str, str]:
    assert isinstance(payroll.integration.settings, dict)
    return payroll.integration.settings


RAISED = (pay(START, "50000"), pay(RAISE, "55000"))


@pytest.mark.parametrize("takes_over", [False, True])
async def test_rows_that_come_together_have_each_their_own_rate(
    payroll: Payroll, books: Books, takes_over: bool
) -> None:
    """Whether a row takes over from the one before what it is not given has not been seen: the rate must not depend."""
    books.switches.row_takes_over = takes_over
    several = (pay(START, "50000"), pay(date(2025, 6, 6), "45000"), pay(RAISE, "56000"))
    await payroll.sync(compensations=several)
    assert [(row["annualSalary"], row["hourlyWage"]) for row in payroll.rows] == [
        (600000, 308),
        (540000, 277),
        (672000, 345),
    ]
    _, told = await payroll.sync(compensations=(*several, pay(date(2026, 12, 1), "58500")))
    assert payroll.rows[-1]["hourlyWage"] == 360
    assert "pay.rate_kept" not in told


async def test_a_raise_makes_no_row_where_pay_is_not_sent(payroll: Payroll) -> None:
    settings_of(payroll)["salary"] = "none"
    _, told = await payroll.sync()
    assert "tripletex_row_without_pay" in told  # payroll is told to enter it
    payroll.rows[0]["annualSalary"] = 582000
    change, _ = await payroll.sync(compensations=RAISED)
    assert change.kind is ChangeKind.UNCHANGED
    assert [(row["date"], row["annualSalary"]) for row in payroll.rows] == [(str(START), 582000)]


@pytest.mark.parametrize("takes_over", [True, False])
async def test_a_new_row_keeps_what_only_payroll_knows(payroll: Payroll, takes_over: bool) -> None:
    payroll.books.switches.row_takes_over = takes_over
    await payroll.sync()
    own = {
        "occupationCode": OWN_CODE,
        "payrollTaxMunicipalityId": ZONE,
        "employmentType": "MARITIME",
        "maritimeEmployment": {"shipRegister": "NIS"},
        "workingHoursScheme": "SHIFT_365",
        "shiftDurationHours": 35.5,
        "employmentForm": "TEMPORARY_ON_CALL",
    }
    payroll.rows[0].update(own)
    vikar = (job(type=EmploymentType(id="t", name="Vikariat")),)
    await payroll.sync(compensations=RAISED, employments=vikar)
    new = payroll.rows[1]
    assert {name: new[name] for name in own} == own
    assert (new["annualSalary"], new["hourlyWage"]) == (660000, 338)  # the old rate was Tripletex' own, and goes
    assert (await payroll.plan(compensations=RAISED, employments=vikar)).kind is ChangeKind.UNCHANGED


async def test_a_row_without_pay_to_send_takes_the_pay_in_force(payroll: Payroll) -> None:
    await payroll.sync()
    payroll.rows[0]["annualSalary"] = 610000
    odd = (pay(START, "50000"), pay(RAISE, "9000", period=PayPeriod.WEEK))
    change = await payroll.plan(compensations=odd)
    assert change.kind is ChangeKind.BLOCKED  # pay in force that Tripletex cannot hold
    # Written in a row of its own all the same, it would have the pay of the row before.
    percentage = FieldChange(Level.TERMS, (START, RAISE), "percentage", Decimal(80), None)
    part = (Level.TERMS, (START, RAISE))
    person = (await payroll.plan()).person
    made = Change(ChangeKind.UPDATE, person, (percentage,), (part,))
    await payroll.integration.target.apply(made, settings_of(payroll))
    new = payroll.rows[1]
    assert (new["annualSalary"], new["percentageOfFullTimeEquivalent"]) == (610000, 80)
    assert new["remunerationType"] == "MONTHLY_WAGE"


async def test_an_hourly_wage_replaces_an_annual_salary_in_a_new_row(payroll: Payroll) -> None:
    await payroll.sync()
    await payroll.sync(compensations=(pay(START, "50000"), pay(RAISE, "250.50", period=PayPeriod.HOUR)))
    new = payroll.rows[1]
    assert (new["annualSalary"], new["hourlyWage"], new["remunerationType"]) == (0, 250.5, "HOURLY_WAGE")


async def test_a_default_never_replaces_what_payroll_typed(payroll: Payroll) -> None:
    await payroll.sync()
    own = {
        "occupationCode": OWN_CODE,
        "employmentType": "FREELANCE",
        "workingHoursScheme": "SHIFT_365",
        "shiftDurationHours": 35.5,
    }
    payroll.rows[0].update(own)
    assert (await payroll.plan()).kind is ChangeKind.UNCHANGED
    settings_of(payroll).update(working_hours_scheme="OFFSHORE_336", shift_hours="33.6")
    assert (await payroll.plan()).kind is ChangeKind.UNCHANGED


async def test_a_default_fills_what_is_empty(payroll: Payroll) -> None:
    await payroll.sync()
    empty = {"occupationCode": None, "employmentType": "NOT_CHOSEN", "workingHoursScheme": "NOT_CHOSEN"}
    payroll.rows[0].update(empty)
    settings_of(payroll).update(working_hours_scheme="OFFSHORE_336", shift_hours="33.6")
    await payroll.sync()
    row = payroll.rows[0]
    assert OCCUPATION_CODES[row["occupationCode"]]["code"] == "5223102"
    assert (row["employmentType"], row["workingHoursScheme"]) == ("ORDINARY", "OFFSHORE_336")
    assert row["shiftDurationHours"] == 33.6


async def test_the_employees_own_occupation_is_written_over_another(payroll: Payroll) -> None:
    settings_of(payroll)["occupation_code_field"] = "yrkeskode"
    await payroll.sync()
    payroll.rows[0]["occupationCode"] = OWN_CODE
    await payroll.sync(custom={"yrkeskode": "2521106"})
    assert OCCUPATION_CODES[payroll.rows[0]["occupationCode"]]["code"] == "2521106"


async def test_what_holds_today_is_not_carried_back_in_time(payroll: Payroll) -> None:
    await payroll.sync(compensations=RAISED)
    first, last = payroll.rows
    await payroll.sync(compensations=RAISED, employments=(job(percentage="60"),))
    assert (first["percentageOfFullTimeEquivalent"], last["percentageOfFullTimeEquivalent"]) == (100, 60)
    await payroll.sync(compensations=(pay(START, "51000"), RAISED[1]), employments=(job(percentage="60"),))
    assert (first["annualSalary"], first["percentageOfFullTimeEquivalent"]) == (612000, 100)  # pay has its own day


async def test_a_row_of_payrolls_own_is_not_gone_behind(payroll: Payroll) -> None:
    await payroll.sync()
    (first,) = payroll.rows
    own = {name: value for name, value in first.items() if name not in ("id", "version", "changes")}
    payroll.books.add("EmploymentDetails", **{**own, "date": "2026-10-01", "percentageOfFullTimeEquivalent": 80})
    change, told = await payroll.sync(employments=(job(percentage="60"),))
    assert change.kind is ChangeKind.UNCHANGED
    assert "terms.only_in_target" in told
    change, told = await payroll.sync(employments=(job(percentage="80"),))
    assert "terms.only_in_target" not in told


async def test_a_rate_that_tripletex_made_follows_a_correction(payroll: Payroll) -> None:
    await payroll.sync()
    (row,) = payroll.rows
    assert (row["annualSalary"], row["hourlyWage"]) == (600000, 308)
    _, told = await payroll.sync(compensations=(pay(START, "52000"),))
    assert (row["annualSalary"], row["hourlyWage"]) == (624000, 320)
    assert "pay.rate_kept" not in told


async def test_a_rate_of_somebodys_own_is_left_and_told(payroll: Payroll) -> None:
    await payroll.sync()
    (row,) = payroll.rows
    row["hourlyWage"] = 355
    _, told = await payroll.sync(compensations=(pay(START, "52000"),))
    assert (row["annualSalary"], row["hourlyWage"]) == (624000, 355)
    assert "pay.rate_kept" in told
    _, told = await payroll.sync(compensations=(pay(START, "52000"), pay(RAISE, "55000")))
    assert payroll.rows[1]["hourlyWage"] == 355
    assert "pay.rate_kept" in told


async def test_a_past_row_without_usable_pay_is_not_made(payroll: Payroll) -> None:
    await payroll.sync(compensations=(pay(START, "9000", "SEK"), pay(date(2025, 1, 1), "50000")))
    assert [(row["date"], row["annualSalary"]) for row in payroll.rows] == [("2025-01-01", 600000)]


@pytest.mark.parametrize(("method", "nth"), [("PUT", 1), ("POST", 1), ("POST", 2)])
async def test_an_interrupted_update_of_several_rows_is_finished(
    payroll: Payroll, tripletex: Tripletex, method: str, nth: int
) -> None:
    await payroll.sync()
    three = (pay(date(2024, 3, 1), "51000"), pay(RAISE, "55000"), pay(date(2027, 1, 1), "58000"))
    change = await payroll.plan(compensations=three)
    tripletex.faults.connection_cut(committed=True, method=method, path="/details", nth=nth)
    outcome = await payroll.integration.carry_out(change)
    assert outcome.kind is OutcomeKind.UPDATED
    assert [(row["annualSalary"], row["hourlyWage"]) for row in payroll.rows] == [
        (612000, 314),
        (660000, 338),
        (696000, 357),
    ]
    assert (await payroll.plan(compensations=three)).kind is ChangeKind.UNCHANGED


async def test_what_tripletex_fills_in_a_row_of_ours_is_not_somebody_elses(
    payroll: Payroll, target: TripletexTarget
) -> None:
    await payroll.sync()
    change = await payroll.plan(compensations=RAISED)
    assert change.person.target_id is not None
    before = await target.read(change.person.target_id)
    await target.apply(change, {})
    after = await target.read(change.person.target_id)
    assert before is not None
    assert after is not None
    assert undone(after.record, change.fields, change.new_parts) == before.record


class TestTakenBack:
    async def test_a_resignation(self, payroll: Payroll) -> None:
        leaving = (job(end=date(2026, 12, 31)),)
        await payroll.sync(employments=leaving)
        for full in (True, False):
            change = await payroll.plan()
            _, told = await payroll.sync()
            assert change.kind is ChangeKind.UNCHANGED, full
            assert "employment.end_in_target" in told
            employee: Employee = kari(identity=None, bank=None)
            (quick,) = (await payroll.integration.plan(full=False)).changes
            assert quick.person.source_id == employee.source_id
            assert "employment.end_in_target" in [finding.code for finding in quick.findings]  # until it is put right

    @pytest.mark.parametrize("later", [(), (pay(date(2027, 2, 1), "60000"),)])
    async def test_a_raise_that_lies_ahead(self, payroll: Payroll, later: Any) -> None:
        ahead = (pay(START, "50000"), pay(date(2026, 12, 29), "60000"))
        _, told = await payroll.sync(compensations=ahead)
        assert "terms.only_in_target" not in told
        _, told = await payroll.sync(compensations=(pay(START, "50000"), *later))
        assert "terms.only_in_target" in told

    async def test_pay_of_payrolls_own_is_nothing_to_tell_of_where_none_is_sent(self, payroll: Payroll) -> None:
        settings_of(payroll)["salary"] = "none"
        await payroll.sync()
        (first,) = payroll.rows
        own = {name: value for name, value in first.items() if name not in ("id", "version", "changes")}
        payroll.books.add("EmploymentDetails", **{**own, "date": "2026-12-29", "annualSalary": 700000})
        _, told = await payroll.sync()
        assert "terms.only_in_target" not in told
