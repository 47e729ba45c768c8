"""Absence in PAXml files: the standard suite by either way, and what stands in a file.

Numbers in the names of tests are those of the list of edge cases of absence.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from bot.domain.leave import LeaveKind
from bot.domain.leave_delivery import FileMode, LeaveFileRequest
from bot.domain.leave_settings import LeaveRoute
from bot.providers.errors import CodeRefused, Unsupported
from bot.providers.leave_protocol import LeaveFile, LeaveFileTarget
from bot.providers.paxml.leave_settings import CODES, TIME_CODES
from bot.sync.leave.routes import routes_of
from sandbox.paxml import COMPANY_NUMBER, REVOKED, Paxml, Refused
from sandbox.paxml.times import ABSENCE, TimeRules, Times, split
from tests.contracts.document import document
from tests.providers.leave_file_suite import (
    CANARY,
    MONDAY,
    NOVEMBER,
    TUESDAY,
    Held,
    LeaveFileStandard,
    LeaveFileWorld,
    person,
    request,
    row,
)
from tests.providers.paxml.customer import Clock, by_sftp, leave_inbox
from tests.support.leave_office import leave_type


class PaxmlLeaveWorld(LeaveFileWorld):
    """A customer's folder, and people whom the payroll system knows."""

    sick, vacation = "SJK", "SEM"
    place = {"leave_delivery": "place"}  # noqa: RUF012 - the suite's
    proven = {"corrections": "two_rows"}  # noqa: RUF012 - the suite's

    def __init__(self, system: Paxml) -> None:
        self.system: Paxml = system
        self.clock = Clock()
        system.books.people.update({number: {"efternamn": "Berg"} for number in ("2001", "2002", "1042")})

    def target(self, *, expected: str | None = None) -> LeaveFileTarget:
        return leave_inbox(self.system, self.clock, expected)

    def refused(self) -> LeaveFileTarget:
        return leave_inbox(self.system, self.clock, folder="nobody")

    def take(self, file: LeaveFile) -> list[str]:
        (one,) = file.files
        assert document("paxml").faults(one.content) == []
        try:
            self.system.times.take(one.content, self.system.books.people)
        except Refused as refused:
            return refused.problems
        return []

    def take_corrections(self) -> None:
        self.system.times.rules = TimeRules(minus=True)

    def held(self) -> Held:
        return {split(key): hours for key, hours in self.system.times.hours.items()}

    def lying(self) -> list[str]:
        return self.system.waiting()


class SftpLeaveWorld(PaxmlLeaveWorld):
    """The same, on an SFTP server."""

    def target(self, *, expected: str | None = None) -> LeaveFileTarget:
        return leave_inbox(self.system, self.clock, expected, **by_sftp(self.system))

    def refused(self) -> LeaveFileTarget:
        return leave_inbox(self.system, self.clock, **by_sftp(self.system, REVOKED))

    def lying(self) -> list[str]:
        return self.system.sftp.waiting()


@pytest.fixture
async def system() -> AsyncIterator[Paxml]:
    async with Paxml() as opened:
        yield opened


@pytest.fixture
def world(system: Paxml) -> PaxmlLeaveWorld:
    return PaxmlLeaveWorld(system)


class TestPaxmlLeave(LeaveFileStandard):
    """The suite, into a folder."""


class TestPaxmlLeaveBySftp(LeaveFileStandard):
    """The suite, by SFTP."""

    @pytest.fixture
    def world(self, system: Paxml) -> PaxmlLeaveWorld:
        system.imports_itself = False
        return SftpLeaveWorld(system)


async def made(world: PaxmlLeaveWorld, asked: LeaveFileRequest, **settings: str) -> ET.Element:
    (one,) = (await world.target().render(asked, settings)).files
    assert document("paxml").faults(one.content) == []
    return ET.fromstring(one.content)


def said(element: ET.Element) -> dict[str, str | None]:
    return {**element.attrib, **{child.tag: child.text for child in element}}


