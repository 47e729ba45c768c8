"""Lists: what is found, filtered, sorted and paged, in Tripletex' envelope.

Source: API v2 description and public issue 127 of Tripletex/tripletex-api2: `fullResultSize` is deprecated,
not exact, and no sign of where a list ends. Recorded: the rows sent, and one more where there are more, so that a
client that trusts it loses people.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from sandbox.tripletex import errors, fields, texts
from sandbox.tripletex.company_state import Books, Row
from sandbox.tripletex.errors import Problem, Refusal
from sandbox.tripletex.models import Model

MOST_ROWS = 10_000
_NO_CHECKSUM = "Checksum not yet supported for this endpoint"


def page(request: web.Request, books: Books, model: Model, rows: Iterable[Row]) -> dict[str, Any]:
    """The page of `rows` that the call asks for. Raises Refusal on a bad query and above 10,000 rows."""
    tree = fields.parse(request.query.get("fields"), model)
    first = whole(request, "from", 0)
    count = whole(request, "count", 1000)
    # A token that may not see the rows gets an empty list and 200.
    found = [] if model.name in books.switches.filtered else list(rows)
    if len(found) > MOST_ROWS:
        raise Refusal(422, errors.TOO_LARGE, texts.TOO_LARGE)
    ordered = _sorted(request, model, found)
    shown = ordered[first : first + count]
    return {
        "fullResultSize": len(shown) + (len(ordered) > first + len(shown)),
        "from": first,
        "count": len(shown),
        "versionDigest": _NO_CHECKSUM if shown else None,
        "values": [books.show(model, row, tree) for row in shown],
    }


def one(request: web.Request, books: Books, model: Model, row: Row | None) -> dict[str, Any]:
    """A single row. Raises Refusal 404 when there is none, or none that the token may see."""
    tree = fields.parse(request.query.get("fields"), model)
    if row is None or model.name in books.switches.filtered:
        raise errors.not_found()
    return {"value": books.show(model, row, tree)}


def whole(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise Refusal(422, errors.PARAMETER, texts.VALIDATION_FAILED, problems=[Problem(name, texts.INVALID_PARAMETER)])
    return int(text)


def ids(request: web.Request, name: str) -> set[int] | None:
    """A comma separated list of ids; None when the parameter is not given."""
    text = request.query.get(name, "")
    if not text:
        return None
    if not all(part.strip().isdecimal() for part in text.split(",")):
        raise Refusal(422, errors.PARAMETER, texts.VALIDATION_FAILED, problems=[Problem(name, texts.INVALID_PARAMETER)])
    return {int(part) for part in text.split(",")}


def containing(request: web.Request, rows: Iterable[Row], *names: str) -> list[Row]:
    """Keep the rows that contain each given text: Tripletex' "like" filters, which match too much."""
    kept = list(rows)
    for name in names:
        wanted = request.query.get(name, "").lower()
        if wanted:
            kept = [row for row in kept if wanted in str(row.get(name) or "").lower()]
    return kept


def _sorted(request: web.Request, model: Model, rows: list[Row]) -> list[Row]:
    for name in reversed([part.strip() for part in request.query.get("sorting", "").split(",") if part.strip()]):
        key = name.removeprefix("-")
        if key not in model.fields:
            raise Refusal(422, errors.SORTING, texts.VALIDATION_FAILED, problems=[Problem(key, texts.NO_SUCH_FIELD)])

        def value(row: Row, key: str = key) -> tuple[bool, Any]:
            found = row.get(key)
            return (found is not None, found if found is not None else "")

        rows = sorted(rows, key=value, reverse=name.startswith("-"))
    return rows
