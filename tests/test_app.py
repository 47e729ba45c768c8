"""On SIGTERM a process hands over: in the right order, and with every patience together below thirty seconds."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot import app
from bot.jobs.cluster import periodic
from bot.jobs.engine import engine
from bot.settings import Settings
from bot.slack import http_server
from storage.errors import MigrationFailed
from tests.support.slack_office import open_office


def test_all_that_is_waited_for_comes_to_less_than_is_promised() -> None:
    patience = (
        http_server.STOP_SECONDS,
        app.DRAIN_SECONDS,
        periodic.STOP_SECONDS,
        engine.GRACE_SECONDS,
        engine.CANCEL_SECONDS,
    )
    assert sum(patience) < 30


async def test_nothing_is_taken_any_more_before_what_is_under_way_comes_to_its_end(tmp_path: Path) -> None:
    seen: list[str] = []
    async with open_office(tmp_path) as office:
        bot, world = office.app, office.slack.world

        async def under_way() -> None:
            await world.changes.until(lambda: not world.way.connected)
            seen.append(f"disconnected, stopping={bot.jobs.engine.stopping.is_set()}")
            async with bot.database.reading():
                seen.append("database open")

        bot.background.spawn(under_way(), "answer")
        await asyncio.sleep(0)
        with capture_logs() as logs:
            await bot.stop()
        assert seen == ["disconnected, stopping=False", "database open"]
        assert bot.jobs.engine.stopping.is_set()
        assert logs[-1]["event"] == "stopped"


async def test_a_start_that_fails_is_told_by_its_own_reason_and_not_by_what_stopping_trips_over(
    tmp_path: Path,
) -> None:
    file = tmp_path / "integration-bot.sqlite3"
    with sqlite3.connect(file) as later:
        later.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        later.execute("INSERT INTO alembic_version VALUES ('9999_of_a_later_version')")
    settings = Settings(
        _env_file=None,
        slack_bot_token=SecretStr("xoxb-1"),
        slack_app_token=SecretStr("xapp-1"),
        database_url=f"sqlite:///{file}",
        encryption_keys=SecretStr(Fernet.generate_key().decode()),
    )
    with pytest.raises(MigrationFailed, match="another version"):
        await app.App(settings).run_until_stopped()
