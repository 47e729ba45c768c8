from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.change import ChangeKind
from bot.locales import LANGUAGES
from bot.locales.translator import translator
from bot.sync.plan.guard import GuardReason, History, Thresholds, judge
from bot.sync.plan.plan_summary import PlanSummary
from tests.support.employees import TODAY, employee, ended
from tests.support.fake_target import MemorySource, MemoryTarget
from tests.support.sync_runner import EVERYONE, Integration

MADE = datetime(2026, 3, 2, tzinfo=UTC)


def header(creates: int = 0, updates: int = 0, **changes: object) -> PlanSummary:
    base = PlanSummary(
        made_at=MADE,
        scope=EVERYONE,
        counts={ChangeKind.CREATE: creates, ChangeKind.UPDATE: updates},
        source_people=100,
        scope_people=100,
        target_people=100,
        matched_people=100,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def codes(plan: PlanSummary, history: History = History(), thresholds: Thresholds = Thresholds()) -> list[str]:  # noqa: B008
    return [reason.code for reason in judge(plan, thresholds, history)]


def test_many_creates_stop_a_run_only_where_the_target_has_people_already() -> None:
    assert codes(header(creates=60)) == ["creates"]
    assert codes(header(creates=60, target_people=2)) == []
    assert codes(header(creates=9)) == []
    assert codes(header(creates=20)) == []


def test_one_field_overwritten_in_many_people_stops_a_run() -> None:
    assert codes(header(updates=60, overwrites={"phone": 60, "city": 5})) == ["updates"]
    assert codes(header(updates=60, overwrites={"phone": 30, "city": 30})) == []


def test_leavers_en_masse_stop_a_run() -> None:
    assert codes(header(updates=10, leavers=10)) == ["leavers"]
    assert codes(header(updates=4, leavers=4, matched_people=20)) == []


def test_a_source_that_is_suddenly_smaller_stops_a_run() -> None:
    assert codes(header(updates=1), History(source_people=200)) == ["source_drop"]
    assert codes(header(updates=1), History(source_people=105)) == []
    assert codes(header(updates=1), History()) == []


def test_improbable_pay_stops_a_run_even_for_one_person() -> None:
    assert codes(header(updates=1, improbable_pay=1)) == ["improbable_pay"]
    assert codes(header(improbable_pay=1)) == []
    assert codes(header(updates=3, improbable_pay=2), thresholds=Thresholds(improbable_people=3)) == []
    assert Thresholds.from_json({"improbable_people": 3}).to_json()["improbable_people"] == 3


def test_a_run_that_writes_nothing_has_nothing_to_stop() -> None:
    assert codes(header(leavers=50), History(source_people=1000)) == []


@given(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 6))
def test_a_test_with_two_people_never_trips_it(
    creates: int, updates: int, overwritten: int, leavers: int, before: int
) -> None:
    plan = header(
        creates, updates, overwrites={"phone": overwritten}, leavers=leavers,
        scope_people=2, source_people=2, matched_people=2, target_people=50,
    )  # fmt: skip
    assert codes(plan, History(source_people=before)) == []


def test_a_workspace_can_set_its_own_thresholds() -> None:
    strict = Thresholds.from_json({"creates_people": 1, "creates_share": 0.01})
    assert codes(header(creates=1), thresholds=strict) == ["creates"]
    assert Thresholds.from_json(strict.to_json()) == strict
    assert Thresholds.from_json({}) == Thresholds()


@pytest.mark.parametrize("wrong", [{"creates_share": 1.5}, {"leavers_people": -1}])
def test_thresholds_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        Thresholds.from_json(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_said_with_its_numbers(language: str) -> None:
    plan = header(creates=60, updates=60, overwrites={"number": 60}, leavers=60)
    reasons = judge(plan, Thresholds(), History(source_people=1000))
    assert [reason.code for reason in reasons] == ["creates", "updates", "leavers", "source_drop"]
    for reason in reasons:
        said = translator(language).render(reason.text)
        assert str(reason.count) in said
        assert GuardReason.from_json(reason.to_json()) == reason


async def test_numbers_that_all_differ_between_the_systems_stop_the_first_sync() -> None:
    """The costliest mistake: a whole company once more, because the numbers are others."""
    target = MemoryTarget()
    for n in range(1, 31):
        target.add(number=f"X{n}", first_name=f"Somebody{n}", last_name="Else")
    plan = await Integration(MemorySource([employee(n) for n in range(1, 31)]), target).plan()
    assert codes(plan.header) == ["creates"]


async def test_a_wrong_export_that_ends_everybodys_employment_stops_the_run() -> None:
    source = MemorySource([employee(n) for n in range(1, 11)])
    integration = Integration(source, MemoryTarget())
    await integration.sync()
    source.put(*(ended(employee(n), TODAY) for n in range(1, 11)))
    assert "leavers" in codes((await integration.plan()).header)


async def test_a_first_sync_into_an_empty_target_goes_through() -> None:
    target = MemoryTarget()
    target.add(number="", first_name="The", last_name="Accountant")
    plan = await Integration(MemorySource([employee(n) for n in range(1, 41)]), target).plan()
    assert codes(plan.header) == []
