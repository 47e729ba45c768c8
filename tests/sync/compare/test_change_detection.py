"""A quick run looks at few people whole, and makes the very plan that it would make of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import BankAccount, Employee, IdentityNumber, Unit
from bot.domain.record import Level
from bot.domain.scope import Scope, ScopeKind
from bot.sync.compare.change_detection import AROUND
from bot.sync.compare.match import MatchDecision, Resolution
from tests.support.employees import TODAY, account, employee, ended, fnr, paid
from tests.support.fake_file_target import Deliveries
from tests.support.fake_target import Fault, MemorySource, MemoryTarget, unavailable
from tests.support.properties import examples
from tests.support.sync_runner import Integration, kinds
from tests.sync.test_until_quiet import someone

DAY = timedelta(days=1)
BIRTHDAY = (TODAY + 20 * DAY).replace(year=1980)
SALES = Scope(ScopeKind.DEPARTMENTS, frozenset({"d1"}))
ELSEWHERE = Unit(id="d2", name="Warehouse")

Both = Integration[MemorySource, MemoryTarget]


def born_in_june(n: int) -> Employee:
    """An employee whose birthday is far from the day of the tests."""
    return employee(5 + 12 * n)


ONE, TWO, THREE = (born_in_june(n) for n in (1, 2, 3))


async def synced(*people: Employee, scope: Scope | None = None) -> Both:
    more: dict[str, Any] = {"scope": scope} if scope else {}
    integration = Integration(MemorySource(people), MemoryTarget(), **more)
    await integration.sync()
    return integration


async def quick(integration: Both) -> list[Change]:
    """The plan of a quick run, made as it is and made of everyone whole: they must be one and the same."""
    source = integration.source
    source.whole.clear()
    plan = await integration.plan(full=False)
    looked_at = list(source.whole)
    source.states = False
    of_all = await integration.plan(full=False)
    source.states = True
    source.whole[:] = looked_at
    changes = [replace(change, trace="") for change in plan.changes]
    assert changes == list(of_all.changes)
    assert plan.header == replace(of_all.header, made_at=plan.header.made_at)
    return changes


async def test_nobody_is_looked_at_whole_when_nothing_changed() -> None:
    integration = await synced(ONE, TWO, THREE)
    assert {change.kind for change in await quick(integration)} == {ChangeKind.UNCHANGED}
    assert integration.source.whole == []


async def test_whoever_was_recognised_is_recognised_again_and_compared_in_full_where_that_is_asked() -> None:
    integration = await synced(ONE)
    for _ in range(3):
        await integration.sync(full=False)
    assert integration.source.whole == []
    (stored,) = integration.target.stored.values()
    stored.person["phone"] = "+4799999999"
    assert kinds(await integration.plan())[ONE.source_id] is ChangeKind.UPDATE


CHANGES: dict[str, Callable[[Employee], Employee]] = {
    "a raise": lambda person: paid(person, 61_000, TODAY - 30 * DAY),
    "a raise to come": lambda person: paid(person, 61_000, TODAY + 60 * DAY),
    "an account": lambda person: replace(person, bank=BankAccount(number=account(777), country="NO")),
    "a last day": lambda person: ended(person, TODAY + 30 * DAY),
    "an employment that is gone": lambda person: replace(person, employments=()),
    "pay that is gone": lambda person: replace(person, compensations=()),
    "another number": lambda person: replace(person, number="8888"),
    "the number of another": lambda person: replace(person, number=TWO.number),
    "the account of another": lambda person: replace(person, bank=TWO.bank),
    "the identity number of another": lambda person: replace(person, identity=TWO.identity),
    "name and birth date of another": lambda person: replace(
        person, first_name=TWO.first_name, last_name=TWO.last_name, birth_date=TWO.birth_date, identity=None
    ),
}


@pytest.mark.parametrize("what", CHANGES)
async def test_who_changed_is_looked_at_whole_and_nobody_else(what: str) -> None:
    integration = await synced(ONE, TWO, THREE)
    integration.source.put(CHANGES[what](ONE))
    changes = {change.person.source_id: change for change in await quick(integration)}
    assert integration.source.whole == [ONE.source_id]
    assert changes[ONE.source_id].kind is not ChangeKind.UNCHANGED or changes[ONE.source_id].findings
    assert changes[THREE.source_id].kind is ChangeKind.UNCHANGED


async def test_somebody_new_who_has_the_number_of_one_who_is_as_before_stops_both() -> None:
    integration = await synced(ONE, TWO)
    integration.source.put(replace(THREE, number=ONE.number))
    changes = {change.person.source_id: change.kind for change in await quick(integration)}
    assert changes == {
        ONE.source_id: ChangeKind.CONFLICT, TWO.source_id: ChangeKind.UNCHANGED, THREE.source_id: ChangeKind.CONFLICT,
    }  # fmt: skip


async def test_who_is_gone_is_told() -> None:
    integration = await synced(ONE, TWO)
    del integration.source.people[ONE.source_id]
    (_, gone) = await quick(integration)
    assert [finding.code for finding in gone.findings] == ["source.gone"]
    assert integration.source.whole == []


async def test_a_warning_does_not_vanish_from_the_report() -> None:
    integration = await synced(replace(ONE, bank=None), TWO)
    for _ in range(2):
        changes = {change.person.source_id: change for change in await quick(integration)}
        assert [finding.code for finding in changes[ONE.source_id].findings] == ["bank.missing"]
        assert integration.source.whole == [ONE.source_id]
        await integration.sync(full=False)


async def test_what_a_run_could_not_bring_into_step_is_compared_until_it_is() -> None:
    """The target had been changed by hand; putting it right was refused, and the source says nothing new."""
    integration = await synced(ONE, TWO)
    (stored, _) = integration.target.stored.values()
    stored.person["phone"] = "+4799999999"
    integration.target.faults = [Fault.REFUSED]
    await integration.sync()
    assert stored.person["phone"] == "+4799999999"
    assert {change.kind for change in await quick(integration)} == {ChangeKind.UPDATE, ChangeKind.UNCHANGED}
    await integration.sync(full=False)
    assert stored.person["phone"] == ONE.work_phone
    assert {change.kind for change in await quick(integration)} == {ChangeKind.UNCHANGED}


@pytest.mark.parametrize(
    "person",
    [
        paid(ONE, 61_000, TODAY + 20 * DAY),
        ended(ONE, TODAY + 20 * DAY),
        replace(ONE, birth_date=BIRTHDAY, identity=IdentityNumber(value=fnr(BIRTHDAY), country="NO")),
    ],
)
async def test_around_a_day_in_their_data_people_are_looked_at_whole(person: Employee) -> None:
    integration = await synced(person, TWO)
    looked_at = set()
    for days in range(1, 30):
        integration.today = TODAY + days * DAY
        await quick(integration)
        if person.source_id in integration.source.whole:
            looked_at.add(days)
        await integration.sync(full=False)
    # The first look after the days in question leaves the next trace.
    assert looked_at == set(range(20 - AROUND.days, 20 + AROUND.days + 2))


class OtherTarget(MemoryTarget):
    """The same target by the code of another module."""


async def test_other_code_recognises_nobody() -> None:
    integration = await synced(ONE, TWO)
    integration.target.__class__ = OtherTarget
    await quick(integration)
    assert integration.source.whole == [ONE.source_id, TWO.source_id]


async def test_a_clock_that_is_set_back_recognises_nobody() -> None:
    integration = await synced(ONE)
    integration.today = TODAY - DAY
    await quick(integration)
    assert integration.source.whole == [ONE.source_id]


async def test_other_settings_decisions_or_lists_of_the_target_recognise_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    integration = await synced(ONE, TWO)
    integration.settings = {"user_type": "STANDARD"}
    await quick(integration)
    assert len(integration.source.whole) == 2
    integration.settings = {}
    integration.resolutions = {ONE.source_id: Resolution(MatchDecision.DIFFERENT, "t9")}
    await quick(integration)
    assert integration.source.whole == [ONE.source_id]
    integration.resolutions = {}
    integration.target.listed = "another department"
    await quick(integration)
    assert len(integration.source.whole) == 2


class TestOutsideTheScope:
    """Whom the integration is not about is looked at whole once, as they may be somebody's double."""

    async def test_they_are_looked_at_once(self) -> None:
        integration = await synced(ONE, replace(TWO, department=ELSEWHERE), scope=SALES)
        assert list(integration.outside) == [TWO.source_id]
        (change,) = await quick(integration)
        assert change.kind is ChangeKind.UNCHANGED
        assert integration.source.whole == []

    async def test_a_double_among_them_is_seen(self) -> None:
        integration = await synced(ONE, replace(TWO, department=ELSEWHERE), scope=SALES)
        integration.source.put(replace(ONE, bank=TWO.bank))
        (change,) = await quick(integration)
        assert "duplicate.bank" in {finding.code for finding in change.findings}
        assert integration.source.whole == [ONE.source_id]

    async def test_who_moves_out_is_told_and_who_comes_back_is_looked_at_whole(self) -> None:
        integration = await synced(ONE, TWO, scope=SALES)
        integration.source.put(replace(ONE, department=ELSEWHERE, last_name="Olsen"))
        changes = {change.person.source_id: change for change in await quick(integration)}
        assert [finding.code for finding in changes[ONE.source_id].findings] == ["scope.left"]
        await integration.sync(full=False)
        await quick(integration)
        assert integration.source.whole == []
        integration.scope = Scope(ScopeKind.EVERYONE)
        changes = {change.person.source_id: change for change in await quick(integration)}
        assert integration.source.whole == [ONE.source_id]
        assert changes[ONE.source_id].kind is ChangeKind.UPDATE

    async def test_who_is_gone_is_forgotten(self) -> None:
        integration = await synced(ONE, replace(TWO, department=ELSEWHERE), scope=SALES)
        del integration.source.people[TWO.source_id]
        assert (await integration.plan(full=False)).outside == {TWO.source_id: ""}


