"""A world on SQLite, on PostgreSQL, or on both in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.migrated import copy_into, template_on
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.replica_world import World, world

__all__ = ["postgres_server"]

SIZE = 12


@pytest.fixture
async def on_sqlite(tmp_path: Path) -> AsyncIterator[World]:
    async with world(copy_into(tmp_path), tmp_path, SIZE) as made:
        yield made


@pytest.fixture
async def on_postgres(tmp_path: Path, postgres_server: PostgresServer) -> AsyncIterator[World]:
    with postgres_server.database(template_on(postgres_server)) as url:
        async with world(url, tmp_path, SIZE) as made:
            yield made


@pytest.fixture(params=["on_sqlite", pytest.param("on_postgres", marks=pytest.mark.postgres)])
def anywhere(request: pytest.FixtureRequest) -> World:
    found: World = request.getfixturevalue(request.param)
    return found
