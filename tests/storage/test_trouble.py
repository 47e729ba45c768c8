"""What keeps a database from being written to, and whose error an error is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from storage import trouble
from storage.database import Database
from storage.trouble import WHAT_TO_DO, DatabaseTrouble, is_trouble, trouble_of_sqlite
from storage.vault import Vault


class _Refused(Exception):
    sqlstate = "25006"


@pytest.mark.parametrize(
    ("error", "its"),
    [
        (OperationalError("SELECT", None, Exception("gone")), True),
        (DBAPIError("INSERT", None, _Refused()), True),
        (DBAPIError("INSERT", None, Exception("other")), False),
        (IntegrityError("INSERT", None, Exception("twice")), False),
        (ValueError("no"), False),
    ],
)
def test_an_error_is_the_databases_or_of_what_was_asked(error: Exception, its: bool) -> None:
    assert is_trouble(error) is its


@pytest.mark.parametrize(
    ("closed", "found"),
    [(None, None), ("file", DatabaseTrouble.READ_ONLY), ("folder", DatabaseTrouble.READ_ONLY)],
)
def test_a_file_that_cannot_be_written_to_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: str | None, found: DatabaseTrouble | None
) -> None:
    file = tmp_path / "bot.sqlite3"
    file.touch()
    shut = {"file": file, "folder": tmp_path}.get(closed or "")
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != shut)
    assert trouble_of_sqlite(file) is found


async def test_a_file_that_is_not_there_and_a_full_disk_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path}/none/bot.sqlite3", Vault([Vault.generate_key()]))
    assert await database.trouble() in (DatabaseTrouble.AWAY, DatabaseTrouble.READ_ONLY)
    await database.close()
    (tmp_path / "bot.sqlite3").touch()
    monkeypatch.setattr(trouble, "LEAST_BYTES", 10**18)
    assert trouble_of_sqlite(tmp_path / "bot.sqlite3") is DatabaseTrouble.FULL


def test_each_has_a_sentence_for_whoever_operates_the_bot() -> None:
    assert set(WHAT_TO_DO) == set(DatabaseTrouble)
