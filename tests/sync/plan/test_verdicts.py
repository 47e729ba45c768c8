"""Whoever is as at the last comparison is not compared again, and the plan is the one that comparing would make."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import Change, ChangeKind
from bot.domain.employee import BankAccount, Employee, Misread, Unit
from bot.domain.findings import Finding, Severity
from bot.domain.scope import Scope, ScopeKind
from bot.providers.protocol import Desired
from bot.sync.compare.match import MatchDecision, Resolution
from bot.sync.compare.verdict import holds_until
from bot.sync.plan.planner import Plan
from tests.support.employees import TODAY, account, employee, ended, paid
from tests.support.fake_target import Fault, MemorySource, MemoryTarget, mapped
from tests.support.properties import examples
from tests.support.sync_runner import Integration, kinds
from tests.sync.test_until_quiet import someone

DAY = timedelta(days=1)
ONE, TWO, THREE = (employee(5 + 12 * n) for n in (1, 2, 3))
"""Born far from the day of the tests."""
WARNED = replace(TWO, bank=None)
ELSEWHERE = Unit(id="d2", name="Warehouse")
SALES = Scope(ScopeKind.DEPARTMENTS, frozenset({"d1"}))

Both = Integration[MemorySource, MemoryTarget]


class Shelf:
    """Verdicts in memory."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.puts = 0

    async def around(self, first: str, last: str) -> Mapping[str, str]:
        return dict(self.pages)

    async def put(self, first: str, content: str) -> None:
        self.puts += 1
        self.pages[first] = content

    async def keep_only(self, firsts: Collection[str]) -> None:
        self.pages = {first: content for first, content in self.pages.items() if first in firsts}


async def settled(*people: Employee, **options: Any) -> Both:
    """An integration that has compared everybody since it wrote them."""
    integration = Integration(MemorySource(people), MemoryTarget(), verdicts=Shelf(), **options)
    for _ in range(3):
        await integration.sync()
    integration.source.whole.clear()
    return integration


async def both(integration: Both, **options: Any) -> Plan:
    """The plan as it is made, and made of everybody anew: they must be one and the same."""
    shelf = integration.verdicts
    integration.verdicts = None
    anew = await integration.plan(**options)
    integration.verdicts = shelf
    integration.source.whole.clear()
    plan = await integration.plan(**options)
    # A trace tells the day of the look: an older one of the same look is as good.
    assert [_bare(change) for change in plan.changes] == [_bare(change) for change in anew.changes]
    # Whoever might be as before is looked for in the target, which comparing need not do of somebody left out.
    seen = anew.header.target_people
    assert seen in (None, plan.header.target_people)
    assert replace(plan.header, made_at=anew.header.made_at, target_people=seen) == anew.header
    assert plan.outside == anew.outside
    return plan


def _bare(change: Change) -> Change:
    return replace(change, trace="")


async def test_nobody_is_understood_or_compared_when_nothing_changed() -> None:
    integration = await settled(ONE, WARNED, THREE)
    shelf = integration.verdicts
    assert isinstance(shelf, Shelf)
    shelf.puts = 0
    plan = await both(integration)
    assert integration.source.whole == []
    assert shelf.puts == 0
    told = {change.person.source_id: [found.code for found in change.findings] for change in plan.changes}
    assert told == {ONE.source_id: [], WARNED.source_id: ["bank.missing"], THREE.source_id: []}
    assert set(kinds(plan).values()) == {ChangeKind.UNCHANGED}
    assert integration.target.bulk_reads


def _stored(integration: Both, person: Employee) -> dict[str, Any]:
    return next(one.person for one in integration.target.stored.values() if one.person["number"] == person.number)


IN_THE_SOURCE: dict[str, Callable[[Employee], Employee]] = {
    "a phone": lambda person: replace(person, work_phone="+4740000000"),
    "a raise": lambda person: paid(person, 61_000, TODAY - 30 * DAY),
    "an account": lambda person: replace(person, bank=BankAccount(number=account(777), country="NO")),
    "a last day": lambda person: ended(person, TODAY + 30 * DAY),
    "a department": lambda person: replace(person, department=ELSEWHERE),
    "a field of the customer's own": lambda person: replace(person, custom={"a": "b"}),
    "the number of another": lambda person: replace(person, number=THREE.number),
    "the identity number of another": lambda person: replace(person, identity=THREE.identity),
    "what cannot be read": lambda person: replace(person, misread=(Misread("source.left_out", "gender"),)),
}


