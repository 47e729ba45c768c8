"""The suite that every target of absence by files passes, against its stand-in.

A provider's tests inherit `LeaveFileStandard` and give a fixture `world` with a `LeaveFileWorld`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from bot.core.ownership import ownership_check
from bot.domain.leave import LeavePerson
from bot.domain.leave_calendar import Shift
from bot.domain.leave_delivery import DayKey, FileMode, FileRow, LeaveFileRequest, PayrollPeriod, ScheduledDay
from bot.domain.resource import Capability, LeaveWay, Resource
from bot.jobs.engine.engine import OwnershipLost
from bot.providers import registry
from bot.providers.errors import CredentialsRefused, ProviderError, Rejected, Unsupported, WrongAccount
from bot.providers.leave_protocol import LeaveFile, LeaveFileTarget
from bot.providers.protocol import Settings
from sandbox.standin import System

NOVEMBER = PayrollPeriod("2026-11", date(2026, 11, 1), date(2026, 11, 30))
MONDAY = date(2026, 11, 9)
TUESDAY = MONDAY + timedelta(days=1)
OFFICE_DAY = (Shift(time(8), time(12)), Shift(time(13), time(17)))
CANARY = "Kanarie"

Held = dict[tuple[str, str, str], str]
"""Hours by number, day and code."""


class LeaveFileWorld(ABC):
    """A target and its stand-in, which knows the people 2001 and 2002. `sick` and `vacation` are codes of it.

    `place` are the settings with which files are put in place, `proven` those with which the importer is known to take
    corrections, None where there are none.
    """

    system: System
    sick: str
    vacation: str
    place: Settings
    proven: Settings | None

    @abstractmethod
    def target(self, *, expected: str | None = None) -> LeaveFileTarget:
        """The target with good credentials."""

    @abstractmethod
    def refused(self) -> LeaveFileTarget:
        """The target with credentials that were revoked, or that name nothing."""

    @abstractmethod
    def take(self, file: LeaveFile) -> list[str]:
        """A person imports a file by hand; gives what the system finds wrong with it."""

    @abstractmethod
    def take_corrections(self) -> None:
        """From now on the importer takes minus hours."""

    @abstractmethod
    def held(self) -> Held:
        """What the system has taken in."""

    @abstractmethod
    def lying(self) -> list[str]:
        """Names of what was put in place and not taken away, drafts included."""


def person(number: str = "2001", employee_id: str = "", **more: str) -> LeavePerson:
    """Somebody of whom everything but the number is private."""
    return LeavePerson(employee_id=employee_id or f"e{number}", number=number, name=f"{CANARY} {number}", **more)  # type: ignore[arg-type]


def row(
    code: str,
    hours: str = "8.00",
    *,
    day: date = MONDAY,
    who: LeavePerson | None = None,
    leaves: Sequence[str] = ("l1",),
) -> FileRow:
    """A row of somebody, 2001 unless said."""
    whom = who or person()
    key = DayKey(whom.employee_id, day, code)
    return FileRow(person=whom, key=key, hours=Decimal(hours), scheduled=Decimal(8), contributors=tuple(leaves))


def schedules(*people: LeavePerson, period: PayrollPeriod = NOVEMBER) -> Mapping[str, Sequence[ScheduledDay]]:
    """Eight hours from Monday to Friday."""
    days = [period.first + timedelta(days=at) for at in range((period.last - period.first).days + 1)]
    made = [
        ScheduledDay(day=day, hours=Decimal(8), shifts=OFFICE_DAY)
        if day.weekday() < 5
        else ScheduledDay(day=day, hours=Decimal(0))
        for day in days
    ]
    return {each.employee_id: made for each in people}


def request(
    *rows: FileRow, mode: FileMode = FileMode.WHOLE, sequence: int = 1, period: PayrollPeriod = NOVEMBER
) -> LeaveFileRequest:
    """What a file of November shall hold."""
    people = {each.person.employee_id: each.person for each in rows}
    return LeaveFileRequest(
        period=period,
        sequence=sequence,
        mode=mode,
        made_on=date(2026, 12, 1),
        rows=sorted(rows, key=lambda each: (each.person.number, each.key.day, each.key.code, each.hours)),
        schedules=schedules(*people.values(), period=period),
    )


class LeaveFileStandard:
    """What any target of absence by files does."""

    def test_it_is_declared_as_files_of_a_period(self, world: LeaveFileWorld) -> None:
        spec = registry.target(world.system.key).info.spec(Resource.ABSENCE)
        assert spec is not None
        assert spec.leave is not None
        assert (spec.capability, spec.leave.reads, spec.leave.ways) == (
            Capability.FILE_SNAPSHOT, False, frozenset({LeaveWay.DAY}),
        )  # fmt: skip
        # Nothing is taken for proven unless somebody says so.
        defaults = {setting.key: setting.default or "" for setting in spec.settings}
        assert not world.target().differences_proven(defaults)
        assert not world.target().differences_proven({})

    async def test_names_the_account_and_finds_nothing_amiss(self, world: LeaveFileWorld) -> None:
        account = await world.target().identify()
        assert account.id
        assert account.name
        assert list(await world.target(expected=account.id).leave_preflight()) == []

    async def test_every_code_is_there_once_and_no_setting_is_read_from_the_system(self, world: LeaveFileWorld) -> None:
        codes = await world.target().leave_codes()
        assert len({code.value for code in codes}) == len(codes)
        assert [code.label for code in codes] == sorted(code.label for code in codes)
        spec = registry.target(world.system.key).info.spec(Resource.ABSENCE)
        assert spec is not None
        assert spec.leave is not None
        if codes or not spec.leave.open_codes:
            assert {world.sick, world.vacation} <= {code.value for code in codes}
        assert {code.way for code in codes} <= {LeaveWay.DAY}
        with pytest.raises(KeyError):
            await world.target().leave_choices("nothing")

    async def test_a_period_arrives_whole_and_exactly(self, world: LeaveFileWorld) -> None:
        rows = (
            row(world.sick, "8.00"),
            row(world.sick, "2.67", day=TUESDAY),
            row(world.vacation, "4.00", day=TUESDAY),
            row(world.vacation, "0.01", who=person("2002")),
        )
        assert world.take(await world.target().render(request(*rows), {})) == []
        assert world.held() == {
            ("2001", "2026-11-09", world.sick): "8.00",
            ("2001", "2026-11-10", world.sick): "2.67",
            ("2001", "2026-11-10", world.vacation): "4.00",
            ("2002", "2026-11-09", world.vacation): "0.01",
        }

    async def test_the_same_rows_make_the_same_file_at_any_time(self, world: LeaveFileWorld) -> None:
        target = world.target()
        first, again = [await target.render(request(row(world.sick)), {}) for _ in range(2)]
        assert [one.name for one in first.files] == [one.name for one in again.files]
        assert first.content_digest == again.content_digest
        other = await target.render(request(row(world.sick, "4.00")), {})
        assert other.content_digest != first.content_digest
        assert {one.name for one in other.files}.isdisjoint(one.name for one in first.files)

    async def test_nothing_but_the_period_and_its_count_is_in_a_name(self, world: LeaveFileWorld) -> None:
        file = await world.target().render(request(row(world.sick), sequence=3), {})
        for one in file.files:
            assert "2026-11-3" in one.name
            told = one.name.replace("2026-11-3", "")
            assert "2001" not in told
            assert CANARY not in told
            assert f"-{world.sick}" not in told
        assert CANARY not in repr(file)

    async def test_a_period_of_which_nothing_is_left_takes_the_place_of_the_file_before(
        self, world: LeaveFileWorld
    ) -> None:
        file = await world.target().render(request(sequence=2), {})
        assert "2026-11-2" in file.files[-1].name
        world.take(file)
        assert world.held() == {}

    @pytest.mark.parametrize("mode", [FileMode.DIFFERENCE, FileMode.LIST])
    async def test_no_file_corrects_unless_that_is_proven(self, world: LeaveFileWorld, mode: FileMode) -> None:
        with pytest.raises(Unsupported):
            await world.target().render(request(row(world.sick, "-8.00"), mode=mode, sequence=2), {})

    async def test_a_list_is_never_a_file(self, world: LeaveFileWorld) -> None:
        with pytest.raises(Unsupported):
            await world.target().render(request(row(world.sick), mode=FileMode.LIST), world.proven or {})

    async def test_a_correction_leaves_what_is_wanted(self, world: LeaveFileWorld) -> None:
        if world.proven is None:
            return
        assert world.target().differences_proven(world.proven)
        world.take_corrections()
        rows = (row(world.sick), row(world.sick, day=TUESDAY))
        assert world.take(await world.target().render(request(*rows), world.proven)) == []
        corrected = request(
            row(world.sick, "-8.00"), row(world.sick, "-8.00", day=TUESDAY), row(world.sick, "4.00", day=TUESDAY),
            mode=FileMode.DIFFERENCE, sequence=2,
        )  # fmt: skip
        assert world.take(await world.target().render(corrected, world.proven)) == []
        assert world.held() == {("2001", "2026-11-10", world.sick): "4.00"}

    async def test_what_no_file_may_hold_makes_none(self, world: LeaveFileWorld) -> None:
        outside = row(world.sick, day=date(2026, 12, 1))
        for rows in (
            [row(world.sick, who=person("", "e9"))],
            [row(world.sick, who=person("2001", "e1")), row(world.sick, who=person("2001", "e2"))],
            [row(world.sick, "0.00")],
            [row(world.sick, "-8.00")],
            [row(world.sick, "24.01")],
            [row(world.sick, "13.00"), row(world.vacation, "12.00")],
            [outside],
        ):
            with pytest.raises(Rejected) as refused:
                await world.target().render(request(*rows), {})
            assert refused.value.advice is not None
            assert_says_nothing(refused.value, world)

    async def test_a_file_is_put_in_place_once_however_often_it_is_delivered(self, world: LeaveFileWorld) -> None:
        file = await world.target().render(request(row(world.sick)), world.place)
        assert world.lying() == []
        for _ in range(2):
            await world.target().deliver(file, world.place)
        assert len(world.lying()) == len(file.files)
        more = await world.target().render(request(row(world.sick), row(world.vacation, day=TUESDAY)), world.place)
        await world.target().deliver(more, world.place)
        assert len(world.lying()) == len(file.files) + len(more.files)

    async def test_a_process_that_has_lost_its_run_delivers_nothing_and_leaves_nothing(
        self, world: LeaveFileWorld
    ) -> None:
        async def lost() -> None:
            raise OwnershipLost

        file = await world.target().render(request(row(world.sick)), world.place)
        with ownership_check(lost), pytest.raises(OwnershipLost):
            await world.target().deliver(file, world.place)
        assert world.lying() == []

    async def test_credentials_that_are_not_good(self, world: LeaveFileWorld) -> None:
        with pytest.raises(CredentialsRefused) as refused:
            await world.refused().identify()
        assert refused.value.field is not None

    async def test_another_account_gets_no_file(self, world: LeaveFileWorld) -> None:
        target = world.target(expected="somebody else's")
        with pytest.raises(WrongAccount):
            await target.render(request(row(world.sick)), {})
        file = await world.target().render(request(row(world.sick)), world.place)
        with pytest.raises(WrongAccount):
            await target.deliver(file, world.place)
        assert world.lying() == []


def assert_says_nothing(error: ProviderError, world: LeaveFileWorld) -> None:
    """Neither the log's words nor the reader's name a person, a code or hours."""
    told = " ".join(map(str, (error, error.text, error.advice, error.verbatim)))
    for private in (CANARY, "2001", world.sick, world.vacation, "24.01", "13.00"):
        assert private not in told