async def test_who_left_before_we_knew_them_is_not_looked_at() -> None:
    former = ended(THREE, TODAY - 400 * DAY)
    integration = await synced(ONE, former)
    changes = {change.person.source_id: change for change in await quick(integration)}
    assert [finding.code for finding in changes[former.source_id].findings] == ["person.left"]
    assert integration.source.whole == []


class TestAnInbox:
    """What was delivered stands for what cannot be read."""

    async def test_nobody_is_looked_at_whole_when_nothing_changed(self) -> None:
        office = Deliveries(MemorySource([ONE, TWO]))
        await office.sync()
        assert {change.kind for change in await office.sync(full=False)} == {ChangeKind.UNCHANGED}
        assert office.source.whole == []

    async def test_pay_whose_day_has_come_is_seen(self) -> None:
        office = Deliveries(MemorySource([ONE, paid(TWO, 61_000, TODAY + 20 * DAY)]))
        await office.sync()
        office.today = TODAY + 20 * DAY
        await office.sync(full=False)
        assert office.source.whole == [TWO.source_id]

    async def test_a_delivery_that_may_not_have_arrived_is_made_again(self) -> None:
        office = Deliveries(MemorySource([ONE, TWO]))
        await office.sync()
        office.source.put(replace(ONE, last_name="Olsen"))
        office.inbox.trouble = unavailable(sent=True)
        await office.sync(full=False)
        office.source.put(ONE)
        changes = {change.person.source_id: change.kind for change in await office.sync(full=False)}
        assert changes == {ONE.source_id: ChangeKind.UPDATE, TWO.source_id: ChangeKind.UNCHANGED}
        assert office.inbox.held["1017"][Level.PERSON, (), "last_name"] == ONE.last_name

    async def test_a_number_that_was_given_to_another_is_no_longer_held(self) -> None:
        office = Deliveries(MemorySource([ONE, TWO]))
        await office.sync()
        office.memory[TWO.source_id] = replace(office.memory[TWO.source_id], target_id=ONE.number)
        changes = {change.person.source_id: change.kind for change in await office.sync(full=False)}
        assert changes == {ONE.source_id: ChangeKind.CONFLICT, TWO.source_id: ChangeKind.UNCHANGED}


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What happens in the source between one quick run and the next, a day or some weeks apart."""
    return [
        {
            "put": [draw(someone(n)) for n in draw(st.lists(st.integers(1, 4), max_size=2, unique=True))],
            "moved": draw(st.lists(st.integers(1, 4), max_size=1)),
            "gone": draw(st.lists(st.integers(1, 4), max_size=1)),
            "days": draw(st.sampled_from([0, 0, 1, 1, 3, 7, 40, 300])),
            "faults": draw(st.lists(st.sampled_from(Fault), max_size=2)),
            "full": draw(st.integers(0, 4)) == 0,
        }
        for _ in range(draw(st.integers(1, 4)))
    ]


@examples(40)
@given(st.lists(st.integers(1, 4), min_size=1, unique=True).map(sorted), histories(), st.booleans())
async def test_whatever_happens_quick_runs_see_what_full_reading_sees(
    first: list[int], steps: list[dict[str, Any]], narrow: bool
) -> None:
    integration = await synced(*(employee(n) for n in first), **({"scope": SALES} if narrow else {}))
    for step in steps:
        source = integration.source
        source.put(*step["put"])
        for n in step["moved"]:
            if (person := source.people.get(f"s{n}")) is not None:
                source.put(replace(person, department=ELSEWHERE))
        for n in step["gone"]:
            source.people.pop(f"s{n}", None)
        integration.today += step["days"] * DAY
        await quick(integration)
        integration.target.faults = list(step["faults"])
        await integration.sync(full=step["full"])
        integration.target.faults = []
    for _ in range(4):
        await quick(integration)
        await integration.sync(full=False)
    last = await quick(integration)
    # Quick runs alone have brought the target to what a full comparison asks for. Only a full one asks the target
    # for people who left before we knew them.
    whole = {change.person.source_id: change for change in (await integration.plan()).changes}
    for change in last:
        if [finding.code for finding in change.findings] == ["person.left"]:
            continue
        assert whole[change.person.source_id].kind is change.kind
        assert not whole[change.person.source_id].fields
        assert not whole[change.person.source_id].drift
