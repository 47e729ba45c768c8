"""Many integrations that are all due at the same minute, on PostgreSQL, with one replica and with several."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa

from benchmarks.children import Child
from benchmarks.measures import median
from benchmarks.postgres import cpu_of
from benchmarks.report import Findings
from benchmarks.systems import source_token_of
from bot.connections import Connections
from storage import integrations, kept_plans, schedules, workspaces
from storage.database import Database
from storage.integrations import IntegrationState, NewIntegration
from storage.models import IntegrationRow, ScheduleRow, table
from storage.schedules import Schedule
from storage.vault import Vault
from tests.support.postgres import PostgresServer, run_postgres

EVERY_DAY = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CROWD = "TBCROWD"
_AT_ONCE = 200
_LOOK = 0.25

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What to measure: `size` integrations of as many accounts, each of `people`; `latency` in seconds of every answer
    of the outside systems; `schedules` for the empty tick; `patience` in seconds for a rush.

    The first of them, a share of `crowd`, are one workspace's; each of the others has a workspace of its own.
    """

    size: int = 5_000
    crowd: float = 0.2
    people: int = 3
    replicas: Sequence[int] = (1, 2, 4)
    latency: float = 0.05
    schedules: int = 100_000
    ticks: int = 50
    patience: float = 3_600


@dataclass(slots=True)
class Rush:
    """What was seen of one rush, in seconds since everything became due."""

    enqueued: float = 0.0
    drained: float = 0.0
    first_done: float = 0.0
    connections: int = 0
    curve: list[tuple[float, int]] = field(default_factory=list)

    def tenths(self, size: int) -> list[float]:
        """Runs per second while each tenth of the runs ended: whether the rate holds while the backlog goes."""
        reached = [0.0, *(self._when(size * tenth / 10) for tenth in range(1, 11))]
        return [size / 10 / max(later - earlier, _LOOK) for earlier, later in pairwise(reached)]

    def _when(self, ended: float) -> float:
        return next((seconds for seconds, runs in self.curve if runs >= ended), self.drained)


async def measure(scale: Scale, say: Say) -> Findings:
    """Measure with each number of replicas. Raises `tests.support.postgres.NoPostgres` where there is none."""
    findings = Findings("scale", {"integrations": scale.size, "people each": scale.people, "latency s": scale.latency})
    with run_postgres() as server, tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        alone: float | None = None
        for count in scale.replicas:
            async with _place(scale, server, Path(folder), count, say) as place:
                say(f"{_named(count)}: {scale.size:,} integrations become due")
                rate = await _rush(scale, place, findings)
                alone = alone or rate
                findings.add(_named(count), "runs per second, of those of the first", rate / alone)
                if count == scale.replicas[-1]:
                    say(f"empty tick with {scale.schedules:,} schedules")
                    await _empty_tick(scale, place, findings)
    return findings


LEAST_SHARE = 0.25
"""Of the places that others have by right beside a workspace that wants them all: it has three of four at most."""


def others_beside(ended: Sequence[str], crowd: str) -> float:
    """Of the runs that ended (by workspace, in their order) until the last one of a crowded workspace, how many were of
    others, of what is theirs by right; 1.0 and more is fair. The crowd stands in front of the queue."""
    last = max((place for place, team in enumerate(ended) if team == crowd), default=-1)
    until = ended[: last + 1]
    by_right = min(len(until) * LEAST_SHARE, sum(team != crowd for team in ended))
    return sum(team != crowd for team in until) / by_right if by_right else 1.0


def _team_of(scale: Scale, place: int) -> str:
    return CROWD if place < scale.size * scale.crowd else f"TB{place:07d}"


def _named(replicas: int) -> str:
    return f"{replicas} replica{'' if replicas == 1 else 's'}"


@dataclass(slots=True)
class _Place:
    """Everything that runs during one rush."""

    server: PostgresServer
    url: str
    database: Database
    bots: list[Child]
    slack: Child
    systems: Child


@asynccontextmanager
async def _place(scale: Scale, server: PostgresServer, folder: Path, count: int, say: Say) -> AsyncIterator[_Place]:
    log = folder / "scale.log"
    key = Vault.generate_key()
    name = f"scale_{secrets.token_hex(4)}"
    server.create(name)
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(Child("benchmarks.slack", log))
        systems = await stack.enter_async_context(Child("benchmarks.systems", log))
        database = Database(server.url(name), Vault([key]))
        stack.push_async_callback(database.close)
        await database.migrate()
        slack_place = await slack.call("make", channels=scale.size)
        outside = await systems.call("make", size=scale.people, companies=scale.size, keep_requests=False)
        say(f"{_named(count)}: {scale.size:,} workspaces are set up")
        await _set_up(scale, database, slack_place, outside)
        await systems.call("slow_down", latency=scale.latency)
        bots = []
        for _ in range(count):
            bot = await stack.enter_async_context(Child("benchmarks.bot", log))
            await bot.call(
                "start", database_url=server.url(name), key=key, slack=slack_place, options=outside["options"]
            )
            bots.append(bot)
        await slack.call("connected", connections=count)
        yield _Place(server, server.url(name), database, bots, slack, systems)


