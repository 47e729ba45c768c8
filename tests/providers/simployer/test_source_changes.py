"""Quick runs over Simployer's stand-in: nothing private leaves it without need, and nothing that changed goes unseen.

Each plan of a quick run is held against the one that is made when everyone is read whole, as the operator can have it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from bot.core.clock import SetClock
from bot.domain.change import Change, ChangeKind
from bot.domain.employee import Employee, EmployeeState
from bot.domain.scope import Scope, ScopeKind
from sandbox.companies.generator import Generator
from sandbox.simployer import Simployer
from tests.support.fake_target import MemoryTarget
from tests.support.properties import examples
from tests.support.provider_connections import simployer_source
from tests.support.sync_runner import Integration

TODAY = date(2025, 6, 2)
"""Neither this day nor any of the next six weeks is near a day in the data of these people."""

SIZE = 8
PRIVATE = ("bankAccount", "homeAddress", "custom", "ssn", "tax", "privateEmail", "privatePhone", "birthDate")


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


class Office:
    """Simployer, a target, and what is remembered from one day to the next."""

    def __init__(self, simployer: Simployer, clock: SetClock) -> None:
        self.simployer = simployer
        self.clock = clock
        self.runs: Integration[Any, MemoryTarget] = Integration(
            None, MemoryTarget(), environment="test", today=clock().date()
        )
        self.numbers = [str(row["employeeNumber"]) for row in simployer.store.rows["employee"].values()]

    def next_day(self, days: int = 1) -> None:
        self.runs.today += timedelta(days=days)
        self.clock.forward(days=days)

    async def sync(self, *, full: bool = False) -> None:
        async with simployer_source(self.simployer) as self.runs.source:
            await self.runs.sync(full=full)

    async def quick(self) -> dict[str, Change]:
        """The plan of a quick run by employee number, after it has proved to be that of reading everyone whole."""
        self.simployer.requests.clear()
        self.simployer.store.handed_out.clear()
        async with simployer_source(self.simployer) as self.runs.source:
            plan = await self.runs.plan(full=False)
        left, asked = self.simployer.store.handed_out.copy(), list(self.simployer.requests)
        async with simployer_source(self.simployer, delta="off") as self.runs.source:
            of_all = await self.runs.plan(full=False)
        assert [replace(change, trace="") for change in plan.changes] == [
            replace(change, trace="") for change in of_all.changes
        ]
        self.simployer.store.handed_out = left
        self.simployer.requests.clear()
        for exchange in asked:
            self.simployer.requests.add(exchange)
        return {change.person.number: change for change in plan.changes}

    @property
    def whole(self) -> int:
        """How many people were read whole in the latest quick run."""
        return self.simployer.store.handed_out["employee.bankAccount"]


@asynccontextmanager
async def office(*, scope: Scope | None = None) -> AsyncIterator[Office]:
    clock = SetClock(noon(TODAY - timedelta(days=1)))
    async with Simployer(Generator(SIZE).with_people(), clock=clock) as simployer:
        clock.at = noon(TODAY)
        made = Office(simployer, clock)
        if scope is not None:
            made.runs.scope = scope
        await made.sync(full=True)
        yield made


@pytest.fixture
async def synced() -> AsyncIterator[Office]:
    async with office() as made:
        made.next_day()
        yield made


async def test_where_nothing_changed_nothing_private_leaves_simployer(synced: Office) -> None:
    changes = await synced.quick()
    assert [change.kind for change in changes.values()] == [ChangeKind.UNCHANGED] * SIZE
    left = synced.simployer.store.handed_out
    assert [name for name in PRIVATE if left[f"employee.{name}"]] == []
    assert left["employee.updated"] == SIZE


async def test_where_nothing_changed_each_list_is_read_once(synced: Office) -> None:
    await synced.quick()
    asked = sorted(exchange.path.removeprefix("/v1/") for exchange in synced.simployer.requests)
    assert asked == [
        "compensation", "cost-center", "department", "employee", "employment", "employment-type", "office",
        "work-week", "work-week",
    ]  # fmt: skip


def _drop(resource: str) -> Callable[[Office, str], None]:
    def act(office: Office, number: str) -> None:
        store = office.simployer.store
        (row,) = store.history(resource, office.simployer.admin.employee(number)["id"])
        store.remove(resource, row["id"])

    return act


def _week(office: Office, number: str) -> None:
    store = office.simployer.store
    store.add(
        "work-week", employeeId=office.simployer.admin.employee(number)["id"], effectiveFrom="2025-01-01",
        timezone="Europe/Oslo", duration=30, monday={"working": True, "duration": 6.0, "shifts": []},
    )  # fmt: skip


def _rename(resource: str, key: str) -> Callable[[Office, str], None]:
    def act(office: Office, number: str) -> None:
        row = office.simployer.store.rows[resource][office.simployer.admin.employee(number)[key]]
        row["name"] = "Renamed"
        office.simployer.store.touch(resource, row)

    return act


def _with(**values: Any) -> Callable[[Office, str], None]:
    return lambda office, number: void(office.simployer.admin.change(number, **values))


def void(_made: object) -> None:
    """A verb's answer is not needed."""


