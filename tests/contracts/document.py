"""Which XML document of a system is allowed, from the facts that `distil.py` made of its structure.

A node is a fact of a text (a word or a list of choices, as in `contract.py`; also `decimal` and `long`), or an object
of

- `text`: the fact of its text; without it there is none
- `attributes` and `elements`: a node for each name
- `required`: the names of those that must be there, an attribute's with `@` before it
- `repeated`: its elements may come again and again; without it each comes once at most, but for those in `many`
- `ordered`: its elements stand in the order in which they are named here
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from tests.contracts.contract import WORD

NUMBERS = {
    "integer": r"[+-]?[0-9]+",
    "long": r"[+-]?[0-9]+",
    "decimal": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)",
    "boolean": "true|false|0|1",
}
DATES = {"date": date.fromisoformat, "date-time": datetime.fromisoformat}


class Document:
    """A system's kinds of documents by the name of the root (`nodes`), or the one that it has (`root`, `node`)."""

    def __init__(self, system: str) -> None:
        facts = json.loads(Path(__file__).with_name(f"{system}.json").read_text(encoding="utf-8"))
        self.nodes: Mapping[str, Any] = facts.get("roots") or {facts["root"]: facts["node"]}
        self.root, self.node = next(iter(self.nodes.items()))

    def faults(self, data: bytes) -> list[str]:
        """Everything in a document that is not allowed; empty for one that is."""
        root = ET.fromstring(data)
        if root.tag not in self.nodes:
            return [f"{root.tag} is no {' or '.join(self.nodes)}"]
        return list(_faults(self.nodes[root.tag], root))


@cache
def document(system: str) -> Document:
    """By the name of the file."""
    return Document(system)


def _faults(node: Any, element: ET.Element) -> Iterator[str]:
    if not isinstance(node, Mapping):
        node = {"text": node}
    attributes, elements = node.get("attributes", {}), node.get("elements", {})
    # What is said of any document, whatever its kind, such as where its schema is.
    given = {name: value for name, value in element.attrib.items() if not name.startswith("{")}
    seen = Counter(inner.tag for inner in element)
    for name, value in given.items():
        if name not in attributes:
            yield f"{element.tag} may not have {name}"
        elif not reads(attributes[name], value):
            yield f"{name} of {element.tag} may not be {value!r}"
    for name in node.get("required", ()):
        if name not in seen and not (name.startswith("@") and name[1:] in given):
            yield f"{element.tag} must have {name}"
    for inner in element:
        if inner.tag in elements:
            yield from _faults(elements[inner.tag], inner)
        else:
            yield f"{inner.tag} in {element.tag} is unknown"
    if not node.get("repeated"):
        again = {name: times for name, times in seen.items() if times > 1 and name not in node.get("many", ())}
        yield from (f"{name} in {element.tag} is there {times} times" for name, times in again.items())
    order = list(elements)
    places = [order.index(inner.tag) for inner in element if inner.tag in elements]
    if node.get("ordered") and places != sorted(places):
        yield f"the elements of {element.tag} are not in their order"
    text = (element.text or "") + "".join(inner.tail or "" for inner in element)
    if not reads(node["text"], text) if "text" in node else text.strip():
        yield f"{element.tag} may not be {text!r}"


def reads(fact: Any, text: str) -> bool:
    """Whether a text is one that a fact allows."""
    if isinstance(fact, list):
        return text in fact
    word = WORD.fullmatch(fact)
    assert word is not None, fact
    kind, least, most = word["kind"], word["least"], word["most"]
    if kind in DATES:
        return _is_date(kind, text)
    if kind in NUMBERS and not re.fullmatch(NUMBERS[kind], text):
        return False
    size = float(text) if kind in ("integer", "long", "decimal") else len(text)
    if kind == "integer" and not -(2**31) <= size < 2**31:
        return False
    return (least is None or float(least) <= size) and (most is None or size <= float(most))


def _is_date(kind: str, text: str) -> bool:
    try:
        DATES[kind](text)
    except ValueError:
        return False
    # Python also takes 20260302, and a date alone for a moment.
    return re.match(r"\d{4}-\d\d-\d\d" + ("T" if kind == "date-time" else "$"), text) is not None
