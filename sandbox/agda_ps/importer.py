"""The import job: reads a file strictly, refuses it as a whole or takes it in, person by person and group by group."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from sandbox.agda_ps.structure import BLANK, GROUPS, KEYS, OWN, Group, Leaf, day

Person = dict[str, Any]
"""`own` values, and per group a list of items: values by element, dates by attribute."""


class Refused(Exception):
    """The file is not taken in; `problems` say why, each with the place in the file."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class LogEntry:
    """One file that the import job has read."""

    at: str
    username: str
    environment: str
    file: str
    people: int
    problems: tuple[str, ...] = ()


@dataclass
class Books:
    """The people of one environment, by organisation and employee number. `takings` counts the persons taken in."""

    people: dict[str, Person] = field(default_factory=dict)
    takings: int = 0

    def take(self, data: bytes) -> list[str]:
        """Take in a file; gives the numbers of the people in it. Raises `Refused`, and then nothing was taken in."""
        deltas = read(data)
        unknown = [key for key, delta in deltas if key not in self.people and not _introduces(delta)]
        if unknown:
            raise Refused([f"{key}: nobody has this number yet, and the file has no name for it" for key in unknown])
        for key, delta in deltas:
            self._merge(self.people.setdefault(key, {"own": {}, "groups": {}}), delta)
        self.takings += len(deltas)
        return [key for key, _ in deltas]

    def _merge(self, person: Person, delta: Person) -> None:
        _set(person["own"], delta["own"])
        for name, items in delta["groups"].items():
            held: list[dict[str, str]] = person["groups"].setdefault(name, [])
            for item in items:
                same = next((one for one in held if _key(name, one) == _key(name, item)), None)
                if same is None:
                    same = {}
                    held.append(same)
                _set(same, item)


def read(data: bytes) -> list[tuple[str, Person]]:
    """The persons of a file: (organisation/number, what is said of them). Raises `Refused`."""
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Refused(["a document type is not accepted"])
    try:
        root = ET.fromstring(data)  # noqa: S314 - nothing but our own files, and no entities in them
    except ET.ParseError as error:
        raise Refused([f"not XML: {error}"]) from None
    reader = _Reader()
    people = reader.people(root)
    if reader.problems:
        raise Refused(reader.problems)
    return people


class _Reader:
    """Walks through a file and notes everything that is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def people(self, root: ET.Element) -> list[tuple[str, Person]]:
        if root.tag != "Personer" or root.attrib:
            self.problems.append(f"the root is {root.tag}, not Personer")
            return []
        people = [self._person(element) for element in root]
        numbers = [key for key, _ in people]
        self.problems += [f"{key}: more than once in the file" for key in {k for k in numbers if numbers.count(k) > 1}]
        if not people:
            self.problems.append("nobody is in the file")
        return people

    def _person(self, element: ET.Element) -> tuple[str, Person]:
        if element.tag != "Person" or element.attrib:
            self.problems.append(f"{element.tag} where a Person should be")
            return "", {"own": {}, "groups": {}}
        names = [child.tag for child in element]
        key = "/".join((element.findtext(leaf.name) or "").strip() for leaf in KEYS)
        if names[: len(KEYS)] != [leaf.name for leaf in KEYS]:
            self.problems.append(f"{key}: must begin with {' and '.join(leaf.name for leaf in KEYS)}")
        groups = {group.name: group for group in GROUPS}
        leaves = {leaf.name: leaf for leaf in (*KEYS, *OWN)}
        self._order(key, names, [*leaves, *groups])
        person: Person = {"own": {}, "groups": {}}
        for child in element:
            if child.tag in groups:
                person["groups"][child.tag] = self._items(key, child, groups[child.tag])
            elif child.tag in leaves:
                person["own"][child.tag] = self._text(key, child, leaves[child.tag])
        return key, person

    def _items(self, key: str, holder: ET.Element, group: Group) -> list[dict[str, str]]:
        items = []
        if not len(holder):
            self.problems.append(f"{key}: {group.name} is empty")
        for element in holder:
            where = f"{key} {group.item}"
            if element.tag != group.item:
                self.problems.append(f"{key}: {element.tag} in {group.name}")
                continue
            item = self._dated(where, element, group)
            names = [child.tag for child in element if group.inner is None or child.tag != group.inner.item]
            self._order(where, names, [leaf.name for leaf in group.leaves])
            leaves = {leaf.name: leaf for leaf in group.leaves}
            for child in element:
                if child.tag in leaves:
                    item[child.tag] = self._text(where, child, leaves[child.tag])
                elif group.inner is not None and child.tag == group.inner.item:
                    item |= self._inner(where, child, group.inner)
            items.append(item)
        return items

    def _inner(self, where: str, element: ET.Element, group: Group) -> dict[str, str]:
        self._order(where, [child.tag for child in element], [leaf.name for leaf in group.leaves])
        leaves = {leaf.name: leaf for leaf in group.leaves}
        said = {c.tag: self._text(where, c, leaves[c.tag]) for c in element if c.tag in leaves}
        since = said.pop("TILLTRADE", "")
        if not since:
            self.problems.append(f"{where}: {group.item} without TILLTRADE")
        return {f"{group.item} {since}": said.get("ANSTALLNINGSFORM", "")}

    def _dated(self, where: str, element: ET.Element, group: Group) -> dict[str, str]:
        wanted = {group.attribute} if group.attribute else set()
        if set(element.attrib) != wanted:
            self.problems.append(f"{where}: attributes {sorted(element.attrib)}")
        for name, value in element.attrib.items():
            if not day(value):
                self.problems.append(f"{where}: {name} is no date")
        return dict(element.attrib)

    def _text(self, where: str, element: ET.Element, leaf: Leaf) -> str:
        value = element.text or ""
        if len(element) or element.attrib:
            self.problems.append(f"{where}: {leaf.name} holds more than a text")
        if not (leaf.check(value) or (leaf.clearable and value == BLANK)):
            self.problems.append(f"{where}: {leaf.name} is not valid")  # the value is private
        return value

    def _order(self, where: str, names: list[str], known: list[str]) -> None:
        self.problems += [f"{where}: {name} is unknown" for name in names if name not in known]
        places = [known.index(name) for name in names if name in known]
        if places != sorted(set(places)):
            self.problems.append(f"{where}: elements twice or out of order")


def _key(group: str, item: dict[str, str]) -> tuple[str, ...]:
    """What tells one item of a group from another."""
    parts = {
        "Adresser": ("ADRESSTYP",),
        "Anstallningar": ("ANSTALLNINGSDATUM",),
        "FastaArter": ("DATUM_IN", "LONEART"),
    }
    dated = next((one.attribute for one in GROUPS if one.name == group), None)
    return tuple(item.get(name, "") for name in parts.get(group, (dated,) if dated else ()))


def _set(held: dict[str, str], said: dict[str, str]) -> None:
    for name, value in said.items():
        if value == BLANK:
            held.pop(name, None)
        else:
            held[name] = value


def _introduces(delta: Person) -> bool:
    own: dict[str, str] = delta["own"]
    return {"EFTERNAMN", "FORNAMN"} <= own.keys()