async def test_a_row_is_hours_of_a_day_and_the_head_says_whose(world: PaxmlLeaveWorld) -> None:
    root = await made(world, request(row("SJK"), row("SEM", day=TUESDAY, leaves=("l1", "l2"))))
    first, second = root.iter("tidtrans")
    assert said(first) == {
        "anstid": "2001", "postid": "1", "tidkod": "SJK", "datum": "2026-11-09", "timmar": "8.00", "samlingsid": "l1",
    }  # fmt: skip
    # Of several leaves none is the row's.
    assert said(second) == {
        "anstid": "2001", "postid": "2", "tidkod": "SEM", "datum": "2026-11-10", "timmar": "8.00",
    }  # fmt: skip
    header = root.find("header")
    assert header is not None
    assert said(header) == {
        "format": "LÖNIN",
        "version": "2.0",
        "datum": "2026-03-02T14:30:23",
        "foretagorgnr": COMPANY_NUMBER,
        "foretagnamn": "Polarbönan Sverige AB",
        "programnamn": "integration-bot",
    }
    assert CANARY not in ET.tostring(root, encoding="unicode")


async def test_31_a_period_made_again_says_so_and_takes_the_place_of_what_was_imported(world: PaxmlLeaveWorld) -> None:
    first = await world.target().render(request(row("SJK")), {})
    again = request(row("SJK"), row("SJK", day=TUESDAY), sequence=2)
    (repeat,) = (await made(world, again)).iter("nyexport")
    assert repeat.attrib == {"datum": "2026-11-30", "datumfrom": "2026-11-01", "datumtom": "2026-11-30"}
    assert list((await made(world, again, repeat_mark="no")).iter("nyexport")) == []
    assert list((await made(world, request(row("SJK")))).iter("nyexport")) == []
    # Somebody has imported the first one after all: nothing is there twice.
    assert world.take(first) == []
    assert world.take(await world.target().render(again, {})) == []
    assert world.held() == {("2001", "2026-11-09", "SJK"): "8.00", ("2001", "2026-11-10", "SJK"): "8.00"}
    # An importer that does not heed it refuses what it has had.
    world.system.times.rules = TimeRules(repeat="ignored")
    assert world.take(await world.target().render(again, {})) != []


async def test_32_a_day_that_was_taken_back_is_one_row_of_minus(world: PaxmlLeaveWorld) -> None:
    asked = request(row("SJK", "-8.00", day=TUESDAY), mode=FileMode.DIFFERENCE, sequence=2)
    root = await made(world, asked, corrections="two_rows")
    (only,) = root.iter("tidtrans")
    assert (said(only)["datum"], said(only)["timmar"]) == ("2026-11-10", "-8.00")
    assert list(root.iter("nyexport")) == []  # it repeats nothing


@pytest.mark.parametrize(("corrections", "hours"), [("two_rows", ["-8.00", "4.00"]), ("net", ["-4.00"])])
async def test_33_fewer_hours_are_minus_and_plus_or_the_difference_and_never_an_extent(
    world: PaxmlLeaveWorld, corrections: str, hours: list[str]
) -> None:
    asked = request(row("SJK", "-8.00"), row("SJK", "4.00"), mode=FileMode.DIFFERENCE, sequence=2)
    root = await made(world, asked, corrections=corrections)
    assert [said(each)["timmar"] for each in root.iter("tidtrans")] == hours
    assert list(root.iter("omfattning")) == []
    assert [each.attrib["postid"] for each in root.iter("tidtrans")] == [str(at + 1) for at in range(len(hours))]


async def test_34_35_care_of_a_child_has_hours_and_no_child_which_is_told_of_nobody(world: PaxmlLeaveWorld) -> None:
    asked = request(row("VAB"), row("VAB", who=person("2002")))
    file = await world.target().render(asked, {})
    assert world.take(file) == []
    assert world.held()["2001", "2026-11-09", "VAB"] == "8.00"
    assert list((await made(world, asked)).iter("barn")) == []
    (finding,) = file.findings
    assert (finding.code, finding.employee_id, finding.day) == ("child_number", None, None)
    assert (await world.target().render(request(row("SJK")), {})).findings == ()


