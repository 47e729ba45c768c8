"""Absence in `.tlu` files: the standard suite, and what stands in a file.

Numbers in the names of tests are those of the list of edge cases of absence.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from bot.domain.leave import LeaveKind
from bot.domain.leave_delivery import FileMode, LeaveFileRequest
from bot.domain.leave_settings import LeaveRoute
from bot.domain.resource import Resource
from bot.providers import registry
from bot.providers.errors import Unsupported
from bot.providers.visma_lon.leave_settings import CODES
from bot.providers.visma_lon.leave_target import VismaLonLeaveTarget
from bot.sync.leave.routes import routes_of, with_own
from sandbox.visma_lon import VismaLon
from tests.providers.leave_file_suite import MONDAY, TUESDAY, person, request, row
from tests.providers.leave_files_world import AbsenceOnlyStandard, AbsenceOnlyWorld
from tests.support.leave_office import leave_type


class VismaLonWorld(AbsenceOnlyWorld):
    """A company with the usual codes."""

    made = VismaLonLeaveTarget
    system: VismaLon
    sick, vacation = "050", "040"
    proven: Mapping[str, str] = {"corrections": "two_rows"}


@pytest.fixture
async def world() -> AsyncIterator[VismaLonWorld]:
    async with VismaLon() as system:
        yield VismaLonWorld(system)


class TestVismaLonLeave(AbsenceOnlyStandard):
    """The suite, by SFTP."""


async def made(world: VismaLonWorld, asked: LeaveFileRequest, **settings: str) -> ET.Element:
    (one,) = (await world.by_hand().render(asked, settings)).files
    assert one.content.startswith(b"<?xml version='1.0' encoding='iso-8859-1'?>")
    return ET.fromstring(one.content)


async def test_what_stands_in_a_file(world: VismaLonWorld) -> None:
    asked = request(row("050"), row("040", "4.00", day=TUESDAY), row("050", who=person("2002")))
    root = await made(world, asked)
    assert root.attrib == {
        "ProgramName": "integration-bot",
        "Version": "1",
        "ExportVersion": "1.2",
        "Created": "2026-03-02",
        "Type": "SalaryData",
        "CompanyName": "Polarbönan Sverige AB",
        "OrgNo": "556677-8899",
        "Imported": "0",
    }
    assert [code.attrib for code in root.iter("TimeCode")] == [
        {"Code": "040", "TimeCodeName": "Semester"},
        {"Code": "050", "TimeCodeName": "Sjukdom"},
    ]
    first, second = root.iter("Employee")
    assert first.attrib == {
        "EmploymentNo": "2001",
        "FirstName": "Kanarie",
        "Name": "2001",
        "FromDate": "2026-11-01",
        "ToDate": "2026-11-30",
    }
    assert [time.attrib for time in first.iter("Time")] == [
        {"DateOfReport": "2026-11-09", "TimeCode": "050", "SumOfHours": "8.00"},
        {"DateOfReport": "2026-11-10", "TimeCode": "040", "SumOfHours": "4.00"},
    ]
    # The node has to be there, and payroll keeps its own schedule.
    assert [list(each) for each in root.iter("NormalWorkingTimes")] == [[], []]
    assert second.get("EmploymentNo") == "2002"


async def test_schedules_and_names_are_as_the_settings_say(world: VismaLonWorld) -> None:
    whole = request(row("050", who=replace(person(), name="Åsa Maria von Berg")))
    days = [replace(day, holiday=day.day == MONDAY) for day in whole.schedules["e2001"]]
    asked = replace(whole, schedules={"e2001": days})

    async def monday(**settings: str) -> str | None:
        found = (await made(world, asked, **settings)).iter("NormalWorkingTime")
        return {day.get("DateOfReport"): day.get("NormalWorkingTimeHours") for day in found}["2026-11-09"]

    assert await monday(schedules="free") == "0.00"
    assert await monday(schedules="work_week") == "8.00"
    (employee,) = (await made(world, asked)).iter("Employee")
    assert (employee.get("FirstName"), employee.get("Name")) == ("Åsa Maria von", "Berg")
    (employee,) = (await made(world, asked, names="no")).iter("Employee")
    assert (employee.get("FirstName"), employee.get("Name")) == ("", "")
    assert world.take(await world.by_hand().render(asked, {"schedules": "work_week"})) == []
    assert world.system.books.schedules["2001"]["2026-11-10"] == "8.00"


async def test_33_fewer_hours_are_minus_and_plus_where_that_is_proven(world: VismaLonWorld) -> None:
    asked = request(row("050", "-8.00"), row("050", "4.00"), mode=FileMode.DIFFERENCE, sequence=2)
    root = await made(world, asked, corrections="two_rows")
    assert [time.get("SumOfHours") for time in root.iter("Time")] == ["-8.00", "4.00"]
    with pytest.raises(Unsupported):
        await made(world, asked)


async def test_34_35_two_children_on_a_day_are_one_row_and_the_format_has_no_child(world: VismaLonWorld) -> None:
    spec = registry.target("visma_lon").info.spec(Resource.ABSENCE)
    assert spec is not None
    assert spec.leave is not None
    assert spec.leave.children is False
    file = await world.by_hand().render(request(row("060")), {})
    (finding,) = file.findings
    assert (finding.code, finding.employee_id) == ("child_number", None)
    assert (await world.by_hand().render(request(row("050")), {})).findings == ()


def test_types_go_by_their_own_code_whatever_it_is_and_never_by_their_kind() -> None:
    types = [
        leave_type("a", LeaveKind.SICK_LEAVE),
        leave_type("b", LeaveKind.SICK_LEAVE, "050"),
        leave_type("c", LeaveKind.OTHER, " 051 "),
        leave_type("d", LeaveKind.VACATION),
        leave_type("e", LeaveKind.VACATION, "40"),
    ]
    chosen = {"d": LeaveRoute("777")}
    routes = routes_of(types, with_own(CODES, types, chosen), chosen)
    assert {type_id: route.code for type_id, route in routes.by_type.items()} == {
        "b": "050", "c": "051", "d": "777", "e": "40",
    }  # fmt: skip
    assert routes.unmapped == frozenset({"a"})


async def test_a_code_that_the_company_has_not_registered_is_refused_there(world: VismaLonWorld) -> None:
    assert world.take(await world.by_hand().render(request(row("051")), {})) == ["time code 051 is not registered"]
    world.system.codes.add("051")
    assert world.take(await world.by_hand().render(request(row("051")), {})) == []


def test_what_was_imported_outlives_a_restart_and_is_shown() -> None:
    system = VismaLon()
    system.books.hours["2001|2026-11-09|050|"] = "8.00"
    again = VismaLon()
    again.restore(system.snapshot())
    assert again.books == system.books
    assert again.tables()["tables"][0]["rows"] == [["2001", "2026-11-09", "050", "", "8.00"]]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("iso-8859-1", "utf-8"),
        ('ExportVersion="1.2"', 'ExportVersion="1.1"'),
        ('Imported="0"', 'Imported="1"'),
        ("556677-8899", "5566778899"),
        ("556677-8899", "556677-0001"),
        ('Code="050"', 'Code="051"'),
        ('<TimeCode Code="050" TimeCodeName="Sjukdom" />', ""),
        ("<NormalWorkingTimes />", ""),
        ('EmploymentNo="2001"', 'EmploymentNo=""'),
        ('EmploymentNo="2001"', 'EmploymentNo="2009"'),
        ('DateOfReport="2026-11-09"', 'DateOfReport="2026-12-09"'),
        ('SumOfHours="8.00"', 'SumOfHours="8,00"'),
        ('SumOfHours="8.00"', 'SumOfHours="-8.00"'),
        ('SumOfHours="8.00"', 'SumOfHours="8.00" Child="1"'),
        ('ToDate="2026-11-30"', 'ToDate="2026-10-30"'),
    ],
)
async def test_the_importer_is_strict(world: VismaLonWorld, old: str, new: str) -> None:
    (one,) = (await world.by_hand().render(request(row("050")), {})).files
    text = one.content.decode("iso-8859-1")
    assert old in text
    assert world.system.import_files([("a.tlu", text.replace(old, new, 1).encode("iso-8859-1"))]) != []
    assert world.held() == {}
    assert world.system.import_files([("a.tlu", one.content)]) == []
    assert world.system.import_files([("a.tlu", one.content)]) != []  # nothing is taken twice