async def _known(_seen: EmployeeState) -> bool:
    return True


EVENTS: dict[str, Callable[[Office, str], None]] = {
    "a raise, which changes no `updated`": lambda o, n: void(o.simployer.admin.change_compensation(n, amount=71_000)),
    "a raise to come": lambda o, n: void(o.simployer.admin.add_compensation(n, 71_000, start="2025-09-01")),
    "pay is deleted": _drop("compensation"),
    "an employment is deleted": _drop("employment"),
    "an employment ends": lambda o, n: void(o.simployer.admin.terminate(n, end="2025-09-30")),
    "a second employment": lambda o, n: void(o.simployer.admin.add_employment(n, start="2025-04-01")),
    "a work week": _week,
    "a bank account": _with(bankAccount={"number": "15031234567"}),
    "an address": _with(homeAddress={"street": "Nygata 1", "postalCode": "0155", "city": "Oslo"}),
    "a custom field": _with(custom={"yrkeskode": "2130123"}),
    "a name": _with(lastName="Nordahl"),
    "a phone": _with(workPhone="+4790000009"),
    "a number": _with(employeeNumber="8888"),
    "no number": _with(employeeNumber=""),
    "a renamed department": _rename("department", "departmentId"),
    "a renamed office": _rename("office", "officeId"),
}


@pytest.mark.parametrize("event", EVENTS)
async def test_what_changed_is_read_whole(synced: Office, event: str) -> None:
    number = synced.numbers[2]
    EVENTS[event](synced, number)
    await synced.quick()
    assert 1 <= synced.whole < SIZE


async def test_a_raise_reaches_the_target(synced: Office) -> None:
    synced.simployer.admin.change_compensation(synced.numbers[2], amount=71_000)
    changes = await synced.quick()
    assert changes[synced.numbers[2]].kind is ChangeKind.UPDATE
    await synced.sync()
    synced.next_day()
    await synced.quick()
    assert synced.whole == 0


async def test_who_was_deleted_is_told_without_anybody_being_read(synced: Office) -> None:
    synced.simployer.admin.remove(synced.numbers[2])
    changes = await synced.quick()
    gone = [change for change in changes.values() if change.kind is ChangeKind.SKIP]
    assert [[finding.code for finding in change.findings] for change in gone] == [["source.gone"]]
    assert synced.whole == 0


async def test_who_is_deleted_between_the_two_readings_is_told(synced: Office) -> None:
    number = synced.numbers[2]
    synced.simployer.admin.change(number, lastName="Nordahl")
    synced.simployer.faults.meanwhile(lambda: synced.simployer.admin.remove(number), path="/employee$", nth=2)
    changes = await synced.quick()
    assert [finding.code for finding in changes[number].findings] == ["source.gone"]


async def test_pay_that_becomes_due_overnight_is_looked_at(synced: Office) -> None:
    number = synced.numbers[2]
    due = synced.runs.today + timedelta(days=20)
    synced.simployer.admin.add_compensation(number, 71_000, start=due.isoformat())
    await synced.sync()
    looked_at = []
    for days in (10, 9, 1):
        synced.next_day(days)
        await synced.quick()
        looked_at.append(synced.whole)
        await synced.sync()
    assert synced.runs.today == due
    assert looked_at == [0, 1, 1]


async def test_a_warning_is_told_every_time(synced: Office) -> None:
    number = synced.numbers[2]
    synced.simployer.admin.change(number, bankAccount=None)
    for _ in range(3):
        changes = await synced.quick()
        assert [finding.code for finding in changes[number].findings] == ["bank.missing"]
        await synced.sync()
        synced.next_day()


async def test_a_number_that_is_given_twice_stops_both(synced: Office) -> None:
    first, second = synced.numbers[2:4]
    synced.simployer.admin.change(second, employeeNumber=first)
    await synced.quick()
    assert synced.whole == 1
    async with simployer_source(synced.simployer) as synced.runs.source:
        plan = await synced.runs.plan(full=False)
    assert plan.header.counts == {ChangeKind.CONFLICT: 2, ChangeKind.UNCHANGED: SIZE - 2}


