"""The operator's own port: whether this process lives, whether it can work, and what it counts.

It is not Slack's port: nothing here is for the internet, and nothing is asked for but by GET.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from bot.core.clock import Clock
from bot.core.metrics import AllFigures, Figures
from bot.slack.http_server import PortTaken
from storage import run_figures
from storage.database import Database
from storage.run_states import RunState

HEALTH_PATH = "/health"
READY_PATH = "/ready"
METRICS_PATH = "/metrics"

log = structlog.get_logger(__name__)


class DatabaseGauges:
    """What the database knows, made anew for each answer. Every replica gives the same: take one, not the sum."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._up = self._gauge("database_up", "Whether this process can read the database.")
        self._writable = self._gauge("database_writable", "Whether this process can write to the database.")
        self._runs = self._gauge("runs", "Runs that have not ended, by state.", "state")
        self._depth = self._gauge("queue_depth", "Runs that wait to begin (runs) and to be told (reports).", "queue")
        self._queued = self._gauge("oldest_queued_seconds", "Age of the run that has waited longest to begin.")
        self._audited = self._gauge("audit_entries", "Entries of the audit ever written; erased ones count on.")
        self._unreported = self._gauge(
            "oldest_unreported_seconds", "Since when the run is over that has waited longest to be told."
        )

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"integration_bot_{name}", says, labels, registry=self.registry)

    async def read(self, database: Database, clock: Clock) -> None:
        """Take the figures as they are now; without a database only that it is away."""
        self._writable.set(1 if await database.answers() else 0)
        figures = await run_figures.read(database, clock())
        self._up.set(0 if figures is None else 1)
        if figures is None:
            return
        for state, number in figures.by_state.items():
            self._runs.labels(state.value).set(number)
        self._depth.labels("runs").set(figures.by_state[RunState.QUEUED])
        self._depth.labels("reports").set(figures.by_state[RunState.REPORTING])
        self._queued.set(figures.oldest_queued)
        self._unreported.set(figures.oldest_unreported)
        self._audited.set(figures.audited)


class MetricsServer:
    """Listens at `host`:`port`. `hindrance` says why this process does not take what Slack sends or cannot do its work;
    None where it does and can. `others` gives what its other processes have counted."""

    def __init__(
        self,
        host: str,
        port: int,
        database: Database,
        clock: Clock,
        hindrance: Callable[[], Awaitable[str | None]],
        others: Callable[[], Awaitable[Figures]] | None = None,
    ) -> None:
        self._others = others
        self._host, self._port = host, port
        self._database, self._clock, self._hindrance = database, clock, hindrance
        self._runner: web.AppRunner | None = None

    @property
    def address(self) -> str:
        """Where it listens, once started."""
        assert self._runner is not None
        host, port = self._runner.addresses[0][:2]
        return f"http://{host}:{port}"

    async def start(self) -> None:
        """Listen. Raises `PortTaken`."""
        app = web.Application()
        app.router.add_get(HEALTH_PATH, self._health)
        app.router.add_get(READY_PATH, self._is_ready)
        app.router.add_get(METRICS_PATH, self._metrics)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            raise PortTaken(self._host, self._port, "METRICS_PORT") from None
        log.info("metrics_listening", address=self.address)

    async def stop(self) -> None:
        """Answer no more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _health(self, _: web.Request) -> web.Response:
        # A database that is away is no reason to kill a process that will go on once it is back.
        return web.json_response({"ok": True})

    async def _is_ready(self, _: web.Request) -> web.Response:
        reason = await self._hindrance()
        if reason is None:
            return web.json_response({"ok": True})
        return web.json_response({"ok": False, "reason": reason}, status=503)

    async def _metrics(self, _: web.Request) -> web.Response:
        gauges = DatabaseGauges()
        await gauges.read(self._database, self._clock)
        others = await self._others() if self._others is not None else {}
        body = generate_latest(AllFigures(others)) + generate_latest(gauges.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