@pytest.mark.parametrize("what", IN_THE_SOURCE)
async def test_who_changed_in_the_source_is_compared_and_nobody_else(what: str) -> None:
    integration = await settled(ONE, WARNED, THREE)
    integration.source.put(IN_THE_SOURCE[what](ONE))
    await both(integration)
    assert integration.source.whole == [ONE.source_id]


@pytest.mark.parametrize("field", ["phone", "bank_account", "email", "last_name", "identity_number"])
async def test_who_changed_in_the_target_is_compared_and_nobody_else(field: str) -> None:
    integration = await settled(ONE, WARNED, THREE)
    _stored(integration, ONE)[field] = "another"
    await both(integration)
    assert integration.source.whole == [ONE.source_id]


async def test_who_is_gone_from_the_target_or_has_a_double_there_is_told() -> None:
    integration = await settled(ONE, WARNED, THREE)
    integration.target.add(number=ONE.number, first_name="Per", last_name="Hansen")
    gone = next(key for key, one in integration.target.stored.items() if one.person["number"] == THREE.number)
    integration.target.unseen = {gone}
    plan = await both(integration)
    codes = {change.person.source_id: [found.code for found in change.findings] for change in plan.changes}
    assert codes[ONE.source_id] == ["number.twice_in_target"]
    assert codes[THREE.source_id] == ["target.gone"]


async def test_somebody_new_who_resembles_one_who_is_as_before_is_found_in_either_system() -> None:
    integration = await settled(ONE, WARNED, THREE)
    new = replace(employee(200), identity=ONE.identity, birth_date=ONE.birth_date)
    integration.source.put(new)
    plan = await both(integration)
    assert integration.source.whole == [new.source_id]
    assert kinds(plan)[new.source_id] is ChangeKind.BLOCKED
    codes = {change.person.source_id: {found.code for found in change.findings} for change in plan.changes}
    assert "duplicate.identity" in codes[ONE.source_id]
    del integration.source.people[new.source_id]
    lookalike = replace(employee(201), work_email=ONE.work_email)
    integration.source.put(lookalike)
    plan = await both(integration)
    (found,) = (change for change in plan.changes if change.person.source_id == lookalike.source_id)
    assert [alike.number for alike in found.lookalikes] == [ONE.number]


async def test_settings_lists_decisions_and_what_becomes_of_drift_are_part_of_it() -> None:
    integration = await settled(ONE, WARNED, THREE)
    everybody = [ONE.source_id, WARNED.source_id, THREE.source_id]
    await both(integration, restore_drift=False)
    assert integration.source.whole == everybody
    integration.settings = {"user_type": "STANDARD"}
    await both(integration)
    assert integration.source.whole == everybody
    integration.settings = {}
    integration.target.listed = "another department"
    await both(integration)
    assert integration.source.whole == everybody
    integration.target.listed = ""
    await integration.sync()
    integration.resolutions = {ONE.source_id: Resolution(MatchDecision.DIFFERENT, "t9")}
    await both(integration)
    assert integration.source.whole == [ONE.source_id]


@pytest.mark.parametrize("known", [{"fingerprint": ""}, {"settled": False}, {"number": "9"}, {"trace": ""}])
async def test_what_is_remembered_is_part_of_it(known: dict[str, Any]) -> None:
    integration = await settled(ONE, WARNED)
    integration.memory[ONE.source_id] = replace(integration.memory[ONE.source_id], **known)
    await both(integration)
    assert integration.source.whole == [ONE.source_id]