async def _set_up(scale: Scale, database: Database, slack: dict[str, Any], outside: dict[str, Any]) -> None:
    """Workspaces, integrations and schedules whose time has come, but which are still turned off."""
    connections = Connections(database, lambda provider: outside["options"][provider])
    async with connections.try_source({"access_token": source_token_of(0)}) as source:
        company = await source.identify()
    slot = datetime.now(UTC).replace(second=0, microsecond=0)
    for start in range(0, scale.size, _AT_ONCE):
        async with database.session() as s:
            for place in range(start, min(start + _AT_ONCE, scale.size)):
                team, token = _team_of(scale, place), {"access_token": source_token_of(place)}
                # Whoever wants most comes first.
                due = slot - timedelta(minutes=1) if team == CROWD else slot
                account = outside["accounts"][place]
                if team != CROWD or place == 0:
                    await workspaces.ensure(s, team, f"Workspace {place}")
                    await workspaces.set_source(s, database.vault, team, token, company.id, company.name)
                made = await integrations.create(
                    s,
                    database.vault,
                    NewIntegration(
                        team_id=team, provider="tripletex", target_account_id=account["id"],
                        target_account_name="Nordlys", name="Norge", owner_user_id="U02HENRIK",
                        channel_id=slack["channels"][place], language="nb",
                        credentials={"employee_token": account["token"], "environment": "test"},
                        environment="test", scope={"kind": "everyone"},
                        settings={"division": account["division"]}, state=IntegrationState.LIVE,
                    ),
                )  # fmt: skip
                await kept_plans.record_synced(s, made.id, made.basis)  # the guard alone stops its syncs
                await schedules.put(
                    s,
                    Schedule(
                        integration_id=made.id, weekdays=EVERY_DAY, hour=due.hour, minute=due.minute,
                        timezone="UTC", next_run_at=due, enabled=False,
                    ),
                )  # fmt: skip


async def _rush(scale: Scale, place: _Place, findings: Findings) -> float:
    """Make everything due, watch until all is done, and check the books. Returns the runs per second."""
    count = len(place.bots)
    await place.slack.call("type_on", every=0.1)
    await asyncio.sleep(2)
    idle = await place.slack.call("type_no_more")
    posts_before = (await place.slack.call("posts"))["messages"]
    before = [await bot.call("figures") for bot in place.bots]
    systems_before, postgres_before = await place.systems.call("figures"), cpu_of(place.server)
    await place.slack.call("type_on", every=0.1)
    rush = await _watch(scale, place)
    busy = await place.slack.call("type_no_more")
    after = [await bot.call("figures") for bot in place.bots]
    tenths = rush.tenths(scale.size)
    systems_after, postgres_after = await place.systems.call("figures"), cpu_of(place.server)
    doubles = await place.systems.call("doubles")
    posts = (await place.slack.call("posts"))["messages"] - posts_before
    runs = await _books(place.url)
    requests = await place.systems.call("counts")
    cpu = sum(b["cpu"] - a["cpu"] for a, b in zip(before, after, strict=True))
    part = _named(count)
    findings.raw[part] = {
        "rush": {"enqueued": rush.enqueued, "drained": rush.drained, "tenths": tenths, "curve": rush.curve},
        "idle": idle, "busy": busy, "before": before, "after": after, "doubles": doubles, "posts": posts, "runs": runs,
        "requests": requests, "postgres_cpu": postgres_after - postgres_before,
    }  # fmt: skip
    size = scale.size
    findings.add(part, "until all are enqueued", rush.enqueued, "s")
    findings.add(part, "until all are done and reported", rush.drained, "s")
    findings.add(part, "runs per second", size / rush.drained)
    findings.add(part, "runs per second in each tenth of the runs", median(tenths), note=_listed(tenths))
    findings.add(
        part,
        "runs per second in the last three tenths, of those in the three after the first",
        sum(tenths[7:]) / sum(tenths[1:4]),
    )
    findings.add(part, "schedules enqueued per second and replica", size / rush.enqueued / count)
    findings.add(part, "requests for a run", sum(one["requests"] for one in requests.values()) / size)
    findings.add(part, "CPU of the replicas for a run", cpu / size * 1000, "ms")
    findings.add(part, "CPU of PostgreSQL for a run", (postgres_after - postgres_before) / size * 1000, "ms")
    findings.add(
        part, "CPU of the stand-ins for a run", (systems_after["cpu"] - systems_before["cpu"]) / size * 1000, "ms"
    )
    findings.add(part, "slots that ran twice or never", abs(size - runs["runs"]) + runs["slots_twice"], goal=1)
    findings.add(part, "runs that did not end well", runs["bad"], goal=1)
    wrong = doubles["doubled"] + abs(doubles["people"] - size * scale.people)
    findings.add(part, "people twice or missing in the target", wrong, goal=1)
    findings.add(part, "reports posted twice or never", abs(posts - size), goal=1)
    if scale.crowd:
        fair = others_beside(await _ended(place.url), CROWD)
        findings.add(
            part, "runs of others while one workspace has a crowd, of theirs by right", fair, goal=1.0, over=True
        )
    findings.add(part, "acknowledgements, p99", busy["p99"], "ms", goal=1000, note=f"idle {idle['p99']:.0f} ms")
    findings.add(part, "acknowledgements, longest", busy["max"], "ms", goal=3000)
    findings.add(part, "acknowledgements that never came", busy["missed"], goal=1)
    findings.add(part, "memory of a replica, highest", max(one["peak_rss"] for one in after), "MB")
    findings.add(part, "connections of a replica", rush.connections / count)
    return size / rush.drained


