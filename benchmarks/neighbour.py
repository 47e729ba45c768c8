"""What one workspace at its worst costs another at its best: the same work, alone and beside it, as a ratio.

The noisy workspace has many integrations whose system does not answer, people whom Slack lets nobody tell, and readers
who never stop. The quiet one previews, is told, and looks at its overview.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks.measures import median, spread
from benchmarks.report import Findings
from bot.core.fair_places import FairPlaces
from bot.jobs.runs.queue import WorkQueue, owner_of
from bot.jobs.runs.service import RunRequest
from bot.jobs.service import Jobs
from sandbox.faults import Dialect, Fault, Handler
from storage import integrations, runs
from storage.database import Database, reader
from storage.integrations import Integration
from storage.runs import NewRun, RunKind, RunState, RunTrigger
from storage.vault import Vault
from tests.support.recording_notifier import Tellings
from tests.support.replica import POLICY
from tests.support.replica_world import World, empty_books, until, world

QUIET, NOISY = "TQUIET", "TNOISY"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """What to measure: `integrations` and `readers` of the noisy workspace, `people` of the quiet one, how often each
    is measured; the median counts."""

    integrations: int = 40
    people: int = 20
    readers: int = 100
    repeats: int = 7


class _Deaf(Tellings):
    """Nobody of the noisy workspace can be told; whoever tries waits."""

    async def finished(self, run_id: str) -> None:
        if NOISY in run_id:
            await asyncio.Event().wait()
        await super().finished(run_id)


async def measure(wanted: Neighbour, say: Say) -> Findings:
    """Everything on an SQLite file of its own, in this process."""
    findings = Findings("neighbour", {"integrations": wanted.integrations, "people": wanted.people})
    for part, work, goal in (
        ("a preview", _previews, 2.0),
        ("a report", _reports, 3.0),
        ("an overview", _overviews, 10.0),
    ):
        say(part)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            # A world of its own: what one part leaves unfinished is in no other's way.
            async with world(f"sqlite:///{folder}/bot.sqlite3", folder, wanted.people) as made:
                made.tellings = _Deaf(folder / "tellings")
                noisy = [await _connected(made, NOISY, number) for number in range(wanted.integrations)]
                quiet = await _connected(made, QUIET, wanted.integrations)
                alone, beside = await work(made, wanted, quiet, noisy)
        findings.add(part, "beside the noisy workspace, of alone", median(beside) / median(alone), goal=goal)
        findings.add(part, "alone, median", median(alone) * 1000, "ms")
        findings.raw[part] = {"alone": spread(alone), "beside": spread(beside)}
    return findings


Measured = tuple[list[float], list[float]]


async def _previews(made: World, wanted: Neighbour, quiet: Integration, noisy: list[Integration]) -> Measured:
    held = made.tripletex.faults.add("mute", _mute, path="/token/session/:create", times=None)
    policy = replace(POLICY, runs_at_once=16)
    async with _jobs(made, policy) as jobs:

        async def preview(key: str) -> None:
            run = await jobs.runs.start(RunRequest(quiet.id, RunKind.PREVIEW, "U1", key))
            await made.ended(run.id)

        alone = await _timed(wanted.repeats, preview, "alone")
        for one in noisy:
            await jobs.runs.start(RunRequest(one.id, RunKind.PREVIEW, "U1", "noise"))
        await until(lambda: _is(held.arrived.is_set()))
        beside = await _timed(wanted.repeats, preview, "beside")
        made.tripletex.faults.clear()
    return alone, beside


async def _reports(made: World, wanted: Neighbour, quiet: Integration, noisy: list[Integration]) -> Measured:
    async with _jobs(made, replace(POLICY, reports_at_once=32)) as jobs:
        queue = WorkQueue(jobs.engine)

        async def over(integration: Integration, key: str) -> str:
            run_id = f"{integration.team_id}-{integration.id}-{key}"
            new = NewRun(
                id=run_id, integration_id=integration.id, team_id=integration.team_id, kind=RunKind.PREVIEW,
                trigger=RunTrigger.MANUAL,
            )  # fmt: skip
            async with made.database.session() as session:
                await runs.create(session, new)
                await runs.advance(session, run_id, RunState.REPORTING)
            await queue.enqueue_report(run_id, owner_of(integration))
            return run_id

        async def report(key: str) -> None:
            await made.ended(await over(quiet, key))

        alone = await _timed(wanted.repeats, report, "alone")
        for one in noisy:
            await over(one, "noise")
        return alone, await _timed(wanted.repeats, report, "beside")


async def _overviews(made: World, wanted: Neighbour, quiet: Integration, noisy: list[Integration]) -> Measured:  # noqa: ARG001
    database = Database(made.url, Vault([made.key]), places=FairPlaces.halves)

    async def look(team_id: str) -> None:
        reader.set(team_id)
        async with database.reading() as session:
            for one in await integrations.list_for(session, team_id):
                await runs.latest(session, one.id)

    async def overview(_key: str) -> None:
        await asyncio.create_task(look(QUIET))

    async def noise() -> None:
        while True:
            await look(NOISY)

    alone = await _timed(wanted.repeats, overview, "alone")
    readers = [asyncio.create_task(noise()) for _ in range(wanted.readers)]
    beside = await _timed(wanted.repeats, overview, "beside")
    for task in readers:
        task.cancel()
    await asyncio.gather(*readers, return_exceptions=True)
    await database.close()
    return alone, beside


async def _timed(repeats: int, work: Callable[[str], Awaitable[None]], name: str) -> list[float]:
    taken = []
    for number in range(repeats):
        begun = time.perf_counter()
        await work(f"{name}-{number}")
        taken.append(time.perf_counter() - begun)
    return taken


@asynccontextmanager
async def _jobs(made: World, policy: Any) -> AsyncIterator[Jobs]:
    jobs = made.jobs(policy=policy)
    await jobs.start(housekeeping=False)
    try:
        yield jobs
    finally:
        await jobs.stop(0.1)


async def _connected(made: World, team_id: str, number: int) -> Integration:
    token = f"token-of-{team_id}-{number}"
    books = empty_books(made.tripletex, 60_000_000 + number, token)
    settings = {"division": str(next(iter(books.rows["Division"]))), "occupation_code": "5223102"}
    credentials = {"employee_token": token, "environment": "test"}
    return await made.connect(
        team_id,
        target_account_id=str(books.id),
        credentials=credentials,
        settings=settings,
        name=f"{team_id} {number}",
    )


async def _mute(fault: Fault, request: web.Request, handler: Handler, _dialect: Dialect) -> web.StreamResponse:
    if NOISY in request.query_string + await request.text():
        with suppress(asyncio.CancelledError):
            await fault.hold()
    return await handler(request)


async def _is(true: bool) -> bool:
    return true
