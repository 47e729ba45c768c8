"""What the elements of a file take: an importer that refuses one value refuses the file, and with it everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from bot.domain.findings import Finding, Severity
from bot.domain.record import Value


@dataclass(frozen=True, slots=True)
class ElementRules:
    """What a system's elements take, as patterns of whole values by field. A person cannot be delivered without the
    fields of `keys` (finding `key_unfit`); any other value that does not fit is left out (`value_unfit`)."""

    patterns: Mapping[str, str]
    keys: frozenset[str]
    key_unfit: str
    value_unfit: str

    def fits(self, name: str, value: Value) -> bool:
        """Whether a value can be written; what is no text, or has no pattern, can."""
        pattern = self.patterns.get(name)
        return pattern is None or not isinstance(value, str) or re.fullmatch(pattern, value) is not None

    def unfit(self, name: str) -> Finding:
        """The finding on a value that cannot be written."""
        if name in self.keys:
            return Finding(self.key_unfit, Severity.BLOCKING, name)
        return Finding(self.value_unfit, Severity.WARNING, name)

    def fitting(self, values: Mapping[str, Value]) -> tuple[dict[str, Value], list[Finding]]:
        """The values that can be written, and a finding on each that cannot."""
        unfit = [name for name, value in values.items() if not self.fits(name, value)]
        return {name: value for name, value in values.items() if name not in unfit}, [self.unfit(n) for n in unfit]


def plain(value: str | None) -> str | None:
    """A text without what XML cannot hold and without blanks around it; None for nothing."""
    return "".join(letter if letter.isprintable() else " " for letter in value or "").strip() or None


def add(parent: ET.Element, name: str, value: str | None) -> None:
    """Put an element with a text into another one; nothing for None."""
    if value is not None:
        ET.SubElement(parent, name).text = value


def require_well_formed(data: bytes, item: str, people: int) -> bytes:
    """The file, read once before anybody is given it. Raises `ValueError` when it is no XML or has not everybody."""
    try:
        root = ET.fromstring(data)  # noqa: S314 - the file that was just written here
    except ET.ParseError as error:
        raise ValueError(f"the file is not well-formed: {error}") from None
    if sum(1 for _ in root.iter(item)) != people:
        raise ValueError("the file has not everybody in it")
    return data
