"""Absence for Hogia Lön Plus: the standard suite, and what stands in the files.

Numbers in the names of tests are those of the list of edge cases of absence.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time
from xml.etree import ElementTree as ET

import pytest

from bot.domain.leave_calendar import Shift
from bot.domain.leave_delivery import FileMode, LeaveFileRequest
from bot.domain.resource import Resource
from bot.providers import registry
from bot.providers.errors import Unsupported
from bot.providers.hogia_lon.leave_target import HogiaLonLeaveTarget
from bot.providers.leave_protocol import LeaveFile, NamesChildren
from sandbox.hogia_lon import HogiaLon
from tests.providers.leave_file_suite import MONDAY, TUESDAY, person, request, row
from tests.providers.leave_files_world import AbsenceOnlyStandard, AbsenceOnlyWorld

P = "{http://www.hogia.se/XMLSchemas/pa}"
CHILD = "Kanariebarn"


class HogiaLonWorld(AbsenceOnlyWorld):
    """A company with pay types of its own."""

    made = HogiaLonLeaveTarget
    system: HogiaLon
    sick, vacation = "600", "610"
    proven = None


@pytest.fixture
async def world() -> AsyncIterator[HogiaLonWorld]:
    async with HogiaLon() as system:
        yield HogiaLonWorld(system)


class TestHogiaLonLeave(AbsenceOnlyStandard):
    """The suite, by SFTP."""


async def made(world: HogiaLonWorld, asked: LeaveFileRequest, **settings: str) -> LeaveFile:
    return await world.by_hand().render(asked, settings)


async def test_what_stands_in_a_file(world: HogiaLonWorld) -> None:
    (one,) = (await made(world, request(row("600"), row("610", "4.00", day=TUESDAY)))).files
    assert one.name.endswith(".xml")
    root = ET.fromstring(one.content)
    assert root.tag == f"{P}PayRoll"
    info, first, second = root
    assert {child.tag.removeprefix(P): child.text for child in info} == {
        "companyName": "Polarbönan Sverige AB",
        "softwareProduct": "integration-bot",
        "createdDate": "2026-03-02",
    }
    assert [(child.tag.removeprefix(P), child.text) for child in first] == [
        ("employmentId", "2001"), ("payTypeCode", "A"), ("payTypeId", "600"), ("quantity", "8.00"),
        ("periodStartDate", "2026-11-09"), ("periodEndDate", "2026-11-09"),
    ]  # fmt: skip
    assert second.findtext(f"{P}quantity") == "4.00"


async def test_schedules_are_a_file_of_their_own_where_they_are_wanted(world: HogiaLonWorld) -> None:
    whole = request(row("600"), row("600", who=person("2002")))
    days = [replace(day, holiday=day.day == MONDAY) for day in whole.schedules["e2001"]]
    asked = replace(whole, schedules={**whole.schedules, "e2001": days})
    file = await made(world, asked, schedules="free")
    assert [one.name.rpartition("-")[2].partition(".")[2] for one in file.files] == ["schedule.txt", "xml"]
    text = file.files[0].content.decode("windows-1252")
    assert text.startswith('Filhuvud\nTyp="Personschema"\nSkapadAv="integration-bot ;Standard"\nDatumTid=#2026-03-02 ')
    assert "Anställningsnummer=2001\nStartDatum=#2026-11-02#\nLängd=40\n" in text
    assert (
        "Arbetspass\nStartDag=#2026-11-10#\nStartTid=#08:00#\nSlutDag=#2026-11-10#\nSlutTid=#12:00#\nLängd=#04:00#\n"
    ) in text
    assert world.take(file) == []
    kept = world.system.books.schedules
    assert (kept["2001"].get("2026-11-09"), kept["2001"]["2026-11-10"]) == (None, "8.00")
    assert kept["2002"]["2026-11-09"] == "8.00"
    for settings in ({}, {"schedules": "left_out"}):
        assert len((await made(world, asked, **settings)).files) == 1
    assert "Längd=#4.00#" in (await made(world, asked, schedules="free", shift_length="decimal")).files[
        0
    ].content.decode("windows-1252")
    utf8 = await made(world, asked, schedules="work_week", schedule_encoding="utf-8")
    assert "Anställningsnummer".encode() in utf8.files[0].content


async def test_45_a_shift_past_midnight_ends_on_the_next_day(world: HogiaLonWorld) -> None:
    whole = request(row("600"))
    days = [
        replace(day, shifts=(Shift(time(22), time(6)),)) if day.day == MONDAY else replace(day, shifts=())
        for day in whole.schedules["e2001"]
    ]
    file = await made(world, replace(whole, schedules={"e2001": days}), schedules="work_week")
    text = file.files[0].content.decode("windows-1252")
    assert "StartDag=#2026-11-09#\nStartTid=#22:00#\nSlutDag=#2026-11-10#\nSlutTid=#06:00#\nLängd=#08:00#\n" in text
    assert world.take(file) == []


async def test_34_35_two_children_on_a_day_are_two_rows_and_are_named_only_where_that_is_chosen(
    world: HogiaLonWorld,
) -> None:
    spec = registry.target("hogia_lon").info.spec(Resource.ABSENCE)
    assert spec is not None
    assert spec.leave is not None
    assert spec.leave.children
    rows = [
        replace(row("620", "4.00"), key=row("620").key._replace(child=f"c{at}"), child_name=f"{CHILD} {at}")
        for at in (1, 2)
    ]
    file = await made(world, request(*rows))
    assert CHILD not in file.files[0].content.decode()
    assert len(list(ET.fromstring(file.files[0].content).iter(f"{P}PayTypeInstruction"))) == 2
    named = await made(world, request(*rows), child_names="yes")
    root = ET.fromstring(named.files[0].content)
    assert [child.text for child in root.iter(f"{P}childName")] == [f"{CHILD} 1", f"{CHILD} 2"]
    assert CHILD not in named.files[0].name
    assert CHILD not in repr(named)
    assert world.take(named) == []
    assert sorted(world.system.books.hours.values()) == ["4.00", "4.00"]
    target = world.by_hand()
    assert isinstance(target, NamesChildren)
    assert (target.names_children({}), target.names_children({"child_names": "yes"})) == (False, True)


async def test_32_a_correction_is_never_a_file(world: HogiaLonWorld) -> None:
    for settings in ({}, {"corrections": "two_rows"}):
        assert not world.by_hand().differences_proven(settings)
        with pytest.raises(Unsupported):
            await made(world, request(row("600", "-8.00"), mode=FileMode.DIFFERENCE, sequence=2), **settings)


async def test_a_delivery_that_was_cut_off_between_two_files_is_gone_on_with(world: HogiaLonWorld) -> None:
    settings = {"schedules": "work_week"}
    file = await world.target().render(request(row("600")), settings)
    await world.target().deliver(replace(file, files=file.files[:1]), settings)
    assert len(world.lying()) == 1
    again = await world.target().render(request(row("600")), settings)
    await world.target().deliver(again, settings)
    assert [name.rpartition("/")[2] for name in world.lying()] == sorted(one.name for one in file.files)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("XMLSchemas/pa", "XMLSchemas/pb"),
        ("Polarbönan Sverige AB", "Another AB"),
        ("<payTypeCode>A<", "<payTypeCode>L<"),
        (">600<", ">601<"),
        (">2001<", ">2009<"),
        (">8.00<", ">8,00<"),
        (">8.00<", ">-8.00<"),
        ("<periodEndDate>2026-11-09</periodEndDate>", ""),
        ("<periodEndDate>2026-11-09<", "<periodEndDate>2026-11-10<"),
        ("<quantity>8.00</quantity>", "<quantity>8.00</quantity><payTypeId>600</payTypeId>"),
        ("<quantity>8.00</quantity>", "<quantity>8.00</quantity><reason>sick</reason>"),
    ],
)
async def test_the_importer_is_strict(world: HogiaLonWorld, old: str, new: str) -> None:
    (one,) = (await made(world, request(row("600")))).files
    text = one.content.decode()
    assert old in text
    assert world.system.import_files([("a.xml", text.replace(old, new, 1).encode())]) != []
    assert world.held() == {}
    assert world.system.import_files([("a.xml", one.content)]) == []
    assert world.system.import_files([("a.xml", one.content)]) != []  # nothing is taken twice
