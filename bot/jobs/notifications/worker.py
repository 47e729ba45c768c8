"""Notifications as durable work of their own: an outage of Slack delays what is told, and neither loses it nor holds
up the next run."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any

import structlog

from bot.core.ownership import ownership_check
from bot.jobs.cluster.lease import Heartbeat
from bot.jobs.engine.engine import StepFailed, Steps
from bot.jobs.notifications.notifier import Notifier
from bot.jobs.policy import Policy
from bot.jobs.runs.problems import note_problems
from bot.jobs.runs.result import result_of
from bot.sync.codec import value_from_json
from storage import runs
from storage.database import Database
from storage.errors import RunEnded, StaleRunState
from storage.json_codec import Json
from storage.runs import RunState

log = structlog.get_logger(__name__)


class NotificationWorker:
    """Tells people for the engine, again and again until they have been told."""

    def __init__(self, database: Database, reporter: Notifier, heartbeat: Heartbeat, policy: Policy) -> None:
        self._database = database
        self._reporter = reporter
        self._heartbeat = heartbeat
        self._policy = policy

    async def body(self, steps: Steps, work_id: str, arguments: dict[str, Any]) -> None:
        """The engine's body for `bot.jobs.runs.queue.REPORTS`."""

        async def tell() -> Json:
            try:
                with ownership_check(partial(self._heartbeat.assert_owned, work_id)):
                    await self._tell(arguments)
            except Exception as error:
                log.warning("not_told", work=work_id, error=type(error).__name__)
                return False
            return True

        async def end() -> Json:
            return await self._end(str(arguments["run_id"]))

        try:
            for pause in (*self._policy.report_after, None):
                if await self._told(steps, tell):
                    break
                if pause is None:
                    log.error("never_told", work=work_id)
                    break
                await steps.sleep(pause)
            if arguments["what"] == "finished":
                await steps.step("end", end)
        finally:
            self._heartbeat.forget(work_id)

    @staticmethod
    async def _told(steps: Steps, tell: Any) -> bool:
        try:
            return bool(await steps.step("tell", tell))
        except StepFailed:
            return False

    async def _tell(self, arguments: dict[str, Any]) -> None:
        run_id = str(arguments["run_id"])
        match arguments["what"]:
            case "approval":
                # Somebody may have decided, or the time may be over, before people could be asked.
                async with self._database.reading() as session:
                    run = await runs.get(session, run_id)
                if run is not None and run.state is RunState.WAITING_APPROVAL and run.approved_by is None:
                    await self._reporter.needs_approval(run_id)
            case "approved":
                await self._reporter.approved(run_id)
            case "finished":
                await note_problems(self._database, run_id)
                await self._reporter.finished(run_id)
            case "digest":
                since, until = (datetime.fromisoformat(arguments[name]) for name in ("since", "until"))
                await self._reporter.digest(run_id, arguments["integration_id"], arguments["period"], since, until)
            case "expiring":
                team_id, integration_id, day = (str(arguments[name]) for name in ("team_id", "integration_id", "until"))
                await self._reporter.expiring(run_id, team_id, integration_id, date.fromisoformat(day))
            case "trouble":
                await self._reporter.trouble(run_id, value_from_json(arguments["text"]))

    async def _end(self, run_id: str) -> Json:
        """The run has been reported: it ends, and its plan is erased with it."""
        try:
            async with self._database.session() as session:
                run = await runs.get(session, run_id)
                if run is not None:
                    await runs.advance(session, run_id, result_of(run).state, only_from={RunState.REPORTING})
        except (RunEnded, StaleRunState):
            log.info("run_already_ended", run_id=run_id)
        return None
