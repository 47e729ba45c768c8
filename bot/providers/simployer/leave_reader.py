"""Reads leave: all of a window, by the endpoints that are published, and again what changed in between.

Nothing tells what was edited or deleted: leave and its rows have no time of change and no notices are sent
(absence.md, 0). So the window is read whole, and what is missing in it counts as gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.core.text import text
from bot.domain.findings import Finding, Severity
from bot.domain.leave import (
    DECIDED,
    Leave,
    LeaveChild,
    LeaveDay,
    LeaveFinding,
    LeaveSnapshot,
    LeaveType,
    LeaveWindow,
    ParentKind,
)
from bot.domain.leave_calendar import WorkSchedule, WorkSchedules, days_between
from bot.providers.errors import NotPermitted, Unsupported
from bot.providers.kit.concurrency import gather_bounded
from bot.providers.kit.http import Params
from bot.providers.simployer.cells import identifier, word
from bot.providers.simployer.client import IDS_PER_REQUEST, PAGE, Row, SimployerClient
from bot.providers.simployer.leave_rows import LeaveRows, LeaveZones, Workplace, once, unread_row, zone_exists
from bot.providers.simployer.leave_weeks import schedule
from bot.providers.simployer.whole_list import WholeLists

log = structlog.get_logger(__name__)

LEAVES, ROWS, TYPES, WEEKS, CHILDREN = "/leave", "/leave-transaction", "/leave-type", "/work-week", "/child"
NAMED_AT_MOST = 1_000
"""Of more people than so many, everyone's rows are read and those of others dropped: it takes fewer requests."""

FEW_WEEKS = 5_000
"""Up to so many work weeks are all read, also for a few people."""

ROUNDS = 2
"""How often the rows of people are read again, whose leaves do not fit them."""

_MANY_UNREAD = 20


@dataclass(slots=True)
class _Found:
    """What of a read is known so far."""

    days: list[LeaveDay] = field(default_factory=list)
    unread: list[LeaveFinding] = field(default_factory=list)
    leaves: dict[str, Leave] = field(default_factory=dict)
    unread_leaves: dict[tuple[str | None, str | None], LeaveFinding] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def parents(self) -> set[str]:
        """The leaves that rows were made of."""
        return {day.parent_id for day in self.days if day.parent is ParentKind.LEAVE}

    def missing(self, wanted: Iterable[str]) -> list[str]:
        """Those of which nothing is known yet."""
        unread = {leave_id for leave_id, _ in self.unread_leaves}
        return sorted(set(wanted) - self.leaves.keys() - unread - self.gone)

    def keep(self, made: Leave | LeaveFinding) -> None:
        """Take in a leave, or that it cannot be read."""
        if isinstance(made, Leave):
            self.leaves[made.id] = made
        else:
            self.unread_leaves[made.parent_id, made.employee_id] = made

    def replace_days(self, days: list[LeaveDay], unread: list[LeaveFinding], named: _Named) -> None:
        """Take in rows, in the place of those that were read of the same people before."""
        self.days = [day for day in self.days if not named.has(day.employee_id)]
        self.unread = [one for one in self.unread if not named.has(one.employee_id)]
        self.days += (day for day in days if named.has(day.employee_id))
        self.unread += (one for one in unread if one.employee_id is None or named.has(one.employee_id))

    def hold_strays(self) -> None:
        """Rows that name somebody else than their leave does cannot be believed, of either."""
        stray = [day for day in self.days if _stray(day, self.leaves)]
        if stray:
            self.days = [day for day in self.days if not _stray(day, self.leaves)]
        for day in stray:
            for employee_id in (day.employee_id, self.leaves[day.parent_id].employee_id):
                self.unread.append(unread_row(employee_id, day.day, day.parent_id))

    def findings(self, window: LeaveWindow) -> list[LeaveFinding]:
        """What could not be read, of whom: a row that does not say it may have a leave that does."""
        told: dict[tuple[str | None, date | None, str | None], LeaveFinding] = {}
        for one in self.unread:
            leave = self.leaves.get(one.parent_id or "")
            owner = one.employee_id or (leave.employee_id if leave is not None else None)
            if one.day is None or one.day in window:
                told[owner, one.day, one.parent_id] = unread_row(owner, one.day, one.parent_id)
        return [*told.values(), *self.unread_leaves.values()]


