"""XML as systems over HTTP send and take it: bodies made of plain mappings, answers read without what XML can hide.

An answer has elements and texts and nothing else: a document type, and with it every entity and everything from
elsewhere, is refused before it is read, and so are depth and number beyond what a list of people has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET
from xml.parsers import expat

from bot.providers.kit.elements import add

MEDIA_TYPE = "application/xml"
DEEPEST, MOST = 40, 500_000
"""Elements within each other, and elements altogether."""


@dataclass(frozen=True, slots=True)
class XmlBody:
    """A body sent as XML. `fields` are its elements by name, in their order: a text, a mapping of elements within, or
    a sequence of either for one that comes again. They are in no repr."""

    root: str
    fields: Mapping[str, Any] = field(repr=False)

    def content(self) -> bytes:
        """The document."""
        root = ET.Element(self.root)
        _fill(root, self.fields)
        made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return made


def _fill(parent: ET.Element, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        for one in value if isinstance(value, Sequence) and not isinstance(value, str) else (value,):
            if isinstance(one, Mapping):
                _fill(ET.SubElement(parent, name), one)
            else:
                add(parent, name, one)


class _Reader:
    """Builds the elements of one document, and refuses the rest. Raises `ValueError` from within the parser."""

    def __init__(self) -> None:
        self._builder = ET.TreeBuilder()
        self._depth = self._seen = 0

    def read(self, content: bytes) -> ET.Element:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._builder.data
        parser.Parse(content, True)
        return self._builder.close()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth, self._seen = self._depth + 1, self._seen + 1
        if self._depth > DEEPEST or self._seen > MOST:
            raise ValueError("more XML than a list has")
        self._builder.start(name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        self._builder.end(name)

    def _refuse(self, *_declared: Any) -> None:
        raise ValueError("XML with a document type")


def read_xml(content: bytes | bytearray) -> ET.Element:
    """The root of an answer. Raises `ValueError` for what is no XML, is a page for a browser, or hides something."""
    try:
        root = _Reader().read(bytes(content))
    except expat.ExpatError:
        raise ValueError("no XML") from None
    if root.tag.lower() == "html":
        raise ValueError("a page for a browser")
    return root


def text_at(element: ET.Element | None, name: str) -> str | None:
    """The text of an element within another, without blanks around it; None where there is none."""
    found = None if element is None else element.findtext(name)
    return (found or "").strip() or None
