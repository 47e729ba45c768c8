"""Asks a real account what the published facts about leave leave open. Harmless: nothing but reads.

What is asked is what `bot/providers/simployer/README.md` lists as unverified and can be seen without changing anything.
Answers are counts: nobody's name, number, type of leave or hours are in them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from bot.core.diagnosis import Diagnosis
from bot.domain.leave import Leave, LeaveDay, LeaveSnapshot, LeaveWindow, ParentKind
from bot.domain.leave_calendar import WorkSchedule
from bot.locales import Translator, translator
from bot.providers.errors import NotPermitted, ProviderError
from bot.providers.protocol import Connection
from bot.providers.simployer.cells import number
from bot.providers.simployer.client import NOBODY, PAGE, Row, SimployerClient
from bot.providers.simployer.index import PeopleShelf
from bot.providers.simployer.leave_reader import CHILDREN, LEAVES, ROWS, TYPES, WEEKS
from bot.providers.simployer.leave_weeks import WEEKDAYS
from bot.providers.simployer.source import SimployerSource

BACK, AHEAD = timedelta(days=90), timedelta(days=30)
"""What is looked at: leave of the last three months and the next."""

LARGE = 1_000
"""Rows asked for at once, to see what the largest page is."""

HOLIDAYS = ((1, 1), (5, 1), (12, 25))
"""Days off in both Norway and Sweden."""

_UNITS = {"hours": Decimal(1) / 60, "minutes": Decimal(1), "seconds": Decimal(60), "milliseconds": Decimal(60_000)}
"""How many of each a minute has."""

_NEAR = Decimal("0.02")


async def examine(options: Mapping[str, str], access_token: str, *, today: date | None = None) -> list[Diagnosis]:
    """Ask Simployer. `options` are the operator's for Simployer (`Settings.provider_options`)."""
    connection = Connection(credentials={"access_token": access_token.strip()}, options=options)
    t = translator("en")
    async with SimployerClient(connection) as client:
        source = SimployerSource(connection, client, PeopleShelf())
        try:
            account = await source.identify()
        except ProviderError as error:
            return [Diagnosis("account", False, _said(t, error))]
        known = Diagnosis("account", True, account.name)
        asked = _LeaveQuestions(client, source, today or datetime.now(UTC).date())
        return [known, *[found async for found in asked.answers(t)]]


