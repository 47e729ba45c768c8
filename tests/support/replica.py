"""One process of the bot's jobs, as the app would run them.

It says "ready" when it works, or why it does not, and "stopping" when SIGTERM has reached it.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import random
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from slack_sdk.web.async_client import AsyncWebClient

from bot.connections import Connections
from bot.core import log_config
from bot.core.clock import system_clock
from bot.jobs.engine.engine import AlreadyRunning, Tuning
from bot.jobs.notifications.notifier import Notifier
from bot.jobs.policy import Policy
from bot.jobs.service import Jobs
from bot.locales import translator
from bot.notify.composite import slack_notifier
from bot.slack.client import slack_client
from storage.database import Database
from storage.vault import Vault
from tests.support import kill_points
from tests.support.recording_notifier import Tellings

TUNING = Tuning(polling_seconds=0.2, step_attempts=8, step_retry_seconds=0.1, idle_transaction_seconds=1)
POLICY = Policy(
    retry_after=(0.1, 0.2),
    report_after=(0.1, 0.2, 0.5, *([1] * 300)),
    batch=5,
    writers=2,
    progress_every=timedelta(0),
    dead_after=timedelta(seconds=2),
    tick_every=timedelta(seconds=0.5),
    beat_every=timedelta(seconds=0.3),
    sweep_every=timedelta(seconds=0.5),
    heal_after=timedelta(seconds=3),
)
ALREADY_RUNNING = 3


@dataclass(frozen=True)
class Place:
    """Where a replica works: everything it needs to know.

    With `slack` (address and token) it tells Slack, else it writes into the file `tellings`. `dies_at` is a doom of
    `tests.support.kill_points`; `next_version` makes it one whose runs have a step more.
    """

    url: str
    key: str
    options: dict[str, dict[str, str]]
    tellings: str
    log: str
    grace: float = 10
    dead_after: float = POLICY.dead_after.total_seconds()
    heal_after: float = POLICY.heal_after.total_seconds()
    slack: tuple[str, str] | None = None
    dies_at: str | None = None
    next_version: bool = False


def run(place: Place, line: Connection) -> None:
    """The process, from its beginning to its end."""
    _die_with_parent()
    random.seed()
    log = os.open(place.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stream in (1, 2):
        os.dup2(log, stream)
    log_config.configure("INFO")
    if place.dies_at:
        kill_points.meet(place.dies_at)
    if place.next_version:
        kill_points.become_next_version()
    asyncio.run(_work(place, line.send))


async def _work(place: Place, say: Callable[[str], None]) -> None:
    database = Database(place.url, Vault([place.key]))
    jobs = Jobs(
        url=place.url,
        database=database,
        connections=Connections(database, lambda provider: place.options[provider]),
        reporter=_reporter(place, database),
        clock=system_clock,
        policy=replace(
            POLICY,
            dead_after=timedelta(seconds=place.dead_after),
            beat_every=timedelta(seconds=place.dead_after / 6),
            heal_after=timedelta(seconds=place.heal_after),
        ),
        tuning=TUNING,
    )
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    try:
        await jobs.start()
    except AlreadyRunning as error:
        say(translator("en").render(error.text))
        raise SystemExit(ALREADY_RUNNING) from None
    say("ready")
    await stopped.wait()
    say("stopping")
    await jobs.stop(place.grace)
    await database.close()


def _reporter(place: Place, database: Database) -> Notifier:
    if place.slack is None:
        return Tellings(Path(place.tellings))
    url, token = place.slack
    # Two thirds, as in earnest.
    client = slack_client(token, url, int(place.dead_after * 2 / 3) or 1)

    async def of_every_team(_team_id: str) -> AsyncWebClient:
        return client

    return slack_notifier(database, of_every_team)


def _die_with_parent() -> None:
    """A killed test session leaves no replica behind (Linux; elsewhere it would stay)."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
