"""Several companies that are synced by replicas over cables, told in Slack, and the books that are asked afterwards."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bot.jobs.runs.ids import run_id_for_slot
from bot.slack.idempotent_post import EVENT
from sandbox.slack.server import SlackSandbox
from sandbox.slack.workspace import Channel, Message
from sandbox.tripletex.company_state import Books
from storage import runs, schedules
from storage.clock import utc_now
from storage.integrations import Integration, IntegrationState
from storage.runs import NewRun, Run, RunKind, RunState, RunTrigger
from storage.schedules import Schedule
from tests.chaos.network_cable import Cable
from tests.support.replica_world import Replica, World, empty_books, until

MANIFEST = Path(__file__).parent.parent.parent / "manifest.yml"
PATIENCE = 600.0
"""Seconds: how long anything may take on a machine that is busy with other things. Nothing waits for it to pass."""

DEAD_AFTER = 6.0
"""Seconds of silence after which a replica's work is taken over; a busy machine makes the living silent too."""

WINDOW = (60, 1.0)
"""The calls that Tripletex takes in a period (seconds): few enough that runs meet the limit."""


@dataclass
class Tally:
    """What the books say: counts, and the names of what went wrong."""

    slots: int = 0
    interrupted: int = 0
    failed: int = 0
    over_the_limit: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def assert_nothing_lost_or_doubled(self) -> None:
        """The promise."""
        assert (self.lost, self.doubled, self.over_the_limit) == ([], [], 0)


class Stage(World):
    """See the module. The first two integrations are of two workspaces and lead to one company with one token."""

    def __init__(self, url: str, folder: Path, size: int, companies: int) -> None:
        super().__init__(url, folder, size)
        self.size = size
        self.slack = SlackSandbox(MANIFEST)
        self.cables: dict[str, Cable] = {}
        self.companies = [empty_books(self.tripletex, 40918100 + place, _token_of(place)) for place in range(companies)]
        self.integrations: list[tuple[Integration, Books]] = []
        self.slots: list[str] = []
        self.database_stands = asyncio.Lock()
        self._next_slot = utc_now().replace(second=0, microsecond=0) - timedelta(minutes=1)
        self.tripletex.rate_limit.limit, self.tripletex.rate_limit.period = WINDOW

    @property
    def options(self) -> dict[str, dict[str, str]]:
        """What an operator would set; every system is reached over its cable."""
        given = super().options
        given["simployer"]["url"] = self.cables["simployer"].url
        for name in ("url", "test_url"):
            given["tripletex"][name] = self.cables["tripletex"].url
        return given

    async def replica(self, **more: Any) -> Replica:
        """A process that tells Slack."""
        slack = (self.cables["slack"].url, self.slack.bot_token)
        return await super().replica(**({"slack": slack, "dead_after": DEAD_AFTER} | more))

    async def doomed(self, dies_at: str, **more: Any) -> None:
        """A process, until it has died at the place where it was to die."""
        slack = (self.cables["slack"].url, self.slack.bot_token)
        # Alone: nobody is taken for dead who is not.
        replica = await self.try_replica(slack=slack, dies_at=dies_at, dead_after=0.5, **more)
        code = await replica.ended(PATIENCE)
        assert code == -9, f"{dies_at}: ended with {code}"

    async def resolve_write(self) -> None:
        """The integrations: two of the first company, one of each other."""
        for place, books in [(0, self.companies[0]), *enumerate(self.companies)]:
            number = len(self.integrations)
            integration = await self.connect(
                f"T{number}",
                target_account_id=str(books.id),
                target_account_name=books.name,
                name=f"Tripletex {number}",
                credentials={"employee_token": _token_of(place), "environment": "test"},
                settings={"division": str(next(iter(books.rows["Division"]))), "occupation_code": "5223102"},
                state=IntegrationState.LIVE,
                channel_id=self.channel.id,
                owner_user_id="U02HENRIK",
            )
            self.integrations.append((integration, books))

    @property
    def channel(self) -> Channel:
        """Where all reports go."""
        found = self.slack.world.workspace.find_channel("payroll")
        assert found is not None
        return found

    async def fire(self) -> list[str]:
        """Make one slot of every integration due, and give the ids of the runs that must come of it."""
        slot, self._next_slot = self._next_slot, self._next_slot - timedelta(minutes=1)
        for integration, _ in self.integrations:
            async with self.database_stands, self.database.session() as s:
                await schedules.put(s, _schedule(integration.id, slot))
        ids = [run_id_for_slot(integration.id, slot) for integration, _ in self.integrations]
        self.slots += ids
        return ids

    async def moved_on(self) -> bool:
        """Whether every schedule has been looked at since it was made due."""
        async with self.database_stands, self.database.reading() as s:
            return not [row for one, _ in self.integrations if (row := await schedules.get(s, one.id)) and _is_due(row)]

    async def all_ended(self, ids: Iterable[str]) -> None:
        """Wait until the runs are there and over."""
        for run_id in ids:
            await self.comes_true(partial(self._is_over, run_id))

    @staticmethod
    async def comes_true(what: Callable[[], Awaitable[bool]]) -> None:
        """Wait, patiently, and without asking so often that it costs more than what is waited for."""
        await until(what, PATIENCE, look_every=0.2)

    async def nothing_under_way(self) -> bool:
        async with self.database.reading() as s:
            return not await runs.active(s)

    async def mend_and_check(self) -> None:
        """Two more syncs of everybody that a sweep finds: one to mend what is left, one that finds nothing to do."""
        for name in ("mend", "check"):
            ids = [f"sync:{integration.id}:{name}" for integration, _ in self.integrations]
            async with self.database.session() as s:
                for run_id, (integration, _) in zip(ids, self.integrations, strict=True):
                    await runs.create(s, _asked_for(run_id, integration))
            await self.all_ended(ids)

    async def examine(self) -> Tally:
        """What the books of all stand-ins say, once everything has ended and `mend_and_check` was the last of it."""
        tally = Tally(slots=len(self.slots), over_the_limit=self.tripletex.rate_limit.over)
        posts = Counter(key for message in self.channel.messages if (key := _key(message)))
        tally.doubled += [f"posted {count} times: {key}" for key, count in posts.items() if count > 1]
        async with self.database.reading() as s:
            made = [run for one, _ in self.integrations for run in await runs.latest(s, one.id, limit=10_000)]
        known = {run.id: run for run in made}
        tally.lost += [f"never ran: {slot}" for slot in self.slots if slot not in known]
        tally.doubled += [f"not due: {run.id}" for run in made if run.slot and run.id not in self.slots]
        for run in made:
            tally.interrupted += run.interrupted_at is not None
            tally.failed += run.state is RunState.FAILED
            tally.lost += self._untold(run)
        for integration, books in self.integrations:
            tally.lost += await self._unsynced(integration, books)
        for books in self.companies:
            numbers = Counter(row["employeeNumber"] for row in books.rows["Employee"].values())
            tally.doubled += [f"{n} people {number} of {books.id}" for number, n in numbers.items() if n > 1]
        return tally

    def _untold(self, run: Run) -> list[str]:
        """What people were not told of a run."""
        found = [message for message in self.channel.messages if _key(message) == f"{run.id} message"]
        words = json.dumps(found[0].blocks) if found else ""
        wanted = ["Finished"] + ["Interrupted"] * (run.interrupted_at is not None)
        return [] if run.ended and all(word in words for word in wanted) else [f"not told: {run.id} ({run.state})"]

    async def _unsynced(self, integration: Integration, books: Books) -> list[str]:
        source = {row["employeeNumber"]: row["lastName"] for row in self.simployer.store.rows["employee"].values()}
        held = {row["employeeNumber"]: row["lastName"] for row in books.rows["Employee"].values()}
        checked = await self.run(f"sync:{integration.id}:check")
        wrong = [f"change of {number} in {books.id}" for number, name in source.items() if held.get(number) != name]
        return wrong + ([] if checked.counts == {"unchanged": self.size} else [f"{checked.id}: {checked.counts}"])

    async def _is_over(self, run_id: str) -> bool:
        async with self.database_stands, self.database.reading() as s:
            run = await runs.get(s, run_id)
        return run is not None and run.ended

    async def close(self) -> None:
        """Replicas, then cables, then what they led to."""
        await super().close()
        for cable in self.cables.values():
            await cable.cut()


