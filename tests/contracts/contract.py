"""What a system's published description says, from the facts that `distil.py` made of it.

A fact is one of:

- a word, with bounds of a length or a number: `string`, `string>=1<=100`, `integer>=1`, `number`, `boolean`, `date`,
  `date-time`, `object` (of which no more is said), `any`; with `?` it may be null
- a list: the choices
- `@Name`: the shape of that name
- `{"word": word, "like": pattern}`: a text in which the pattern is found
- `{"each": fact}`: a list; `{"values": fact}`: an object whose keys are free; with `least` and `most` that many, with
  `distinct` none twice
- `{"properties": {name: fact}, "required": [..], "shown": [..], "needed_by_new": [..], "closed": true}`: an object;
  what is only shown cannot be sent, what is new needs more (a dot leads inside), one that is closed has no others
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]

Facts = Mapping[str, Any]

WORD = re.compile(r"(?P<kind>[a-z-]+)(>=(?P<least>[-\d.]+))?(<=(?P<most>[-\d.]+))?(?P<null>\?)?")
BOUNDS = {"string": ("minLength", "maxLength"), "number": ("minimum", "maximum"), "integer": ("minimum", "maximum")}
FORMATS = ("date", "date-time")
CHECKER = jsonschema.FormatChecker(formats=("date",))


@CHECKER.checks("date-time", raises=ValueError)  # type: ignore[untyped-decorator]
def _moment(value: Any) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


class NotDescribed(Exception):
    """The distilled description has no such call: it is invented, or `distil.py` does not keep it yet."""


@dataclass(frozen=True)
class Call:
    """A method and a path; `parameters` are those of the query. A fact is None where nothing is sent or answered."""

    method: str
    path: str
    parameters: Facts = field(default_factory=dict)
    required: Sequence[str] = ()
    body: Any = None
    answers: Facts = field(default_factory=dict)


class Contract:
    """One system's description. `stated_before` are lengths and required properties that a former version stated."""

    def __init__(self, system: str) -> None:
        facts = json.loads(Path(__file__).with_name(f"{system}.json").read_text(encoding="utf-8"))
        self.shapes: Facts = facts["shapes"]
        self.stated_before: Facts = facts.get("stated_before", {}).get("shapes", {})
        named = [(call.split(" "), operation) for call, operation in facts.get("operations", {}).items()]
        self._calls = {(method, path): Call(method, path, **operation) for (method, path), operation in named}
        self._schemas = {name: _schema(fact) for name, fact in self.shapes.items()}

    def knows(self, method: str, path: str) -> bool:
        return (method, path) in self._calls

    def call(self, method: str, path: str) -> Call:
        """By its path with holes, as it is published. Raises NotDescribed."""
        try:
            return self._calls[method.upper(), path]
        except KeyError:
            raise NotDescribed(f"{method} {path}") from None

    def called(self, method: str, path: str) -> Call:
        """By the path of a request. Raises NotDescribed."""
        # A path with fewer holes is the nearer one: /employee/employment/details is not /employee/employment/{id}.
        for call in sorted(self._calls.values(), key=lambda one: one.path.count("{")):
            pattern = re.sub(r"\\\{\w+\\\}", r"[^/]+", re.escape(call.path))
            if call.method == method and re.fullmatch(pattern, path):
                return call
        raise NotDescribed(f"{method} {path}")

    def opened(self, fact: Any) -> Any:
        """A fact, or the shape that it names."""
        return self.shapes[fact[1:]] if isinstance(fact, str) and fact.startswith("@") else fact

    def hold(self, fact: Any, value: Any) -> None:
        """Hold a value against a fact. Raises jsonschema.ValidationError."""
        schema = {**_schema(fact), "shapes": self._schemas}
        jsonschema.Draft202012Validator(schema, format_checker=CHECKER).validate(value)

    def hold_answer(self, method: str, path: str, body: Any, status: int = 200) -> None:
        """Hold an answer's body against what is published for it. Raises jsonschema.ValidationError."""
        self.hold(self.call(method, path).answers[str(status)], body)

    def faults(self, method: str, path: str, query: Mapping[str, Sequence[str]], body: Any = None) -> list[str]:
        """Everything in a request that the description does not allow; empty for one that it allows."""
        try:
            call = self.called(method, path)
        except NotDescribed as missing:
            return [f"{missing} is not described"]
        found = [f"{name} is missing" for name in call.required if name not in query]
        for name, values in query.items():
            found += self._query_faults(call, name, values)
        if (body is None) != (call.body is None):
            found.append("a body is missing" if body is None else "a body is not taken")
        elif body is not None:
            found += self._body_faults(call.body, body, creates=method == "POST")
        return found

    def _query_faults(self, call: Call, name: str, values: Sequence[str]) -> Iterator[str]:
        outer, *inner = re.findall(r"[^\[\]]+", name)
        if outer not in call.parameters:
            yield f"{outer} is unknown"
            return
        fact = self.opened(call.parameters[outer])
        for key in inner:
            if isinstance(fact, dict) and key not in fact["properties"]:
                yield f"{name} is unknown"
                return
            fact = self.opened(fact["properties"][key]) if isinstance(fact, dict) else "any"
        if isinstance(fact, dict):
            fact, values = fact.get("each", "any"), [one for value in values for one in value.split(",")]
        yield from (f"{name} may not be {value!r}" for value in values if not _readable(fact, value))

    def _body_faults(self, fact: Any, value: Any, where: str = "", *, creates: bool = False) -> Iterator[str]:
        known = fact[1:] if isinstance(fact, str) and fact.startswith("@") else ""
        fact = self.opened(fact)
        if value is None:
            return
        if isinstance(value, list) and isinstance(fact, dict) and "each" in fact:
            for item in value:
                yield from self._body_faults(fact["each"], item, where, creates=creates)
        elif isinstance(value, dict) and isinstance(fact, dict) and "properties" in fact:
            before = self.stated_before.get(known, {"required": (), "lengths": {}})
            if creates and "id" not in value:
                needed = (*fact.get("required", ()), *fact.get("needed_by_new", ()), *before["required"])
                yield from (f"{where}{name} is missing" for name in needed if _within(value, name) in (None, ""))
            for name, inner in value.items():
                if name not in fact["properties"]:
                    yield f"{where}{name} is unknown"
                elif name in fact.get("shown", ()):
                    yield f"{where}{name} is only shown"
                else:
                    yield from self._body_faults(fact["properties"][name], inner, f"{where}{name}.", creates=creates)
                    if isinstance(inner, str) and len(inner) > before["lengths"].get(name, len(inner)):
                        yield f"{where}{name} is too long"
        else:
            try:
                self.hold(fact, value)
            except jsonschema.ValidationError as wrong:
                yield f"{where.rstrip('.')}: {wrong.message}"