class LeaveReader:
    """Reads the leave of one account. `proven` makes sure that it is the expected one."""

    def __init__(self, client: SimployerClient, zone: ZoneInfo, proven: Callable[[], Awaitable[None]]) -> None:
        self._client = client
        self._lists = WholeLists(client)
        self._zone = zone
        self._proven = proven

    async def preflight(self) -> Sequence[Finding]:
        """Which of the lists of leave this token may not read."""
        await self._proven()
        paths = (LEAVES, ROWS, TYPES, WEEKS, CHILDREN)
        open_ = await gather_bounded(*(self._may_read(path) for path in paths))
        closed = [path.removeprefix("/") for path, readable in zip(paths, open_, strict=True) if not readable]
        if not closed:
            return []
        severity = Severity.WARNING if closed == ["child"] else Severity.BLOCKING
        return [Finding("simployer_leave_rights", severity, "absence", {"lists": tuple(closed)})]

    async def types(self) -> list[LeaveType]:
        """All types with their codes, ordered by name."""
        await self._proven()
        return await self._types(self._rows())

    async def snapshot(
        self, window: LeaveWindow, employee_ids: frozenset[str] | None, parents: frozenset[str]
    ) -> LeaveSnapshot:
        """See `LeaveSource.leave_snapshot`."""
        await self._proven()
        named = _Named(employee_ids)
        rows, unread_weeks = await self._places(named)
        types = await self._types(rows)
        found = _Found()
        # One after the other: of a leave that is sent back for approval in between, rows may be old, but not the leave.
        await self._read_days(found, rows, window, named)
        await self._read_leaves(found, rows, window, named)
        await self._read_parents(found, rows, [*found.parents(), *filter(identifier, parents)])
        for _ in range(ROUNDS):
            again = self._doubtful(found, rows, window)
            if not again:
                break
            log.info("leave_read_again", system="simployer", people=len(again))
            await self._read_days(found, rows, window, _Named(frozenset(again), again=True))
            await self._read_parents(found, rows, found.parents())
        found.hold_strays()
        children, child_findings = await self._children(found.days)
        findings = [*found.findings(window), *unread_weeks, *child_findings, *rows.told()]
        if open_ended := sum(leave.last_day is None for leave in found.leaves.values()):
            findings.append(once("end_missing", open_ended))
        return LeaveSnapshot(
            window=window,
            types={leave_type.id: leave_type for leave_type in types},
            leaves=found.leaves,
            gone=frozenset(found.gone),
            days=[day for day in found.days if day.day in window],
            schedules=rows.zones.schedules,
            children=children,
            findings=tuple(findings),
            rows_read=len(found.days) + len(found.unread),
        )

    async def _may_read(self, path: str) -> bool:
        try:
            await self._client.page(path, (), 1, 0)
        except NotPermitted:
            return False
        return True

    async def _types(self, rows: LeaveRows) -> list[LeaveType]:
        async def page(start: int) -> tuple[list[Row], int]:
            return await self._client.page_with(TYPES, "leaveTypeCode", "leaveTypeId", PAGE, start)

        found = await self._lists.read(TYPES, (), rows.leave_type, page)
        return sorted((kind for kind in found if kind is not None), key=lambda kind: (kind.name.casefold(), kind.id))

    def _rows(self) -> LeaveRows:
        return LeaveRows(LeaveZones(default=str(self._zone)))

    async def _places(self, named: _Named) -> tuple[LeaveRows, list[LeaveFinding]]:
        """What a local day depends on: work weeks, where people work, and the zones of offices."""
        weeks, unread, workplaces, offices = list[WorkSchedule](), dict[str | None, None](), {}, dict[str, str]()
        shared: dict[Workplace, Workplace] = {}

        async def read_weeks(chunk: Params) -> None:
            async with aclosing(self._client.pages(WEEKS, chunk)) as pages:
                async for rows in pages:
                    for row in rows:
                        made, whole = schedule(row, self._zone)
                        weeks.append(made)
                        if not whole:
                            unread[identifier(row.get("employeeId"))] = None

        async def read_workplaces(chunk: Params) -> None:
            params = [*chunk, ("select", "id,officeId,employmentCountry")]
            async with aclosing(self._client.pages("/employee", params)) as pages:
                async for rows in pages:
                    for row in rows:
                        made = Workplace(identifier(row.get("officeId")), word(row.get("employmentCountry")))
                        workplaces[row["id"]] = shared.setdefault(made, made)

        async def read_offices() -> None:
            for row in await self._client.all("/office"):
                zone = word(row.get("timezone"))
                if zone is not None and zone_exists(zone):
                    offices[row["id"]] = zone

        asked = await self._weeks_asked(named)
        await gather_bounded(read_offices(), *map(read_weeks, asked), *map(read_workplaces, named.chunks("id")))
        zones = LeaveZones(WorkSchedules(weeks), workplaces, offices, default=str(self._zone))
        told = [LeaveFinding(code="week_unreadable", severity=Severity.WARNING, employee_id=one) for one in unread]
        return LeaveRows(zones), told

    async def _weeks_asked(self, named: _Named) -> Sequence[Params]:
        """The filters for work weeks: all of them, as no filter finds the company's own, unless they are very many."""
        if not named.by_name or (await self._client.page(WEEKS, (), 1, 0))[1] <= FEW_WEEKS:
            return [[]]
        offices = _Named(frozenset(row["id"] for row in await self._client.all("/office")), again=True)
        return [*named.chunks("employeeId"), *offices.chunks("officeId")]

    async def _read_days(self, found: _Found, rows: LeaveRows, window: LeaveWindow, named: _Named) -> None:
        """Rows of the window, in the place of those that were read of the same people before."""
        first, after = _instants(window)
        dated: Params = [("filters[date][$gte]", first), ("filters[date][$lt]", after)]
        chunks = named.chunks("employeeId")
        pages = await gather_bounded(*(self._lists.read(ROWS, [*chunk, *dated], rows.day) for chunk in chunks))
        made = [one for page in pages for one in page]
        unread = [one for one in made if isinstance(one, LeaveFinding)]
        if not named.again and len(unread) > _MANY_UNREAD and len(unread) * 2 > len(made):
            raise Unsupported(
                f"simployer: {len(unread)} of {len(made)} rows of leave cannot be read",
                text=text("simployer.leave_changed"),
                advice=text("simployer.request_refused.advice"),
            )
        found.replace_days([one for one in made if isinstance(one, LeaveDay)], unread, named)

    async def _read_leaves(self, found: _Found, rows: LeaveRows, window: LeaveWindow, named: _Named) -> None:
        first, after = _instants(window)
        overlapping: Params = [("filters[startDate][$lt]", after), ("filters[endDate][$gte]", first)]
        chunks = named.chunks("employeeId")
        pages = await gather_bounded(
            *(self._lists.read(LEAVES, [*chunk, *overlapping], rows.leave) for chunk in chunks)
        )
        for made in (one for page in pages for one in page if named.has(one.employee_id)):
            found.keep(made)

    async def _read_parents(self, found: _Found, rows: LeaveRows, wanted: Iterable[str]) -> None:
        """Leaves by their ids, of which the list had none: one without an end is in no filter by its end."""
        missing = found.missing(wanted)
        for row in await self._client.by_ids(LEAVES, "id", missing):
            found.keep(rows.leave(row))
        missing = found.missing(missing)
        for start in range(0, len(missing), IDS_PER_REQUEST):
            await gather_bounded(*(self._ask_for(found, rows, one) for one in missing[start : start + IDS_PER_REQUEST]))

    async def _ask_for(self, found: _Found, rows: LeaveRows, leave_id: str) -> None:
        """One leave by its id. Only a plain "not found" says that it is gone."""
        body = await self._client.find(f"{LEAVES}/{leave_id}")
        if body is None:
            found.gone.add(leave_id)
            return
        row = body.get("data")
        if not isinstance(row, dict) or row.get("id") != leave_id:
            row = {"id": leave_id}
        found.keep(rows.leave(row))

    def _doubtful(self, found: _Found, rows: LeaveRows, window: LeaveWindow) -> set[str]:
        """People whose rows and leaves do not fit, as when one of the two changed between the reads."""
        spans: dict[str, set[date]] = {}
        doubtful: set[str] = set()
        for day in found.days:
            if day.parent is not ParentKind.LEAVE or day.day not in window:
                continue
            leave = found.leaves.get(day.parent_id)
            days = spans.setdefault(day.parent_id, set())
            if day.parent_id in found.gone or day.day in days or (leave is not None and not _spans(leave, day.day)):
                doubtful.add(day.employee_id)
            days.add(day.day)
        for leave in found.leaves.values():
            if leave.status in DECIDED and leave.id not in spans and self._ought_to_have_rows(leave, rows, window):
                doubtful.add(leave.employee_id)
        return doubtful

    def _ought_to_have_rows(self, leave: Leave, rows: LeaveRows, window: LeaveWindow) -> bool:
        """Whether a leave has a day in the window on which the person would have worked."""
        first, last = max(leave.first_day, window.first), min(leave.last_day or window.last, window.last)
        place = rows.zones.workplaces.get(leave.employee_id, Workplace())
        for day in days_between(first, last):
            week = rows.zones.schedules.on(day, leave.employee_id, place.office_id)
            if week.hours(day) > 0 if week is not None else day.weekday() < 5:
                return True
        return False

    async def _children(self, days: Iterable[LeaveDay]) -> tuple[Mapping[str, LeaveChild], list[LeaveFinding]]:
        """The children whom rows name, and nobody else's."""
        wanted = sorted({day.child_id for day in days if day.child_id is not None})
        rows = self._rows()
        try:
            found = [rows.child(row) for row in await self._client.by_ids(CHILDREN, "id", wanted)]
        except NotPermitted:
            return {}, [LeaveFinding(code="children_hidden", severity=Severity.WARNING)]
        return {child.id: child for child in found if child is not None}, []


