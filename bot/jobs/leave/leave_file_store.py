"""Files of payroll periods: made from a plan, kept by what they hold, and booked when a person says "imported".

The ledger moves only then. Until it does, the same period is made again whole; after it, what differs is a difference
file where the importer is known to take one, else a list for a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.leave import LeaveWindow
from bot.domain.leave_delivery import DayKey, FileMode, LeaveFileRequest, PayrollPeriod
from bot.domain.leave_ledger import LedgerDetail, LedgerEntry, LedgerState
from bot.jobs.leave.ledger_journal import LedgerStore, ledger_keys
from bot.jobs.leave.plan_leave import LeavePlanned
from bot.providers.errors import Unsupported
from bot.providers.leave_protocol import LeaveFile, LeaveFileTarget
from bot.providers.protocol import Settings
from bot.sync.leave.day_plan import StepKind
from bot.sync.leave.ledger_entries import KnownDetail
from bot.sync.leave.payroll_calendar import period_of
from bot.sync.leave.period_files import FileContext, FileState, LatestFile, file_request
from storage import leave_files
from storage.database import Database
from storage.leave_files import StoredLeaveFile


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeFile:
    """A file that was made now. `file` is None for a list, which a person works through; `request` has its rows."""

    stored: StoredLeaveFile
    request: LeaveFileRequest
    file: LeaveFile | None = None
    delivered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveFileStore:
    """The files of one integration."""

    database: Database
    integration_id: str

    async def make(
        self, target: LeaveFileTarget, planned: LeavePlanned, settings: Settings, run_id: str, today: date
    ) -> list[MadeFile]:
        """Make what is due of every period of the plan, and deliver it where the target takes deliveries.

        What a latest file holds already is not made again. Raises the target's `ProviderError`s; what was made until
        then is kept, and a second call finds it.
        """
        made: list[MadeFile] = []
        for period in periods_of(planned, today):
            one = await self._make(target, planned, settings, run_id, today, period)
            made += [one] if one is not None else []
        return made

    async def _make(
        self,
        target: LeaveFileTarget,
        planned: LeavePlanned,
        settings: Settings,
        run_id: str,
        today: date,
        period: PayrollPeriod,
    ) -> MadeFile | None:
        vault = self.database.vault
        async with self.database.reading() as session:
            before = await leave_files.latest(session, vault, self.integration_id, period.name)
            booked = await leave_files.in_state(session, self.integration_id, period.name, FileState.IMPORTED.value)
        latest = LatestFile(before.sequence, FileState(before.state), before.content_digest, booked) if before else None
        context = FileContext(people=planned.people, snapshot=planned.snapshot)
        request = file_request(
            period, planned.wanted, planned.days, latest, context,
            made_on=today, differences_proven=target.differences_proven(settings),
        )  # fmt: skip
        if request is None or (latest is None and not request.rows):
            return None
        digest = _digest(request)
        if before is not None and before.state != FileState.IMPORTED and before.content_digest == digest:
            return None
        file = await target.render(request, settings) if request.mode is not FileMode.LIST else None
        stored = StoredLeaveFile(
            integration_id=self.integration_id,
            period=period.name,
            sequence=request.sequence,
            state=FileState.MADE.value,
            mode=request.mode.value,
            content_digest=digest,
            run_id=run_id,
            held=self._held(planned, period),
        )
        # Delivered before it is kept: whoever is cut off between makes the same file again, under the same name.
        delivered = file is not None and await _delivered(target, file, settings)
        async with self.database.session() as session:
            await leave_files.add(session, vault, stored)
            if before is not None and before.state != FileState.IMPORTED:
                await leave_files.set_state(
                    session, before, FileState.REPLACED.value, expected=before.state, forget=True
                )
        return MadeFile(stored=stored, request=request, file=file, delivered=delivered)

    async def imported(self, period: str, user_id: str) -> bool:
        """Book what the latest file of a period holds, as a person says it was imported; False where it was before."""
        vault = self.database.vault
        async with self.database.reading() as session:
            file = await leave_files.latest(session, vault, self.integration_id, period)
        if file is None or file.held is None or file.state == FileState.IMPORTED:
            return False
        entries = await self._entries(file, period)
        # The ledger first: booked twice it says the same, while a file that is closed is never looked at again.
        await LedgerStore(self.database, self.integration_id).append(entries)
        async with self.database.session() as session:
            return await leave_files.set_state(
                session, file, FileState.IMPORTED.value, expected=file.state, user_id=user_id, forget=True
            )

    def _held(self, planned: LeavePlanned, period: PayrollPeriod) -> Any:
        """What stands in payroll once the file is imported: all that is wanted of the period, and what is held back."""
        keys = ledger_keys(self.database.vault, self.integration_id)
        back = {step.hash: step for step in planned.days.steps if step.kind in _LEFT_AS_THEY_ARE}
        rows = []
        for key, day in planned.wanted.items():
            if key.day in period and (hashed := keys.day(key)) not in back:
                rows.append(_row(hashed, key, day.hours, day.contributors))
        rows += [
            _row(step.hash, step.key, step.old, step.entry.contributors)
            for step in back.values()
            if step.entry is not None and step.old and step.key.day in period
        ]
        days = [period.first.isoformat(), period.last.isoformat()]
        return {"days": days, "rows": rows}

    async def _entries(self, file: StoredLeaveFile, period: str) -> Sequence[LedgerEntry]:
        held: Any = file.held
        keys = ledger_keys(self.database.vault, self.integration_id)
        first, last = (date.fromisoformat(day) for day in held["days"])
        known = {
            entry.key: entry
            for entry in await LedgerStore(self.database, self.integration_id).days(LeaveWindow(first, last))
        }
        entries: list[LedgerEntry] = []
        for hashed, employee_id, day, code, child, hours, parents in held["rows"]:
            before = known.pop(hashed, None)
            content = keys.content(hashed, code, child, Decimal(hours))
            if before is not None and before.content == content and before.state is LedgerState.DELIVERED:
                continue
            entries.append(
                LedgerEntry(
                    key=hashed,
                    employee_id=employee_id,
                    day=date.fromisoformat(day),
                    content=content,
                    sequence=before.sequence + 1 if before is not None else 1,
                    state=LedgerState.DELIVERED,
                    run_id=file.run_id,
                    contributors=tuple(parents),
                    period=period,
                    detail=KnownDetail(LedgerDetail(code=code, child=child, hours=Decimal(hours))),
                )
            )
        entries += [_withdrawn(entry, file.run_id, period) for entry in known.values() if entry.content]
        return entries


async def _delivered(target: LeaveFileTarget, file: LeaveFile, settings: Settings) -> bool:
    """Whether the target takes deliveries: where it does not, a person is given the file."""
    try:
        await target.deliver(file, settings)
    except Unsupported:
        return False
    return True


_LEFT_AS_THEY_ARE = frozenset({StepKind.HELD, StepKind.CONFLICT, StepKind.PARKED})


def periods_of(planned: LeavePlanned, today: date) -> list[PayrollPeriod]:
    """The payroll periods of a plan, from the first day that it looks at to the one of today."""
    found: dict[str, PayrollPeriod] = {}
    day = planned.window.first
    last = min(planned.window.last, today)
    while day <= last:
        period = period_of(day, planned.settings)
        found[period.name] = period
        day = date.fromordinal(period.last.toordinal() + 1)
    return list(found.values())


def _row(hashed: str, key: DayKey, hours: Decimal, parents: Sequence[str]) -> list[Any]:
    return [hashed, key.employee_id, key.day.isoformat(), key.code, key.child, str(hours), list(parents)]


def _withdrawn(entry: LedgerEntry, run_id: str, period: str) -> LedgerEntry:
    detail = entry.detail()
    return LedgerEntry(
        key=entry.key,
        employee_id=entry.employee_id,
        day=entry.day,
        content="",
        sequence=entry.sequence + 1,
        state=LedgerState.WITHDRAWN,
        run_id=run_id,
        contributors=entry.contributors,
        period=period,
        detail=KnownDetail(LedgerDetail(code=detail.code, child=detail.child)),
    )


def _digest(request: LeaveFileRequest) -> str:
    """Of all rows and schedules, not of the moment: the same content is not made twice."""
    lines = [
        f"{row.person.number}|{row.key.day}|{len(row.key.code)}:{row.key.code}|{row.key.child}|{row.hours}"
        for row in request.rows
    ]
    lines += [
        f"{employee_id}|{day.day}|{day.hours}|{[(shift.start, shift.end) for shift in day.shifts]}"
        for employee_id, days in sorted(request.schedules.items())
        for day in days
    ]
    mode = "whole" if request.mode is FileMode.WHOLE else "correction"
    return hashlib.sha256("\n".join([mode, *lines]).encode()).hexdigest()