async def test_what_a_day_changes_is_told_on_that_day_and_a_clock_that_is_set_back_is_believed_nothing() -> None:
    doubted = paid(ONE, 200_000, TODAY - 30 * DAY)
    integration = await settled(doubted, THREE)
    for days, told in ((0, True), (20, True), (31, False), (31, False), (-1, True)):
        integration.today = TODAY + days * DAY
        plan = await both(integration)
        codes = {found.code for change in plan.changes for found in change.findings}
        assert ("compensation.jump" in codes) is told
        assert (integration.source.whole == []) is (days in (0, 20))
    integration.today = TODAY + 40 * DAY
    await integration.sync()
    await integration.sync()
    await both(integration)
    assert integration.source.whole == []


async def test_who_left_before_we_knew_them_is_not_understood_and_who_stands_in_the_target_is() -> None:
    former = ended(THREE, TODAY - 400 * DAY)
    integration = await settled(ONE, former)
    await both(integration)
    assert integration.source.whole == []
    integration.target.add(number=former.number, first_name=former.first_name, last_name=former.last_name)
    await both(integration)
    assert integration.source.whole == [former.source_id]


async def test_who_left_before_we_knew_them_changes_nothing_of_what_is_told_of_others() -> None:
    integration = await settled(ONE, THREE)
    former = ended(replace(WARNED, bank=None, identity=ONE.identity), TODAY - 400 * DAY)
    double = replace(employee(200), number=ONE.number, identity=ONE.identity)
    integration.source.people = {one.source_id: one for one in (former, ONE, double, THREE)}
    await both(integration)


async def test_a_run_of_some_or_of_those_who_changed_leaves_what_is_kept_alone() -> None:
    integration = await settled(ONE, WARNED)
    shelf = integration.verdicts
    assert isinstance(shelf, Shelf)
    before = dict(shelf.pages)
    await integration.plan(only=frozenset({ONE.source_id}))
    await integration.plan(full=False)
    assert shelf.pages == before


async def test_what_is_kept_says_nothing_of_a_person_and_other_words_are_not_believed() -> None:
    integration = await settled(ONE, WARNED)
    shelf = integration.verdicts
    assert isinstance(shelf, Shelf)
    kept = " ".join(shelf.pages.values())
    assert ONE.identity is not None
    assert ONE.bank is not None
    for word in (ONE.identity.value, str(ONE.bank.number), ONE.last_name, ONE.number, "50000", str(ONE.work_phone)):
        assert word not in kept
    for other in ("", "no JSON", "7", "[[1]]", json.dumps([[ONE.source_id, "key", 1, 2, "", "x", 3]])):
        shelf.pages = dict.fromkeys(shelf.pages, other)
        await both(integration)
        assert integration.source.whole == [ONE.source_id, WARNED.source_id]


class TestDays:
    """Until when a comparison holds."""

    def until(
        self, person: Employee, *, today: date = TODAY, told: bool = False, believed: int | None = None, **held: date
    ) -> date | None:
        record = mapped(person)
        theirs = (replace(record[0], values={**record[0].values, **held}), *record[1:])
        desired = Desired(record=record, believed_days=believed)
        return holds_until(person, desired, theirs, today, told=told)

    def test_the_next_day_in_the_data_of_either_system_ends_it(self) -> None:
        birthday = self.until(ONE)
        assert birthday is not None
        assert birthday > TODAY + 60 * DAY
        assert self.until(ended(ONE, TODAY + 30 * DAY)) == TODAY + 27 * DAY
        assert self.until(paid(ONE, 61_000, TODAY + 20 * DAY)) == TODAY + 17 * DAY
        assert self.until(ONE, since=TODAY + 10 * DAY) == TODAY + 7 * DAY
        assert self.until(replace(ONE, custom={"until": f"{TODAY + 9 * DAY} 00:00"})) == TODAY + 6 * DAY
        passing = Misread("source.left_out", "gender", until=TODAY + 8 * DAY)
        assert self.until(replace(ONE, misread=(passing,))) == TODAY + 5 * DAY

    def test_a_raise_is_doubted_for_a_time_alone(self) -> None:
        assert self.until(paid(ONE, 900_000, TODAY - 40 * DAY)) == TODAY + 17 * DAY

    def test_what_was_asked_for_beside_the_lists_is_believed_for_a_time_or_not_at_all(self) -> None:
        assert self.until(ONE, believed=7) == TODAY + 7 * DAY
        assert self.until(ended(ONE, TODAY + 8 * DAY), believed=7) == TODAY + 5 * DAY
        assert self.until(ONE, believed=0) is None

    def test_near_such_a_day_it_never_holds(self) -> None:
        for days in range(-3, 4):
            assert self.until(paid(ONE, 61_000, TODAY + days * DAY)) is None

    def test_what_is_told_of_a_day_to_come_holds_for_the_day(self) -> None:
        assert self.until(ended(ONE, TODAY + 30 * DAY), told=True) == TODAY + DAY
        assert self.until(replace(ONE, birth_date=None)) == TODAY + DAY


