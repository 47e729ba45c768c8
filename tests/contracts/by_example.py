"""Facts of descriptions without schemas: examples with lists in HTML, and what others were seen to send and get."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.contracts.used import TWENTYFOUR_SEVEN_OFFICE

Facts = dict[str, Any]


def _choices(described: str, names: Iterable[str]) -> dict[str, list[str]]:
    """What each of these members may be, of a list in HTML whose tags are not all closed; those alone that say it."""
    wanted = "|".join(map(re.escape, names))
    pieces = re.split(rf"<b>({wanted})\s*</b>", described)
    found: dict[str, list[str]] = {}
    # Of a name that a member's own members have too, the first is meant.
    for name, words in reversed(list(zip(pieces[1::2], pieces[2::2], strict=True))):
        _, said, rest = words.partition("values are:")
        points = re.findall(r"<li>\s*(?:<b>)?\s*([\w-]+)", rest.replace("<ul><b>", "<ul>"))
        found[name] = list(dict.fromkeys(points)) if said else []
    return found


def by_example(described: Mapping[str, Any]) -> Facts:
    """The calls. Objects are described by an example and by a list in HTML, and everything in them is a text."""
    info = described["info"]
    made: Facts = {"source": f"{info['title']} {info['version']}", "operations": {}, "shapes": {}}
    for call, shape in TWENTYFOUR_SEVEN_OFFICE.items():
        method, path = call.split(" ")
        operation = described["paths"][path][method.lower()]
        facts: Facts = made["operations"].setdefault(call, {})
        asked = [one for one in operation.get("parameters", []) if one["in"] == "query"]
        if asked:
            facts["parameters"] = {one["name"]: one["schema"]["type"] for one in asked}
        if shape is None:
            continue
        if method == "GET" and shape not in made["shapes"]:
            example = _example(operation["responses"]["200"])
            whole = (
                example if isinstance(example, dict) else {n: v for row in reversed(example) for n, v in row.items()}
            )
            made["shapes"][shape] = _of_example(whole | ALSO.get(shape, {}), operation["description"])
        each = shape == "Organization" or (method == "POST" and shape != "Employment")
        facts["body" if method == "POST" else "answers"] = f"@{shape}" if each else {"each": f"@{shape}"}
        if method == "GET":
            facts["answers"] = {"200": facts["answers"]}
    made["shapes"] = dict(sorted(made["shapes"].items()))
    return made


ALSO = {"Organization": {"country_code": "NO"}}
"""Members that a list describes and the example lacks."""


def _of_example(value: Any, described: str = "") -> Any:
    if isinstance(value, list):
        return {"each": _of_example(value[0])} if value else "any"
    if not isinstance(value, dict):
        return "string"
    choices = _choices(described, value)
    made = {name: _of_example(inner) for name, inner in value.items()}
    return {
        "properties": made
        | {name: [*choices[name], ""] for name in made if choices.get(name) and made[name] == "string"}
    }


def _example(answer: Mapping[str, Any]) -> Any:
    (content,) = answer["content"].values()
    return content["schema"]["example"]


SEEN = {
    "str": "string", "int": "integer", "bool": "boolean", "number": "number", "date|null": "date?",
    "datetime Z": "date-time", "number|null": "number?", "int|null": "integer?",
}  # fmt: skip
ODATA = {
    "$select": "string", "$filter": "string", "$orderby": "string", "$top": "integer", "$skip": "integer",
    "$count": "boolean",
}  # fmt: skip
"""Of OData's options, published on Tidsbanken's page about them, those that are used."""


def observed(described: Mapping[str, Any]) -> Facts:
    """The calls of Tidsbanken that a public connector makes of people, groups and departments, and what it was told."""
    fields = {"Ansatt": described["ansatt_fields"], "Ansattgruppe": described["ansattgruppe_fields"]}
    shapes = {
        shape: {"properties": {name: SEEN[kind.split(" (")[0]] for name, kind in kinds.items()}, "closed": True}
        for shape, kinds in fields.items()
    }
    operations: dict[str, Facts] = {}
    for said in described["operations"].values():
        for method, path in re.findall(r"(GET|POST|PUT|PATCH) (ansatt/\w+(?:/\{\w+\})?)", said):
            facts = operations.setdefault(f"{method} /{path}", {})
            shape = {"ansatt": "Ansatt", "Ansatte": "Ansatt", "ansattgruppe": "Ansattgruppe"}.get(path.split("/")[1])
            if method == "GET":
                facts["parameters"] = ODATA
            if shape and method == "GET":
                rows = {"@odata.context": "string", "value": {"each": f"@{shape}"}}
                facts["answers"] = {"200": {"properties": rows, "required": list(rows)}}
            elif shape:
                facts["body"] = {"each": f"@{shape}", "least": 1, "most": 1}
    return {"source": "answers recorded by a public connector, 2024", "operations": operations, "shapes": shapes}
