"""What is remembered between runs: people, decisions, what was done, and which copies of the bot live."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from storage import audit, executors, integrations, oauth_states, people, resolutions
from storage.database import Database
from storage.integrations import Integration
from storage.people import PersonState
from storage.resolutions import ResolutionKind, StoredResolution
from storage.upsert import CHUNK
from tests.storage.conftest import ADMIN, TEAM, new_integration

NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


def person(source_id: str, **changes: object) -> PersonState:
    values: dict[str, object] = {"number": f"10{source_id}", "target_id": source_id, "fingerprint": "a" * 64}
    values["last_outcome"] = "created"
    return PersonState(source_id=source_id, seen_at=NOW, **(values | changes))  # type: ignore[arg-type]


async def test_people_are_remembered_as_last_given(database: Database, integration: Integration) -> None:
    changed = person("2", fingerprint="b" * 64, number=None)
    async with database.session() as s:
        await people.upsert(s, integration.id, [person("1"), person("2")])
        await people.upsert(s, integration.id, [changed, person("3")])

    async with database.reading() as s:
        known = await people.load(s, integration.id)
    assert known == {"1": person("1"), "2": changed, "3": person("3")}


async def test_every_one_of_many_people_is_remembered(database: Database, integration: Integration) -> None:
    many = [person(str(place)) for place in range(2 * CHUNK + 1)]
    async with database.session() as s:
        await people.upsert(s, integration.id, many)

    async with database.reading() as s:
        assert await people.load(s, integration.id) == {one.source_id: one for one in many}


async def test_where_people_are_in_the_target_is_read_of_those_who_are_asked_for(
    database: Database, integration: Integration
) -> None:
    many = [person(str(place), target_id=None if place % 2 else f"t{place}") for place in range(2 * CHUNK + 1)]
    async with database.session() as s:
        other = await integrations.create(s, database.vault, new_integration(account="9002"))
        await people.upsert(s, integration.id, many)
        await people.upsert(s, other.id, [person("2", target_id="77")])

    async with database.reading() as s:
        assert await people.count(s, integration.id) == len(many)
        assert await people.count(s, other.id) == 1
        assert await people.target_ids(s, integration.id, ["1", "2", "nobody"]) == {"2": "t2"}
        everybody = await people.target_ids(s, integration.id, [one.source_id for one in many])
    assert everybody == {one.source_id: one.target_id for one in many if one.target_id is not None}


async def test_integrations_remember_people_apart(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        other = await integrations.create(s, database.vault, new_integration(account="9002"))
        await people.upsert(s, integration.id, [person("1")])
        await people.upsert(s, other.id, [person("1", target_id="77")])

    async with database.reading() as s:
        assert await people.load(s, integration.id) == {"1": person("1")}
        assert await people.load(s, other.id) == {"1": person("1", target_id="77")}


async def test_people_outside_the_scope_are_a_trace_and_no_more(database: Database, integration: Integration) -> None:
    later = NOW + timedelta(days=1)
    async with database.session() as s:
        await people.upsert(s, integration.id, [person("1", trace="i.1")])
        await people.note_outside(s, integration.id, {"1": "o.1", "2": "o.2", "3": "o.3"}, later)
        await people.note_outside(s, integration.id, {"3": ""}, later)
    async with database.reading() as s:
        known = await people.load(s, integration.id)
    # What is known of somebody besides stays, and a trace that is taken away takes a row of nothing else with it.
    assert known == {"1": person("1", trace="o.1"), "2": PersonState(source_id="2", seen_at=later, trace="o.2")}
    async with database.session() as s:
        await people.note_outside(s, integration.id, {"1": ""}, later)
        await people.upsert(s, integration.id, [person("2")])
        assert await people.load(s, integration.id) == {"1": person("1", trace=""), "2": person("2")}


async def test_who_could_not_be_brought_into_step_loses_the_trace(database: Database, integration: Integration) -> None:
    everyone = [person(str(n), trace="i.1", last_outcome="unchanged") for n in range(1, 4)]
    async with database.session() as s:
        await people.upsert(s, integration.id, everyone)
        await people.note_outside(s, integration.id, {"9": "o.9"}, NOW)
        await people.unsettle(s, integration.id, {"1": "failed", "2": "blocked", "9": "blocked", "404": "failed"})
        known = await people.load(s, integration.id)
    assert known == {
        "1": person("1", last_outcome="failed"),
        "2": person("2", last_outcome="blocked"),
        "3": everyone[2],
        "9": PersonState(source_id="9", seen_at=NOW, trace="o.9"),
    }


async def test_the_latest_decision_about_a_person_counts(database: Database, integration: Integration) -> None:
    first = StoredResolution(
        integration_id=integration.id,
        source_id="1",
        decision=ResolutionKind.SAME,
        target_id="42",
        decided_by=ADMIN,
        decided_at=NOW,
    )
    second = dataclasses.replace(first, decision=ResolutionKind.DIFFERENT, others=("43", "44"), decided_by="U0200")
    async with database.session() as s:
        await resolutions.put(s, first)
        assert await resolutions.load(s, integration.id) == {"1": first}
        await resolutions.put(s, second)
        assert await resolutions.load(s, integration.id) == {"1": second}
        assert await resolutions.get(s, integration.id, "1") == second
        assert await resolutions.get(s, integration.id, "2") is None
        assert await resolutions.forget(s, integration.id, "1")
        assert not await resolutions.forget(s, integration.id, "1")
        assert await resolutions.load(s, integration.id) == {}


async def test_the_audit_is_read_newest_first(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        await audit.write(s, TEAM, ADMIN, "source.connected", new={"account": "77"})
        await audit.write(s, TEAM, ADMIN, "scope.changed", integration.id, {"share": Decimal("0.1")}, {"share": None})
        await audit.write(s, "T0200", "U0900", "source.connected", origin="command line")

    async with database.reading() as s:
        entries = await audit.page(s, TEAM)
        (own,) = await audit.page(s, TEAM, integration_id=integration.id)
        (before,) = await audit.page(s, TEAM, before_id=entries[0].id)
        (latest,) = await audit.page(s, TEAM, limit=1)
    assert [entry.action for entry in entries] == ["scope.changed", "source.connected"]
    assert own == latest == entries[0]
    assert (own.actor_id, own.origin, own.old, own.new) == (ADMIN, "slack", {"share": Decimal("0.1")}, {"share": None})
    assert before == entries[1]
    assert (before.old, before.new) == (None, {"account": "77"})


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor_id = 'U0666'", "DELETE FROM audit"])
async def test_the_audit_cannot_be_rewritten(database: Database, statement: str) -> None:
    async with database.session() as s:
        await audit.write(s, TEAM, ADMIN, "setup.finished")

    with pytest.raises(DBAPIError, match="append-only"):
        async with database.session() as s:
            await s.execute(sa.text(statement))

    async with database.reading() as s:
        (entry,) = await audit.page(s, TEAM)
    assert entry.actor_id == ADMIN


async def test_many_entries_are_those_that_are_written_one_by_one(database: Database) -> None:
    ids = ("1" * 32, "2" * 32)
    entry = audit.NewEntry(
        team_id=TEAM, actor_id="schedule", action="run.sync", integration_id=ids[0], new={"run": "1"}, origin="schedule"
    )
    async with database.session() as s:
        await audit.write_all(s, [])
        await audit.write_all(s, [entry, dataclasses.replace(entry, integration_id=ids[1], new={"run": "2"})])
        for place in (0, 1):
            new = {"run": str(place + 1)}
            await audit.write(s, TEAM, "schedule", "run.sync", ids[place], new=new, origin="schedule")
        written = await audit.page(s, TEAM)

    apart = [dataclasses.replace(one, id=0, at=written[0].at) for one in written]
    assert len(apart) == 4
    assert apart[:2] == apart[2:]


async def test_what_is_undone_is_not_in_the_audit(database: Database) -> None:
    async def fail() -> None:
        async with database.session() as s:
            await audit.write(s, TEAM, ADMIN, "setup.finished")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()

    async with database.reading() as s:
        assert await audit.page(s, TEAM) == []


async def test_a_copy_that_gives_no_sign_is_silent(database: Database) -> None:
    async with database.session() as s:
        await executors.beat(s, "one")
        await executors.beat(s, "two")
        assert await executors.silent(s, timedelta(minutes=1)) == []
        assert await executors.silent(s, timedelta(minutes=-1)) == ["one", "two"]
        await executors.beat(s, "one")
        assert await executors.silent(s, timedelta(minutes=-1)) == ["two", "one"]


async def test_a_copy_that_says_goodbye_is_silent_at_once(database: Database) -> None:
    async with database.session() as s:
        await executors.beat(s, "one")
        await executors.beat(s, "two")
        await executors.retire(s, "two")
        assert await executors.silent(s, timedelta(days=1)) == ["two"]
        assert await executors.remove(s, "two")
        assert not await executors.remove(s, "two")
        assert await executors.silent(s, timedelta(minutes=-1)) == ["one"]


async def test_a_state_is_accepted_once(database: Database) -> None:
    async with database.session() as s:
        state = await oauth_states.issue(s, timedelta(minutes=10), now=NOW)
        assert not await oauth_states.consume(s, state + "x", now=NOW)
        assert await oauth_states.consume(s, state, now=NOW)
        assert not await oauth_states.consume(s, state, now=NOW)


async def test_a_state_is_good_for_who_began_and_nobody_else(database: Database) -> None:
    async with database.session() as s:
        state = await oauth_states.issue(s, timedelta(minutes=10), now=NOW, holder="T1 U1 made_up")
        for other in ("", "T1 U2 made_up", "T2 U1 made_up", "T1 U1 another"):
            assert not await oauth_states.consume(s, state, now=NOW, holder=other)
        assert await oauth_states.consume(s, state, now=NOW, holder="T1 U1 made_up")


async def test_of_two_that_bring_the_same_state_one_is_accepted(database: Database, replica: Database) -> None:
    async with database.session() as s:
        state = await oauth_states.issue(s, timedelta(minutes=10))

    async def bring(copy: Database) -> bool:
        async with copy.session() as s:
            return await oauth_states.consume(s, state)

    assert sorted(await asyncio.gather(bring(database), bring(replica))) == [False, True]


async def test_a_state_is_not_accepted_after_its_time(database: Database) -> None:
    async with database.session() as s:
        state = await oauth_states.issue(s, timedelta(minutes=10), now=NOW)
        over = NOW + timedelta(minutes=10)
        assert not await oauth_states.consume(s, state, now=over)
        assert await oauth_states.purge(s, over - timedelta(microseconds=1)) == 0
        assert await oauth_states.purge(s, over) == 1
        assert not await oauth_states.consume(s, state, now=NOW)
