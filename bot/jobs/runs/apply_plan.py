"""The second half of a run: carry the plan out, employee by employee, and keep what became of each before going on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import structlog

from bot.connections import ConnectedPair
from bot.core.ownership import OwnershipCheck, ownership_check
from bot.core.rights_learnt import SaysRights, learning_rights
from bot.domain.employee import Employee
from bot.jobs.engine.engine import OwnershipLost
from bot.jobs.runs.file_export import FileExport
from bot.jobs.runs.outcome_recorder import WRITES, OutcomeRecorder
from bot.providers.errors import NotPermitted
from bot.providers.protocol import FileTarget, Source, Target, takes_files
from bot.sync.apply.apply_change import apply_change, employees_for
from bot.sync.apply.deliver import Send, deliver_changes
from bot.sync.codec import change_from_json
from bot.sync.compare.code_version import code_version
from bot.sync.compare.fingerprints import Fingerprint
from storage import plans
from storage.database import Database
from storage.plans import PlannedChange

log = structlog.get_logger(__name__)

DELIVERED_AT_ONCE = 2_000
"""People in one delivery to a file target; more make another one."""


class Cancelled(Exception):
    """Somebody asked to stop the run; it stopped before the next employee."""


Gate = Callable[[], Awaitable[None]]
"""Asked before each employee: raises `Cancelled`, or `OwnershipLost` when the run is no longer this process's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanApplier:
    """A run's plan and where to carry it out.

    `gate` is asked before each employee, `own` before each write: it raises `OwnershipLost` when the run is no longer
    this process's. `source_too` reads the source anew for updates as well: their plan has waited for somebody.
    With `export`, nothing is delivered: everyone goes into a file that is handed to a person. `planned_by` is the code
    that made the plan (`PlanSummary.code`).
    """

    database: Database
    run_id: str
    recorder: OutcomeRecorder
    settings: Mapping[str, str]
    fingerprint: Fingerprint
    today: date
    gate: Gate
    own: OwnershipCheck
    source_too: bool = False
    export: FileExport | None = None
    planned_by: str = ""

    async def batch(self, pair: ConnectedPair, size: int, writers: int) -> int:
        """Write up to `size` people, `writers` at a time; says how many of the batch were dealt with.

        Raises `Cancelled`, `OwnershipLost`, and those provider errors that would hit everyone, once the writers have
        stopped. Whoever was being written then is found and finished by the next call.
        """
        target = pair.target
        send = self.export.sender(target) if self.export is not None else None
        page = await self._pending(DELIVERED_AT_ONCE if takes_files(target) else size)
        if not page:
            return 0
        await self.gate()
        with ownership_check(self.own), learning_rights() as learnt:
            code_changed = await self._has_other_code(pair)
            if takes_files(target):
                return await self._deliver(page, pair, target, send, code_changed=code_changed)
            try:
                return await self._write(page, pair, target, writers, code_changed=code_changed)
            except NotPermitted as error:
                if error.of_key or not (isinstance(target, SaysRights) and await target.may_write()):
                    raise
                log.info("rights_vouched", run_id=self.run_id)
                learnt.vouch()
            return await self._write(await self._pending(size), pair, target, writers, code_changed=code_changed)

    async def _pending(self, limit: int) -> Sequence[PlannedChange]:
        async with self.database.reading() as session:
            return await plans.pending(session, self.database.vault, self.run_id, limit, kinds=WRITES)

    async def _has_other_code(self, pair: ConnectedPair) -> bool:
        return await asyncio.to_thread(code_version, type(pair.source), type(pair.target)) != self.planned_by

    async def _write(
        self, page: Sequence[PlannedChange], pair: ConnectedPair, target: Target, writers: int, *, code_changed: bool
    ) -> int:
        changes = (change_from_json(planned.change) for planned in page)
        fresh = await employees_for(pair.source, changes, updates=self.source_too)
        line = _OutcomeLine(deque(page))
        results = await asyncio.gather(
            *(
                self._writer(line, pair.source, target, fresh, code_changed=code_changed)
                for _ in range(min(writers, len(page)))
            ),
            return_exceptions=True,
        )
        # Being let go says most: whatever else went wrong is the next owner's to find.
        failures = [result for result in results if isinstance(result, BaseException)]
        failures.sort(key=lambda failure: not isinstance(failure, OwnershipLost | asyncio.CancelledError))
        if failures:
            raise failures[0]
        return line.done

    async def _writer(
        self,
        line: _OutcomeLine,
        source: Source,
        target: Target,
        fresh: Mapping[str, Employee],
        *,
        code_changed: bool,
    ) -> None:
        try:
            while line.waiting and not line.stopped:
                await self.gate()
                if not line.waiting:
                    return
                planned = line.waiting.popleft()
                change = change_from_json(planned.change)
                outcome = await apply_change(
                    change,
                    source,
                    target,
                    self.settings,
                    self.today,
                    fingerprint=self.fingerprint,
                    employee=fresh.get(change.person.source_id),
                    source_too=self.source_too,
                    code_changed=code_changed,
                )
                await self.recorder.record([(planned, outcome)])
                line.done += 1
        except BaseException:
            line.stopped = True
            raise

    async def _deliver(
        self,
        page: Sequence[PlannedChange],
        pair: ConnectedPair,
        inbox: FileTarget,
        send: Send | None,
        *,
        code_changed: bool,
    ) -> int:
        """The whole page in one delivery; its outcomes are stored once it has arrived, all together.

        A file in somebody's hands stays in doubt: nobody tells whether it is imported. So the next sync delivers the
        same people whole, and asks before one of them gets another number.
        """
        outcomes = await deliver_changes(
            [change_from_json(planned.change) for planned in page],
            pair.source,
            inbox,
            self.settings,
            self.today,
            fingerprint=self.fingerprint,
            note=self.recorder.record_doubt,
            send=send,
            code_changed=code_changed,
        )
        await self.recorder.record(list(zip(page, outcomes, strict=True)), remember=self.export is None)
        return len(page)


@dataclass(slots=True)
class _OutcomeLine:
    """The people of a batch whose turn is still to come; shared by the writers."""

    waiting: deque[PlannedChange]
    done: int = 0
    stopped: bool = False
