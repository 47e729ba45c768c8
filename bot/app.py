"""Puts the parts together: one bot, connected to one Slack app by Socket Mode."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import replace
from datetime import timedelta

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot import handlers
from bot.access import Access
from bot.background import Background
from bot.clock import Clock, system_clock
from bot.jobs import almanac
from bot.jobs.connections import Connections
from bot.jobs.engine import Tuning
from bot.jobs.policy import Policy
from bot.jobs.service import Jobs
from bot.services import Services
from bot.settings import Settings
from bot.slack_client import slack_client
from bot.steps import ReporterToSteps
from storage.database import Database
from storage.vault import Vault

log = structlog.get_logger(__name__)


class App:
    """The running bot. `start`, then `stop`; or `run_until_stopped`, which does both around a signal."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = system_clock,
        policy: Policy | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        client = slack_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)

        async def client_of(_: str) -> AsyncWebClient:
            return client

        self._settings = settings
        self.database = Database(settings.database_url, Vault(settings.fernet_keys()))
        self.background = Background()
        connections = Connections(self.database, settings.provider_options)
        self.jobs = Jobs(
            url=settings.database_url,
            database=self.database,
            connections=connections,
            reporter=ReporterToSteps(self.database, client_of),
            clock=clock,
            policy=_policy(settings, policy or Policy()),
            tuning=tuning,
        )
        self.services = Services(
            database=self.database,
            access=Access(settings.manager_ids()),
            runs=self.jobs.runs,
            connections=connections,
            background=self.background,
            settings=settings,
            clock=clock,
        )
        self.bolt = AsyncApp(client=client)
        self.listeners = handlers.register(self.bolt, self.services)
        self._socket: AsyncSocketModeHandler | None = None

    async def start(self) -> None:
        """Bring the database up to date, take up unfinished work, and connect to Slack."""
        await self.database.migrate()
        await self.jobs.start()
        self.background.spawn(asyncio.to_thread(almanac.load), "almanac")
        # Made here, as its websocket session belongs to the running loop.
        self._socket = AsyncSocketModeHandler(self.bolt, self._settings.slack_app_token.get_secret_value())
        await self._socket.client.connect()  # type: ignore[no-untyped-call]
        log.info("started", database=self.database.dialect, executor=self.jobs.engine.executor_id)

    async def stop(self) -> None:
        """Take nothing more from Slack, let what is under way come to a safe point, and leave the rest for later."""
        if self._socket is not None:
            await self._socket.client.close()  # type: ignore[no-untyped-call]
        await self.background.drain()
        await self.jobs.stop()
        await self.database.close()
        log.info("stopped")

    async def run_until_stopped(self) -> None:
        """Run until SIGINT or SIGTERM. Raises `AlreadyRunning` on a SQLite file that is in use."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        try:
            await self.start()
            await stopped.wait()
        finally:
            await self.stop()


def _policy(settings: Settings, policy: Policy) -> Policy:
    return replace(
        policy,
        timezone=settings.timezone,
        late_after=timedelta(hours=settings.catch_up_hours),
        outcomes_kept=timedelta(days=settings.retention_days),
    )
