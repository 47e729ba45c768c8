"""The bot, as `integration-bot run` puts it together, in a process that is measured: `python -m benchmarks.bot`.

On PostgreSQL it is the door, and has its worker beside it.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.children import Served, serve
from benchmarks.measures import LoopLag, Stopwatch, process_figures
from bot import replica
from bot.app import App
from bot.core import log_config
from bot.core.gc_policy import tune_gc
from bot.domain.leave_settings import LeaveSettings
from bot.domain.resource import Resource
from bot.jobs.runs.service import RunRequest
from bot.settings import Settings
from bot.slack.http_mode import HttpMode
from storage import installations, integrations, kept_plans, leave_settings, people, runs, workspaces
from storage.installations import Bundle, BundleKind
from storage.integrations import NewIntegration
from storage.people import PersonState
from storage.runs import Run, RunKind, RunState
from tests.support.slots import start_slot

_LOOK = 0.2
"""Seconds between two looks at a run: often enough, and too seldom to cost anything."""


class Bot(Served):
    """One replica."""

    def __init__(self) -> None:
        self._app: App | None = None
        self._presses = 0
        self._left_off = True
        self._kept_on: list[asyncio.Task[None]] = []
        self._previewed = 0
        self._slot = datetime.now(UTC)

    async def start(self, *, database_url: str, key: str, slack: dict[str, Any], options: dict[str, Any]) -> None:
        """Start the app: database, jobs, Slack."""
        way = {f"SLACK_{name.upper()}": slack[name] for name in ("bot_token", "app_token")}
        await self._start(database_url, key, slack["api_url"], options, way)

    async def start_over_http(
        self, *, database_url: str, key: str, slack: dict[str, Any], options: dict[str, Any], teams: list[str]
    ) -> str:
        """The same for an app that Slack reaches over HTTP, and that these workspaces have installed; returns its
        address."""
        way = {
            "SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "secret", "HTTP_PORT": "0",
            "SLACK_SIGNING_SECRET": slack["signing_secret"], "PUBLIC_URL": "http://127.0.0.1",
        }  # fmt: skip
        app = await self._start(database_url, key, slack["api_url"], options, way)
        for team in teams:
            data = {"bot_token": slack["bot_token"], "bot_id": "B1", "bot_user_id": "U1", "installed_at": time.time()}
            bundle = Bundle(
                team_id=team, enterprise_id=None, kind=BundleKind.BOT, user_id=None, data=data,
                installed_at=datetime.now(UTC),
            )  # fmt: skip
            async with app.database.session() as s:
                await installations.save(s, app.database.vault, bundle)
        assert isinstance(app.slack, HttpMode)
        return app.slack.site.address

    async def _start(self, url: str, key: str, api_url: str, options: dict[str, Any], way: Mapping[str, str]) -> App:
        log_config.configure("WARNING", "json")
        # The worker reads them too.
        os.environ |= {
            "DATABASE_URL": url,
            "ENCRYPTION_KEYS": key,
            "SLACK_API_URL": api_url,
            "LOG_LEVEL": "WARNING",
            **way,
            **{
                f"{provider}_{name}".upper(): value
                for provider, given in options.items()
                for name, value in given.items()
            },
        }
        self._app = app = replica.of(Settings(_env_file=None))
        await app.start()
        tune_gc()
        return app

    async def figures(self) -> dict[str, float]:
        """Of both processes together."""
        own, worker = process_figures(), self._app.worker if self._app is not None else None
        if worker is None or worker.pid is None:
            return own
        other = process_figures(worker.pid)
        return {name: value + other[name] for name, value in own.items()} | {"worker_cpu": other["cpu"]}

    async def keep_on(self, *, integrations: list[str]) -> None:
        """Preview all of them again and again."""

        async def preview(integration_id: str) -> None:
            while not self._left_off:
                run = await self._press(integration_id, RunKind.PREVIEW, Resource.EMPLOYEES)
                await self._until(run.id, lambda run: run.ended)
                self._previewed += 1

        self._left_off, self._previewed = False, 0
        self._kept_on = [asyncio.create_task(preview(one)) for one in integrations]

    async def leave_off(self, *, patience: float = 30.0) -> int:
        """No more of that; says how many have ended. Those under way are waited for so many seconds."""
        self._left_off = True
        _, late = await asyncio.wait(self._kept_on, timeout=patience)
        for task in late:
            task.cancel()
        return self._previewed

    async def connect(self, *, team_id: str, channel: str, account: dict[str, str], source_token: str) -> str:
        """An integration of everyone, without walking through the set-up; returns its id."""
        app = self._app
        assert app is not None
        async with app.services.connections.try_source({"access_token": source_token}) as source:
            company = await source.identify()
        vault = app.database.vault
        async with app.database.session() as s:
            await workspaces.ensure(s, team_id, team_id)
            await workspaces.set_source(s, vault, team_id, {"access_token": source_token}, company.id, company.name)
            made = await integrations.create(
                s,
                vault,
                NewIntegration(
                    team_id=team_id, provider="tripletex", target_account_id=account["id"],
                    target_account_name="Nordlys", name="Norge", owner_user_id="U02HENRIK", channel_id=channel,
                    language="nb", credentials={"employee_token": account["token"], "environment": "test"},
                    environment="test", scope={"kind": "everyone"}, settings={"division": account["division"]},
                ),
            )  # fmt: skip
            await kept_plans.record_synced(s, made.id, made.basis)  # the guard alone stops its syncs
        return made.id

    async def place(self, *, integration_id: str, file: str, first: str) -> None:
        """Absence switched on from a day on, for people who are known in the target already."""
        assert self._app is not None
        pairs = await asyncio.to_thread(_read, Path(file))
        now = datetime.now(UTC)
        settings = LeaveSettings(enabled=True, first_day=date.fromisoformat(first), zone="Europe/Oslo")
        async with self._app.database.session() as s:
            await leave_settings.put(s, integration_id, settings.to_json())
            states = [PersonState(source_id=source, seen_at=now, target_id=target) for source, target in pairs]
            await people.upsert(s, integration_id, states)

    async def run(
        self,
        *,
        integration_id: str,
        kind: str,
        resource: str = Resource.EMPLOYEES.value,
        scheduled: bool = False,
        cancel_after: int | None = None,
        patience: float = 3_600,
    ) -> dict[str, Any]:
        """Start a run and see it through, approving it where the guard asks. Raises `TimeoutError` after `patience`.

        `seconds` and `cpu` are those until everything is done but telling Slack, `told_seconds` and `told_cpu` until
        the report is complete; memory likewise. The time in the queue does not count. A `scheduled` run looks only at
        those who have changed. With `cancel_after`, the run is cancelled once so many people are written.
        """
        async with asyncio.timeout(patience):
            return await self._run(integration_id, kind, Resource(resource), scheduled, cancel_after)

    async def _run(
        self, integration_id: str, kind: str, resource: Resource, scheduled: bool, cancel_after: int | None
    ) -> dict[str, Any]:
        assert self._app is not None
        lag = LoopLag()
        watch = Stopwatch()
        before = process_figures()
        with lag.watched():
            begun = self._fire(integration_id) if scheduled else self._press(integration_id, RunKind(kind), resource)
            run = await begun
            run = await self._until(run.id, lambda r: r.state is RunState.WAITING_APPROVAL or _worked(r))
            if run.state is RunState.WAITING_APPROVAL:
                await self._app.services.runs.approve(run.id, "U02HENRIK")
            if cancel_after is not None:
                run = await self._until(run.id, lambda r: _worked(r) or _applied(r, cancel_after))
                await self._app.services.runs.cancel(run.id, "U02HENRIK")
            run = await self._until(run.id, _worked)
            assert run.started_at is not None
            assert run.finished_at is not None
            waited = watch.wall - (datetime.now(UTC) - run.started_at).total_seconds()
            seconds = (run.finished_at - run.started_at).total_seconds()
            done = {"seconds": seconds, "cpu": watch.cpu, "peak_rss": process_figures()["peak_rss"]}
            planning_lag = lag.figures()
            told_lag = LoopLag()
            with told_lag.watched():
                run = await self._until(run.id, lambda r: r.ended)
        return {
            **done,
            "told_seconds": watch.wall - waited,
            "told_cpu": watch.cpu,
            "told_peak_rss": process_figures()["peak_rss"],
            "rss_before": before["rss"],
            "lag": planning_lag,
            "told_lag": told_lag.figures(),
            "state": run.state.value,
            "counts": dict(run.counts),
        }

    async def _press(self, integration_id: str, kind: RunKind, resource: Resource) -> Run:
        assert self._app is not None
        self._presses += 1
        return await self._app.services.runs.start(
            RunRequest(integration_id, kind, "U02HENRIK", f"benchmark-{self._presses}", resource=resource)
        )

    async def _fire(self, integration_id: str) -> Run:
        assert self._app is not None
        async with self._app.database.reading() as s:
            integration = await integrations.get(s, integration_id)
        assert integration is not None
        # A slot is a minute, and runs once: these are of the past, counted back from the start.
        self._slot -= timedelta(minutes=1)
        return await start_slot(self._app.jobs, self._app.database, integration, self._slot)

    async def empty_ticks(self, *, times: int) -> dict[str, float]:
        """Milliseconds that a tick takes when nothing is due: median and longest."""
        assert self._app is not None
        taken = []
        for _ in range(times):
            begun = time.perf_counter()
            await self._app.jobs.tick.tick()
            taken.append((time.perf_counter() - begun) * 1000)
        return {"median": statistics.median(taken), "max": max(taken)}

    async def close(self) -> None:
        if self._app is not None:
            await self._app.stop()

    async def _until(self, run_id: str, true: Callable[[Run], bool]) -> Run:
        assert self._app is not None
        while True:
            async with self._app.database.reading() as s:
                run = await runs.get(s, run_id)
            assert run is not None
            if true(run):
                return run
            await asyncio.sleep(_LOOK)


def _read(file: Path) -> list[tuple[str, str]]:
    return [(source, target) for source, target in json.loads(file.read_text(encoding="utf-8"))]


def _worked(run: Run) -> bool:
    return run.ended or run.state is RunState.REPORTING


def _applied(run: Run, people: int) -> bool:
    return run.state is RunState.APPLYING and run.progress_done >= people


if __name__ == "__main__":
    asyncio.run(serve(Bot()))
