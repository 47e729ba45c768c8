"""The ledger of leave: what was delivered, one entry after the other under each key. Entries are added, never changed.

A key and a content are keyed hashes (`Vault.fingerprint`); what they were made of is sealed beside them, so that both
can be made again when the vault's last key has been dropped: until then `key_mark` tells an entry that cannot be found.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from storage.clock import utc_now
from storage.json_codec import storable
from storage.models import IntegrationRow, LeaveEntryRow, table
from storage.seals import LEAVE_ENTRY
from storage.upsert import chunked, touched
from storage.vault import Vault

DAY, PERIOD = "day", "period"
"""What an entry is of: hours of a day, or a leave of absence."""

_COLUMNS = (
    "key", "sequence", "employee_id", "day", "content", "state", "run_id", "unit", "before", "target_id",
    "target_version", "contributors", "period", "sealed", "key_mark", "team_id",
)  # fmt: skip
"""What is read of an entry, in the order in which `_read` takes it."""

_PAGE = 2_000
_MARK_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLeaveEntry:
    """An entry as it is kept. `detail` is what is sealed: opened by `open_detail`, given by whoever appends.

    `current` is False where the hashes were made with a key that the vault no longer has.
    """

    key: str
    sequence: int
    employee_id: str
    day: date
    content: str
    state: str
    run_id: str
    unit: str = DAY
    before: str = ""
    target_id: str | None = None
    target_version: str | None = None
    contributors: tuple[str, ...] = ()
    period: str = ""
    detail: Mapping[str, Any] | None = field(default=None, repr=False)
    sealed: bytes = field(default=b"", repr=False)
    current: bool = True
    team_id: str = ""


def key_mark(vault: Vault, integration_id: str) -> str:
    """What tells which key the hashes of an integration are made with."""
    return vault.fingerprint(f"integration:{integration_id}", "leave-ledger")[:_MARK_LENGTH]


async def append(session: AsyncSession, vault: Vault, integration_id: str, entries: Iterable[StoredLeaveEntry]) -> None:
    """Add entries, all or none. Raises `sqlalchemy.exc.IntegrityError` for a number that a key has already."""
    now, mark, team_id = utc_now(), key_mark(vault, integration_id), await team_of(session, integration_id)
    statement = sa.insert(table(LeaveEntryRow))
    for chunk in chunked(entries):
        await session.execute(
            statement,
            [
                {
                    "integration_id": integration_id,
                    "key": entry.key,
                    "sequence": entry.sequence,
                    "team_id": team_id,
                    "unit": entry.unit,
                    "employee_id": entry.employee_id,
                    "day": entry.day,
                    "content": entry.content,
                    "before": entry.before,
                    "state": entry.state,
                    "target_id": entry.target_id and storable(entry.target_id),
                    "target_version": entry.target_version and storable(entry.target_version),
                    "contributors": list(entry.contributors),
                    "period": entry.period,
                    "run_id": entry.run_id,
                    "key_mark": mark,
                    "sealed": LEAVE_ENTRY.seal(
                        vault, team_id, LEAVE_ENTRY.row(entry, integration_id=integration_id), dict(entry.detail or {})
                    ),
                    "created_at": now,
                }
                for entry in chunk
            ],
        )


class SealedEntry(Protocol):
    """As much of an entry as opening it takes."""

    @property
    def key(self) -> str:
        """See `StoredLeaveEntry`, as of the others."""
        ...

    @property
    def sequence(self) -> int: ...

    @property
    def employee_id(self) -> str: ...

    @property
    def unit(self) -> str: ...

    @property
    def team_id(self) -> str: ...

    @property
    def sealed(self) -> bytes: ...


def open_detail(vault: Vault, integration_id: str, entry: SealedEntry) -> Mapping[str, Any]:
    """What an entry keeps sealed. Raises `Unreadable` or `WrongOwner`."""
    place = LEAVE_ENTRY.row(entry, integration_id=integration_id)
    opened: Mapping[str, Any] = LEAVE_ENTRY.open(vault, entry.team_id, place, entry.sealed)
    return opened


async def latest(
    session: AsyncSession,
    vault: Vault,
    integration_id: str,
    *,
    first: date | None = None,
    last: date | None = None,
    unit: str = DAY,
) -> list[StoredLeaveEntry]:
    """What `latest_pages` gives, in one list."""
    pages = latest_pages(session, vault, integration_id, first=first, last=last, unit=unit)
    return [entry async for page in pages for entry in page]


async def latest_pages(
    session: AsyncSession,
    vault: Vault,
    integration_id: str,
    *,
    first: date | None = None,
    last: date | None = None,
    unit: str = DAY,
) -> AsyncGenerator[list[StoredLeaveEntry], None]:
    """The latest entry under each key, of the days from `first` to `last`, both included; sealed parts stay sealed."""
    columns = table(LeaveEntryRow).c
    wanted = [columns.integration_id == integration_id, columns.unit == unit]
    wanted += [columns.day >= first] if first is not None else []
    wanted += [columns.day <= last] if last is not None else []
    mark = key_mark(vault, integration_id)
    after: tuple[str, int] = ("", 0)
    key = sa.tuple_(columns.key, columns.sequence)
    statement = sa.select(*_of(columns)).where(*wanted).order_by(columns.key, columns.sequence).limit(_PAGE)
    names: dict[Any, Any] = {}
    kept: StoredLeaveEntry | None = None
    while True:
        # By key, a page at a time: the event loop stays free with 40,000 days.
        rows = (await session.execute(statement.where(key > after))).all()
        page: list[StoredLeaveEntry] = []
        for row in rows:
            # All entries of a key follow each other, also over the end of a page: the last one counts.
            if kept is not None and kept.key != row.key:
                page.append(kept)
            kept = _read(row, mark, names)
        over = len(rows) < _PAGE
        if over and kept is not None:
            page.append(kept)
        yield page
        if over:
            return
        after = (rows[-1].key, rows[-1].sequence)


async def latest_of(
    session: AsyncSession, vault: Vault, integration_id: str, keys: Iterable[str]
) -> dict[str, StoredLeaveEntry]:
    """The latest entry under each of these keys, of days and of leaves of absence."""
    columns, mark = table(LeaveEntryRow).c, key_mark(vault, integration_id)
    statement = sa.select(*_of(columns)).where(columns.integration_id == integration_id).order_by(columns.sequence)
    found: dict[str, StoredLeaveEntry] = {}
    for chunk in chunked(keys):
        for row in await session.execute(statement.where(columns.key.in_(chunk))):
            found[row.key] = _read(row, mark, {})
    return found


async def history(session: AsyncSession, vault: Vault, integration_id: str, key: str) -> Sequence[StoredLeaveEntry]:
    """All entries under a key, oldest first."""
    columns = table(LeaveEntryRow).c
    rows = await session.execute(
        sa.select(*_of(columns))
        .where(columns.integration_id == integration_id, columns.key == key)
        .order_by(columns.sequence)
    )
    mark = key_mark(vault, integration_id)
    return [_read(row, mark, {}) for row in rows]


async def rekey(
    session: AsyncSession, vault: Vault, integration_id: str, moves: Sequence[tuple[StoredLeaveEntry, str, str, str]]
) -> int:
    """Give entries the hashes that the vault's key makes now: entry, key, content and content before; says how many."""
    columns = table(LeaveEntryRow).c
    statement = (
        sa.update(table(LeaveEntryRow))
        .where(
            columns.integration_id == integration_id,
            columns.key == sa.bindparam("was"),
            columns.sequence == sa.bindparam("number"),
        )
        .values(
            key=sa.bindparam("becomes"),
            content=sa.bindparam("holds"),
            before=sa.bindparam("held"),
            sealed=sa.bindparam("token"),
            key_mark=key_mark(vault, integration_id),
        )
    )
    for chunk in chunked(moves):
        await session.execute(
            statement,
            [
                {
                    "was": entry.key,
                    "number": entry.sequence,
                    "becomes": key,
                    "holds": content,
                    "held": before,
                    "token": _moved(vault, integration_id, entry, key),
                }
                for entry, key, content, before in chunk
            ],
        )
    return len(moves)


