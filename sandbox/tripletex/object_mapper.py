"""Rounds one and two of Tripletex' validation: does the body map onto the object, and is nothing null or too long.

Each round hides the next, so a client meets them one after the other: 16000 "Request mapping failed",
then 18000 with paths such as `null.firstName`, then the business rules (`rules`).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sandbox.tripletex import errors, texts
from sandbox.tripletex.errors import Problem, Refusal
from sandbox.tripletex.models import MODELS, VALUES, Field, Kind, Model

Draft = dict[str, Any]


def read(model: Model, body: Any, *, partial: bool) -> Draft:
    """A body as values: references and parts as drafts of their own (`{"id": 7}`), lists as lists of drafts.

    Raises Refusal 422/16000 on unknown fields and wrong types, then 422/18000 on nulls and lengths.
    `partial` (a PUT) lets required fields be absent, not null.
    """
    faults: list[Problem] = []
    draft = _map(model, body, faults, "", "")
    if faults:
        # Recorded: the first field alone is named, however many there are.
        raise Refusal(422, errors.MAPPING, texts.MAPPING_FAILED, problems=faults[:1])
    _shape(model, draft, faults, "", "null", partial)
    if faults:
        raise Refusal(422, errors.VALIDATION, texts.VALIDATION_FAILED, problems=faults)
    return draft


def _map(model: Model, body: Any, faults: list[Problem], field: str, path: str) -> Draft:
    if not isinstance(body, dict):
        faults.append(Problem(field.rstrip(".") or None, texts.WRONG_TYPE, path.rstrip(".") or None))
        return {}
    draft: Draft = {}
    for name, value in body.items():
        where, way = field + name, path + name
        one = model.fields.get(name)
        if one is None:
            faults.append(Problem(where, texts.NO_SUCH_FIELD, way))
        elif one.read_only:
            continue
        elif value is None:
            draft[name] = None
        elif one.kind is Kind.MANY:
            if not isinstance(value, list):
                faults.append(Problem(where, texts.WRONG_TYPE, way))
                continue
            inner = MODELS[one.model]
            draft[name] = [
                _map(inner, item, faults, f"{where}.", f"{path}{name}[{i}].") for i, item in enumerate(value)
            ]
        elif one.kind in (Kind.REF, Kind.PART):
            draft[name] = _map(MODELS[one.model], value, faults, f"{where}.", f"{path}{name}.")
        elif not _fits(one, value):
            faults.append(Problem(where, texts.WRONG_TYPE, way))
        else:
            draft[name] = value
    return draft


def _fits(one: Field, value: Any) -> bool:
    match one.kind:
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.FLAG:
            return isinstance(value, bool)
        case Kind.WHOLE:
            return isinstance(value, int) and not isinstance(value, bool)
        case Kind.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Kind.CHOICE:
            return value in one.choices
        case Kind.DAY:
            return _is_day(value)
        case _:
            return isinstance(value, dict) and set(value) <= VALUES.get(one.model, frozenset(value))


def _is_day(value: Any) -> bool:
    if not isinstance(value, str) or len(value) != 10:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _shape(model: Model, draft: Draft, faults: list[Problem], field: str, path: str, partial: bool) -> None:
    for one in model.fields.values():
        value = draft.get(one.name)
        where, way = field + one.name, f"{path}.{one.name}"
        least = 1 if one.required else 0
        if one.required and value is None and (one.name in draft or not partial):
            faults.append(Problem(where, texts.NOT_NULL, way))
        elif one.longest is not None and isinstance(value, str) and not least <= len(value) <= one.longest:
            faults.append(Problem(where, texts.length(least, one.longest), way))
        elif one.kind is Kind.MANY:
            for i, item in enumerate(value or []):
                _shape(MODELS[one.model], item, faults, f"{where}.", f"{way}[{i}]", "id" in item)
        elif one.kind in (Kind.REF, Kind.PART) and value:
            # With the id alone it is a reference; with anything else it is checked as if it were new.
            only_id = set(value) <= {"id", "version"}
            reference = only_id if one.kind is Kind.REF else "id" in value
            if not reference:
                _shape(MODELS[one.model], value, faults, f"{where}.", way, False)
