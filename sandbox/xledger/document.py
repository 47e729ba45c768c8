"""A GraphQL document as Xledger's stand-in reads it: one operation, with variables, arguments, aliases and selections.

Fragments, directives and subscriptions are left out: nothing here needs them, and what is not read is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'\s*(?:(?P<name>[_A-Za-z]\w*)|(?P<number>-?\d+)|"(?P<text>[^"\\]*)"|(?P<mark>[!$(){}\[\]:=,]))\s*')


class NoDocument(Exception):
    """The text is no document that can be read."""


@dataclass(frozen=True)
class Variable:
    """`$name` in the place of a value."""

    name: str


@dataclass(frozen=True)
class Selected:
    """A field that is asked for. `shown` is the name in the answer."""

    name: str
    shown: str
    arguments: dict[str, Any] = field(default_factory=dict)
    inner: tuple[Selected, ...] = ()


@dataclass(frozen=True)
class Operation:
    """`kind` is query or mutation; `variables` are their types, as written."""

    kind: str
    name: str
    variables: dict[str, str]
    selected: tuple[Selected, ...]


def read(text: str) -> Operation:
    """The one operation of a document. Raises `NoDocument`."""
    reader = _Reader(text)
    operation = reader.operation()
    if reader.left():
        raise NoDocument("Syntax error: more than one operation.")
    return operation


class _Reader:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise NoDocument(f"Syntax error at {place}.")
            kind = str(found.lastgroup)
            self._tokens.append((kind, found[kind]))
            place = found.end()
        self._at = 0

    def left(self) -> bool:
        return self._at < len(self._tokens)

    def operation(self) -> Operation:
        kind, name, variables = "query", "", dict[str, str]()
        if not self._is("{"):
            kind = self._name()
            if kind not in ("query", "mutation"):
                raise NoDocument(f"Syntax error: {kind}.")
            name = self._name() if self._peek()[0] == "name" else ""
            if self._take("("):
                while not self._take(")"):
                    self._expect("$")
                    variable = self._name()
                    self._expect(":")
                    variables[variable] = self._type()
                    self._take(",")
        return Operation(kind, name, variables, self._selection())

    def _selection(self) -> tuple[Selected, ...]:
        self._expect("{")
        found: list[Selected] = []
        while not self._take("}"):
            shown = name = self._name()
            if self._take(":"):
                name = self._name()
            arguments: dict[str, Any] = {}
            if self._take("("):
                while not self._take(")"):
                    key = self._name()
                    self._expect(":")
                    arguments[key] = self._value()
                    self._take(",")
            inner = self._selection() if self._is("{") else ()
            found.append(Selected(name, shown, arguments, inner))
        if not found:
            raise NoDocument("Syntax error: an empty selection.")
        return tuple(found)

    def _value(self) -> Any:
        kind, said = self._next()
        if kind == "text":
            return said
        if kind == "number":
            return int(said)
        if kind == "name":
            words = {"true": True, "false": False, "null": None}
            return words.get(said, said)
        if said == "$":
            return Variable(self._name())
        if said == "[":
            values = []
            while not self._take("]"):
                values.append(self._value())
                self._take(",")
            return values
        if said == "{":
            members = {}
            while not self._take("}"):
                key = self._name()
                self._expect(":")
                members[key] = self._value()
                self._take(",")
            return members
        raise NoDocument(f"Syntax error: {said}.")

    def _type(self) -> str:
        if self._take("["):
            made = f"[{self._type()}]"
            self._expect("]")
        else:
            made = self._name()
        return made + ("!" if self._take("!") else "")

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self.left() else ("", "")

    def _next(self) -> tuple[str, str]:
        if not self.left():
            raise NoDocument("Syntax error: the document breaks off.")
        self._at += 1
        return self._tokens[self._at - 1]

    def _is(self, mark: str) -> bool:
        return self._peek() == ("mark", mark)

    def _take(self, mark: str) -> bool:
        if self._is(mark):
            self._at += 1
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._take(mark):
            raise NoDocument(f"Syntax error: expected {mark}.")

    def _name(self) -> str:
        kind, said = self._next()
        if kind != "name":
            raise NoDocument(f"Syntax error: {said}.")
        return said