async def test_3_schedules_are_of_the_whole_period_and_free_on_public_holidays(world: PaxmlLeaveWorld) -> None:
    asked = request(row("SJK"))
    days = [replace(day, holiday=day.day == MONDAY) for day in asked.schedules["e2001"]]
    asked = replace(asked, schedules={"e2001": days})

    async def hours(**settings: str) -> list[tuple[str, str]]:
        found = (await made(world, asked, **settings)).iter("dag")
        return [(day.attrib["datum"], day.attrib["timmar"]) for day in found]

    usual = await hours()
    assert [day for day, _ in usual] == [(NOVEMBER.first + timedelta(days=at)).isoformat() for at in range(30)]
    assert dict(usual)["2026-11-09"] == "0.00"
    assert (dict(usual)["2026-11-10"], dict(usual)["2026-11-14"]) == ("8.00", "0.00")
    assert dict(await hours(schedules="work_week"))["2026-11-09"] == "8.00"
    assert await hours(schedules="left_out") == []
    # Whose work week is not known has none; an empty section would not be valid.
    root = await made(world, replace(asked, schedules={}))
    assert root.find("schematransaktioner") is None


async def test_7_hours_keep_their_decimals_and_nothing_is_an_extent(world: PaxmlLeaveWorld) -> None:
    (only,) = (await made(world, request(row("SJK", "2.67")))).iter("tidtrans")
    assert (said(only)["timmar"], "omfattning" in said(only)) == ("2.67", False)


async def test_62_a_changed_number_is_not_used_before_somebody_has_decided(world: PaxmlLeaveWorld) -> None:
    asked = request(row("SJK", who=person("2042", target_id="1042")))
    (only,) = (await made(world, asked)).iter("tidtrans")
    assert only.attrib["anstid"] == "1042"
    assert {one.attrib["anstid"] for one in (await made(world, asked)).iter("schema")} == {"1042"}


@pytest.mark.parametrize(("encoding", "declared"), [("iso-8859-1", b"iso-8859-1"), ("utf-8", b"utf-8")])
async def test_the_encoding_is_the_chosen_one(world: PaxmlLeaveWorld, encoding: str, declared: bytes) -> None:
    file = await world.target().render(request(row("NÄR")), {"encoding": encoding, "extension": "pax"})
    (one,) = file.files
    assert declared in one.content.splitlines()[0].lower()
    assert "NÄR".encode(encoding) in one.content
    assert one.name.endswith(".pax")
    assert world.take(file) == []


async def test_a_code_that_the_format_has_not_makes_no_file(world: PaxmlLeaveWorld) -> None:
    for code in ("801", "sjk", "TID", "040"):
        with pytest.raises(CodeRefused) as refused:
            await world.target().render(request(row(code)), {})
        assert code not in str(refused.value)


def test_the_codes_are_absence_of_the_schema() -> None:
    schema = document("paxml").node["elements"]["tidtransaktioner"]["elements"]["tidtrans"]["elements"]["tidkod"]
    assert set(TIME_CODES) <= set(schema)
    assert set(TIME_CODES) == ABSENCE


def test_types_without_a_code_go_by_their_kind_and_paid_time_off_to_pem() -> None:
    types = [
        leave_type("a", LeaveKind.SICK_LEAVE),
        leave_type("b", LeaveKind.PARENTAL_LEAVE, "not a code"),
        leave_type("c", LeaveKind.CHILDCARE),
        leave_type("d", LeaveKind.VACATION),
        leave_type("e", LeaveKind.OFF_DUTY),
        leave_type("f", LeaveKind.OFF_DUTY, paid=True),
        leave_type("g", LeaveKind.SICK_LEAVE, "FR3"),
        leave_type("h", LeaveKind.OTHER),
    ]
    routes = routes_of(types, CODES, {"d": LeaveRoute(None)})
    assert {type_id: route.code for type_id, route in routes.by_type.items()} == {
        "a": "SJK", "b": "FPE", "c": "VAB", "e": "TJL", "f": "PEM", "g": "FR3",
    }  # fmt: skip
    assert routes.unmapped == frozenset({"h"})
    assert routes.unsent == frozenset({"d"})


