"""Reading the bodies of creates and updates, refused in the words of NestJS validation."""

from __future__ import annotations

from typing import Any

from sandbox.simployer.query import comparable
from sandbox.simployer.resources import Kind, Resource

# Accepted on create beside the fields of the answer.
_EXTRA = {
    "compensation": {"userId"},
    "employment": {"userId"},
    "leave": {"childId", "extent", "morning", "afternoon", "coverageRate"},
}
_TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.ID: (str,),
    Kind.DATE: (str,),
    Kind.INSTANT: (str,),
    Kind.NUMBER: (int, float),
    Kind.BOOLEAN: (bool,),
    Kind.OBJECT: (dict,),
}


class BadBody(ValueError):
    """`messages` are the lines of the 400 answer."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


def read(resource: Resource, body: Any, *, partial: bool) -> dict[str, Any]:
    """The values a body sets, calendar days as ISO text. A null clears a value.

    Raises BadBody with every fault.
    """
    if not isinstance(body, dict):
        raise BadBody(["body must be an object"])
    faults, values = [], {}
    for name, value in body.items():
        if name in _EXTRA.get(resource.name, ()):
            continue
        field = resource.fields.get(name)
        if field is None or field.own:
            faults.append(f"property {name} should not exist")
            continue
        wrong = value is not None and (
            not isinstance(value, _TYPES[field.kind]) or (isinstance(value, bool) and field.kind is not Kind.BOOLEAN)
        )
        if wrong:
            faults.append(f"{name} must be a {field.kind}")
            continue
        if value is not None and field.kind is Kind.DATE:
            try:
                comparable(field.kind, value)
            except ValueError:
                faults.append(f"{name} must be a valid ISO 8601 date string")
                continue
            value = value[:10]
        values[name] = value
    if not partial:
        missing = [f.name for f in resource.fields.values() if f.required and body.get(f.name) is None]
        faults += [f"{name} should not be empty" for name in missing]
    if faults:
        raise BadBody(faults)
    return values
