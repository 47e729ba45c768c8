"""`integration-bot audit`: what was done is given out and checked, and what is no longer there is told."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from bot.__main__ import cli
from storage import audit
from storage.database import Database
from storage.vault import Vault

Said = Callable[..., str]


@pytest.fixture
def key() -> str:
    return Vault.generate_key()


@pytest.fixture
def said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> Said:
    """What a command says; `code` is how it has to end."""
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "ENCRYPTION_KEYS": key,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'bot.sqlite3'}",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def say(*words: str, code: int = 0) -> str:
        result = runner.invoke(cli, words)
        assert result.exit_code == code, result.output
        return result.output

    assert "up to date" in say("migrate")
    return say


def at_the_database(tmp_path: Path, key: str, *actions: str, statements: tuple[str, ...] = ()) -> None:
    async def work() -> None:
        database = Database(f"sqlite:///{tmp_path / 'bot.sqlite3'}", Vault([key]))
        async with database.session() as s:
            for action in actions:
                await audit.write(s, "T01A", "U01", action, new={"limit": 3})
            for statement in statements:
                await s.execute(sa.text(statement))
        await database.close()

    asyncio.run(work())


def test_an_audit_that_is_whole_is_said_to_be(said: Said, tmp_path: Path, key: str) -> None:
    assert "no entries yet" in said("audit", "check")
    at_the_database(tmp_path, key, "one", "two")
    assert "ok  T01A: 2 entries" in said("audit", "check")
    assert "installation" not in said("audit", "check", "T01A")


def test_what_was_changed_ends_the_check_with_one(said: Said, tmp_path: Path, key: str) -> None:
    at_the_database(tmp_path, key, "one", "two", "three")
    drop = [f"DROP TRIGGER audit_no_{name}" for name in ("UPDATE", "DELETE")]
    at_the_database(
        tmp_path, key, statements=(*drop, "UPDATE audit SET actor_id = 'U9' WHERE team_id = 'T01A' AND position = 2")
    )
    assert "entry 2 was changed" in said("audit", "check", code=1)


def test_an_export_is_for_its_owner_alone_and_shows_what_went_later(said: Said, tmp_path: Path, key: str) -> None:
    at_the_database(tmp_path, key, "one")
    before = (tmp_path / "bot.sqlite3").read_bytes()
    at_the_database(tmp_path, key, "two", "three")
    file = tmp_path / "audit.jsonl"
    assert "3 entries" in said("audit", "export", "T01A", "--out", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said("audit", "export", "T01A", "--out", str(file), code=2)
    *entries, end = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(one["position"], one["action"], one["new"]) for one in entries] == [
        (1, "one", {"limit": 3}),
        (2, "two", {"limit": 3}),
        (3, "three", {"limit": 3}),
    ]
    assert end["end"]["position"] == 3
    assert said("audit", "export", "T01A").splitlines()[0] == file.read_text().splitlines()[0]
    assert "still there" in said("audit", "check", "--against", str(file))
    # The one thing that no anchor shows: the whole database as it was before.
    for rest in tmp_path.glob("bot.sqlite3-*"):
        rest.unlink()
    (tmp_path / "bot.sqlite3").write_bytes(before)
    said("audit", "check")
    assert "ends at 1, and had 3" in said("audit", "check", "--against", str(file), code=1)


@pytest.mark.parametrize("line", [0, -1])
def test_an_export_that_was_changed_is_refused(said: Said, tmp_path: Path, key: str, line: int) -> None:
    at_the_database(tmp_path, key, "one", "two")
    file = tmp_path / "audit.jsonl"
    said("audit", "export", "T01A", "--out", str(file))
    lines = file.read_text().splitlines()
    lines[line] = lines[line].replace("one", "won").replace('seal":"gA', 'seal":"hA')
    file.write_text("\n".join(lines))
    assert "changed" in said("audit", "check", "--against", str(file), code=2)
    file.write_text("\n".join(lines[:-1]))
    said("audit", "check", "--against", str(file), code=2)


def test_a_rotation_of_keys_stands_in_the_installations_audit(
    said: Said, tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_database(tmp_path, key, "one")
    newer = said("keys", "new").strip()
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{newer},{key}")
    assert "encrypted again" in said("keys", "rotate")
    monkeypatch.setenv("ENCRYPTION_KEYS", newer)
    exported = [json.loads(line) for line in said("audit", "export").splitlines()]
    (rotated,) = [entry for entry in exported[:-1] if entry["action"] == "keys.rotated"]
    assert rotated["actor_id"].startswith("operator")
    assert rotated["new"]["values"] >= 2
    said("audit", "check")
