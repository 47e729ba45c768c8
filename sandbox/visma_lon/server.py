"""Visma Lön 300 and 600: reads `.tlu` files strictly.

Names: Visma Spcs' page on the file format, and public programs that write it. Stricter where those are silent: every
attribute is one of those that are known, a time code is declared in the file and registered in the company, and days
are within the file's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar
from xml.etree import ElementTree as ET

from sandbox.leave_files import COMPANY_NUMBER, LeaveFileSystem, Refused, Row
from sandbox.sftp import Login

REGISTERED = ("040", "050", "060", "070", "075", "080", "090")
"""Time codes of absence that a new company has."""

_ROOT = {"ProgramName", "Version", "ExportVersion", "Created", "Type", "Language", "CompanyName", "OrgNo", "Imported"}
_EMPLOYEE = {"EmploymentNo", "FirstName", "Name", "FromDate", "ToDate"}
_NODES = ["NormalWorkingTimes", "Times"]
_MORE_NODES = {
    "TimeAdjustments",
    "TimeBalances",
    "BookDistributionProjects",
    "BookDistributionResultUnits",
    "RegOutlays",
}


class VismaLon(LeaveFileSystem):
    """See the module. `codes` are those that the company has registered and linked to a pay type."""

    key: ClassVar[str] = "visma_lon"
    title: ClassVar[str] = "Visma Lön"

    def __init__(self, *logins: Login) -> None:
        super().__init__(*logins)
        self.codes: set[str] = set(REGISTERED)

    def registered(self) -> list[str]:
        return sorted(self.codes)

    def read(self, files: Sequence[tuple[str, bytes]]) -> tuple[list[Row], dict[str, dict[str, str]]]:
        if len(files) != 1 or not files[0][0].endswith(".tlu"):
            raise Refused(["not one file that ends in .tlu"])
        return _Reader(self.codes).read(files[0][1])


class _Reader:
    def __init__(self, codes: set[str]) -> None:
        self._codes = codes
        self._problems: list[str] = []
        self._span = ("", "")

    def read(self, data: bytes) -> tuple[list[Row], dict[str, dict[str, str]]]:
        """Raises `Refused`."""
        if not re.match(rb"<\?xml version=['\"]1\.0['\"] encoding=['\"]iso-8859-1['\"]\?>", data, re.I):
            raise Refused(["not declared as XML in ISO 8859-1"])
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise Refused(["a document type is not accepted"])
        try:
            root = ET.fromstring(data)  # noqa: S314 - nothing but our own files, and no entities in them
        except ET.ParseError as error:
            raise Refused([f"not XML: {error}"]) from None
        self._head(root)
        if [child.tag for child in root] != ["TimeCodes", "SalaryDataEmployee"]:
            raise Refused([*self._problems, "not TimeCodes and then SalaryDataEmployee"])
        declared = self._declared(root[0])
        self._span = self._days(root[1], {"FromDate", "ToDate"})
        rows: list[Row] = []
        schedules: dict[str, dict[str, str]] = {}
        for employee in root[1]:
            number, schedule = self._employee(employee, declared, rows)
            if number in schedules:
                self._problems.append(f"{number}: more than once in the file")
            schedules[number] = schedule
        if not rows:
            self._problems.append("nobody's time is in the file")
        if self._problems:
            raise Refused(self._problems)
        return rows, {number: days for number, days in schedules.items() if days}

    def _head(self, root: ET.Element) -> None:
        said = root.attrib
        if root.tag != "SalaryData" or not said.keys() <= _ROOT:
            self._problems.append("the root is not SalaryData with known attributes")
        if said.get("ExportVersion") != "1.2" or said.get("Type", "SalaryData") != "SalaryData":
            self._problems.append("not an export of version 1.2")
        if said.get("Imported", "0") != "0" or not said.get("CompanyName") or not _is_day(said.get("Created", "")):
            self._problems.append("imported before, or the company or the day of making is missing")
        number = said.get("OrgNo", "")
        if not re.fullmatch(r"\d{6}-\d{4}", number) or number.replace("-", "") != COMPANY_NUMBER:
            self._problems.append("the file is another company's")

    def _declared(self, codes: ET.Element) -> set[str]:
        found: list[str] = []
        for code in codes:
            if (
                code.tag != "TimeCode"
                or code.attrib.keys() != {"Code", "TimeCodeName"}
                or not all(code.attrib.values())
            ):
                self._problems.append("TimeCode is not valid")
            found.append(code.get("Code", ""))
        if len(set(found)) < len(found):
            self._problems.append("a time code is declared twice")
        self._problems += [f"time code {code} is not registered" for code in found if code not in self._codes]
        return set(found)

    def _days(self, element: ET.Element, names: set[str]) -> tuple[str, str]:
        first, last = element.get("FromDate", ""), element.get("ToDate", "")
        if not names <= element.attrib.keys() or not _is_day(first) or not _is_day(last) or first > last:
            self._problems.append(f"{element.tag}: no days from and to")
        return first, last

    def _employee(self, element: ET.Element, declared: set[str], rows: list[Row]) -> tuple[str, dict[str, str]]:
        number = element.get("EmploymentNo", "")
        if element.tag != "Employee" or element.attrib.keys() != _EMPLOYEE or not number.strip():
            self._problems.append(f"{number}: Employee is not valid")
        if self._days(element, {"FromDate", "ToDate"}) != self._span:
            self._problems.append(f"{number}: other days than the file's")
        tags = [child.tag for child in element]
        if tags[:2] != _NODES or not set(tags[2:]) <= _MORE_NODES:
            raise Refused([*self._problems, f"{number}: not NormalWorkingTimes and then Times"])
        schedule: dict[str, str] = {}
        for day in element[0]:
            on, hours = day.get("DateOfReport", ""), day.get("NormalWorkingTimeHours", "")
            known = day.tag == "NormalWorkingTime" and day.attrib.keys() == {"DateOfReport", "NormalWorkingTimeHours"}
            if not known or not self._within(on) or on in schedule or not re.fullmatch(r"\d{1,2}\.\d{2}", hours):
                self._problems.append(f"{number}: NormalWorkingTime is not valid")
            schedule[on] = hours
        for time in element[1]:
            on, code, hours = time.get("DateOfReport", ""), time.get("TimeCode", ""), time.get("SumOfHours", "")
            known = time.tag == "Time" and time.attrib.keys() == {"DateOfReport", "TimeCode", "SumOfHours"}
            if not known or not self._within(on) or code not in declared:
                self._problems.append(f"{number}: Time is not valid")
            if not re.fullmatch(r"-?\d{1,6}\.\d{2}", hours):
                self._problems.append(f"{number}: SumOfHours is not valid")
            else:
                rows.append((number, on, code, "", Decimal(hours)))
        return number, schedule

    def _within(self, on: str) -> bool:
        return _is_day(on) and self._span[0] <= on <= self._span[1]


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
