"""Every test here that takes `database` runs twice: on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage import integrations, runs, workspaces
from storage.database import Database
from storage.integrations import Integration, NewIntegration
from storage.runs import NewRun, Run, RunKind, RunTrigger
from storage.vault import Vault
from tests.support.postgres import PostgresServer, postgres_server

__all__ = ["postgres_server"]

TEAM = "T0100"
ADMIN = "U0100"
_MIGRATED = "migrated"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def dialect(request: pytest.FixtureRequest) -> str:
    """The database that the test runs on."""
    return str(request.param)


@pytest.fixture
def blank_address(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if dialect == "sqlite":
        yield f"sqlite:///{tmp_path / 'blank.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.database() as address:
        yield address


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to copy."""
    path = tmp_path_factory.mktemp("storage") / "migrated.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_template(postgres_server: PostgresServer) -> str:
    """A PostgreSQL database with all tables, to copy."""
    postgres_server.create(_MIGRATED)
    _migrate(postgres_server.url(_MIGRATED))
    return _MIGRATED


@pytest.fixture
def address(dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with empty tables."""
    if dialect == "sqlite":
        path = tmp_path / "bot.sqlite3"
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.migrated(request.getfixturevalue("migrated_template")) as fresh:
        yield fresh


@pytest.fixture(scope="session")
def vault() -> Vault:
    """A vault with one key."""
    return Vault([Vault.generate_key()])


@pytest.fixture
async def database(address: str, vault: Vault) -> AsyncIterator[Database]:
    """An open database with empty tables."""
    database = Database(address, vault)
    yield database
    await database.close()


@pytest.fixture
async def replica(address: str, vault: Vault) -> AsyncIterator[Database]:
    """The same database as another copy of the bot sees it: nothing in memory is shared."""
    replica = Database(address, vault)
    yield replica
    await replica.close()


def new_integration(account: str = "9001", **changes: object) -> NewIntegration:
    """A finished set-up."""
    values: dict[str, object] = {
        "team_id": TEAM,
        "provider": "tripletex",
        "target_account_id": account,
        "target_account_name": "Fjell og Fjord AS",
        "name": "Tripletex Norge",
        "owner_user_id": ADMIN,
        "channel_id": "C0100",
        "language": "nb",
        "credentials": {"employee_token": "tok-employee"},
    }
    return NewIntegration(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture
async def integration(database: Database) -> Integration:
    """A connected integration in the workspace `TEAM`."""
    async with database.session() as s:
        await workspaces.ensure(s, TEAM, "Fjell og Fjord")
        return await integrations.create(s, database.vault, new_integration())


def new_run(integration: Integration, run_id: str = "sync:1", kind: RunKind = RunKind.SYNC) -> NewRun:
    """A run started by hand."""
    return NewRun(
        id=run_id,
        integration_id=integration.id,
        team_id=integration.team_id,
        kind=kind,
        trigger=RunTrigger.MANUAL,
        requested_by=ADMIN,
    )


@pytest.fixture
async def run(database: Database, integration: Integration) -> Run:
    """A queued run of the integration."""
    async with database.session() as s:
        return (await runs.create(s, new_run(integration)))[0]


def _migrate(address: str) -> None:
    async def once() -> None:
        database = Database(address, Vault([Vault.generate_key()]))
        await database.migrate()
        await database.close()

    asyncio.run(once())
