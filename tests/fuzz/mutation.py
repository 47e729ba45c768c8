"""Recorded JSON, changed at random by a seed: the same seed makes the same rubbish again."""

from __future__ import annotations

import random
from typing import Any
from xml.etree import ElementTree as ET

from tests.support.properties import TIMES

Json = Any

ODD: list[Json] = [
    None, True, False, 0, -1, 1, 10**30, 1.5, float("nan"), float("inf"), "", " ", "x", "0", "-1", "null", "\x00",
    "\ud83d", "a" * 5000, "＝1＋1", "<!channel>", "../..", "2026-02-30", "0000-00-00", "9999-12-31T23:59:59Z",
    "1e999999999", [], {},
    [None], [[]], {"": None}, {"id": None}, {"id": []}, {"id": {"id": 1}}, ["x"] * 50, [{"value": []}],
]  # fmt: skip
"""Values that no documentation promises."""

ODD_TEXTS = [None, *(odd for odd in ODD if isinstance(odd, str) and odd.isprintable()), "-0", "1,5", "true", "NaN"]
"""Those that XML can hold."""


def times(number: int) -> int:
    """How many in `make test` (`number`), `make test-fast` and `make fuzz`, a hundred times as many."""
    return max(1, round(number * (TIMES if TIMES <= 1 else 5 * TIMES)))


class Mutator:
    """Changes, removes, doubles and swaps values, and seldom cuts the text itself."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def changed(self, recorded: Json, most: int = 3) -> Json:
        """A copy with one to `most` changes."""
        value = _copy(recorded)
        for _ in range(self.random.randint(1, most)):
            places = _places(value)
            if not places:
                return self.random.choice(ODD)
            value = self._change(value, *self.random.choice(places))
        return value

    def _change(self, value: Json, parent: Json, key: Any) -> Json:
        match self.random.randrange(6):
            case 0:
                del parent[key]
            case 1:
                parent[key] = [parent[key]] * self.random.randint(1, 3)
            case 2:
                parent[key] = {"id": parent[key]}
            case 3 if isinstance(parent, dict):
                parent[self.random.choice(["", "id", "type", "value", "\x00"])] = parent.pop(key)
            case 4:
                other_parent, other = self.random.choice(_places(value))
                parent[key] = _copy(other_parent[other])
            case _:
                parent[key] = _copy(self.random.choice(ODD))
        return value

    def changed_xml(self, recorded: bytes, most: int = 3) -> bytes:
        """The same of XML: elements that go, come twice, are called otherwise or hold something else."""
        root = ET.fromstring(recorded)
        for _ in range(self.random.randint(1, most)):
            parents = [each for each in root.iter() if len(each)]
            if not parents:
                break
            parent = self.random.choice(parents)
            child = self.random.choice(list(parent))
            match self.random.randrange(5):
                case 0:
                    parent.remove(child)
                case 1:
                    parent.append(child)
                case 2:
                    child.tag = self.random.choice(["x", "id", parent.tag])
                case 3:
                    ET.SubElement(child, child.tag).text = child.text
                case _:
                    child.text = self.random.choice(ODD_TEXTS)
        return ET.tostring(root)

    def cut(self, text: bytes) -> bytes:
        """The text, and one time in ten only its beginning, or with a byte that is another."""
        match self.random.randrange(20):
            case 0:
                return text[: self.random.randrange(len(text) + 1)]
            case 1:
                at = self.random.randrange(len(text) + 1)
                return text[:at] + bytes([self.random.randrange(256)]) + text[at + 1 :]
        return text


def _copy(value: Json) -> Json:
    # A third of the time that `copy.deepcopy` takes, which looks for what JSON cannot hold.
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def _places(value: Json) -> list[tuple[Json, Any]]:
    """Each place as its parent and the key in it."""
    places: list[tuple[Json, Any]] = []
    parents = [value]
    while parents:
        parent = parents.pop()
        inner = parent.items() if isinstance(parent, dict) else enumerate(parent) if isinstance(parent, list) else ()
        for key, child in inner:
            places.append((parent, key))
            if isinstance(child, dict | list):
                parents.append(child)
    return places
