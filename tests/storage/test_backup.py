"""A copy that is made while others write opens by itself, with all that was there."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage import audit, integrations, workspaces
from storage.audit_check import check
from storage.backup import back_up
from storage.database import Database
from storage.errors import UnsupportedDatabase
from storage.vault import Vault
from tests.storage.conftest import ADMIN, TEAM, new_integration
from tests.support.migrated import FILE, KEY, copy_into


async def test_what_is_restored_opens_and_its_audit_holds(tmp_path: Path) -> None:
    address, kept = copy_into(tmp_path), tmp_path / "kept"
    running = Database(address, Vault([KEY]))
    async with running.session() as s:
        await workspaces.ensure(s, TEAM, "Fjell og Fjord")
        one = await integrations.create(s, running.vault, new_integration())
        await audit.write(s, TEAM, ADMIN, "integration.created", one.id)
    async with running.session() as s:
        # Not committed yet: it is in no copy, and holds none up.
        await workspaces.ensure(s, "T0200")
        made = back_up(address, kept)
    async with running.session() as s:
        await integrations.remove(s, one.id)
    await running.close()
    assert [path.name for path in made] == ["bot.engine.sqlite3", FILE]
    assert [path.stat().st_mode & 0o777 for path in made] == [0o600, 0o600]
    assert sorted(path.name for path in kept.iterdir()) == sorted(path.name for path in made)

    restored = Database(f"sqlite:///{kept / FILE}", Vault([KEY]))
    await restored.migrate()
    async with restored.reading() as s:
        assert await integrations.credentials(s, restored.vault, one.id) == {"employee_token": "tok-employee"}
        assert await workspaces.get(s, "T0200") is None
    assert [list(state.faults) for state in await check(restored, TEAM)] == [[]]
    await restored.close()


def test_a_copy_is_never_written_over_and_nothing_is_made_of_nothing(tmp_path: Path) -> None:
    address = copy_into(tmp_path)
    back_up(address, tmp_path / "kept")
    with pytest.raises(FileExistsError):
        back_up(address, tmp_path / "kept")
    with pytest.raises(FileNotFoundError):
        back_up(f"sqlite:///{tmp_path}/other.sqlite3", tmp_path / "empty")


def test_postgresql_has_its_own_tools(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedDatabase, match="pg_dump"):
        back_up("postgresql://bot:canary@host/name", tmp_path)
