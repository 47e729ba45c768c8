"""Absence: reads what a PAXml file says of people's days, refuses it as a whole or takes it in.

Names, codes and types: the schema of 2013-12-03. The rules that a schema cannot say are the description's: one key of
a person, one way to say when, hours of a single day or an extent and never both. This payroll takes hours alone: it has
no schedule of its own that an extent could be of. Nobody publishes what an importer does with negative hours, with a
day that it has had, or with a repeated export. `TimeRules` has a way for each; the usual one takes nothing twice and
nothing back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal
from xml.etree import ElementTree as ET

from sandbox.paxml.importer import Refused, opened
from sandbox.paxml.structure import HEADER, Check, Leaf, day, identity, moment

ABSENCE = frozenset(
    ("SJK", "SJK_KAR", "SJK_LÖN", "SJK_ERS", "SJK_PEN", "ASK", "HAV", "FPE", "VAB", "SMB", "UTB", "MIL", "SVE", "NÄR",
     "TJL", "SEM", "SEM_BET", "SEM_SPA", "SEM_OBE", "SEM_FÖR", "KOM", "PEM", "PER", "FAC", "ATK", "KON", "PAP", "ATF",
     "FR1", "FR2", "FR3", "FR4", "FR5", "FR6", "FR7", "FR8", "FR9", "JS1", "JS2", "JS3", "BS1", "BS2", "BS3")
)  # fmt: skip
"""What of the schema's list is absence. This payroll takes no other time."""

Key = tuple[str, str, str]
"""Employment number, day, code."""


@dataclass
class TimeRules:
    """What this importer does where nothing is published.

    `minus`: whether it takes negative hours. `again`: what becomes of a day and code that it has had, where the file is
    no repeated export. `repeat`: whether a repeated export takes the place of what there was in its interval.
    """

    minus: bool = False
    again: Literal["refused", "added"] = "refused"
    repeat: Literal["replaces", "ignored"] = "replaces"


@dataclass(frozen=True)
class TimeRow:
    """One row: hours of a day."""

    number: str
    code: str
    on: str
    hours: Decimal


@dataclass(frozen=True)
class TimeFile:
    """What a file says. `repeats` are the ends of the interval of an export that was made before."""

    rows: tuple[TimeRow, ...]
    schedules: dict[str, dict[str, str]]
    repeats: tuple[str, str] | None = None


@dataclass
class Times:
    """The absence of one company's people: hours by number, day and code, and their schedules by day."""

    hours: dict[str, str] = field(default_factory=dict)
    schedules: dict[str, dict[str, str]] = field(default_factory=dict)
    rules: TimeRules = field(default_factory=TimeRules)

    def of(self, number: str) -> dict[tuple[str, str], str]:
        """Somebody's hours by day and code."""
        return {(one[1], one[2]): hours for key, hours in self.hours.items() if (one := split(key))[0] == number}

    def take(self, data: bytes, known: Iterable[str]) -> list[str]:
        """Take in a file of people whose numbers are known; gives the numbers in it.

        Raises `Refused`, and then nothing was taken in.
        """
        said, people, problems = read_times(data), set(known), []
        problems += [f"{row.number}: nobody has this number" for row in said.rows if row.number not in people]
        problems += [f"{number}: nobody has this number" for number in said.schedules if number not in people]
        kept = {key: Decimal(hours) for key, hours in self.hours.items() if not self._gives_way(split(key)[1], said)}
        before = dict(kept)
        for row in said.rows:
            key = joined((row.number, row.on, row.code))
            if row.hours < 0 and not self.rules.minus:
                problems.append(f"{row.number}: negative hours are not taken")
            elif key in before and row.hours > 0 and self.rules.again == "refused" and not self.rules.minus:
                problems.append(f"{row.number}: {row.on} has been imported with this code")
            kept[key] = kept.get(key, Decimal(0)) + row.hours
        problems += [f"{split(key)[0]}: less than nothing on {split(key)[1]}" for key, sum_ in kept.items() if sum_ < 0]
        if problems:
            raise Refused(problems)
        self.hours = {key: f"{hours:.2f}" for key, hours in kept.items() if hours}
        for number, days in said.schedules.items():
            self.schedules.setdefault(number, {}).update(days)
        return sorted({row.number for row in said.rows})

    def _gives_way(self, on: str, said: TimeFile) -> bool:
        return self.rules.repeat == "replaces" and said.repeats is not None and said.repeats[0] <= on <= said.repeats[1]


def joined(key: Key) -> str:
    """A key as a snapshot keeps it."""
    return "|".join(key)


def split(key: str) -> Key:
    """A key of a snapshot."""
    number, on, code = key.split("|")
    return number, on, code


def is_of_time(data: bytes) -> bool:
    """Whether a file is of absence and not of people."""
    return b"<tidtransaktioner" in data


