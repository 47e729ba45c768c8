"""A problem is new once, then known since a day, then gone; noting a run twice changes nothing the second time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from storage import integrations, overview, problems
from storage.database import Database, Session
from storage.integrations import Integration
from storage.problems import Key, Problem

FRIDAY = datetime(2026, 11, 20, 5, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 5, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 5, tzinfo=UTC)
KARI, OLA, PER = ("s1", "bank.invalid"), ("s2", "email.missing"), ("s3", "number.missing")


async def noted(s: Session, integration_id: str, run_id: str, found: list[Key], at: datetime, **more: Any) -> object:
    """What is known once a run is noted."""
    await problems.note(s, integration_id, run_id, found, at, **more)
    return await problems.load(s, integration_id)


async def test_new_then_as_before_then_gone(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        await problems.note(s, integration.id, "friday", [KARI, OLA], FRIDAY)
    for _ in range(2):
        async with database.session() as s:
            found = await noted(s, integration.id, "monday", [KARI, PER], MONDAY)
        assert found == {
            KARI: Problem(FRIDAY, "friday"),
            OLA: Problem(FRIDAY, "friday", solved_run="monday"),
            PER: Problem(MONDAY, "monday"),
        }
    async with database.session() as s:
        assert await noted(s, integration.id, "tuesday", [], TUESDAY) == {
            KARI: Problem(FRIDAY, "friday", solved_run="tuesday"),
            PER: Problem(MONDAY, "monday", solved_run="tuesday"),
        }


async def test_one_that_comes_back_is_new(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        await problems.note(s, integration.id, "friday", [KARI], FRIDAY)
        await problems.note(s, integration.id, "monday", [], MONDAY)
        found = await noted(s, integration.id, "tuesday", [KARI], TUESDAY)
    assert found == {KARI: Problem(TUESDAY, "tuesday")}


async def test_a_run_of_some_people_says_nothing_of_the_others(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        await problems.note(s, integration.id, "friday", [KARI, OLA], FRIDAY)
        found = await noted(s, integration.id, "monday", [], MONDAY, among=["s2"])
        assert found == {KARI: Problem(FRIDAY, "friday"), OLA: Problem(FRIDAY, "friday", solved_run="monday")}


async def test_many_at_once(database: Database, integration: Integration) -> None:
    many = [(f"s{n}", "bank.invalid") for n in range(1_200)]
    async with database.session() as s:
        await problems.note(s, integration.id, "friday", many, FRIDAY)
        found = await noted(s, integration.id, "monday", many[:1], MONDAY)
    assert found == {key: Problem(FRIDAY, "friday", None if key == many[0] else "monday") for key in many}


async def test_removing_the_integration_forgets_them(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        await problems.note(s, integration.id, "friday", [KARI], FRIDAY)
        await integrations.remove(s, integration.id)
        assert await problems.load(s, integration.id) == {}


async def test_a_muted_problem_is_told_again_when_it_changes_ends_or_is_not_alone(
    database: Database, integration: Integration
) -> None:
    day = MONDAY.date()
    other: Key = ("s1", "number.missing")
    said = {KARI: "a", OLA: "o"}
    async with database.session() as s:
        await problems.note(s, integration.id, "friday", [KARI, OLA], FRIDAY, said=said)
        assert not await problems.mute(s, integration.id, "s1", {"bank.other": "a"}, day)
        assert await problems.mute(s, integration.id, "s1", {"bank.invalid": "a"}, day)
        known: Any = await noted(s, integration.id, "monday", [KARI, OLA], MONDAY, said=said)
        assert problems.muted_people(known, day) == {"s1": day}
        assert await problems.mutes_anybody(s, integration.id, day)
        assert await overview.muted_people(s, integration.team_id, day) == {integration.id: 1}
        assert problems.muted_people(known, TUESDAY.date()) == {}, "it ends by itself"
        assert await overview.muted_people(s, integration.team_id, TUESDAY.date()) == {}
        assert not await problems.mutes_anybody(s, integration.id, TUESDAY.date())
        known = await noted(s, integration.id, "tuesday", [KARI, other], TUESDAY, said=said | {other: "n"})
        assert problems.muted_people(known, day) == {}, "another problem is not what was muted"
        known = await noted(s, integration.id, "later", [KARI], TUESDAY, said={KARI: "b"})
        assert known[KARI] == Problem(TUESDAY, "later"), "the same code with other words is a new problem"
        assert await problems.mute(s, integration.id, "s1", {"bank.invalid": "b"}, day)
        assert await problems.mute(s, integration.id, "s1", {"bank.invalid": "b"}, None)
        known = await problems.load(s, integration.id)
        assert problems.muted_people(known, day) == {}
        await problems.mute(s, integration.id, "s1", {"bank.invalid": "b"}, day)
        await problems.note(s, integration.id, "gone", [], TUESDAY)
        known = await noted(s, integration.id, "back", [KARI], TUESDAY, said={KARI: "b"})
        assert known[KARI] == Problem(TUESDAY, "back"), "what was gone and comes back is told"
