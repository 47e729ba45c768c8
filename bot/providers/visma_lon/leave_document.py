"""The `.tlu` file of a period's absence: XML in ISO 8859-1, people with their times.

Source: Visma Spcs' page on the file format, and programs that write it: the node of normal working times must be there,
and may be empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

from bot.domain.leave import LeavePerson
from bot.domain.leave_delivery import FileRow, LeaveFileRequest, ScheduledDay
from bot.providers.kit.elements import plain, require_well_formed
from bot.providers.kit.leave_file_account import FileCompany
from bot.providers.kit.leave_file_spec import FREE, LEFT_OUT, YES
from bot.providers.kit.leave_files_target import number_of
from bot.providers.protocol import Settings
from bot.providers.visma_lon.leave_settings import USUAL_CODES, leave_chosen

ENCODING = "iso-8859-1"
EXPORT_VERSION = "1.2"
DAY = "%Y-%m-%d"


def leave_document(request: LeaveFileRequest, company: FileCompany, at: datetime, settings: Settings) -> bytes:
    """The file's bytes; letters outside the encoding become references. Raises `ValueError` for what is no XML."""
    first, last = request.period.first.isoformat(), request.period.last.isoformat()
    head = {
        "ProgramName": "integration-bot",
        "Version": "1",
        "ExportVersion": EXPORT_VERSION,
        "Created": at.strftime(DAY),
        "Type": "SalaryData",
        "CompanyName": plain(company.name) or "",
        "OrgNo": f"{company.number[:6]}-{company.number[6:]}",
        "Imported": "0",
    }
    root = ET.Element("SalaryData", head)
    codes = ET.SubElement(root, "TimeCodes")
    for code in sorted({row.key.code for row in request.rows}):
        ET.SubElement(codes, "TimeCode", {"Code": code, "TimeCodeName": USUAL_CODES.get(code, code)})
    people = ET.SubElement(root, "SalaryDataEmployee", {"FromDate": first, "ToDate": last})
    by_person: dict[str, list[FileRow]] = {}
    for row in request.rows:
        by_person.setdefault(row.person.employee_id, []).append(row)
    for employee_id, rows in by_person.items():
        names = _names(rows[0].person) if leave_chosen(settings, "names") == YES else ("", "")
        keys = {"EmploymentNo": number_of(rows[0].person), "FirstName": names[0], "Name": names[1]}
        employee = ET.SubElement(people, "Employee", {**keys, "FromDate": first, "ToDate": last})
        _schedule(employee, request.schedules.get(employee_id, ()), settings)
        _times(employee, rows)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding=ENCODING, xml_declaration=True)
    return require_well_formed(written, "Time", len(request.rows))


def _names(person: LeavePerson) -> tuple[str, str]:
    """First name and surname, as far as one text tells them apart: the last word is the surname."""
    first, _, last = (plain(person.name) or "").rpartition(" ")
    return first, last


def _schedule(employee: ET.Element, days: Sequence[ScheduledDay], settings: Settings) -> None:
    times = ET.SubElement(employee, "NormalWorkingTimes")
    choice = leave_chosen(settings, "schedules")
    for day in days if choice != LEFT_OUT else ():
        hours = Decimal(0) if day.holiday and choice == FREE else day.hours
        values = {"DateOfReport": day.day.isoformat(), "NormalWorkingTimeHours": f"{hours:.2f}"}
        ET.SubElement(times, "NormalWorkingTime", values)


def _times(employee: ET.Element, rows: Sequence[FileRow]) -> None:
    times = ET.SubElement(employee, "Times")
    for row in rows:
        values = {
            "DateOfReport": row.key.day.isoformat(),
            "TimeCode": row.key.code,
            "SumOfHours": f"{row.hours:.2f}",
        }
        ET.SubElement(times, "Time", values)