async def test_a_file_is_given_to_a_person_unless_it_is_to_be_put_in_place(world: PaxmlLeaveWorld) -> None:
    file = await world.target().render(request(row("SJK")), {})
    with pytest.raises(Unsupported):
        await world.target().deliver(file, {})
    assert world.lying() == []


async def test_a_delivery_of_people_leaves_drafts_of_absence_alone(world: PaxmlLeaveWorld) -> None:
    file = await world.target().render(request(row("SJK")), world.place)
    assert not file.files[0].name.startswith(f"paxml-{COMPANY_NUMBER}")


ROW = '<tidtrans anstid="2001" postid="1"><tidkod>SJK</tidkod><datum>2026-11-09</datum><timmar>8.00</timmar></tidtrans>'
SCHEDULE = '<schema anstid="2001"><dag datum="2026-11-09" timmar="8.00"/></schema>'


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (' anstid="2001" postid', " postid"),
        ("SJK", "040"),
        ("SJK", "TID"),
        ("<datum>2026-11-09</datum>", ""),
        ("<timmar>8.00</timmar>", "<timmar>8.00</timmar><omfattning>50</omfattning>"),
        ("<timmar>8.00</timmar>", "<omfattning>0</omfattning>"),
        ("<timmar>8.00</timmar>", ""),
        ("8.00</timmar>", "8</timmar>"),
        ("8.00</timmar>", "-8.00</timmar>"),
        ("8.00</timmar>", "24.01</timmar>"),
        ("<timmar>", "<barn>201001010000</barn><timmar>"),
        ("2001", "2009"),
        (' postid="1"', ""),
        (' postid="1"', ' postid="1" delete="true"'),
        (SCHEDULE, '<schema anstid="2001"/>'),
        ('timmar="8.00"', 'timmar="25.00"'),
        ("</version>", '</version><nyexport datumfrom="2026-11-01" datumtom="2026-11-30"/>'),
        (ROW, ROW + ROW),
    ],
)
def test_the_importer_is_strict(old: str, new: str) -> None:
    head = (
        '<?xml version="1.0" encoding="utf-8"?><paxml xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:noNamespaceSchemaLocation="http://www.paxml.se/2.0/paxml.xsd"><header><version>2.0</version></header>'
    )
    good = (
        f"{head}<tidtransaktioner>{ROW}</tidtransaktioner><schematransaktioner>{SCHEDULE}</schematransaktioner></paxml>"
    )
    assert Times().take(good.encode(), ["2001"]) == ["2001"]
    books = Times()
    with pytest.raises(Refused):
        books.take(good.replace(old, new, 1).encode(), ["2001"])
    assert books == Times()


def test_what_the_importer_holds_of_absence_outlives_a_restart() -> None:
    system = Paxml()
    system.times.hours["2001|2026-11-09|SJK"] = "8.00"
    system.times.rules = TimeRules(minus=True)
    kept = system.snapshot()
    again = Paxml()
    again.restore(kept)
    assert again.times == system.times
    del kept["times"]  # of a demo that was kept before there was absence
    again.restore(kept)
    assert again.times == Times()


def test_the_importer_takes_no_day_twice_and_less_than_nothing_never() -> None:
    books = Times(hours={"2001|2026-11-09|SJK": "8.00"}, rules=TimeRules(minus=True))
    file = (
        '<?xml version="1.0" encoding="utf-8"?><paxml xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:noNamespaceSchemaLocation="http://www.paxml.se/2.0/paxml.xsd"><header><version>2.0</version></header>'
        f"<tidtransaktioner>{ROW.replace('8.00', '-9.00')}</tidtransaktioner></paxml>"
    )
    with pytest.raises(Refused):
        books.take(file.encode(), ["2001"])
    books.rules = TimeRules()
    with pytest.raises(Refused):
        books.take(file.replace("-9.00", "8.00").encode(), ["2001"])
    assert {key: Decimal(hours) for key, hours in books.hours.items()} == {"2001|2026-11-09|SJK": Decimal(8)}
    assert date.fromisoformat(split("2001|2026-11-09|SJK")[1]) == MONDAY
