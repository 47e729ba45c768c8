"""What a source of leave is, and the three kinds of target: hours of a day, leaves of absence, files.

A provider takes absence when `ProviderInfo.spec(Resource.ABSENCE)` says so. A source's leave is read from the object
that `connect` opens; a target has a door of its own, `LeaveTargetProvider.connect_leave`. The specification says which
protocol the target keeps: FILE_SNAPSHOT is a `LeaveFileTarget`; otherwise the ways of its `LeaveLimits` tell
(`LeaveWay.DAY`: `LeaveDayTarget`, `LeaveWay.PERIOD`: `LeavePeriodTarget`, both: both). All methods raise
`ProviderError`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Protocol, runtime_checkable

from bot.domain.employee import EmployeeState
from bot.domain.findings import Finding
from bot.domain.leave import LeaveFinding, LeaveKind, LeavePerson, LeaveSnapshot, LeaveType, LeaveWindow
from bot.domain.leave_delivery import (
    ClosedDays,
    DayKey,
    DayWrite,
    LeaveFileRequest,
    PeriodWrite,
    RowReference,
    TargetDay,
    TargetPeriod,
    WantedDay,
)
from bot.domain.resource import LeaveWay
from bot.providers.declaration import LateChange as LateChange
from bot.providers.declaration import LeaveFieldSpec as LeaveFieldSpec
from bot.providers.declaration import LeaveLimits as LeaveLimits
from bot.providers.declaration import LockSignal as LockSignal
from bot.providers.protocol import Account, Choice, Connection, PackedFile, ProviderInfo, Settings


class LeaveSource(Protocol):
    """A system that leave is read from."""

    async def leave_types(self) -> Sequence[LeaveType]:
        """All types with their codes, archived and disabled ones too, ordered by name."""
        ...

    def employed(self, source_ids: frozenset[str] | None = None) -> AsyncIterator[Sequence[EmployeeState]]:
        """Pages of people with their employments and no state, of everyone or of those named, inactive ones too.

        Neither pay nor anything else is read that leave does not need.
        """
        ...

    async def leave_snapshot(
        self,
        window: LeaveWindow,
        employee_ids: frozenset[str] | None = None,
        parents: frozenset[str] = frozenset(),
    ) -> LeaveSnapshot:
        """Everything in the window, read whole, of everybody or of those named.

        `parents` are leaves that delivered days came from: each that was not met is asked for by its id, and is then
        in `leaves` or in `gone`. A day is taken back only for a leave of which one of the two is known.
        Local days are made with the person's work week, else the country's zone. A page that does not fit the others
        is read again; a parent that is missing is asked for by its id, and where it is gone the person's rows are read
        again. Raises `Unavailable` where the source changed while it was read and would not come to rest: no plan is
        made of part of it.

        What cannot be read is a finding that is BLOCKING for the days named in it: those of `employee_id` on `day`, on
        every day without one, or of the leave `parent_id`. Without `employee_id` nobody knows whose it is (code
        `row_of_nobody`, or `leave_unreadable` of a leave alone), and nothing of anybody's may be taken back.
        """
        ...

    async def leave_preflight(self) -> Sequence[Finding]:
        """Lists of leave that may not be read. Findings alone: people are read all the same."""
        ...


OWN_CODE = re.compile(r"[\w.-]{1,20}")
"""What a code of a customer's own looks like at most, where nobody knows which ones there are (`open_codes`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveCode:
    """A code that leave can go to, exactly as it is compared: `1` is not `01`, and capitals count.

    Where `problem` is set (text `leave.<problem>` with `.advice`) nothing is sent to it: there are two of that number,
    or it is disabled. `default_for` is the kind whose types go there when nothing else is said, where the format says
    so; with `paid` those of them that are paid, or not.
    """

    value: str = field(repr=False)
    label: str = field(repr=False)
    way: LeaveWay = LeaveWay.DAY
    problem: str | None = None
    default_for: LeaveKind | None = field(default=None, repr=False)
    paid: bool | None = None


class LeaveTargetBase(Protocol):
    """What all targets of leave have in common."""

    async def identify(self) -> Account:
        """Prove the credentials and name the account."""
        ...

    async def leave_preflight(self) -> Sequence[Finding]:
        """Harmless reads that show missing rights or set-up. Raises `NotPermitted` where a sync would be unsafe."""
        ...

    async def leave_codes(self) -> Sequence[LeaveCode]:
        """The codes to choose from, ordered by label; from a list of the format where the target has none."""
        ...

    async def leave_choices(self, setting: str) -> Sequence[Choice]:
        """The values that a live setting of absence can take in this account."""
        ...


