"""The facts of 24SevenOffice's description, which has no schemas: its objects are examples, and lists in HTML."""

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