def read_times(data: bytes) -> TimeFile:
    """What a file says of people's days. Raises `Refused`."""
    root, problems = opened(data)
    sections = [child.tag for child in root]
    if sorted(sections) not in (["header", "tidtransaktioner"], ["header", "schematransaktioner", "tidtransaktioner"]):
        raise Refused([*problems, "not one header, one tidtransaktioner and at most one schematransaktioner"])
    found = {child.tag: child for child in root}
    repeats = _header(found["header"], problems)
    rows = [_row(element, problems) for element in found["tidtransaktioner"]]
    posts = [element.get("postid", "") for element in found["tidtransaktioner"]]
    if any(not re.fullmatch(r"[1-9]\d{0,8}", post) for post in posts) or len(set(posts)) < len(posts):
        problems.append("postid is not a number of its own for each row")
    schedules: dict[str, dict[str, str]] = {}
    for element in found.get("schematransaktioner", ()):
        number, days = _schedule(element, problems)
        if number in schedules:
            problems.append(f"{number}: two schedules")
        schedules[number] = days
    if "schematransaktioner" in found and not schedules:
        problems.append("schematransaktioner is empty")
    if problems:
        raise Refused(problems)
    return TimeFile(tuple(row for row in rows if row is not None), schedules, repeats)


def _header(header: ET.Element, problems: list[str]) -> tuple[str, str] | None:
    repeats = None
    seen: set[str] = set()
    for child in header:
        if child.tag in seen:
            problems.append(f"header: {child.tag} twice")
        seen.add(child.tag)
        if child.tag == "nyexport":
            given = child.attrib
            if given.keys() != {"datum", "datumfrom", "datumtom"} or not all(map(day, given.values())):
                problems.append("header: nyexport has not its three days")
            elif given["datumfrom"] > given["datumtom"] or len(child) or child.text:
                problems.append("header: nyexport is no interval")
            else:
                repeats = given["datumfrom"], given["datumtom"]
        elif child.tag not in HEADER or not HEADER[child.tag].allows(child.text or "", dict(child.attrib)):
            problems.append(f"header: {child.tag} is not valid")
    if "version" not in seen:
        problems.append("header: no version")
    return repeats


def _hours(value: str) -> bool:
    return re.fullmatch(r"-?\d{1,2}\.\d{2}", value) is not None and 0 < abs(Decimal(value)) <= 24


def _extent(value: str) -> bool:
    return re.fullmatch(r"\d{1,3}(\.\d{1,2})?", value) is not None and 0 < Decimal(value) <= 100


def _text(value: str) -> bool:
    return re.fullmatch(r"\S(.{0,198}\S)?", value) is not None


_LEAVES: dict[str, Check] = {
    "tidkod": lambda value: value in ABSENCE,
    **dict.fromkeys(("datum", "datumfrom", "datumtom"), day),
    **dict.fromkeys(("starttid", "sluttid"), moment),
    "timmar": _hours,
    "omfattning": _extent,
    "barn": identity,
    **dict.fromkeys(("samlingsid", "info"), _text),
}
_WHEN = ({"datum"}, {"datumfrom", "datumtom"}, {"starttid", "sluttid"})


def _row(element: ET.Element, problems: list[str]) -> TimeRow | None:
    number = element.get("anstid", "")
    where = number or "a row without anstid"
    if element.tag != "tidtrans" or not element.attrib.keys() <= {"anstid", "persnr", "postid"}:
        problems.append(f"{where}: {element.tag} with {sorted(element.attrib)}")
        return None
    if not number.strip() or number != number.strip():
        problems.append(f"{where}: anstid is none")
    said: dict[str, str] = {}
    for child in element:
        check = _LEAVES.get(child.tag)
        if child.tag in said:
            problems.append(f"{where}: {child.tag} twice")
        elif check is None or child.attrib or len(child) or not Leaf(check).allows(child.text or "", {}):
            problems.append(f"{where}: {child.tag} is not valid")
        said[child.tag] = child.text or ""
    when = said.keys() & {"datum", "datumfrom", "datumtom", "starttid", "sluttid"}
    if "tidkod" not in said:
        problems.append(f"{where}: no tidkod")
    if when not in _WHEN:
        problems.append(f"{where}: not one way to say when")
    if "timmar" in said and ("omfattning" in said or when != {"datum"}):
        problems.append(f"{where}: hours of more than a day, or beside an extent")
    if "timmar" not in said:
        problems.append(f"{where}: no hours")
    if "barn" in said and said.get("tidkod") not in ("VAB", "FPE"):
        problems.append(f"{where}: a child where there is none")
    if problems:
        return None
    return TimeRow(number, said["tidkod"], said["datum"], Decimal(said["timmar"]))


def _schedule(element: ET.Element, problems: list[str]) -> tuple[str, dict[str, str]]:
    number = element.get("anstid", "")
    if element.tag != "schema" or element.attrib.keys() != {"anstid"} or not len(element):
        problems.append(f"{number}: schema is not valid or empty")
    days: dict[str, str] = {}
    for child in element:
        on, hours = child.get("datum", ""), child.get("timmar", "")
        fits = re.fullmatch(r"\d{1,2}\.\d{2}", hours) is not None and Decimal(hours) <= 24
        if child.tag != "dag" or child.attrib.keys() != {"datum", "timmar"} or not day(on) or not fits or on in days:
            problems.append(f"{number}: dag is not valid or twice")
        days[on] = hours
    if list(days) != sorted(days) or any(
        (date.fromisoformat(later) - date.fromisoformat(earlier)).days != 1
        for earlier, later in zip(days, list(days)[1:], strict=False)
        if day(earlier) and day(later)
    ):
        problems.append(f"{number}: a day of the schedule is missing")
    return number, days
