"""The two files of a period's absence: pay type instructions as XML, and schedules as text.

Source: jongotlin/hogia. The order of the elements is that program's; nothing more is said of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

from bot.domain.leave_calendar import Shift
from bot.domain.leave_delivery import FileRow, LeaveFileRequest
from bot.providers.hogia_lon.leave_settings import CLOCK, leave_chosen
from bot.providers.kit.elements import add, plain, require_well_formed
from bot.providers.kit.leave_file_account import FileCompany
from bot.providers.kit.leave_file_spec import FREE, LEFT_OUT, YES
from bot.providers.kit.leave_files_target import number_of
from bot.providers.protocol import Settings

NAMESPACE = "http://www.hogia.se/XMLSchemas/pa"
PRODUCT = "integration-bot"
ABSENCE = "A"
DAY, MOMENT = "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"


def absence_document(request: LeaveFileRequest, company: FileCompany, at: datetime, settings: Settings) -> bytes:
    """A row per person, day, code and child, in hours. Raises `ValueError` for what is no XML."""
    root = ET.Element("PayRoll", {"xmlns": NAMESPACE})
    info = ET.SubElement(root, "FileInfo")
    add(info, "companyName", plain(company.name))
    add(info, "softwareProduct", PRODUCT)
    add(info, "createdDate", at.strftime(DAY))
    for row in request.rows:
        root.append(_instruction(row, with_child=leave_chosen(settings, "child_names") == YES))
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return require_well_formed(written, f"{{{NAMESPACE}}}PayTypeInstruction", len(request.rows))


def _instruction(row: FileRow, *, with_child: bool) -> ET.Element:
    element = ET.Element("PayTypeInstruction")
    add(element, "employmentId", number_of(row.person))
    add(element, "payTypeCode", ABSENCE)
    add(element, "payTypeId", row.key.code)
    add(element, "quantity", f"{row.hours:.2f}")
    add(element, "periodStartDate", row.key.day.isoformat())
    add(element, "periodEndDate", row.key.day.isoformat())
    add(element, "childName", plain(row.child_name) if with_child else None)
    return element


def schedule_document(request: LeaveFileRequest, at: datetime, settings: Settings) -> bytes | None:
    """The shifts of everybody in the file whose work week is known; None where there are none, or none are wanted."""
    choice = leave_chosen(settings, "schedules")
    lines = ["Filhuvud", 'Typ="Personschema"', f'SkapadAv="{PRODUCT} ;Standard"', f"DatumTid=#{at.strftime(MOMENT)}#"]
    people = {row.person.employee_id: number_of(row.person) for row in request.rows}
    found = False
    for employee_id, number in people.items():
        days = request.schedules.get(employee_id, ()) if choice != LEFT_OUT else ()
        shifts = [(day.day, shift) for day in days if not (day.holiday and choice == FREE) for shift in day.shifts]
        if shifts:
            found = True
            lines += _person(number, shifts, clock=leave_chosen(settings, "shift_length") == CLOCK)
    if not found:
        return None
    return ("\n".join(lines) + "\n").encode(leave_chosen(settings, "schedule_encoding"), "xmlcharrefreplace")


def _person(number: str, shifts: Sequence[tuple[date, Shift]], *, clock: bool) -> Iterator[str]:
    yield "Pstart"
    yield 'Typ="Personschema"'
    yield f"Anställningsnummer={number}"
    yield f"StartDatum=#{shifts[0][0]:{DAY}}#"
    yield f"Längd={len(shifts)}"
    for day, shift in shifts:
        # An end that is not after the start is on the next day.
        last = day if shift.end > shift.start else day + timedelta(days=1)
        yield "Arbetspass"
        yield f"StartDag=#{day:{DAY}}#"
        yield f"StartTid=#{shift.start:%H:%M}#"
        yield f"SlutDag=#{last:{DAY}}#"
        yield f"SlutTid=#{shift.end:%H:%M}#"
        yield f"Längd=#{_length(shift.hours, clock=clock)}#"
    yield "Pslut"


def _length(hours: Decimal, *, clock: bool) -> str:
    minutes = int(hours * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" if clock else f"{hours:.2f}"
