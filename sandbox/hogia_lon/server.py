"""Hogia Lön Plus: reads pay type instructions and schedules strictly.

Names and order: jongotlin/hogia, a public program that writes both. Stricter where that is silent: every element is one
of those that are known and in their order, absence has a day and hours, and a pay type is one of the company's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import ClassVar
from xml.etree import ElementTree as ET

from sandbox.leave_files import COMPANY_NAME, LeaveFileSystem, Refused, Row
from sandbox.sftp import Login

NAMESPACE = "{http://www.hogia.se/XMLSchemas/pa}"
INFO = ["companyName", "softwareProduct", "createdBy", "createdDate", "message"]
INSTRUCTION = [
    "employmentId", "payTypeCode", "payTypeId", "quantity", "project", "note", "periodStartDate", "periodEndDate",
    "periodStartTime", "periodEndTime", "costCentre", "extent", "childName", "costUnit", "amount", "price",
    "personalIdentityNumber",
]  # fmt: skip
NEEDED = {"employmentId", "payTypeCode", "payTypeId", "quantity", "periodStartDate", "periodEndDate"}

_HEAD = re.compile(
    r'Filhuvud\nTyp="Personschema"\nSkapadAv="[^"\n]+ ;Standard"\nDatumTid=#(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)#\n'
)
_PERSON = re.compile(
    r'Pstart\nTyp="Personschema"\nAnställningsnummer=(\S+)\nStartDatum=#(\S+)#\nLängd=(\d+)\n((?:Arbetspass\n(?:\S+\n){5})+)'
    r"Pslut\n"
)
_SHIFT = re.compile(
    r"Arbetspass\nStartDag=#(\S+)#\nStartTid=#(\d\d:\d\d)#\nSlutDag=#(\S+)#\nSlutTid=#(\d\d:\d\d)#\nLängd=#(\d\d:\d\d)#\n"
)


class HogiaLon(LeaveFileSystem):
    """See the module. `pay_types` are the company's own of absence."""

    key: ClassVar[str] = "hogia_lon"
    title: ClassVar[str] = "Hogia Lön Plus"

    def __init__(self, *logins: Login) -> None:
        super().__init__(*logins)
        self.pay_types: set[str] = {"600", "610", "620"}

    def registered(self) -> list[str]:
        return sorted(self.pay_types)

    def read(self, files: Sequence[tuple[str, bytes]]) -> tuple[list[Row], dict[str, dict[str, str]]]:
        texts = [data for name, data in files if name.endswith(".txt")]
        absence = [data for name, data in files if name.endswith(".xml")]
        if len(absence) != 1 or len(texts) > 1 or len(files) != len(texts) + 1:
            raise Refused(["not one file of absence, and at most one of schedules"])
        schedules = _schedules(texts[0]) if texts else {}
        return self._rows(absence[0]), schedules

    def _rows(self, data: bytes) -> list[Row]:
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data or not data.startswith(b"<?xml"):
            raise Refused(["not declared as XML, or with a document type"])
        try:
            root = ET.fromstring(data)  # noqa: S314 - nothing but our own files, and no entities in them
        except ET.ParseError as error:
            raise Refused([f"not XML: {error}"]) from None
        if root.tag != f"{NAMESPACE}PayRoll" or not len(root) or root[0].tag != f"{NAMESPACE}FileInfo":
            raise Refused(["not PayRoll with FileInfo first"])
        problems: list[str] = []
        info = _leaves(root[0], INFO, problems)
        if info.get("companyName") != COMPANY_NAME or not _is_day(info.get("createdDate", "")):
            problems.append("the file is another company's, or of no day")
        rows = [self._row(element, problems) for element in root[1:]]
        if not rows:
            problems.append("nothing is in the file")
        if problems:
            raise Refused(problems)
        return [row for row in rows if row is not None]

    def _row(self, element: ET.Element, problems: list[str]) -> Row | None:
        before = len(problems)
        if element.tag != f"{NAMESPACE}PayTypeInstruction":
            problems.append(f"{element.tag} is unknown")
        said = _leaves(element, INSTRUCTION, problems)
        number, pay_type = said.get("employmentId", ""), said.get("payTypeId", "")
        if not said.keys() >= NEEDED:
            problems.append(f"{number}: {sorted(NEEDED - said.keys())} missing")
        if said.get("payTypeCode") != "A":
            problems.append(f"{number}: no absence")
        if pay_type not in self.pay_types:
            problems.append(f"pay type {pay_type} is unknown")
        if not re.fullmatch(r"-?\d{1,3}\.\d{2}", said.get("quantity", "")):
            problems.append(f"{number}: quantity is not valid")
        if said.get("periodStartDate") != said.get("periodEndDate") or not _is_day(said.get("periodStartDate", "")):
            problems.append(f"{number}: not one day")
        if len(problems) > before:
            return None
        return number, said["periodStartDate"], pay_type, said.get("childName", ""), Decimal(said["quantity"])


def _leaves(element: ET.Element, order: list[str], problems: list[str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for child in element:
        name = child.tag.removeprefix(NAMESPACE)
        text = child.text or ""
        if name not in order or child.tag == name or child.attrib or len(child) or not text or text != text.strip():
            problems.append(f"{name} is not valid")
        said[name] = text
    if list(said) != [name for name in order if name in said] or len(said) < len(element):
        problems.append(f"{element.tag.removeprefix(NAMESPACE)}: elements are not in their order, or twice")
    return said


def _schedules(data: bytes) -> dict[str, dict[str, str]]:
    """Hours by number and day. Raises `Refused`."""
    try:
        text = data.decode("windows-1252")
    except UnicodeDecodeError:
        raise Refused(["the schedules are not in windows-1252"]) from None
    head = _HEAD.match(text)
    if head is None:
        raise Refused(["the schedules have no head"])
    found: dict[str, dict[str, str]] = {}
    at = head.end()
    while at < len(text):
        person = _PERSON.match(text, at)
        if person is None or person[1] in found:
            raise Refused(["a schedule is not valid, or there twice"])
        found[person[1]] = _shifts(person)
        at = person.end()
    if not found:
        raise Refused(["there are no schedules"])
    return found


def _shifts(person: re.Match[str]) -> dict[str, str]:
    shifts = list(_SHIFT.finditer(person[4]))
    if "".join(shift[0] for shift in shifts) != person[4] or len(shifts) != int(person[3]):
        raise Refused([f"{person[1]}: shifts are not valid, or not as many as was said"])
    if shifts[0][1] != person[2]:
        raise Refused([f"{person[1]}: begins on another day"])
    days: dict[str, timedelta] = {}
    for shift in shifts:
        if not _is_day(shift[1]) or not _is_day(shift[3]):
            raise Refused([f"{person[1]}: no day"])
        first = datetime.fromisoformat(f"{shift[1]}T{shift[2]}")
        long = datetime.fromisoformat(f"{shift[3]}T{shift[4]}") - first
        hours, minutes = divmod(int(long.total_seconds()) // 60, 60)
        if not timedelta(0) < long <= timedelta(days=1) or shift[5] != f"{hours:02d}:{minutes:02d}":
            raise Refused([f"{person[1]}: a shift has another length"])
        days[shift[1]] = days.get(shift[1], timedelta(0)) + long
    return {day: f"{long.total_seconds() / 3600:.2f}" for day, long in days.items()}


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