def _listed(rates: Sequence[float]) -> str:
    return " ".join(f"{rate:.2g}" for rate in rates)


async def _watch(scale: Scale, place: _Place) -> Rush:
    rush = Rush()
    async with await psycopg.AsyncConnection.connect(place.url, autocommit=True) as connection:
        await connection.execute("UPDATE schedules SET enabled = true")
        begun = time.perf_counter()
        async with asyncio.timeout(scale.patience):
            while True:
                seen = await connection.execute(
                    "SELECT count(*), count(*) FILTER (WHERE state IN ('done', 'failed', 'cancelled')),"
                    " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    "  AND pid <> pg_backend_pid()) FROM runs"
                )
                made, ended, connections = await seen.fetchone() or (0, 0, 0)
                now = time.perf_counter() - begun
                rush.connections = max(rush.connections, connections)
                rush.curve.append((round(now, 2), ended))
                if made >= scale.size and not rush.enqueued:
                    rush.enqueued = now
                if ended >= scale.size:
                    rush.drained = now
                    return rush
                await asyncio.sleep(_LOOK)


async def _books(url: str) -> dict[str, int]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        seen = await connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE state <> 'done'),"
            " count(*) - count(DISTINCT (integration_id, slot)) FROM runs"
        )
        runs, bad, twice = await seen.fetchone() or (0, 0, 0)
        return {"runs": runs, "bad": bad, "slots_twice": twice}


async def _ended(url: str) -> list[str]:
    """Whose runs they were, in the order in which they were done."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        seen = await connection.execute("SELECT team_id FROM runs WHERE finished_at IS NOT NULL ORDER BY finished_at")
        return [team for (team,) in await seen.fetchall()]


async def _empty_tick(scale: Scale, place: _Place, findings: Findings) -> None:
    few = await place.bots[0].call("empty_ticks", times=scale.ticks)
    await _more_schedules(place.database, scale.schedules - scale.size)
    many = await place.bots[0].call("empty_ticks", times=scale.ticks)
    part = "a tick when nothing is due"
    findings.raw[part] = {"few": few, "many": many}
    findings.add(part, f"{scale.size:,} schedules, median", few["median"], "ms")
    findings.add(part, f"{scale.schedules:,} schedules, median", many["median"], "ms")
    findings.add(part, "many, of that of few", many["median"] / few["median"])


async def _more_schedules(database: Database, count: int) -> None:
    """Copies of one integration that become due some time tomorrow."""
    if count <= 0:
        return
    numbers = sa.func.generate_series(1, count).table_valued("number").render_derived()
    new_id = sa.func.concat("copy-", numbers.c.number)
    later = datetime.now(UTC) + timedelta(days=1)
    async with database.session() as s:
        for model, replaced in (
            (IntegrationRow, {"id": new_id, "target_account_id": new_id}),
            (ScheduleRow, {"integration_id": new_id, "next_run_at": sa.literal(later)}),
        ):
            rows = table(model)
            one = sa.select(rows).limit(1).subquery()
            columns: list[Any] = [replaced.get(column.name, one.c[column.name]) for column in rows.c]
            copies = sa.select(*columns).select_from(one.join(numbers, sa.true()))
            await s.execute(sa.insert(rows).from_select([column.name for column in rows.c], copies))