async def stale(session: AsyncSession, vault: Vault, integration_id: str) -> Sequence[StoredLeaveEntry]:
    """All entries whose hashes were made with a key that the vault no longer has."""
    columns = table(LeaveEntryRow).c
    mark = key_mark(vault, integration_id)
    rows = await session.execute(
        sa.select(*_of(columns))
        .where(columns.integration_id == integration_id, columns.key_mark != mark)
        .order_by(columns.key, columns.sequence)
    )
    return [_read(row, mark, {}) for row in rows]


async def erase_older(
    session: AsyncSession, before: date, *, kept_since: datetime, integration_id: str | None = None
) -> int:
    """Erase entries of days before `before` that were made before `kept_since`; says how many.

    Whoever calls gives a day 13 months before the last closed one. What somebody's leave of absence is known by stays
    while it goes on: only what was overtaken, or has ended, has a day and a time that are both old.
    """
    columns = table(LeaveEntryRow).c
    newer = table(LeaveEntryRow).alias()
    overtaken = sa.exists().where(
        newer.c.integration_id == columns.integration_id,
        newer.c.key == columns.key,
        newer.c.sequence > columns.sequence,
    )
    old = [columns.day < before, columns.created_at < kept_since, sa.or_(columns.unit == DAY, overtaken)]
    old += [columns.integration_id == integration_id] if integration_id is not None else []
    return touched(await session.execute(sa.delete(table(LeaveEntryRow)).where(*old)))


async def team_of(session: AsyncSession, integration_id: str) -> str:
    """The workspace that an integration belongs to; "" for one that is not there."""
    columns = table(IntegrationRow).c
    return await session.scalar(sa.select(columns.team_id).where(columns.id == integration_id)) or ""


def _moved(vault: Vault, integration_id: str, entry: StoredLeaveEntry, key: str) -> bytes:
    """What is sealed, for the place under another key."""
    detail = dict(open_detail(vault, integration_id, entry))
    return LEAVE_ENTRY.seal(
        vault, entry.team_id, LEAVE_ENTRY.row(entry, integration_id=integration_id, key=key), detail
    )


def _of(columns: Any) -> list[sa.Column[Any]]:
    return [columns[name] for name in _COLUMNS]


def _read(row: sa.Row[Any], mark: str, names: dict[Any, Any]) -> StoredLeaveEntry:
    """An entry of a row of `_COLUMNS`, by place: by name it takes several times as long. What many have in common is
    kept once."""
    (key, sequence, employee_id, day, content, state, run_id, unit, before, target_id, target_version, contributors,
     period, sealed, key_mark_, team_id) = tuple(row)  # fmt: skip
    return StoredLeaveEntry(
        key=key,
        sequence=sequence,
        employee_id=names.setdefault(employee_id, employee_id),
        day=names.setdefault(day, day),
        content=content,
        state=names.setdefault(state, state),
        run_id=names.setdefault(run_id, run_id),
        unit=names.setdefault(unit, unit),
        before=before,
        target_id=target_id,
        target_version=names.setdefault(target_version, target_version),
        contributors=tuple([names.setdefault(parent, parent) for parent in contributors]),
        period=names.setdefault(period, period),
        sealed=sealed,
        current=key_mark_ == mark,
        team_id=names.setdefault(team_id, team_id),
    )