@asynccontextmanager
async def stage(url: str, folder: Path, *, size: int, companies: int) -> AsyncIterator[Stage]:
    """A stage on which everything stands and nobody works yet."""
    made = Stage(url, folder, size, companies)
    await made.database.migrate()
    async with made.simployer, made.tripletex:
        made.slack = await SlackSandbox.start(MANIFEST)
        try:
            systems = {"simployer": made.simployer.url, "tripletex": made.tripletex.url, "slack": made.slack.api_url}
            for name, address in systems.items():
                made.cables[name] = Cable(address)
                await made.cables[name].mend()
            await made.resolve_write()
            yield made
        finally:
            await made.close()
            await made.slack.stop()


def _token_of(place: int) -> str:
    return f"tripletex-token-of-company-{place}"


def _schedule(integration_id: str, slot: datetime) -> Schedule:
    return Schedule(
        integration_id=integration_id,
        weekdays=(slot.strftime("%a").lower(),),
        hour=slot.hour,
        minute=slot.minute,
        timezone="UTC",
        next_run_at=slot,
    )


def _is_due(row: Schedule) -> bool:
    return row.next_run_at <= utc_now()


def _asked_for(run_id: str, integration: Integration) -> NewRun:
    return NewRun(
        id=run_id,
        integration_id=integration.id,
        team_id=integration.team_id,
        kind=RunKind.SYNC,
        trigger=RunTrigger.MANUAL,
        channel_id=integration.channel_id,
    )


def _key(message: Message) -> str:
    """Which part of which run's report a message is; "" for what says nothing of itself."""
    if message.files:
        return f"file of {message.thread_ts}"
    if not message.metadata or message.metadata["event_type"] != EVENT:
        return ""
    payload = message.metadata["event_payload"]
    return f"{payload['run_id']} {payload['part']}"