class LeaveDayTarget(LeaveTargetBase, Protocol):
    """Hours of a day under a code, a row at a time. No write is sent again by the target itself.

    A write raises `DayClosed` where the day is closed, `CodeRefused` for a code, `RowExists` and `RowGone` as the row
    was found, `WriteConflict` where the version is another, `Rejected` for anything else about this row, and
    `Unavailable(sent=True)` where nobody knows: then `read_day` is asked before anything else is done.
    """

    async def closed_days(self, people: Sequence[LeavePerson], window: LeaveWindow) -> ClosedDays:
        """What is closed for these people; nothing where the target cannot say. `through` is not the target's."""
        ...

    async def holidays(self, window: LeaveWindow) -> frozenset[date] | None:
        """The customer's own days off, for warnings alone; None where the target has no such list."""
        ...

    def read_days(
        self, people: Sequence[LeavePerson], window: LeaveWindow, codes: Collection[str]
    ) -> AsyncIterator[Sequence[TargetDay]]:
        """Pages of all rows of these people under these codes, whoever made them; requests by the page, not the day.

        People without a `target_id` are passed over.
        """
        ...

    async def read_day(self, person: LeavePerson, key: DayKey) -> Sequence[TargetDay]:
        """All rows under one key, fresh: to settle a write whose answer never came."""
        ...

    async def create_day(self, write: DayWrite) -> RowReference:
        """Make a row."""
        ...

    async def update_day(self, write: DayWrite, row: RowReference) -> RowReference:
        """Change the hours of a row that is at this version."""
        ...

    async def delete_day(self, person: LeavePerson, key: DayKey, row: RowReference) -> None:
        """Take a row away that is at this version; one that is gone already is no error."""
        ...


@runtime_checkable
class ConvertsHours(Protocol):
    """A target of days that shall hold other hours than the source has, such as vacation in days of one length."""

    def delivered_hours(self, day: WantedDay, settings: Settings) -> Decimal:
        """The hours to compare, to deliver and to remember, two decimals; those of the day where nothing is chosen."""
        ...


class LeavePeriodTarget(LeaveTargetBase, Protocol):
    """Leaves of absence from a day on, in percent. Raises as `LeaveDayTarget` does."""

    async def read_periods(self, people: Sequence[LeavePerson]) -> Sequence[TargetPeriod]:
        """All leaves of absence of these people, of any time, whoever made them."""
        ...

    async def create_period(self, write: PeriodWrite) -> RowReference:
        """Make one, with `PeriodKey.reference` as the id that the target keeps for us."""
        ...

    async def update_period(self, write: PeriodWrite, row: RowReference) -> RowReference:
        """Change the last day, or what else may be changed, of one that is at this version."""
        ...

    async def end_on_first_day(self, write: PeriodWrite, row: RowReference) -> RowReference:
        """What a person has decided of one that never was: it cannot be deleted, so it ends on the day it began."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveFile:
    """The files of one period as the importer takes them, in order, and what a person must know of them.

    `content_digest` is a hash of everything but the moment of making: the same rows give the same. `findings` say
    what the format could not carry, such as a child's number.
    """

    files: tuple[PackedFile, ...]
    content_digest: str
    findings: tuple[LeaveFinding, ...] = ()


class LeaveFileTarget(LeaveTargetBase, Protocol):
    """Files of a period. Nothing is read back: a person says that a file was imported."""

    def differences_proven(self, settings: Settings) -> bool:
        """Whether the importer that is chosen is known to take minus and plus in a file."""
        ...

    async def render(self, request: LeaveFileRequest, settings: Settings) -> LeaveFile:
        """The files for a WHOLE period or a DIFFERENCE; nothing is sent anywhere.

        A name has no person, code or reason in it. Raises `Rejected` with what the format forbids, `Unsupported` for a
        DIFFERENCE that the importer is not known to take.
        """
        ...

    async def deliver(self, file: LeaveFile, settings: Settings) -> None:
        """Put the files where they are fetched from. Asks `bot.core.ownership` just before they can be seen.

        Raises `Unsupported` where files are only handed to a person; `Unavailable(sent=True)`: they may have arrived.
        """
        ...


@runtime_checkable
class NamesChildren(Protocol):
    """A target by files whose format has room for a child's name."""

    def names_children(self, settings: Settings) -> bool:
        """Whether the integration has chosen to say whom care is for; not unless somebody has."""
        ...


LeaveTarget = LeaveDayTarget | LeavePeriodTarget | LeaveFileTarget


class LeaveTargetProvider(Protocol):
    """A target of leave as the registry holds it."""

    info: ProviderInfo

    def connect_leave(self, connection: Connection) -> AbstractAsyncContextManager[LeaveTarget]:
        """Open the target for leave; nothing is sent before the first call. `expected_account` pins it."""
        ...