@cache
def contract(system: str) -> Contract:
    """By the name of the file."""
    return Contract(system)


def kind(fact: Any) -> str:
    """`string`, `integer`, `number`, `boolean`, `array`, `object` or `any`; choices are strings. Not for `@Name`."""
    if isinstance(fact, list):
        return "string"
    if isinstance(fact, dict):
        return "array" if "each" in fact else "string" if "word" in fact else "object"
    schema = _word(fact)
    found = schema.get("type", "any")
    return str(found[0] if isinstance(found, list) else found)


def _schema(fact: Any) -> dict[str, Any]:
    """A fact in the words of JSON Schema, with shapes at `#/shapes`."""
    if isinstance(fact, list):
        return {"enum": fact}
    if isinstance(fact, dict):
        return _of_parts(fact)
    return {"$ref": f"#/shapes/{fact[1:]}"} if fact.startswith("@") else _word(fact)


def _of_parts(fact: Facts) -> dict[str, Any]:
    if "word" in fact:
        return {**_word(fact["word"]), "pattern": fact["like"]}
    if "each" in fact:
        counts = {"least": "minItems", "most": "maxItems", "distinct": "uniqueItems"}
        made: dict[str, Any] = {"type": "array", "items": _schema(fact["each"])}
    elif "values" in fact:
        counts = {"least": "minProperties", "most": "maxProperties"}
        made = {"type": "object", "additionalProperties": _schema(fact["values"])}
    else:
        properties = {name: _schema(inner) for name, inner in fact["properties"].items()}
        made = {"type": "object", "properties": properties, "required": list(fact.get("required", ()))}
        return made | ({"additionalProperties": False} if fact.get("closed") else {})
    return made | {theirs: fact[ours] for ours, theirs in counts.items() if ours in fact}


def _within(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _word(fact: str) -> dict[str, Any]:
    read = WORD.fullmatch(fact)
    assert read is not None, fact
    word = read["kind"]
    if word == "any":
        return {}
    made: dict[str, Any] = {"type": "string", "format": word} if word in FORMATS else {"type": word}
    for limit, bound in zip(BOUNDS.get(made["type"], ()), (read["least"], read["most"]), strict=False):
        if bound is not None:
            made[limit] = float(bound) if "." in bound else int(bound)
    return {**made, "type": [made["type"], "null"]} if read["null"] else made


def _readable(fact: Any, value: str) -> bool:
    """Whether a text in a query stands for a value of this fact."""
    if isinstance(fact, list):
        return value in fact
    patterns = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?", "boolean": "true|false"}
    read = WORD.fullmatch(fact)
    return read is None or re.fullmatch(patterns.get(read["kind"], r"[\s\S]*"), value) is not None
