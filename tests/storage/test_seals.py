"""A sealed value opens in its own place and in no other: table, column, key of the row, workspace and what it says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage import (
    drafts,
    installations,
    integrations,
    outcomes,
    plan_differences,
    plans,
    renewal,
    rotation,
    run_words,
    runs,
    seals,
    workspaces,
)
from storage.database import Database
from storage.errors import Misplaced, StorageError, Unreadable, WrongOwner
from storage.installations import Bundle, BundleKind
from storage.models import PlanChangeRow, PlanRow, RunRow, table
from storage.outcomes import StoredOutcome
from storage.seals import COLUMNS
from storage.vault import Vault, run_owner
from tests.storage.conftest import ADMIN, TEAM, new_integration, new_run

OTHER, SECRET = "T0200", "01017012345"


KEY = Vault.generate_key()


@pytest.fixture
def vault() -> Vault:
    """One of its own: it is told what it takes no more."""
    return Vault([KEY])


@dataclass
class World:
    """Two workspaces with everything that is sealed: a run each, one with two people."""

    database: Database
    runs: dict[str, str] = field(default_factory=dict)
    integrations: dict[str, str] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)

    async def execute(self, statement: str) -> None:
        """As somebody who can write the database and has no key."""
        async with self.database.session() as s:
            await s.execute(sa.text(statement))


@pytest.fixture
async def world(database: Database) -> World:
    made, vault = World(database), database.vault
    for team in (TEAM, OTHER):
        async with database.session() as s:
            await workspaces.ensure(s, team)
            await workspaces.set_source(s, vault, team, {"token": f"{SECRET}-{team}"}, "77", "Fjell")
            bundle = Bundle(
                team_id=team, enterprise_id=None, kind=BundleKind.BOT, user_id=None,
                data={"bot_token": SECRET}, installed_at=datetime(2026, 3, 2, tzinfo=UTC),
            )  # fmt: skip
            await installations.save(s, vault, bundle)
            integration = await integrations.create(s, vault, new_integration(team_id=team))
            made.integrations[team] = integration.id
            draft = await drafts.open(s, vault, team, ADMIN, "setup", {"token": SECRET}, timedelta(days=1))
            made.drafts[team] = draft.id
            run, _ = await runs.create(s, new_run(integration, f"sync:{team}"))
            made.runs[team] = run.id
            await runs.keep_refusal(s, vault, run.id, SECRET)
            await run_words.keep(s, vault, run.id, SECRET)
            await plans.store(s, vault, run.id, {"people": 2}, [("p1", "create", SECRET), ("p2", "update", SECRET)])
            await plan_differences.append(s, vault, run.id, 0, [("came_in", SECRET), ("other", SECRET)])
            rows = [
                StoredOutcome(position=place, source_id=f"p{place}", person_number="1", kind="created", person_name="I")
                for place in range(2)
            ]
            await outcomes.record(s, vault, run.id, rows)
    return made


Read = Callable[[World], Awaitable[Any]]


def reading(work: Callable[[Any, Vault, World], Awaitable[Any]]) -> Read:
    async def read(world: World) -> Any:
        async with world.database.reading() as s:
            return await work(s, world.database.vault, world)

    return read


SWAP = "UPDATE {table} SET {column} = (SELECT other.{column} FROM {table} AS other WHERE other.{there}) WHERE {here}"

TAMPERED: dict[str, tuple[str, Read]] = {
    "source of another workspace": (
        SWAP.format(
            table="workspaces", column="source_credentials", there=f"team_id = '{OTHER}'", here=f"team_id = '{TEAM}'"
        ),
        reading(lambda s, v, _: workspaces.source_credentials(s, v, TEAM)),
    ),
    "token of another workspace": (
        SWAP.format(table="installations", column="sealed", there=f"team_id = '{OTHER}'", here=f"team_id = '{TEAM}'"),
        reading(lambda s, v, _: installations.for_team(s, v, TEAM, None)),
    ),
    "credentials of another integration": (
        SWAP.format(
            table="integrations", column="credentials", there=f"team_id = '{OTHER}'", here=f"team_id = '{TEAM}'"
        ),
        reading(lambda s, v, w: integrations.credentials(s, v, w.integrations[TEAM])),
    ),
    "an integration that was given to another workspace": (
        f"UPDATE integrations SET team_id = '{OTHER}', target_account_id = 'x' WHERE team_id = '{TEAM}'",
        reading(lambda s, v, w: integrations.credentials(s, v, w.integrations[TEAM])),
    ),
    "a run that was given to another workspace": (
        f"UPDATE runs SET team_id = '{OTHER}' WHERE id = 'sync:{TEAM}'",
        reading(lambda s, v, w: plans.page(s, v, w.runs[TEAM])),
    ),
    "outcomes of a run that was given to another workspace": (
        f"UPDATE runs SET team_id = '{OTHER}' WHERE id = 'sync:{TEAM}'",
        reading(lambda s, v, w: outcomes.all(s, v, w.runs[TEAM])),
    ),
    "a draft that was given to somebody else": (
        f"UPDATE drafts SET user_id = 'U0666' WHERE team_id = '{TEAM}'",
        reading(lambda s, v, w: drafts.get(s, v, w.drafts[TEAM], team_id=TEAM, user_id="U0666")),
    ),
    "a draft that was given to another workspace": (
        f"UPDATE drafts SET team_id = 'T0300' WHERE team_id = '{TEAM}'",
        reading(lambda s, v, w: drafts.get(s, v, w.drafts[TEAM], team_id="T0300", user_id=ADMIN)),
    ),
    "a draft for another integration": (
        f"UPDATE drafts SET integration_id = (SELECT id FROM integrations LIMIT 1) WHERE team_id = '{TEAM}'",
        reading(lambda s, v, w: drafts.get(s, v, w.drafts[TEAM], team_id=TEAM, user_id=ADMIN)),
    ),
    "one person's change in the place of another's": (
        SWAP.format(
            table="plan_changes",
            column="sealed",
            there=f"run_id = 'sync:{TEAM}' AND other.position = 1",
            here=f"run_id = 'sync:{TEAM}' AND position = 0",
        ),
        reading(lambda s, v, w: plans.pending(s, v, w.runs[TEAM], 9, kinds=("create",))),
    ),
    "a change of another kind": (
        f"UPDATE plan_changes SET kind = 'create' WHERE run_id = 'sync:{TEAM}' AND position = 1",
        reading(lambda s, v, w: plans.following(s, v, w.runs[TEAM])),
    ),
    "a change of another person": (
        f"UPDATE plan_changes SET person_key = 'p9' WHERE run_id = 'sync:{TEAM}' AND position = 1",
        reading(lambda s, v, w: plans.of_people(s, v, w.runs[TEAM], ["p9"])),
    ),
    "the plan of another run": (
        SWAP.format(table="plans", column="sealed", there=f"run_id = 'sync:{OTHER}'", here=f"run_id = 'sync:{TEAM}'"),
        reading(lambda s, v, w: plans.header(s, v, w.runs[TEAM])),
    ),
    "a plan of another size": (
        f"UPDATE plans SET size = 1 WHERE run_id = 'sync:{TEAM}'",
        reading(lambda s, v, w: plans.header(s, v, w.runs[TEAM])),
    ),
    "a difference in the place of another": (
        SWAP.format(
            table="plan_differences",
            column="sealed",
            there=f"run_id = 'sync:{TEAM}' AND other.position = 1",
            here=f"run_id = 'sync:{TEAM}' AND position = 0",
        ),
        reading(lambda s, v, w: plan_differences.following(s, v, w.runs[TEAM])),
    ),
    "one person's outcome in the place of another's": (
        SWAP.format(
            table="outcomes",
            column="sealed",
            there=f"run_id = 'sync:{TEAM}' AND other.position = 1",
            here=f"run_id = 'sync:{TEAM}' AND position = 0",
        ),
        reading(lambda s, v, w: outcomes.page(s, v, w.runs[TEAM])),
    ),
    "another kind of outcome": (
        f"UPDATE outcomes SET kind = 'failed' WHERE run_id = 'sync:{TEAM}' AND position = 0",
        reading(lambda s, v, w: outcomes.following(s, v, w.runs[TEAM])),
    ),
    "one column's words in another column": (
        f"UPDATE runs SET words = refusal WHERE id = 'sync:{TEAM}'",
        reading(lambda s, v, w: run_words.get(s, v, w.runs[TEAM])),
    ),
    "the words of another run": (
        SWAP.format(table="runs", column="refusal", there=f"id = 'sync:{OTHER}'", here=f"id = 'sync:{TEAM}'"),
        reading(lambda s, v, w: runs.refusal(s, v, w.runs[TEAM])),
    ),
    "a value of another table": (
        f"UPDATE plans SET sealed = (SELECT sealed FROM plan_changes WHERE run_id = 'sync:{TEAM}' AND position = 0)"
        f" WHERE run_id = 'sync:{TEAM}'",
        reading(lambda s, v, w: plans.header(s, v, w.runs[TEAM])),
    ),
}


@pytest.mark.parametrize("what", TAMPERED)
async def test_it_opens_in_no_other_place(world: World, what: str) -> None:
    statement, read = TAMPERED[what]
    await read(world)
    await world.execute(statement)

    with pytest.raises(WrongOwner) as refused:
        await read(world)

    assert SECRET not in str(refused.value)


def former(world: World, column: seals.SealedColumn, row: Any, token: bytes) -> bytes:
    """As a version before has sealed it."""
    vault = world.database.vault
    return vault.seal(column.former(row), column.open(vault, row["team"], row, token))


async def as_before(world: World) -> None:
    """Everything sealed as by the version before, which sealed no plan as a whole."""
    async with world.database.session() as s:
        await s.execute(sa.text("UPDATE plans SET digest = NULL"))
        for column in COLUMNS:
            name = column.name
            rows = (await s.execute(sa.select(*column.rows.c, column.team.label("team")))).mappings().all()
            for row in rows:
                if row[name] is not None:
                    here = sa.and_(*(column.rows.c[part] == row[part] for part in column.key))
                    token = former(world, column, row, row[name])
                    await s.execute(sa.update(column.rows).where(here).values({name: token}))


async def everything(world: World) -> list[Any]:
    """What is read of all that was made."""
    found = []
    async with world.database.reading() as s:
        vault = world.database.vault
        for team in (TEAM, OTHER):
            run_id = world.runs[team]
            draft = await drafts.current(s, vault, team, ADMIN, "setup")
            found += [
                await workspaces.source_credentials(s, vault, team),
                await installations.for_team(s, vault, team, None),
                await integrations.credentials(s, vault, world.integrations[team]),
                draft and draft.data,
                await runs.refusal(s, vault, run_id),
                await run_words.get(s, vault, run_id),
                await plans.header(s, vault, run_id),
                await plans.page(s, vault, run_id),
                await plan_differences.following(s, vault, run_id),
                await outcomes.all(s, vault, run_id),
            ]
    return found


async def test_what_a_version_before_has_sealed_opens_and_is_sealed_anew(world: World) -> None:
    before = await everything(world)
    await as_before(world)
    assert await everything(world) == before

    assert await renewal.renew(world.database) == ()

    assert not world.database.vault.takes_former
    assert await everything(world) == before
    assert sum((await rotation.renew_former(world.database)).values()) == 0


async def test_after_that_no_value_of_a_version_before_opens(world: World, address: str) -> None:
    before = world.database.vault.seal(run_owner(world.runs[TEAM]), SECRET)
    await renewal.renew(world.database)
    async with world.database.session() as s:
        await s.execute(sa.update(table(RunRow)).where(RunRow.id == world.runs[TEAM]).values(words=before))
    # Another process, which finds it done.
    replica = Database(address, Vault([KEY]))
    for database in (world.database, replica):
        await renewal.renew(database)
        async with database.reading() as s:
            with pytest.raises(WrongOwner):
                await run_words.get(s, database.vault, world.runs[TEAM])
    await replica.close()


async def test_an_interrupted_renewal_goes_on_where_it_was(world: World) -> None:
    before = await everything(world)
    await as_before(world)
    async with world.database.session() as s:
        kept = await s.scalar(sa.text(f"SELECT sealed FROM plans WHERE run_id = 'sync:{TEAM}'"))
        await s.execute(sa.update(table(PlanRow)).where(PlanRow.run_id == world.runs[TEAM]).values(sealed=b"damaged"))
    with pytest.raises(Unreadable):
        await renewal.renew(world.database)
    async with world.database.session() as s:
        await s.execute(sa.update(table(PlanRow)).where(PlanRow.run_id == world.runs[TEAM]).values(sealed=kept))
    # Half of it is of today, half of before: both are read, and nothing is lost.
    assert world.database.vault.takes_former
    assert await everything(world) == before

    await renewal.renew(world.database)

    assert await everything(world) == before
    assert not world.database.vault.takes_former


async def test_what_is_not_in_its_place_is_told_and_holds_up_nothing(world: World) -> None:
    await as_before(world)
    statement, read = TAMPERED["credentials of another integration"]
    await world.execute(statement)

    (place,) = await renewal.renew(world.database)

    assert place.startswith("What is stored for integrations.credentials")
    assert SECRET not in place
    with pytest.raises(StorageError):
        await read(world)
    with pytest.raises(Misplaced):
        await rotation.rotate(world.database)
    async with world.database.reading() as s:
        assert len(await plans.page(s, world.database.vault, world.runs[TEAM])) == 2


async def test_a_change_says_nothing_of_a_person_when_it_is_refused(world: World) -> None:
    async with world.database.session() as s:
        await s.execute(sa.update(table(PlanChangeRow)).values(person_key="Ingrid"))
    async with world.database.reading() as s:
        with pytest.raises(WrongOwner) as refused:
            await plans.page(s, world.database.vault, world.runs[TEAM])
    assert "Ingrid" not in str(refused.value)
