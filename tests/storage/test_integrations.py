"""An integration is unique per account, changes only from the version that was seen, and takes its traces with it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from storage import (
    digests,
    drafts,
    expiries,
    integrations,
    outcomes,
    people,
    plans,
    problems,
    resolutions,
    runs,
    schedules,
    workspaces,
)
from storage.database import Database
from storage.digests import Digest, Period
from storage.errors import AlreadyConnected, NotFound, RunEnded, StaleVersion, WrongOwner
from storage.expiries import Expiry
from storage.integrations import Integration, IntegrationState
from storage.models import Base, IntegrationRow, table
from storage.outcomes import StoredOutcome
from storage.people import PersonState
from storage.resolutions import ResolutionKind, StoredResolution
from storage.runs import Run, RunState
from storage.schedules import Schedule
from tests.storage.conftest import ADMIN, TEAM, new_integration

NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


async def test_what_the_set_up_handed_over_is_kept(database: Database) -> None:
    new = new_integration(scope={"people": ["1", "2"]}, settings={"division": "7"}, environment="test")
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)
        created = await integrations.create(s, database.vault, new)

    async with database.reading() as s:
        found = await integrations.get(s, created.id, team_id=TEAM)
        assert await integrations.list_for(s, TEAM) == [created]
        assert await integrations.find_account(s, TEAM, "tripletex", "9001") == created
        assert await integrations.credentials(s, database.vault, created.id) == dict(new.credentials)
    assert found == created
    assert found is not None
    assert (found.state, found.version, found.environment) == (IntegrationState.CONNECTED, 1, "test")
    assert (found.scope, found.settings) == ({"people": ["1", "2"]}, {"division": "7"})


async def test_credentials_stay_out_of_the_repr() -> None:
    assert "tok-employee" not in repr(new_integration())


async def test_another_workspace_does_not_find_it(database: Database, integration: Integration) -> None:
    async with database.reading() as s:
        assert await integrations.get(s, integration.id, team_id="T0200") is None
        assert await integrations.list_for(s, "T0200") == []
        assert await integrations.find_account(s, "T0200", "tripletex", "9001") is None


async def test_an_account_is_connected_once_per_workspace(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        with pytest.raises(AlreadyConnected) as refused:
            await integrations.create(s, database.vault, new_integration(name="Again"))
        await workspaces.ensure(s, "T0200")
        elsewhere = await integrations.create(s, database.vault, new_integration(team_id="T0200"))
        other_account = await integrations.create(s, database.vault, new_integration(account="9002"))
        other_target = await integrations.create(s, database.vault, new_integration(provider="visma"))

    assert refused.value.existing_id == integration.id
    assert len({integration.id, elsewhere.id, other_account.id, other_target.id}) == 4


async def test_of_admins_who_connect_the_same_account_at_once_one_succeeds(
    database: Database, replica: Database
) -> None:
    async with database.session() as s:
        await workspaces.ensure(s, TEAM)

    async def connect(copy: Database) -> str:
        try:
            async with copy.session() as s:
                return (await integrations.create(s, copy.vault, new_integration())).id
        except AlreadyConnected as refused:
            return f"refused for {refused.existing_id}"

    answers = await asyncio.gather(*(connect(copy) for copy in [database, replica] * 3))

    (winner,) = [answer for answer in answers if not answer.startswith("refused")]
    assert answers.count(f"refused for {winner}") == 5


async def test_a_change_from_the_version_that_was_seen_is_made(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        changed = await integrations.update(
            s, integration.id, integration.version, name="Norway", scope={"departments": ["3"]}
        )

    assert (changed.name, changed.scope, changed.version) == ("Norway", {"departments": ["3"]}, 2)
    assert changed.channel_id == integration.channel_id


async def test_a_change_from_an_older_version_is_refused(
    database: Database, replica: Database, integration: Integration
) -> None:
    async with database.session() as s:
        await integrations.update(s, integration.id, integration.version, name="First")

    with pytest.raises(StaleVersion):
        async with replica.session() as s:
            await integrations.update(s, integration.id, integration.version, name="Second")

    async with database.reading() as s:
        found = await integrations.get(s, integration.id)
    assert found is not None
    assert found.name == "First"


async def test_of_admins_who_change_at_once_one_succeeds(
    database: Database, replica: Database, integration: Integration
) -> None:
    async def change(copy: Database, name: str) -> bool:
        try:
            async with copy.session() as s:
                await integrations.update(s, integration.id, integration.version, name=name)
        except StaleVersion:
            return False
        return True

    won = await asyncio.gather(*(change(copy, f"{place}") for place, copy in enumerate([database, replica] * 3)))

    assert won.count(True) == 1
    async with database.reading() as s:
        found = await integrations.get(s, integration.id)
    assert found is not None
    assert found.name == str(won.index(True))


async def test_what_a_sync_notes_does_not_disturb_an_open_form(database: Database, integration: Integration) -> None:
    async with database.session() as s:
        await integrations.record_source(s, integration.id, 41, full_compare_at=NOW)
        await integrations.record_source(s, integration.id, 42)
        changed = await integrations.update(s, integration.id, integration.version, name="Norway")

    assert (changed.last_source_count, changed.full_compare_at) == (42, NOW)


async def test_other_credentials_for_the_same_account_keep_everything_else(
    database: Database, integration: Integration
) -> None:
    async with database.session() as s:
        changed = await integrations.replace_credentials(s, database.vault, integration.id, {"employee_token": "new"})

    async with database.reading() as s:
        assert await integrations.credentials(s, database.vault, integration.id) == {"employee_token": "new"}
    assert changed.id == integration.id
    assert changed.settings == integration.settings


async def test_credentials_that_were_copied_to_another_integration_are_refused(
    database: Database, integration: Integration
) -> None:
    async with database.session() as s:
        other = await integrations.create(s, database.vault, new_integration(account="9002"))
        await s.execute(
            sa.text("UPDATE integrations SET credentials = (SELECT credentials FROM integrations WHERE id = :source)"),
            {"source": other.id},
        )

    async with database.reading() as s:
        assert await integrations.credentials(s, database.vault, other.id) == {"employee_token": "tok-employee"}
        with pytest.raises(WrongOwner):
            await integrations.credentials(s, database.vault, integration.id)


@pytest.mark.parametrize("before", [IntegrationState.CONNECTED, IntegrationState.TESTED, IntegrationState.LIVE])
async def test_what_was_set_aside_resumes_as_what_it_was(
    database: Database, integration: Integration, before: IntegrationState
) -> None:
    async with database.session() as s:
        await integrations.set_state(s, integration.id, before)
        await integrations.set_state(s, integration.id, IntegrationState.PAUSED)
        aside = await integrations.set_state(s, integration.id, IntegrationState.NEEDS_RECONNECT)
        resumed = await integrations.resume(s, integration.id)
        again = await integrations.resume(s, integration.id)

    assert (aside.state, aside.paused_from_state) == (IntegrationState.NEEDS_RECONNECT, before)
    assert (resumed.state, resumed.paused_from_state) == (before, None)
    assert again == resumed


@pytest.fixture
async def used(database: Database, integration: Integration, run: Run) -> Integration:
    """An integration with a schedule, a draft, people, a decision, and a run with plan and outcomes."""
    async with database.session() as s:
        await schedules.put(
            s,
            Schedule(
                integration_id=integration.id, weekdays=("mon",), hour=6, minute=0, timezone="UTC", next_run_at=NOW
            ),
        )
        await drafts.open(
            s, database.vault, TEAM, ADMIN, "reconnect", {}, timedelta(days=1), integration_id=integration.id
        )
        await people.upsert(s, integration.id, [PersonState(source_id="1", seen_at=NOW)])
        await resolutions.put(
            s,
            StoredResolution(
                integration_id=integration.id,
                source_id="1",
                decision=ResolutionKind.SKIP,
                target_id=None,
                decided_by=ADMIN,
                decided_at=NOW,
            ),
        )
        await plans.store(s, database.vault, run.id, {}, [("1", "create", {})])
        await outcomes.record(
            s, database.vault, run.id, [StoredOutcome(position=0, source_id="1", person_number="1", kind="created")]
        )
    return integration


async def test_removing_it_erases_its_traces_and_stops_its_run(database: Database, used: Integration, run: Run) -> None:
    async with database.session() as s:
        await integrations.remove(s, used.id)

    async with database.reading() as s:
        assert await integrations.get(s, used.id) is None
        assert await integrations.list_for(s, TEAM) == []
        with pytest.raises(NotFound):
            await integrations.credentials(s, database.vault, used.id)
        assert await schedules.get(s, used.id) is None
        assert await drafts.current(s, database.vault, TEAM, ADMIN, "reconnect") is None
        assert await people.load(s, used.id) == {}
        assert await resolutions.load(s, used.id) == {}
        assert await plans.counts(s, run.id) == {}
        assert await outcomes.counts(s, run.id) == {}
        kept = await integrations.get(s, used.id, removed=True)
    assert kept is not None
    assert kept.removed_at is not None
    async with database.session() as s:
        with pytest.raises(RunEnded, match="cancelled"):
            await runs.advance(s, run.id, RunState.APPLYING)


async def test_nothing_of_people_or_choices_is_left_when_it_is_removed(
    database: Database, used: Integration, run: Run
) -> None:
    async with database.session() as s:
        expiry = Expiry(team_id=TEAM, integration_id=used.id, until=NOW.date(), warn_at=NOW)
        await expiries.replace(s, TEAM, used.id, expiry)
        weekly = Digest(
            integration_id=used.id, period=Period.WEEK, weekdays=("mon",), hour=8, minute=0, timezone="UTC", next_at=NOW
        )
        await digests.replace(s, used.id, [weekly])
        await problems.note(s, used.id, run.id, {("1", "number.missing")}, NOW)
        await runs.keep_refusal(s, database.vault, run.id, "Ola first")
        await runs.update(s, run.id, reason={"verbatim": "Ola"}, guard={"reasons": ["Ola"]})
        await integrations.update(
            s, used.id, used.version, scope={"ids": ["1"]}, settings={"a": 1}, thresholds={"b": 1}, attention={"c": 1}
        )
        await integrations.remove(s, used.id)

    about_it = {"integration_id": [used.id], "run_id": [run.id]}
    async with database.reading() as s:
        left = {
            name: list((await s.execute(sa.select(rows).where(rows.c[column].in_(ids)))).mappings())
            for name, rows in Base.metadata.tables.items()
            for column, ids in about_it.items()
            if column in rows.c
        }
        (kept,) = (await s.execute(sa.select(table(IntegrationRow)).where(table(IntegrationRow).c.id == used.id))).all()
    (stub,) = left.pop("runs")
    assert {name: rows for name, rows in left.items() if rows} == {}
    assert (stub["options"], stub["reason"], stub["guard"], stub["refusal"]) == ({}, None, None, None)
    assert (kept.credentials, kept.scope, kept.settings, kept.thresholds, kept.attention) == (None, {}, {}, {}, None)


async def test_what_was_removed_cannot_be_changed_and_its_account_is_free_again(
    database: Database, used: Integration
) -> None:
    async with database.session() as s:
        await integrations.remove(s, used.id)
        with pytest.raises(NotFound):
            await integrations.remove(s, used.id)
        with pytest.raises(NotFound):
            await integrations.set_state(s, used.id, IntegrationState.LIVE)
        with pytest.raises(NotFound):
            await integrations.replace_credentials(s, database.vault, used.id, {"employee_token": "new"})
        with pytest.raises(StaleVersion):
            await integrations.update(s, used.id, used.version + 1, name="Back")
        again = await integrations.create(s, database.vault, new_integration())

    assert again.id != used.id


async def test_removing_one_leaves_the_others_alone(database: Database, used: Integration, run: Run) -> None:
    async with database.session() as s:
        other = await integrations.create(s, database.vault, new_integration(account="9002"))
        await integrations.remove(s, other.id)

    async with database.reading() as s:
        assert await schedules.get(s, used.id) is not None
        assert await drafts.current(s, database.vault, TEAM, ADMIN, "reconnect") is not None
        assert len(await people.load(s, used.id)) == 1
        assert await outcomes.counts(s, run.id) == {"created": 1}
        assert await runs.active(s, used.id) != []
