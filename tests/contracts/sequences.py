"""The elements of an XML schema that is made of sequences, as Kleer's is: types by name or in place, enumerations, and
roots that extend the type of their own name. What it could not say stops it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

XS = "{http://www.w3.org/2001/XMLSchema}"
WORDS = {"int": "integer", "dateTime": "date-time"}
Facts = dict[str, Any]


class Sequences:
    """Nodes as `document.py` describes them, of a whole schema."""

    def __init__(self, schema: ET.Element) -> None:
        self._types = {str(one.get("name")): one for one in schema if one.tag != f"{XS}element"}
        self._roots = {str(one.get("name")): one for one in schema if one.tag == f"{XS}element"}

    def roots(self, names: Iterable[str]) -> Facts:
        """The named roots. Raises KeyError for one that there is not, ValueError for what is not understood."""
        return {name: self._element(self._roots[name]) for name in names}

    def _element(self, element: ET.Element) -> Any:
        named = element.get("type")
        if named is None:
            (inner,) = (one for one in element if one.tag != f"{XS}annotation")
            return self._type(inner)
        if named.startswith("xs:"):
            return WORDS.get(named[3:], named[3:])
        return self._type(self._types[named])

    def _type(self, found: ET.Element) -> Any:
        if found.tag == f"{XS}simpleType":
            return [str(one.get("value")) for one in found.iter(f"{XS}enumeration")]
        parts = [one for one in found if one.tag != f"{XS}annotation"]
        if not parts:
            return {"elements": {}, "ordered": True}
        (part,) = parts
        if part.tag == f"{XS}complexContent":
            (extension,) = part
            return self._type(self._types[str(extension.get("base"))])
        if part.tag != f"{XS}sequence" or any(one.tag != f"{XS}element" for one in part):
            raise ValueError(f"no fact for {found.get('name')}")
        made: Facts = {"elements": {str(one.get("name")): self._element(one) for one in part}, "ordered": True}
        for word, chosen in (
            ("required", [one for one in part if one.get("minOccurs") != "0"]),
            ("many", [one for one in part if one.get("maxOccurs") == "unbounded"]),
        ):
            if chosen:
                made[word] = [str(one.get("name")) for one in chosen]
        return made
