"""What is erased is gone from SQLite's files at once, its log included."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from storage import integrations
from storage.database import Database
from storage.integrations import Integration
from storage.vault import Vault

pytestmark = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)


def lies_about(address: str, sealed: bytes) -> list[str]:
    """Which of the files have it."""
    file = Path(address.removeprefix("sqlite:///"))
    return [found.name for found in sorted(file.parent.iterdir()) if found.is_file() and sealed in found.read_bytes()]


async def sealed_in(database: Database, query: str) -> bytes:
    async with database.reading() as s:
        found = await s.scalar(sa.text(query))
        assert isinstance(found, bytes)
        return found


async def test_credentials_that_were_replaced(
    database: Database, address: str, vault: Vault, integration: Integration
) -> None:
    old = await sealed_in(database, "SELECT credentials FROM integrations")
    assert lies_about(address, old) != []
    async with database.session() as s:
        await integrations.replace_credentials(s, vault, integration.id, {"token": "new"})
    assert lies_about(address, old) == []


async def test_an_integration_that_was_removed(database: Database, address: str, integration: Integration) -> None:
    old = await sealed_in(database, "SELECT credentials FROM integrations")
    async with database.session() as s:
        await integrations.remove(s, integration.id)
    assert lies_about(address, old) == []


async def test_while_others_read_it_waits_for_the_next_time(
    database: Database, address: str, vault: Vault, integration: Integration
) -> None:
    old = await sealed_in(database, "SELECT credentials FROM integrations")
    other = sa.create_engine(address)
    with other.connect() as reader:
        reader.execute(sa.text("BEGIN"))
        reader.execute(sa.text("SELECT count(*) FROM integrations"))
        async with database.session() as s:
            await integrations.replace_credentials(s, vault, integration.id, {"token": "new"})
    other.dispose()
    async with database.session() as s:
        await s.execute(sa.text("SELECT 1"))
    assert lies_about(address, old) == []