class _Named:
    """The people that are read; everyone where `ids` is None. `again`: always by name, however many."""

    def __init__(self, ids: frozenset[str] | None, *, again: bool = False) -> None:
        self.ids, self.again = ids, again
        self.by_name = ids is not None and (again or len(ids) <= NAMED_AT_MOST)

    def has(self, employee_id: str | None) -> bool:
        """Whether somebody is one of them."""
        return self.ids is None or employee_id in self.ids

    def chunks(self, key: str) -> Sequence[Params]:
        """The filters of the requests, one after the other; a single empty one for everyone."""
        if not self.by_name:
            return [[]]
        ordered = sorted(filter(identifier, self.ids or ()))
        return [
            [(f"filters[{key}][$in][]", one) for one in ordered[start : start + IDS_PER_REQUEST]]
            for start in range(0, len(ordered), IDS_PER_REQUEST)
        ]


def _instants(window: LeaveWindow) -> tuple[str, str]:
    """The filter's bounds, a day wider on either side: it works on the instants that are stored."""
    padded = window.padded()
    return f"{padded.first}T00:00:00.000Z", f"{padded.last + timedelta(days=1)}T00:00:00.000Z"


def _spans(leave: Leave, day: date) -> bool:
    """Whether a day lies within a leave; whether the last day is included is not certain, so one more counts."""
    slack = timedelta(days=1)
    return leave.first_day <= day + slack and (leave.last_day is None or day - slack <= leave.last_day)


def _stray(day: LeaveDay, leaves: Mapping[str, Leave]) -> bool:
    leave = leaves.get(day.parent_id) if day.parent is ParentKind.LEAVE else None
    return leave is not None and leave.employee_id != day.employee_id
