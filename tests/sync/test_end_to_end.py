"""Simployer to Tripletex over real HTTP, with every fault of the catalogue in the way.

After every fault: nobody twice, no change lost, no outcome that is not so, and a second run that does the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from bot.domain.change import ChangeKind
from bot.domain.outcome import Outcome, OutcomeKind
from bot.providers.errors import NotPermitted, ProviderError, WrongAccount
from sandbox.faults import Fault
from tests.support.properties import examples
from tests.support.sync_office import LEAVING, MOVED, NEW, RAISED, SAME, Office, office

CREATE = {"method": "POST", "path": "/employee$"}
PERSON = {"method": "PUT", "path": r"/employee/\d+$"}
JOB = {"method": "PUT", "path": r"/employment/\d+$"}
PAY = {"method": "POST", "path": "/employment/details$"}
PEOPLE = {"method": "GET", "path": "/employee$"}
REVISION = {"status": 409, "code": 8000, "message": "RevisionException", "validationMessages": None}
REFUSAL = {
    "status": 422, "code": 18000, "message": "Validering feilet.",
    "validationMessages": [{"field": "phoneNumberWork", "message": "Ugyldig format."}],
}  # fmt: skip

EVERYBODY = (NEW, SAME, MOVED, RAISED, LEAVING)

Break = Callable[[Office], Fault]


def of_target(kind: str, **when: Any) -> Break:
    """A fault of Tripletex, by the name of its maker in `Faults`."""
    return lambda both: getattr(both.tripletex.faults, kind)(**when)


def of_source(kind: str, **when: Any) -> Break:
    """A fault of Simployer."""
    return lambda both: getattr(both.simployer.faults, kind)(**when)


def target_faults() -> Iterator[tuple[str, Break]]:
    """Name and what goes wrong in Tripletex."""
    for name, when in {"create": CREATE, "person": PERSON, "employment": JOB, "salary": PAY}.items():
        yield f"{name}: cut before", of_target("connection_cut", **when)
        yield f"{name}: cut after", of_target("connection_cut", committed=True, **when)
        yield f"{name}: time-out before", of_target("timeout_before_commit", **when)
        yield f"{name}: time-out after", of_target("timeout_after_commit", **when)
        yield f"{name}: 500", of_target("status", status=500, **when)
        yield f"{name}: 503 for ever", of_target("status", status=503, times=None, **when)
        yield f"{name}: 409", of_target("status", status=409, body=REVISION, **when)
        yield f"{name}: 422", of_target("status", status=422, body=REFUSAL, **when)
        yield f"{name}: 429", of_target("rate_limited", **when)
        yield f"{name}: 429 with reset", of_target("rate_limited", reset=0, **when)
        yield f"{name}: 401 mid-run", of_target("unauthorized", **when)
        yield f"{name}: malformed answer", of_target("malformed_json", **when)
    yield "list: 500", of_target("status", status=500, times=2, **PEOPLE)
    yield "list: 401 for ever", of_target("unauthorized", times=None, **PEOPLE)
    yield "list: malformed", of_target("malformed_json", **PEOPLE)
    yield "list: slow", of_target("timeout_before_commit", **PEOPLE)
    yield "list: truncated", of_target("truncated_page", times=4, **PEOPLE)
    yield "list: empty", of_target("empty_page", nth=2, times=3, **PEOPLE)
    yield "one person: 500", of_target("status", status=500, times=None, method="GET", path=r"/employee/\d+$")


def source_faults() -> Iterator[tuple[str, Break]]:
    """Name and what goes wrong in Simployer."""
    yield "source: 500", of_source("status", status=500, **PEOPLE)
    yield "source: 429", of_source("rate_limited", retry_after=0, **PEOPLE)
    yield "source: 401", of_source("unauthorized", times=None, **PEOPLE)
    yield "source: cut", of_source("connection_cut", **PEOPLE)
    yield "source: malformed", of_source("malformed_json", **PEOPLE)
    yield "source: truncated", of_source("truncated_page", keep=2, **PEOPLE)
    yield "source: pay is missing", of_source("truncated_page", keep=2, path="/compensation$")


FAULTS = dict([*target_faults(), *source_faults()])


async def in_step(office: Office) -> None:
    """The books are the mapping of the source, and nobody is in them twice."""
    assert office.numbers() == Counter(EVERYBODY)
    changes = await office.plan_changes()
    assert {number: change.kind for number, change in changes.items()} == dict.fromkeys(EVERYBODY, ChangeKind.UNCHANGED)
    assert office.row(MOVED)["lastName"] == "Flytting"
    assert office.row(MOVED)["phoneNumberWork"] == "41111111"
    assert len(office.salaries(RAISED)) == 2
    assert 840_000 in office.salaries(RAISED).values()
    assert all(job["endDate"] for job in office.jobs(LEAVING))
    assert all(len(office.jobs(number)) == 1 for number in office.numbers())
    assert office.tripletex.forbidden_calls == []


async def is_true(office: Office, result: list[Outcome] | ProviderError) -> None:
    """Whoever is reported as done is done; whoever is not is left for the next run or for a human."""
    assert all(count == 1 for count in office.numbers().values())
    if isinstance(result, ProviderError):
        return
    now = await office.plan_changes()
    assert {outcome.person.number for outcome in result} <= set(now)
    for outcome in result:
        if outcome.kind in (OutcomeKind.CREATED, OutcomeKind.UPDATED, OutcomeKind.UNCHANGED):
            assert now[outcome.person.number].kind is ChangeKind.UNCHANGED, outcome
        else:
            assert outcome.retryable or outcome.kind is OutcomeKind.FAILED, outcome


async def test_a_run_without_faults_brings_everybody_into_step() -> None:
    async with office() as both:
        result = await both.sync()
        assert isinstance(result, list)
        assert {outcome.person.number: outcome.kind for outcome in result} == {
            NEW: OutcomeKind.CREATED,
            SAME: OutcomeKind.UNCHANGED,
            MOVED: OutcomeKind.UPDATED,
            RAISED: OutcomeKind.UPDATED,
            LEAVING: OutcomeKind.UPDATED,
        }
        await in_step(both)


@pytest.mark.parametrize("fault", FAULTS)
async def test_after_every_fault_a_second_run_does_the_rest(fault: str) -> None:
    async with office() as both:
        broken = FAULTS[fault](both)
        result = await both.sync()
        assert broken.hits
        both.tripletex.faults.clear()
        both.simployer.faults.clear()
        await is_true(both, result)
        again = await both.sync()
        assert isinstance(again, list)
        await in_step(both)


@examples(6, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(sorted(name for name in FAULTS if "ever" not in name)), min_size=2, max_size=4))
async def test_after_any_faults_together_runs_until_quiet_do_the_rest(faults: list[str]) -> None:
    async with office() as both:
        for fault in faults:
            FAULTS[fault](both)
        for _ in range(2):
            await both.sync()
            assert all(count == 1 for count in both.numbers().values())
        both.tripletex.faults.clear()
        both.simployer.faults.clear()
        await both.sync()
        await both.sync()
        await in_step(both)


async def test_a_token_that_sees_nobody_any_more_never_makes_anybody() -> None:
    """Tripletex filters silently on rights: an empty list is no empty company."""
    async with office() as both:
        await both.sync()
        before = both.numbers()
        both.books.switches.filtered.add("Employee")
        result = await both.sync()
        both.books.switches.filtered.clear()
        assert isinstance(result, NotPermitted)
        assert both.numbers() == before
        await in_step(both)


async def test_a_token_of_another_company_stops_the_run_before_anything_is_written() -> None:
    async with office() as both:
        before = both.numbers()
        both.tripletex.faults.wrong_company(path="whoAmI", times=None)
        result = await both.sync()
        assert isinstance(result, WrongAccount)
        assert both.numbers() == before


async def test_somebody_who_is_hired_by_hand_between_plan_and_write_is_not_made_twice() -> None:
    async with office() as both, both.integration() as integration:
        plan = await integration.plan()
        (create,) = [change for change in plan.changes if change.kind is ChangeKind.CREATE]
        both.books.add(
            "Employee", version=1, firstName="Somebody", lastName="Quicker", employeeNumber=NEW,
            dateOfBirth="1980-01-01", email="", userType="NO_ACCESS", isContact=False, usesAbroadPayment=False,
            creditorBankCountryId=0, department=both.row(SAME)["department"],
        )  # fmt: skip
        outcome = await integration.carry_out(create)
        assert (outcome.kind, outcome.retryable) == (OutcomeKind.FAILED, True)
        assert both.numbers()[NEW] == 1


async def test_a_change_made_in_tripletex_between_plan_and_write_is_not_overwritten() -> None:
    async with office() as both, both.integration() as integration:
        plan = await integration.plan()
        (moved,) = [change for change in plan.changes if change.person.number == MOVED]
        both.row(MOVED)["lastName"] = "Gift"
        outcome = await integration.carry_out(moved)
        assert (outcome.kind, outcome.retryable) == (OutcomeKind.FAILED, True)
        assert both.row(MOVED)["lastName"] == "Gift"
        assert both.row(MOVED)["phoneNumberWork"] != "41111111"


async def test_a_change_that_is_carried_out_twice_writes_once() -> None:
    """A process that dies between the write and its note does the step again."""
    async with office() as both, both.integration() as integration:
        plan = list((await integration.plan()).changes)
        for change in plan:
            await integration.carry_out(change)
        writes = len(both.tripletex.requests.writes())
        outcomes = [await integration.carry_out(change) for change in plan]
        assert len(both.tripletex.requests.writes()) == writes
        assert {outcome.kind for outcome in outcomes} <= {
            OutcomeKind.CREATED, OutcomeKind.UPDATED, OutcomeKind.UNCHANGED,
        }  # fmt: skip
        await in_step(both)


async def test_a_run_in_which_nothing_changed_writes_nothing_and_does_not_read_the_target() -> None:
    async with office() as both:
        await both.sync()
        both.tripletex.requests.clear()
        async with both.integration() as integration:
            plan = await integration.plan(full=False)
        assert plan.header.counts == {ChangeKind.UNCHANGED: 5}
        assert both.tripletex.requests.matching("GET", "/employee") == []
        assert both.tripletex.requests.writes() == []
