"""On SIGTERM a process hands over: in the right order, and with every patience together below thirty seconds."""

from __future__ import annotations

import asyncio
from pathlib import Path

from structlog.testing import capture_logs

from bot import app
from bot.jobs.cluster import periodic
from bot.jobs.engine import engine
from bot.slack import http_server
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
