"""The importer: reads a PAXml file strictly, refuses it as a whole or takes it in.

What a schema can say is in `structure.py`; what it cannot is here: a person has at least one of both keys, both lead
to the same person, and an identity number is one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from sandbox.paxml.structure import HEADER, INSTANCE, PERSON, SCHEMA, Leaf, identity

Person = dict[str, str]
"""Values by element; `manlon datum` is the attribute of an element, `resenhet 1` a unit by its dimension."""


class Refused(Exception):
    """The file is not taken in; `problems` say why, each with the place in the file."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass
class Books:
    """The people of one company by employment number."""

    people: dict[str, Person] = field(default_factory=dict)

    def take(self, data: bytes) -> list[str]:
        """Take in a file; gives the numbers of the people in it. Raises `Refused`, and then nothing was taken in."""
        said = read(data)
        problems: list[str] = []
        found = [(self._whom(person, problems), person) for person in said]
        numbers = [number for number, _ in found]
        problems += [f"{number}: more than once in the file" for number in {n for n in numbers if numbers.count(n) > 1}]
        if problems:
            raise Refused(problems)
        for number, person in found:
            self.people.setdefault(number, {}).update(person)
        return numbers

    def _whom(self, person: Person, problems: list[str]) -> str:
        number, own = person.get("anstid", ""), person.get("persnr", "")
        holder = next((key for key, held in self.people.items() if own and held.get("persnr") == own), "")
        number = number or holder
        if not number:
            problems.append("a person without anstid, and nobody has the persnr")
        elif holder not in ("", number):
            problems.append(f"{number}: the persnr is somebody else's")
        elif own and self.people.get(number, {}).get("persnr", own) != own:
            problems.append(f"{number}: anstid and persnr do not belong together")
        elif number not in self.people and not {"fornamn", "efternamn"} <= person.keys():
            problems.append(f"{number}: nobody has this number yet, and the file has no name for it")
        return number


def read(data: bytes) -> list[Person]:
    """What a file says of people. Raises `Refused`."""
    root, problems = opened(data)
    if [child.tag for child in root] != ["header", "personal"]:
        raise Refused([*problems, "not one header and one personal"])
    _leaves("header", root[0], HEADER, problems)
    if root[0].find("version") is None:
        problems.append("header: no version")
    people = [_person(element, problems) for element in root[1]]
    if not people:
        problems.append("nobody is in the file")
    if problems:
        raise Refused(problems)
    return people


def opened(data: bytes) -> tuple[ET.Element, list[str]]:
    """The root of a file, and what is wrong with it. Raises `Refused` for what is no XML."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Refused(["a document type is not accepted"])
    if not data.startswith(b"<?xml"):
        raise Refused(["the encoding is not declared"])
    try:
        root = ET.fromstring(data)  # noqa: S314 - nothing but our own files, and no entities in them
    except ET.ParseError as error:
        raise Refused([f"not XML: {error}"]) from None
    problems: list[str] = []
    if root.tag != "paxml" or root.attrib != {f"{{{INSTANCE}}}noNamespaceSchemaLocation": SCHEMA}:
        problems.append("the root is not paxml of 2.0")
    return root, problems


def _person(element: ET.Element, problems: list[str]) -> Person:
    if element.tag != "person" or not element.attrib.keys() <= {"anstid", "persnr"}:
        problems.append(f"{element.tag} with {sorted(element.attrib)}")
    where = element.get("anstid", "") or "a person without anstid"
    if not (element.get("anstid") or element.get("persnr")):
        problems.append("a person has neither anstid nor persnr")
    if "persnr" in element.attrib and not identity(element.attrib["persnr"]):
        problems.append(f"{where}: persnr is none")
    return dict(element.attrib) | _leaves(where, element, PERSON, problems)


def _leaves(where: str, parent: ET.Element, known: dict[str, Leaf], problems: list[str]) -> dict[str, str]:
    said: dict[str, str] = {}
    for child in parent:
        leaf = known.get(child.tag)
        if child.tag in said:
            problems.append(f"{where}: {child.tag} twice")
        elif child.tag == "resenheter" and known is PERSON:
            said |= _units(where, child, problems)
        elif leaf is None:
            problems.append(f"{where}: {child.tag} is unknown")
        else:
            said[child.tag] = child.text or ""
            said |= {f"{child.tag} {name}": value for name, value in child.attrib.items()}
            if len(child) or not leaf.allows(child.text or "", dict(child.attrib)):
                problems.append(f"{where}: {child.tag} is not valid")  # the value is private
    return said


def _units(where: str, holder: ET.Element, problems: list[str]) -> dict[str, str]:
    said = {}
    for unit in holder:
        dimension, code = unit.get("dim", ""), unit.get("id", "")
        whole = unit.tag == "resenhet" and unit.attrib.keys() == {"dim", "id"} and not len(unit)
        if not whole or not dimension.isdigit() or not 1 <= int(dimension) <= 99 or not 1 <= len(code) <= 10:
            problems.append(f"{where}: resenhet is not valid")
        said[f"resenhet {dimension}"] = code
    if not said:
        problems.append(f"{where}: resenheter is empty")
    return said
