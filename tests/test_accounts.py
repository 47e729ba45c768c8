"""`integration-bot accounts`: whose an account is, kept by a command, audited, and taken up from the settings."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import accounts
from bot.__main__ import cli
from storage import audit
from storage.database import Database
from storage.vault import Vault

TENANT = "b1a7c0de-0001-4000-8000-00000000a001"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'bot.sqlite3'}", Vault([Vault.generate_key()]))
    await made.migrate()
    yield made
    await made.close()


def test_the_command_assigns_lists_and_revokes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "ENCRYPTION_KEYS": Vault.generate_key(),
        "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.sqlite3'}",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def said(*words: str, code: int = 0) -> str:
        result = runner.invoke(cli, ["accounts", *words])
        assert result.exit_code == code, result.output
        return result.output

    assert "is assigned to T01A" in said("assign", "visma_net", TENANT.upper(), "T01A")
    assert "was assigned already" in said("assign", "visma_net", TENANT, "T01A")
    said("assign", "visma_net", TENANT, "T02B", code=2)
    said("assign", "tripletex", "1", "T01A", code=2)
    said("assign", "nobody", "1", "T01A", code=2)
    said("assign", "paxml", "acme", "acme", code=2)
    assert TENANT in said("list", "--team", "T01A")
    assert TENANT not in said("list", "--team", "T02B")
    assert "no longer belongs to T01A" in said("revoke", "visma_net", TENANT)
    said("revoke", "visma_net", TENANT, code=2)
    assert "is assigned to T02B" in said("assign", "visma_net", TENANT, "T02B")


async def test_both_are_audited_for_the_workspace(database: Database) -> None:
    await accounts.assign(database, "paxml", "acme", "T01A")
    await accounts.revoke(database, "paxml", "folder:acme")
    async with database.reading() as s:
        entries = await audit.page(s, "T01A")
    assert [(entry.action, entry.origin) for entry in entries] == [
        ("account.revoked", "command"),
        ("account.assigned", "command"),
    ]
    assert all(entry.actor_id.startswith("operator") for entry in entries)


async def test_the_settings_take_nothing_from_another_workspace(database: Database) -> None:
    await accounts.assign(database, "paxml", "acme", "T01A")
    await accounts.assign_from_settings(database, [("paxml", "acme", "T02B"), ("visma_net", TENANT, "T02B")])
    await accounts.assign_from_settings(database, [("visma_net", TENANT, "T02B")])
    assert [line.split("  ")[:3] for line in await accounts.listed(database, None)] == [
        ["T01A", "paxml", "folder:acme"],
        ["T02B", "visma_net", f"tenant_id:{TENANT}"],
    ]
    async with database.reading() as s:
        assert len(await audit.page(s, "T02B")) == 1
