"""Files of payroll periods: made from a plan, kept by what they hold, and booked when a person says "imported".

The ledger moves only then. Until it does, the same period is made again whole; after it, what differs is a difference
file where the importer is known to take one, else a list for a person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.leave import LeavePerson, LeaveWindow
from bot.domain.leave_delivery import DayKey, FileMode, LeaveFileRequest, PayrollPeriod, RowReference
from bot.domain.leave_ledger import LedgerDetail, LedgerEntry, LedgerState
from bot.jobs.leave.held_file import to_hand_over, waiting_file
from bot.jobs.leave.ledger_journal import LedgerStore, ledger_keys
from bot.jobs.leave.plan_leave import LeavePlanned
from bot.providers.errors import Unsupported
from bot.providers.leave_protocol import LeaveFile, LeaveFileTarget, NamesChildren
from bot.providers.protocol import Settings
from bot.sync.leave.ledger_entries import KnownDetail
from bot.sync.leave.payroll_calendar import periods_between
from bot.sync.leave.period_files import (
    FileContext,
    FileState,
    LatestFile,
    file_request,
    number_in_files,
    written_steps,
)
from bot.sync.leave.waiting_file import AWAITS_IMPORT, WaitingFile
from storage import audit, leave_files
from storage.database import Database
from storage.json_codec import Json
from storage.leave_files import StoredLeaveFile
from storage.leave_ledger import team_of


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
        self,
        target: LeaveFileTarget,
        planned: LeavePlanned,
        settings: Settings,
        run_id: str,
        today: date,
        *,
        list_alone: bool = False,
    ) -> list[MadeFile]:
        """Make what is due of every period of the plan, and deliver it where the target takes deliveries.

        `list_alone`: it takes none, and has no files: a list is made for a person.

        What a latest file holds already is not made again. Raises the target's `ProviderError`s; what was made until
        then is kept, and a second call finds it.
        """
        made: list[MadeFile] = []
        for period in periods_between(planned.window.first, min(planned.window.last, today), planned.settings):
            if period.name in planned.cut_off:
                continue
            one = await self._make(target, planned, settings, run_id, today, period, list_alone)
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
        list_alone: bool,
    ) -> MadeFile | None:
        vault = self.database.vault
        stands = [entry for entry in await self._ledger.days(LeaveWindow(period.first, period.last)) if entry.content]
        async with self.database.reading() as session:
            before = await leave_files.latest(session, vault, self.integration_id, period.name)
            booked = await leave_files.in_state(session, self.integration_id, period.name, FileState.IMPORTED.value)
        latest = LatestFile(before.sequence, FileState(before.state), before.content_digest, booked) if before else None
        context = FileContext(
            people=planned.people,
            snapshot=planned.snapshot,
            holidays=planned.holidays,
            child_names=isinstance(target, NamesChildren) and target.names_children(settings),
        )
        request = file_request(
            period, planned.days, latest, context,
            made_on=today, differences_proven=target.differences_proven(settings), stands=bool(stands),
            list_alone=list_alone,
        )  # fmt: skip
        if request is None:
            # A correction of something that is as it was: whoever worked through it would make it wrong.
            if before is not None and before.state in AWAITS_IMPORT:
                await self._replaced(before)
            return None
        digest = _digest(request, settings)
        if before is not None and before.state in AWAITS_IMPORT and before.content_digest == digest:
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
        )
        # Delivered before it is kept: whoever is cut off between makes the same file again, under the same name.
        delivered = file is not None and await _delivered(target, file, settings)
        first = not stands and not booked
        held = {**_booking(planned, period), **to_hand_over(request, file, delivered=delivered, first=first)}
        if before is not None and before.state in AWAITS_IMPORT:
            held["replaces"] = before.sequence
        stored = replace(stored, held=held)
        async with self.database.session() as session:
            if before is not None and before.state in AWAITS_IMPORT:
                forgotten = await leave_files.set_state(
                    session, before, FileState.REPLACED.value, expected=before.state, forget=True
                )
                if not forgotten:
                    # Somebody has said meanwhile that it was imported: what was planned is in payroll in part.
                    return None
            await leave_files.add(session, vault, stored)
        return MadeFile(stored=stored, request=request, file=file, delivered=delivered)

    async def waiting(self) -> list[WaitingFile]:
        """What was made and nobody has called imported, oldest period first."""
        async with self.database.reading() as session:
            found = await leave_files.in_states(session, self.database.vault, self.integration_id, AWAITS_IMPORT)
        return [waiting_file(each) for each in found]

    async def latest(self, period: str) -> StoredLeaveFile | None:
        """The file of a period that was made last; None where none was."""
        async with self.database.reading() as session:
            return await leave_files.latest(session, self.database.vault, self.integration_id, period)

    async def handed_over(self, file: StoredLeaveFile, user_id: str) -> None:
        """Note that a person has got the file. It is kept: they may lose theirs."""
        async with self.database.session() as session:
            await leave_files.set_state(
                session, file, FileState.DOWNLOADED.value, expected=FileState.MADE.value, user_id=user_id
            )

    async def imported(self, period: str, user_id: str, sequence: int | None = None) -> bool:
        """Book what the latest file of a period holds, as a person says it was imported, and record that they did.

        False where it was before, where they said it of another number than the latest one's, or of a file that is to
        be made again.
        """
        file = await self.latest(period)
        if file is None or file.held is None or file.state not in AWAITS_IMPORT:
            return False
        if sequence is not None and file.sequence != sequence:
            return False
        entries = await self._entries(file, period)
        # The ledger first: booked twice it says the same, while a file that is closed is never looked at again.
        await self._ledger.append(entries)
        return await self._said(file, FileState.IMPORTED, "leave_file.imported", user_id)

    async def make_again(self, period: str, user_id: str, sequence: int) -> bool:
        """Forget the latest file of a period, as a person says it was not imported: the next sync makes another one.

        False as of `imported`.
        """
        file = await self.latest(period)
        if file is None or file.state not in AWAITS_IMPORT or file.sequence != sequence:
            return False
        return await self._said(file, FileState.REPLACED, "leave_file.again", user_id)

    async def _said(self, file: StoredLeaveFile, state: FileState, action: str, user_id: str) -> bool:
        """Close a file and record who said so, both or neither; False where somebody was first."""
        new: dict[str, Json] = {
            "period": file.period,
            "sequence": file.sequence,
            "rows": waiting_file(file).rows,
        }
        async with self.database.session() as session:
            moved = False
            for expected in dict.fromkeys((file.state, *AWAITS_IMPORT)):
                # Somebody may be getting the file this very moment, which takes nothing away from what is said of it.
                moved = moved or await leave_files.set_state(
                    session, file, state.value, expected=expected, user_id=user_id, forget=True
                )
            if moved:
                team_id = await team_of(session, self.integration_id)
                await audit.write(session, team_id, user_id, action, self.integration_id, new=new)
        return moved

    async def _replaced(self, file: StoredLeaveFile) -> None:
        async with self.database.session() as session:
            await leave_files.set_state(session, file, FileState.REPLACED.value, expected=file.state, forget=True)

    async def _entries(self, file: StoredLeaveFile, period: str) -> Sequence[LedgerEntry]:
        """What the import does to the ledger: to the days that the file is about, and to no others."""
        held: Any = file.held
        keys = ledger_keys(self.database.vault, self.integration_id)
        first, last = (date.fromisoformat(day) for day in held["days"])
        known = {entry.key: entry for entry in await self._ledger.days(LeaveWindow(first, last))}
        entries: list[LedgerEntry] = []
        for hashed, employee_id, day, code, child, hours, parents, number in held["rows"]:
            before, amount = known.get(hashed), Decimal(hours)
            content = keys.content(hashed, code, child, amount) if amount else ""
            if before is not None and before.content == content and before.state in _BOOKED:
                continue
            entries.append(
                LedgerEntry(
                    key=hashed,
                    employee_id=employee_id,
                    day=date.fromisoformat(day),
                    content=content,
                    sequence=before.sequence + 1 if before is not None else 1,
                    state=LedgerState.DELIVERED if amount else LedgerState.WITHDRAWN,
                    run_id=file.run_id,
                    contributors=tuple(parents),
                    row=RowReference(number) if number else None,
                    period=period,
                    detail=KnownDetail(LedgerDetail(code=code, child=child, hours=amount)),
                )
            )
        return entries

    @property
    def _ledger(self) -> LedgerStore:
        return LedgerStore(self.database, self.integration_id)


_BOOKED = frozenset({LedgerState.DELIVERED, LedgerState.WITHDRAWN})


def _booking(planned: LeavePlanned, period: PayrollPeriod) -> dict[str, Any]:
    """What the file is about: the hours under each key that it has rows of, as they stand in payroll after the import.

    All other days stay in the ledger as they are: what waits, what a person decides, and what the file says nothing of.
    """
    days = [period.first.isoformat(), period.last.isoformat()]
    rows = [
        _row(step.hash, step.key, step.new, step.contributors, planned.people.get(step.key.employee_id))
        for step in written_steps(period, planned.days)
    ]
    return {"days": days, "rows": rows}


async def _delivered(target: LeaveFileTarget, file: LeaveFile, settings: Settings) -> bool:
    """Whether the target takes deliveries: where it does not, a person is given the file."""
    try:
        await target.deliver(file, settings)
    except Unsupported:
        return False
    return True


def _row(hashed: str, key: DayKey, hours: Decimal, parents: Sequence[str], person: LeavePerson | None) -> list[Any]:
    """A row as it is sealed. Its last is the number that the file names the person by: what is taken back later is
    taken from that one, whoever has it then."""
    number = number_in_files(person) if person is not None else ""
    return [hashed, key.employee_id, key.day.isoformat(), key.code, key.child, str(hours), list(parents), number]


def _digest(request: LeaveFileRequest, settings: Settings) -> str:
    """Of all rows and schedules, not of the moment: the same content is not made twice.

    A period that nobody has imported is made anew for other settings too: its file may have been refused. A correction
    is not, since a person may be in the middle of it.
    """
    lines = [
        f"{row.person.number}|{row.key.day}|{len(row.key.code)}:{row.key.code}|{row.key.child}|{row.hours}"
        for row in request.rows
    ]
    lines += [
        f"{employee_id}|{day.day}|{day.hours}|{day.holiday}|{[(shift.start, shift.end) for shift in day.shifts]}"
        for employee_id, days in sorted(request.schedules.items())
        for day in days
    ]
    mode = "correction"
    if request.mode is FileMode.WHOLE:
        mode = f"whole|{sorted(settings.items())}"
    return hashlib.sha256("\n".join([mode, *lines]).encode()).hexdigest()
