"""The ledger of leave in the database: entries as the sync knows them, and as they are stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.leave import LeaveWindow
from bot.domain.leave_delivery import DayKey, PeriodKey, RowReference
from bot.domain.leave_ledger import LedgerDetail, LedgerEntry, LedgerState
from bot.sync.leave.ledger_keys import LedgerKeys
from bot.sync.leave.period_planner import part_of
from storage import leave_elsewhere, leave_ledger
from storage.database import Database, Session
from storage.leave_ledger import DAY, PERIOD, StoredLeaveEntry
from storage.vault import Vault


def ledger_keys(vault: Vault, integration_id: str) -> LedgerKeys:
    """The hashes of an integration: equal days of two integrations do not look alike."""
    return LedgerKeys(lambda words: vault.fingerprint(f"integration:{integration_id}", words))


@dataclass(frozen=True, slots=True)
class SealedDetail:
    """Opens what an entry keeps sealed, when somebody asks. Raises `Unreadable`. It has what that takes and no more:
    there are tens of thousands."""

    vault: Vault = field(repr=False)
    integration_id: str
    key: str
    sequence: int
    employee_id: str
    unit: str
    team_id: str
    sealed: bytes = field(repr=False)

    @classmethod
    def of(cls, vault: Vault, integration_id: str, entry: StoredLeaveEntry) -> SealedDetail:
        """Of an entry as it is kept."""
        return cls(
            vault, integration_id, entry.key, entry.sequence, entry.employee_id, entry.unit, entry.team_id, entry.sealed
        )

    def __call__(self) -> LedgerDetail:
        """The detail."""
        return detail_from_json(leave_ledger.open_detail(self.vault, self.integration_id, self))


@dataclass(frozen=True, slots=True)
class LedgerStore:
    """The ledger of one integration, as `LedgerJournal` for the sync. `still_ours` raises when the run is no longer
    this process's."""

    database: Database
    integration_id: str
    still_ours: Callable[[], None] | None = None
    unit: str = DAY

    async def append(self, entries: Sequence[LedgerEntry]) -> None:
        """Keep entries, all or none."""
        if self.still_ours is not None:
            self.still_ours()
        async with self.database.session() as session:
            await self.append_with(session, entries)

    async def append_with(self, session: Session, entries: Sequence[LedgerEntry]) -> None:
        """The same in a transaction that does more. Raises `sqlalchemy.exc.IntegrityError` for a number that is had."""
        stored = [_stored(entry, self.unit) for entry in entries]
        await leave_ledger.append(session, self.database.vault, self.integration_id, stored)

    async def latest_of(self, keys: Iterable[str]) -> dict[str, LedgerEntry]:
        """The latest entry under each of these keys."""
        async with self.database.reading() as session:
            found = await leave_ledger.latest_of(session, self.database.vault, self.integration_id, keys)
        return {key: self._read(entry) for key, entry in found.items()}

    async def before(self, entry: LedgerEntry) -> LedgerEntry | None:
        """The entry under the same key that came before one; None for the first."""
        async with self.database.reading() as session:
            found = await leave_ledger.history(session, self.database.vault, self.integration_id, entry.key)
        earlier = [each for each in found if each.sequence < entry.sequence]
        return self._read(earlier[-1]) if earlier else None

    async def days(self, window: LeaveWindow) -> list[LedgerEntry]:
        """The latest entry of each day in a window."""
        async with self.database.reading() as session:
            pages = leave_ledger.latest_pages(
                session, self.database.vault, self.integration_id, first=window.first, last=window.last
            )
            # A page at a time: as they are stored, they take as much again.
            return [self._read(entry) async for page in pages for entry in page]

    async def elsewhere(self, employee_ids: Iterable[str], window: LeaveWindow) -> set[tuple[str, date]]:
        """Days of these people that another integration has sent, or may have."""
        async with self.database.reading() as session:
            return await leave_elsewhere.sent_elsewhere(
                session, self.integration_id, employee_ids, window.first, window.last
            )

    async def absences_elsewhere(self, employee_ids: Iterable[str]) -> set[tuple[str, str]]:
        """Leaves of absence as (employee, leave) that another integration has sent, or may have."""
        async with self.database.reading() as session:
            return await leave_elsewhere.absences_elsewhere(session, self.integration_id, employee_ids)

    async def periods(self) -> list[LedgerEntry]:
        """The latest entry of each leave of absence."""
        async with self.database.reading() as session:
            found = await leave_ledger.latest(session, self.database.vault, self.integration_id, unit=PERIOD)
        return [self._read(entry) for entry in found]

    async def rename(self) -> int:
        """Name entries anew whose hashes were made with a key that is gone; says how many."""
        vault, keys = self.database.vault, ledger_keys(self.database.vault, self.integration_id)
        async with self.database.session() as session:
            moves = []
            for entry in await leave_ledger.stale(session, vault, self.integration_id):
                detail = SealedDetail.of(vault, self.integration_id, entry)()
                if entry.unit == DAY:
                    key = keys.day(DayKey(entry.employee_id, entry.day, detail.code, detail.child))
                    content = keys.content(key, detail.code, detail.child, detail.hours)
                else:
                    key = keys.period(PeriodKey(entry.contributors[0], part=part_of(entry.period)))
                    percent = detail.percent if detail.percent is not None else Decimal(100)
                    content = keys.period_content_of(detail.code, entry.day, detail.last, percent)
                # What a write of unknown outcome found is not kept: it is settled by what stands there.
                moves.append((entry, key, content if entry.content else "", ""))
            return await leave_ledger.rekey(session, vault, self.integration_id, moves)

    def _read(self, entry: StoredLeaveEntry) -> LedgerEntry:
        row = RowReference(entry.target_id, entry.target_version or "") if entry.target_id is not None else None
        return LedgerEntry(
            key=entry.key,
            employee_id=entry.employee_id,
            day=entry.day,
            content=entry.content,
            sequence=entry.sequence,
            state=LedgerState(entry.state),
            run_id=entry.run_id,
            row=row,
            before=entry.before,
            contributors=entry.contributors,
            period=entry.period,
            detail=SealedDetail.of(self.database.vault, self.integration_id, entry),
        )


def _stored(entry: LedgerEntry, unit: str) -> StoredLeaveEntry:
    return StoredLeaveEntry(
        key=entry.key,
        sequence=entry.sequence,
        employee_id=entry.employee_id,
        day=entry.day,
        content=entry.content,
        state=entry.state.value,
        run_id=entry.run_id,
        unit=unit,
        before=entry.before,
        target_id=entry.row.target_id if entry.row is not None else None,
        target_version=entry.row.version if entry.row is not None else None,
        contributors=entry.contributors,
        period=entry.period,
        detail=detail_to_json(entry.detail()),
    )


def detail_to_json(detail: LedgerDetail) -> dict[str, Any]:
    """As it is sealed."""
    data: dict[str, Any] = {"code": detail.code, "child": detail.child, "hours": str(detail.hours)}
    if detail.last is not None:
        data["last"] = detail.last.isoformat()
    if detail.percent is not None:
        data["percent"] = str(detail.percent)
    return data


def detail_from_json(data: Any) -> LedgerDetail:
    """What `detail_to_json` wrote."""
    return LedgerDetail(
        code=data["code"],
        child=data.get("child", ""),
        hours=Decimal(data.get("hours", "0")),
        last=date.fromisoformat(data["last"]) if data.get("last") else None,
        percent=Decimal(data["percent"]) if data.get("percent") else None,
    )
