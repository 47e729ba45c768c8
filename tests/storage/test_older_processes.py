"""A new version beside processes of the one before: it goes on beside them where that does no harm, else it waits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

import storage.migrations
from bot.jobs.policy import Policy
from storage import executors
from storage.database import Database
from storage.errors import OlderProcessesRun
from storage.migrations import configuration, needing_a_stop, newest, upgrade
from storage.older_processes import ALIVE_WITHIN
from storage.vault import Vault
from tests.storage.rows_before import filled

SCRIPTS = ScriptDirectory(str(Path(storage.migrations.__file__).parent))
BESIDE = [one for one in SCRIPTS.walk_revisions() if getattr(one.module, "beside_version_before", False)]
BEFORE_LEAVE, LEAVE, DECISIONS = "0018_token_rotation", "0019_leave", "0028_decision_seals"


def engine_of(address: str) -> sa.Engine:
    return sa.create_engine(address.replace("postgresql://", "postgresql+psycopg://"))


def stand_at(address: str, revision: str) -> None:
    engine = engine_of(address)
    with engine.begin() as connection:
        command.upgrade(configuration(connection), revision)
    engine.dispose()


def revision_of(address: str) -> str:
    engine = engine_of(address)
    with engine.connect() as connection:
        return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one())


async def go_to(address: str, revision: str) -> None:
    driver = address.replace("postgresql://", "postgresql+psycopg://").replace("sqlite://", "sqlite+aiosqlite://")
    engine = create_async_engine(driver, poolclass=NullPool)
    try:
        await upgrade(engine, to=revision)
    finally:
        await engine.dispose()


async def test_tables_change_under_nobodys_hands(blank_address: str, vault: Vault) -> None:
    stand_at(blank_address, BEFORE_LEAVE)
    database = Database(blank_address, vault)
    async with database.session() as s:
        await executors.beat(s, "host-7-old")
    with pytest.raises(OlderProcessesRun, match="host-7-old"):
        await database.migrate()
    assert revision_of(blank_address) == BEFORE_LEAVE, "nothing was changed"
    async with database.session() as s:
        await executors.retire(s, "host-7-old")
    await database.migrate()
    assert revision_of(blank_address) == newest()
    # Now whoever lives is of this version.
    async with database.session() as s:
        await executors.beat(s, "host-8-new")
    await database.migrate()
    await database.close()


async def test_what_only_adds_is_done_beside_the_version_before(blank_address: str, vault: Vault) -> None:
    harmless = BESIDE[0]
    stand_at(blank_address, str(harmless.down_revision))
    database = Database(blank_address, vault)
    async with database.session() as s:
        await executors.beat(s, "host-7-old")
    await go_to(blank_address, harmless.revision)
    assert revision_of(blank_address) == harmless.revision
    await database.close()


def test_a_stop_is_asked_for_by_every_migration_that_does_not_say_otherwise() -> None:
    assert LEAVE in needing_a_stop(BEFORE_LEAVE, newest())
    assert needing_a_stop(BEFORE_LEAVE, LEAVE) == [LEAVE]
    assert needing_a_stop(LEAVE, DECISIONS) == [DECISIONS], "remarks do no harm, seals of decisions would"
    assert needing_a_stop(newest(), newest()) == []


def test_who_counts_as_living_is_the_same_for_all() -> None:
    assert Policy().dead_after == ALIVE_WITHIN


def shape(connection: sa.Connection) -> dict[str, dict[str, Any]]:
    """What a version counts on of each table: columns, and the keys by which rows are told apart and replaced."""
    seen = sa.inspect(connection)
    return {
        name: {
            "columns": {
                one["name"]: (str(one["type"]), one["nullable"], one["default"]) for one in seen.get_columns(name)
            },
            "key": seen.get_pk_constraint(name)["constrained_columns"],
            "unique": sorted(
                [sorted(one["column_names"]) for one in seen.get_unique_constraints(name)]
                + [sorted(map(str, one["column_names"])) for one in seen.get_indexes(name) if one["unique"]]
            ),
            "leads to": sorted(
                (one["constrained_columns"], one["referred_table"]) for one in seen.get_foreign_keys(name)
            ),
            "checks": sorted(str(one["sqltext"]) for one in seen.get_check_constraints(name)),
        }
        for name in seen.get_table_names()
    }


def harm(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> list[str]:
    """What the version before would stumble over in the tables after."""
    found = []
    for name, table in before.items():
        if name not in after:
            found.append(f"{name} is gone")
            continue
        new = after[name]
        found += [f"{name}: {part}" for part in ("key", "unique", "leads to", "checks") if table[part] != new[part]]
        for column, kind in table["columns"].items():
            if new["columns"].get(column) != kind:
                found.append(f"{name}.{column}: {kind} became {new['columns'].get(column)}")
        for column in new["columns"].keys() - table["columns"].keys():
            _, nullable, default = new["columns"][column]
            if not nullable and default is None:
                found.append(f"{name}.{column} must have a value, which the version before does not give")
    return found


def test_a_migration_beside_the_version_before_only_adds(blank_address: str) -> None:
    engine = engine_of(blank_address)
    for migration in reversed(BESIDE):
        stand_at(blank_address, str(migration.down_revision))
        then = sa.MetaData()
        with engine.connect() as connection:
            then.reflect(connection)
            stood = shape(connection)
        stand_at(blank_address, migration.revision)
        with engine.connect() as connection:
            assert harm(stood, shape(connection)) == []
            write_and_read(connection, then)
            connection.rollback()
    engine.dispose()


def write_and_read(connection: sa.Connection, then: sa.MetaData) -> None:
    """By name and column, as the version before says it: no more than it knows."""
    for rows in then.sorted_tables:
        if rows.name == "alembic_version":
            continue
        values = filled(rows)
        connection.execute(sa.insert(rows).values(values))
        (read,) = connection.execute(sa.select(rows)).all()
        assert set(read._mapping.keys()) == set(rows.c.keys())
        if rows.name == "audit":  # nothing of it can be changed
            continue
        key = [column == values[column.name] for column in rows.primary_key]
        assert connection.execute(sa.update(rows).where(*key).values(values)).rowcount == 1


def test_one_that_changes_what_rows_are_told_apart_by_would_be_found(blank_address: str) -> None:
    engine = engine_of(blank_address)
    stand_at(blank_address, BEFORE_LEAVE)
    with engine.connect() as connection:
        stood = shape(connection)
    stand_at(blank_address, LEAVE)
    with engine.connect() as connection:
        found = harm(stood, shape(connection))
    assert {"people: key", "problems: key", "schedules: key"} <= set(found)
    engine.dispose()
