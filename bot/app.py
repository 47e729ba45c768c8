"""Puts the parts together: one bot, and one Slack app that it is connected to by Socket Mode or over HTTP.

A process is all of it, or its door, which takes what Slack sends, or a worker, which does what has been asked for.
"""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import structlog

from bot import VERSION, handlers
from bot.accounts import assign_from_settings
from bot.connections import Connections
from bot.core.clock import Clock, system_clock
from bot.core.fair_places import FairPlaces
from bot.core.gc_policy import tune_gc
from bot.core.task_group import TaskGroup
from bot.core.traces import TraceExporter
from bot.handlers.framework.services import Services
from bot.jobs.engine.engine import Tuning
from bot.jobs.policy import Policy
from bot.jobs.scheduling import calendar
from bot.jobs.service import Jobs
from bot.metrics_server import MetricsServer
from bot.notify.composite import slack_notifier
from bot.notify.file_delivery import SlackFileRecipient
from bot.settings import Settings
from bot.slack.chosen_managers import chosen_managers
from bot.slack.connection import SlackConnection
from bot.slack.http_mode import http_mode
from bot.slack.permissions import Permissions
from bot.slack.socket_mode import socket_mode
from bot.worker_process import STOP_SECONDS, DoorTie, ProcessRole, WorkerProcess
from storage.database import Database
from storage.vault import Vault

log = structlog.get_logger(__name__)


DRAIN_SECONDS = 5
"""For answers to people that are under way when it stops."""


class App:
    """The running bot. `start`, then `stop`; or `run_until_stopped`, which does both around a signal.

    A door keeps its `worker`, if it has one; a worker that is kept has a `tie` to its door.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = system_clock,
        policy: Policy | None = None,
        tuning: Tuning | None = None,
        role: ProcessRole = ProcessRole.ALL,
        worker: WorkerProcess | None = None,
        tie: DoorTie | None = None,
    ) -> None:
        self._settings, self._role, self._tie = settings, role, tie
        self.worker = worker
        self.database = Database(settings.database_url, Vault(settings.fernet_keys()), places=FairPlaces.halves)
        connect = http_mode if settings.over_http else socket_mode
        self.slack: SlackConnection = connect(settings, self.database)
        self.background = TaskGroup()
        connections = Connections(self.database, settings.provider_options)
        access = Permissions(settings.manager_ids(), chosen=chosen_managers(self.database))
        self.jobs = Jobs(
            url=settings.database_url,
            database=self.database,
            connections=connections,
            reporter=slack_notifier(self.database, self.slack.client_of, settings.pages),
            hands=SlackFileRecipient(self.database, self.slack.client_of, access, allowed=settings.files_by_message),
            clock=clock,
            policy=_policy(settings, policy or Policy()),
            tuning=tuning,
        )
        self.services = Services(
            database=self.database,
            access=access,
            runs=self.jobs.runs,
            connections=connections,
            client_of=self.slack.client_of,
            background=self.background,
            settings=settings,
            clock=clock,
        )
        self.listeners = handlers.register(self.slack.bolt, self.services)
        self._connected = False
        self._trace_exporter = TraceExporter(settings.otel_exporter_otlp_endpoint, VERSION)
        self.metrics: MetricsServer | None = None
        if settings.metrics_port is not None:
            self.metrics = MetricsServer(
                settings.metrics_host,
                settings.metrics_port,
                self.database,
                clock,
                self.hindrance,
                worker.figures if worker is not None else None,
            )

    async def start(self) -> None:
        """Bring the database up to date, take up unfinished work, and connect to Slack.

        Raises `TokenRefused` where Slack does not take a token.
        """
        await self._prepare()
        await self._connect()

    async def hindrance(self) -> str | None:
        """Why what Slack sends is not taken, or cannot be acted upon: `slack_not_connected`, `worker_away`, or
        `database_` and its trouble. None where it is and can."""
        trouble = await self.database.trouble()
        if trouble is not None:
            return f"database_{trouble}"
        if not self._connected:
            return "slack_not_connected"
        return "worker_away" if self.worker is not None and not self.worker.works else None

    async def is_ready(self) -> bool:
        """Whether what Slack sends is taken, and the database is there to act on it."""
        return await self.hindrance() is None

    async def _prepare(self) -> None:
        self._trace_exporter.start()
        if self.metrics is not None:
            await self.metrics.start()
        await self.database.migrate()
        await assign_from_settings(self.database, self._settings.assigned_accounts())
        if self._role is ProcessRole.DOOR:
            if self.worker is not None:
                self.worker.start()
            await self.jobs.start_without_work()
        else:
            await self.jobs.start()
        self.background.spawn(asyncio.to_thread(calendar.load), "almanac")

    async def _connect(self) -> None:
        if self.worker is not None:
            await self.worker.ready()
        if self._role is not ProcessRole.WORKER:
            await self.slack.open()
        self._connected = True
        log.info(
            "started",
            version=VERSION,
            role=self._role.value,
            database=self.database.dialect,
            executor=self.jobs.engine.executor_id,
        )

    async def stop(self) -> None:
        """Take nothing more from Slack, let what is under way come to a safe point, and leave the rest for later."""
        self._connected = False
        if self.worker is not None:
            # Both at once: what is asked for meanwhile is taken up by a peer, or after the next start.
            self.worker.ask_to_stop()
        begun = time.monotonic()
        await self.slack.close()
        await self.services.access.close()
        await self.background.drain(DRAIN_SECONDS)
        await self.jobs.stop()
        if self.worker is not None:
            await self.worker.stop(STOP_SECONDS - (time.monotonic() - begun))
        if self.metrics is not None:
            await self.metrics.stop()
        await self.database.close()
        await self._trace_exporter.stop()
        log.info("stopped")

    async def run_until_stopped(self) -> None:
        """Run until SIGINT or SIGTERM, which end the wait for a Slack that is away as well.

        Raises `AlreadyRunning` on a SQLite file that is in use, `PortTaken`, `TokenRefused`, `WorkerFailed`.
        """
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        try:
            await self._prepare()
            connecting = asyncio.create_task(self._connect(), name="connecting")
            if self._tie is not None:
                await self._tie.hold(connecting, stopped.set)
            asked = asyncio.create_task(stopped.wait(), name="asked to stop")
            await asyncio.wait({connecting, asked}, return_when=asyncio.FIRST_COMPLETED)
            if connecting.done():
                await connecting
                tune_gc()
                await asked
            else:
                connecting.cancel()
                await asyncio.gather(connecting, return_exceptions=True)
        except Exception:
            # What stopping trips over then, tables that were never made for one, is not why the start failed.
            with suppress(Exception):
                await self.stop()
            raise
        except BaseException:
            await self.stop()
            raise
        else:
            await self.stop()


def _policy(settings: Settings, policy: Policy) -> Policy:
    return replace(
        policy,
        timezone=settings.timezone,
        late_after=timedelta(hours=settings.catch_up_hours),
        plan_lives=timedelta(hours=settings.plan_hours),
        lasts=timedelta(hours=settings.run_hours),
        outcomes_kept=timedelta(days=settings.retention_days),
        runs_kept=timedelta(days=settings.run_days) if settings.run_days else None,
        gone_kept=timedelta(days=settings.gone_days) if settings.gone_days else None,
        uninstalled_kept=timedelta(days=settings.uninstalled_days) if settings.over_http else None,
        audit_kept=timedelta(days=settings.audit_days) if settings.audit_days else None,
    )
