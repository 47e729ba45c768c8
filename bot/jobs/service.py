"""Puts the jobs together: what the app starts, stops, and gives to its handlers."""

from __future__ import annotations

from bot.connections import Connections
from bot.core.clock import Clock
from bot.jobs.cluster.lease import Heartbeat
from bot.jobs.cluster.periodic import PeriodicJobs
from bot.jobs.cluster.recovery import Recovery
from bot.jobs.cluster.retention import Retention
from bot.jobs.cluster.seal_renewal import SealRenewal
from bot.jobs.engine.engine import GRACE_SECONDS, Engine, Tuning
from bot.jobs.notifications.file_recipient import FileRecipient
from bot.jobs.notifications.notifier import Notifier
from bot.jobs.notifications.worker import NotificationWorker
from bot.jobs.policy import Policy
from bot.jobs.runs.outbox import Outbox
from bot.jobs.runs.queue import REPORTS, RUNS, WorkQueue
from bot.jobs.runs.service import RunService
from bot.jobs.runs.workflow import RunWorker
from bot.jobs.scheduling.digests import Digests
from bot.jobs.scheduling.expiry_warnings import ExpiryWarnings
from bot.jobs.scheduling.tick import Tick
from storage.database import Database


class Jobs:
    """All background work of one process. `url` is the database's address, for the engine's own connection."""

    def __init__(
        self,
        *,
        url: str,
        database: Database,
        connections: Connections,
        reporter: Notifier,
        clock: Clock,
        hands: FileRecipient | None = None,
        policy: Policy | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        self.policy = policy = policy or Policy()
        self._database = database
        self.engine = Engine(url, database.vault, tuning, trouble=database.trouble)
        self._heartbeat = Heartbeat(database, self.engine, policy.dead_after)
        desk = WorkQueue(self.engine)
        outbox = Outbox(database, self.engine)
        self.runs = RunService(database, outbox, clock, policy)
        self.tick = Tick(database, outbox, self.runs, clock, policy)
        self.digests = Digests(database, desk, clock)
        self.expiries = ExpiryWarnings(database, desk, clock, policy)
        self.sweep = Recovery(database, self.engine, self.runs, desk, clock, policy)
        self.cleanup = Retention(database, self.engine, self.runs, clock, policy)
        self._renewal = SealRenewal(database, self.engine)
        self._housekeeping = PeriodicJobs()
        sync_runs = RunWorker(
            database=database,
            connections=connections,
            reporter=reporter,
            engine=self.engine,
            heartbeat=self._heartbeat,
            clock=clock,
            policy=policy,
            hands=hands,
        )
        self.engine.register(RUNS, sync_runs.body, policy.runs_at_once)
        notifications = NotificationWorker(database, reporter, self._heartbeat, policy, self.engine)
        self.engine.register(REPORTS, notifications.body, policy.reports_at_once)

    async def start_without_work(self) -> None:
        """Let runs be asked for that other processes take up; the database must be migrated, and be PostgreSQL."""
        assert self.engine.shares_database
        await self._announce()
        await self._renewal.take_up()
        self._housekeeping.every(self.policy.beat_every, "beat", self._heartbeat.beat)
        self._housekeeping.every(self.policy.clean_every, "seals", self._renewal.take_up)
        self._housekeeping.start()

    async def start(self, *, housekeeping: bool = True) -> None:
        """Take up work; the database must be migrated. Raises `AlreadyRunning` on a SQLite file that is in use."""
        await self._announce()
        await self._renewal.take_up()
        await self.engine.start()
        if not housekeeping:
            return
        policy = self.policy
        self._housekeeping.every(policy.beat_every, "beat", self._heartbeat.beat)
        self._housekeeping.every(policy.sweep_every, "sweep", self.sweep.recover_from_dead)
        self._housekeeping.every(policy.tick_every, "tick", self.tick.tick)
        self._housekeeping.every(policy.tick_every * 6, "digests", self.digests.tick, after=policy.settled_after)
        self._housekeeping.every(policy.sweep_every * 6, "expiries", self.expiries.tick, after=policy.settled_after)
        self._housekeeping.every(policy.sweep_every * 6, "heal", self.sweep.reconcile_runs, after=policy.settled_after)
        self._housekeeping.every(policy.sweep_every * 6, "expire", self.cleanup.expire, after=policy.settled_after)
        self._housekeeping.every(policy.clean_every, "clean", self.cleanup.clean, after=policy.settled_after)
        self._housekeeping.every(policy.clean_every, "seals", self._renewal.renew, after=policy.settled_after)
        self._housekeeping.start()

    async def _announce(self) -> None:
        # Known to the peers before it can have work, so that none of it is ever left behind unseen.
        await self._heartbeat.beat()
        # A newer version that has changed the tables since did not know yet of this process; from now on it does.
        await self._database.migrate()

    async def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Stop: begin nothing more, let employees under way be finished, leave the rest to a peer or a restart."""
        self.engine.stopping.set()
        await self._housekeeping.stop()
        await self.engine.stop(grace_seconds)
        await self._heartbeat.retire()