@st.composite
def steps(draw: st.DrawFn) -> list[dict[str, Any]]:
    """What happens in both systems, and to the integration, between one run and the next."""
    one, theirs = st.integers(1, 4), st.sampled_from(["phone", "number", "email", "last_name"])
    return [
        {
            "put": [draw(someone(n)) for n in draw(st.lists(one, max_size=1))],
            "new": draw(st.lists(one, max_size=1)),
            "moved": draw(st.lists(one, max_size=1)),
            "gone": draw(st.lists(one, max_size=1)),
            "theirs": draw(st.lists(st.tuples(one, theirs), max_size=1)),
            "unseen": draw(st.lists(one, max_size=1)),
            "alike": draw(st.lists(one, max_size=1)),
            "decided": draw(st.lists(st.tuples(one, st.sampled_from(MatchDecision), one), max_size=1)),
            "warned": draw(st.booleans()),
            "settings": draw(st.sampled_from([{}, {}, {"user_type": "STANDARD"}])),
            "days": draw(st.sampled_from([0, 0, 0, 1, 3, 7, 40, 300])),
            "faults": draw(st.lists(st.sampled_from(Fault), max_size=1)),
            "restore": draw(st.integers(0, 4)) > 0,
            "full": draw(st.integers(0, 3)) > 0,
        }
        for _ in range(draw(st.integers(2, 5)))
    ]  # fmt: skip


def _happens(integration: Both, step: dict[str, Any]) -> None:
    source, target = integration.source, integration.target
    source.put(*step["put"])
    for n in step["new"]:
        source.put(replace(employee(100 + n), identity=employee(n).identity, birth_date=employee(n).birth_date))
    for n in step["moved"]:
        if (person := source.people.get(f"s{n}")) is not None:
            source.put(replace(person, department=ELSEWHERE))
    for n in step["gone"]:
        source.people.pop(f"s{n}", None)
    for n, field in step["theirs"]:
        if (stored := target.stored.get(f"t{n}")) is not None:
            stored.person[field] = {"number": "1002"}.get(field, "elsewhere")
    target.unseen = {f"t{n}" for n in step["unseen"]}
    for n in step["alike"]:
        target.add(**{**mapped(employee(n))[0].values, "number": f"7{n}"})
    for n, decision, other in step["decided"]:
        integration.resolutions[f"s{n}"] = Resolution(decision, f"t{other}")
    integration.settings = step["settings"]
    integration.today += step["days"] * DAY


@examples(12)
@given(st.lists(st.integers(1, 4), min_size=1, unique=True).map(sorted), steps(), st.booleans())
async def test_whatever_happens_what_is_kept_says_what_comparing_says(
    first: list[int], happened: list[dict[str, Any]], narrow: bool
) -> None:
    integration = await settled(*(employee(n) for n in first), **({"scope": SALES} if narrow else {}))
    warning = Finding("target.rejected", Severity.WARNING, "department", {"day": TODAY})
    for step in happened:
        _happens(integration, step)
        # What a target says goes by its lists.
        integration.target.listed = str(step["warned"])
        told = (warning,) if step["warned"] else ()
        integration.target.findings = lambda person, told=told: told if person.number == "1002" else ()  # type: ignore[misc]
        await both(integration, restore_drift=step["restore"])
        integration.target.faults = list(step["faults"])
        await integration.sync(full=step["full"], restore_drift=step["restore"])
        integration.target.faults = []
    for _ in range(3):
        await both(integration)
        await integration.sync()
    await both(integration)
