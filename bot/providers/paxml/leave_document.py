"""The PAXml file of a period's absence: a row per person, day and code in hours, and everybody's schedule.

Source: PAXml 2.0, schema of 2013-12-03, and its description. Hours of single days and never an extent: an extent cannot
be taken back, as it must be more than 0, while hours may be negative.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import FileMode, FileRow, LeaveFileRequest, ScheduledDay
from bot.providers.kit.elements import add, plain, require_well_formed
from bot.providers.kit.leave_files import netted
from bot.providers.paxml.document import FORMATS, Company, begin
from bot.providers.paxml.leave_settings import FREE, LEFT_OUT, NET, YES, leave_chosen
from bot.providers.protocol import Settings

ENTRY = "entry:"
"""Before what was made of a timesheet and of no leave."""


def number_of(person: LeavePerson) -> str:
    """The number under which the payroll system has somebody: the one they were delivered by, else the source's.

    Whose number has changed stays under the former until a person has said so: a correction must meet who was paid.
    """
    return plain(person.target_id) or plain(person.number) or ""


def leave_document(request: LeaveFileRequest, company: Company, at: datetime, settings: Settings) -> bytes:
    """The file's bytes, in the chosen encoding. `at` is the time of Stockholm. Raises `ValueError` for no XML."""
    root, header = begin(company, at, FORMATS.get(leave_chosen(settings, "header_format")))
    if request.mode is FileMode.WHOLE and request.sequence > 1 and leave_chosen(settings, "repeat_mark") == YES:
        last = request.period.last.isoformat()
        # The schema demands the day beside the interval.
        interval = {"datum": last, "datumfrom": request.period.first.isoformat(), "datumtom": last}
        ET.SubElement(header, "nyexport", interval)
    rows = _rows(request, settings)
    times = ET.SubElement(root, "tidtransaktioner")
    for place, (row, hours) in enumerate(rows, start=1):
        times.append(_time(row, hours, place))
    _schedules(root, request, (row for row, _ in rows), settings)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding=leave_chosen(settings, "encoding"), xml_declaration=True)
    return require_well_formed(written, "tidtrans", len(rows))


def _rows(request: LeaveFileRequest, settings: Settings) -> list[tuple[FileRow, Decimal]]:
    if request.mode is FileMode.DIFFERENCE and leave_chosen(settings, "corrections") == NET:
        return netted(request.rows)
    return [(row, row.hours) for row in request.rows]


def _time(row: FileRow, hours: Decimal, place: int) -> ET.Element:
    element = ET.Element("tidtrans", {"anstid": number_of(row.person), "postid": str(place)})
    add(element, "tidkod", row.key.code)
    add(element, "datum", row.key.day.isoformat())
    add(element, "timmar", f"{hours:.2f}")
    leaves = [each for each in row.contributors if not each.startswith(ENTRY)]
    add(element, "samlingsid", plain(leaves[0]) if len(leaves) == 1 else None)
    return element


def _schedules(root: ET.Element, request: LeaveFileRequest, rows: Iterable[FileRow], settings: Settings) -> None:
    choice = leave_chosen(settings, "schedules")
    people = {row.person.employee_id: row.person for row in rows if request.schedules.get(row.person.employee_id)}
    if choice == LEFT_OUT or not people:
        return
    section = ET.SubElement(root, "schematransaktioner")
    for employee_id, person in people.items():
        schedule = ET.SubElement(section, "schema", {"anstid": number_of(person)})
        for day in request.schedules[employee_id]:
            hours = _scheduled(day, free=choice == FREE)
            ET.SubElement(schedule, "dag", {"datum": day.day.isoformat(), "timmar": f"{hours:.2f}"})


def _scheduled(day: ScheduledDay, *, free: bool) -> Decimal:
    return Decimal(0) if day.holiday and free else day.hours