class _LeaveQuestions:
    """The open questions, each on its own: one that cannot be answered does not hide the next."""

    def __init__(self, client: SimployerClient, source: SimployerSource, today: date) -> None:
        self._client = client
        self._source = source
        self._today = today
        self._window = LeaveWindow(today - BACK, today + AHEAD)
        self._read: LeaveSnapshot | None = None

    async def answers(self, t: Translator) -> AsyncIterator[Diagnosis]:
        """Ask them all."""
        questions: tuple[tuple[str, Callable[[], Awaitable[Diagnosis]]], ...] = (
            ("lists of leave", self._lists),
            ("largest page", self._largest_page),
            ("totals", self._totals),
            ("leave types", self._types),
            ("work weeks", self._weeks),
            ("times of days", self._times),
            ("no child", self._children),
            ("whole read", self._whole),
            ("extent", self._extent),
            ("graded hours", self._graded),
            ("half days", self._halves),
            ("last days", self._last_days),
            ("statuses", self._statuses),
            ("holidays", self._holidays),
        )
        for what, ask in questions:
            try:
                yield await ask()
            except ProviderError as error:
                yield Diagnosis(what, False, _said(t, error))
        yield Diagnosis("edits", True, _BY_HAND)

    async def _lists(self) -> Diagnosis:
        closed = []
        for path in (LEAVES, ROWS, TYPES, WEEKS, CHILDREN):
            try:
                await self._client.page(path, (), 1, 0)
            except NotPermitted:
                closed.append(path)
        if closed:
            return Diagnosis("lists of leave", closed == [CHILDREN], f"not open to this token: {', '.join(closed)}")
        return Diagnosis("lists of leave", True, "all five are open to this token")

    async def _largest_page(self) -> Diagnosis:
        rows, total = await self._client.page(ROWS, (), LARGE, 0)
        if total <= PAGE:
            return Diagnosis("largest page", True, f"not seen: there are only {total} rows of leave")
        return Diagnosis("largest page", True, f"{len(rows)} rows came when {LARGE} were asked for, of {total}")

    async def _totals(self) -> Diagnosis:
        _, none = await self._client.page(ROWS, [("filters[id][$eq]", NOBODY)], 1, 0)
        says = (
            "count what the filter leaves out: a list cut short is harder to see"
            if none
            else "are of the filtered list"
        )
        return Diagnosis("totals", True, says)

    async def _types(self) -> Diagnosis:
        types = await self._source.leave_types()
        carried = Counter(code for leave_type in types for code in leave_type.codes)
        without = sum(not leave_type.codes for leave_type in types)
        shared = sum(count > 1 for count in carried.values())
        return Diagnosis("leave types", True, f"{len(types)} read, {without} without a code, {shared} codes of several")

    async def _weeks(self) -> Diagnosis:
        rows, total = await self._client.page(WEEKS, (), PAGE, 0)
        company = sum(not row.get("employeeId") and not row.get("officeId") for row in rows)
        units = Counter(unit for row in rows for unit in _units(row))
        shiftless = units.pop("no shifts", 0)
        told = ", ".join(f"{count} in {unit}" for unit, count in units.most_common()) or "none"
        says = f"{len(rows)} of {total} seen, {company} of the company; durations by the clock: {told}"
        if shiftless:
            says += f"; {shiftless} working days have no shifts, so their hours are not known"
        return Diagnosis("work weeks", not shiftless and len(units) <= 1, says)

    async def _times(self) -> Diagnosis:
        times = Counter(str(row.get("date"))[10:19] for row in await self._rows())
        told = ", ".join(f"{time or 'no time'} ({count})" for time, count in times.most_common(6)) or "no rows"
        odd = [finding.values["n"] for finding in (await self._snapshot()).findings if finding.code == "odd_times"]
        return Diagnosis(
            "times of days", not odd, f"{told}; {odd[0] if odd else 0} days are no midnight where people work"
        )

    async def _children(self) -> Diagnosis:
        shown = Counter(
            "missing" if "childId" not in row else "null" if row["childId"] is None else "blank" if not row["childId"]
            else "given"
            for row in await self._rows()
        )  # fmt: skip
        return Diagnosis("no child", True, ", ".join(f"{what}: {count}" for what, count in shown.items()) or "no rows")

    async def _whole(self) -> Diagnosis:
        found = await self._snapshot()
        codes = Counter(finding.code for finding in found.findings)
        says = f"{len(found.days)} days of {len(found.leaves)} absences; {len(found.gone)} days' absences are gone"
        says += "".join(f"; {code}: {count}" for code, count in codes.items())
        return Diagnosis("whole read", not any("unreadable" in code or "nobody" in code for code in codes), says)

    async def _extent(self) -> Diagnosis:
        seen = [day.extent for day in (await self._snapshot()).days if day.extent is not None]
        above, ones = sum(extent > 1 for extent in seen), sum(extent == 1 for extent in seen)
        scale = "percent" if above and not ones else "fractions" if ones and not above else "undecided"
        says = f"{len(seen)} seen, {above} above 1, {ones} of exactly 1: {scale}"
        return Diagnosis("extent", not (above and ones), says)

    async def _graded(self) -> Diagnosis:
        kinds: Counter[str] = Counter()
        for day, leave, week in await self._with_weeks():
            if leave.grade is not None and 0 < leave.grade < 100:
                scheduled = week.hours(day.day)
                net, gross = _near(day.hours, scheduled * leave.grade / 100), _near(day.hours, scheduled)
                kinds["net" if net else "whole days" if gross else "neither"] += 1
        return _told("graded hours", kinds, ok=not kinds["whole days"])

    async def _halves(self) -> Diagnosis:
        partly = {row["id"] for row in await self._page(LEAVES, ("duration", "half_day"))}
        kinds: Counter[str] = Counter()
        for day, leave, week in await self._with_weeks():
            if leave.id in partly:
                shifts = [shift.hours for shift in week.shifts_of(day.day)]
                halved = _near(day.hours, week.hours(day.day) / 2)
                kinds["half of the day" if halved else "a shift" if day.hours in shifts else "neither"] += 1
        return _told("half days", kinds)

    async def _last_days(self) -> Diagnosis:
        found = await self._snapshot()
        latest: dict[str, date] = {}
        for day in found.days:
            if day.parent is ParentKind.LEAVE:
                latest[day.parent_id] = max(day.day, latest.get(day.parent_id, day.day))
        kinds: Counter[str] = Counter()
        for leave in found.leaves.values():
            if leave.last_day is None:
                kinds["without an end"] += 1
            elif leave.is_open:
                kinds["far away"] += 1
            elif leave.id in latest and leave.last_day <= self._window.last:
                apart = (leave.last_day - latest[leave.id]).days
                kinds["the last row's" if apart == 0 else "the day after it" if apart == 1 else "others"] += 1
        return _told("last days", kinds)

    async def _statuses(self) -> Diagnosis:
        found = await self._snapshot()
        rows = Counter(f"rows {day.status.value}" for day in found.days)
        leaves = Counter(f"absences {leave.status.value}" for leave in found.leaves.values())
        return _told("statuses", rows + leaves, ok=not (rows["rows other"] or leaves["absences other"]))

    async def _holidays(self) -> Diagnosis:
        counts = []
        for month, day in HOLIDAYS:
            held = date(self._today.year, month, day)
            held = held if held <= self._today else held.replace(year=held.year - 1)
            found = await self._source.leave_snapshot(LeaveWindow(held, held))
            counts.append(f"{held}: {len(found.days)}")
        free = sum(week.hours(day.day) == 0 for day, _, week in await self._with_weeks())
        return Diagnosis(
            "holidays", True, f"rows on days off: {', '.join(counts)}; {free} on days free by the work week"
        )

    async def _snapshot(self) -> LeaveSnapshot:
        if self._read is None:
            self._read = await self._source.leave_snapshot(self._window)
        return self._read

    async def _rows(self) -> list[Row]:
        return await self._page(ROWS)

    async def _page(self, path: str, *filters: tuple[str, str]) -> list[Row]:
        rows, _ = await self._client.page(path, [(f"filters[{name}][$eq]", value) for name, value in filters], PAGE, 0)
        return rows

    async def _with_weeks(self) -> Sequence[tuple[LeaveDay, Leave, WorkSchedule]]:
        """Days of leave with their leave and the work week that holds, as far as it is the person's own or all have."""
        found = await self._snapshot()
        places = {person.source_id: person.office_id for person in await self._source.everyone()}
        made = []
        for day in found.days:
            leave = found.leaves.get(day.parent_id)
            week = found.schedules.on(day.day, day.employee_id, places.get(day.employee_id))
            if leave is not None and week is not None:
                made.append((day, leave, week))
        return made