async def test_a_change_within_the_time_that_updated_cannot_tell_apart_is_looked_at_again(synced: Office) -> None:
    """`updated` is that of a moment ago: a second change in the same unit of time would look like the first."""
    then, synced.clock.at = synced.clock.at, datetime.now(UTC)
    synced.simployer.admin.change(synced.numbers[2], lastName="Nordahl")
    synced.clock.at = then
    await synced.sync()
    synced.simployer.admin.employee(synced.numbers[2])["lastName"] = "Nordby"
    changes = await synced.quick()
    assert changes[synced.numbers[2]].kind is ChangeKind.UPDATE


async def test_who_moves_out_of_the_scope_is_told_and_stays_unread() -> None:
    async with Simployer(Generator(SIZE).with_people()) as some:
        department = next(iter(some.store.rows["department"]))
    async with office(scope=Scope(ScopeKind.DEPARTMENTS, frozenset({department}))) as made:
        rows = made.simployer.store.rows["employee"].values()
        inside = [row for row in rows if row.get("departmentId") == department]
        outside = [row for row in rows if row.get("departmentId") != department]
        assert inside
        assert outside
        made.next_day()
        await made.quick()
        assert made.whole == 0
        mover = made.simployer.admin.change(str(inside[0]["employeeNumber"]), departmentId=outside[0]["departmentId"])
        changes = await made.quick()
        told = changes[str(mover["employeeNumber"])]
        assert [finding.code for finding in told.findings] == ["scope.left"]
        assert made.whole == 1
        await made.sync()
        made.next_day()
        await made.quick()
        assert made.whole == 0
        # Of the names of departments only the tree is needed, and no list of people for it.
        assert len(made.simployer.requests.matching("GET", "/employee")) == 1


async def test_a_test_group_is_seen_in_passing_too() -> None:
    async with office() as made:
        ids = frozenset(list(made.simployer.store.rows["employee"])[:2])
        made.runs.scope = Scope(ScopeKind.PEOPLE, ids)
        made.next_day()
        changes = await made.quick()
        assert len([change for change in changes.values() if change.kind is ChangeKind.UNCHANGED]) == 2
        assert made.whole == 0
        assert made.simployer.store.handed_out["employee.updated"] == 2


async def test_most_of_a_page_is_read_as_a_page() -> None:
    async with Simployer(Generator(120).with_people()) as simployer, simployer_source(simployer) as source:
        wanted = set(list(simployer.store.rows["employee"])[:100])

        async def known(one: EmployeeState) -> bool:
            return one.source_id not in wanted

        found = [seen async for page in source.changes(None, known) for seen in page]
        assert {one.source_id for one in found if isinstance(one, Employee)} == wanted
        assert sum(isinstance(one, EmployeeState) for one in found) == 20
        assert len(simployer.requests.matching("GET", "/employee")) == 2


@pytest.mark.parametrize("keep", [0, 1])
async def test_a_page_of_whole_people_that_is_cut_short_loses_nobody(synced: Office, keep: int) -> None:
    for number in synced.numbers[:4]:
        synced.simployer.admin.change(number, lastName="Nordahl")
    cut = synced.simployer.faults.truncated_page(keep=keep, path="/employee$", nth=2, times=6)
    changes = await synced.quick()
    assert cut.hits
    assert [changes[number].kind for number in synced.numbers[:4]] == [ChangeKind.UPDATE] * 4


async def test_where_people_cannot_be_selected_everyone_is_read_whole(synced: Office) -> None:
    """The newest fields are documented, but nobody has asked the live system for them yet."""
    refused = {"statusCode": 400, "message": ["each value in select must be one of ..."], "error": "Bad Request"}
    synced.simployer.faults.status(400, refused, path="/employee$", nth=1)
    await synced.quick()
    assert synced.whole == SIZE


async def test_an_operator_can_have_everyone_read_whole(synced: Office) -> None:
    async with simployer_source(synced.simployer, delta="off") as source:
        found = [one async for page in source.changes(None, _known) for one in page]
    assert len(found) == SIZE
    assert all(isinstance(one, Employee) for one in found)


@examples(
    8,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.reuse, Phase.generate),  # each example is a company over HTTP: shrinking one would take minutes
)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(EVENTS)), st.integers(0, SIZE - 1), st.sampled_from([0, 1, 5, 60])),
        min_size=2,
        max_size=6,
    )
)
async def test_whatever_happens_quick_runs_bring_the_target_into_step(steps: list[tuple[str, int, int]]) -> None:
    async with office() as made:
        for event, who, days in steps:
            numbers = [str(row["employeeNumber"]) for row in made.simployer.store.rows["employee"].values()]
            made.clock.forward(minutes=1)
            try:
                EVENTS[event](made, numbers[who])
            except (LookupError, ValueError):
                continue  # what this event needs is gone, or there twice
            made.next_day(days)
            await made.quick()
            await made.sync()
        await made.sync()
        async with simployer_source(made.simployer) as made.runs.source:
            plan = await made.runs.plan()
        assert not any(change.fields or change.new_parts for change in plan.changes)