_BY_HAND = (
    "not seen by reading: note a row's id, edit its absence and look whether the id stays; cancel it and look how soon "
    "its rows are gone; ask what CONFIRMED means there"
)


def _units(row: Row) -> Iterable[str]:
    """In which unit the durations of a week's days are, by the clock times of their shifts."""
    for name in WEEKDAYS:
        day = row.get(name)
        if not isinstance(day, Mapping) or day.get("working") is not True:
            continue
        duration, minutes = number(day.get("duration")), _minutes(day.get("shifts"))
        if not minutes:
            yield "no shifts"
        elif duration is not None:
            yield next((unit for unit, of_it in _UNITS.items() if _near(duration / of_it, minutes)), "another unit")


def _minutes(shifts: object) -> Decimal:
    total = Decimal(0)
    for shift in shifts if isinstance(shifts, list) else ():
        clock = [number(shift.get(key)) for key in ("startHour", "startMinute", "endHour", "endMinute")]
        if None not in clock:
            start_hour, start_minute, end_hour, end_minute = (part or Decimal(0) for part in clock)
            length = (end_hour - start_hour) * 60 + end_minute - start_minute
            total += length if length > 0 else length + 24 * 60
    return total


def _near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= _NEAR


def _told(what: str, kinds: Counter[str], *, ok: bool = True) -> Diagnosis:
    said = ", ".join(f"{kind}: {count}" for kind, count in sorted(kinds.items()) if count)
    return Diagnosis(what, ok, said or "not seen: there is no such absence")


def _said(t: Translator, error: ProviderError) -> str:
    return " ".join(t.render(text) for text in (error.text, error.advice) if text is not None)
