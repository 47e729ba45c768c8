"""How Kleer says things: XML, and JSON only to whoever asks for it with both headers."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

from aiohttp import web

from sandbox.faults import Handler

JSON = "application/json"
PLURALS = {"users", "dimensions", "dimension-entries", "payroll-events", "accessible-companies"}


@web.middleware
async def speak(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Say an answer, which is one JSON object with the name of its root, in the form that was asked for."""
    try:
        answer = await handler(request)
    except web.HTTPException as error:
        answer = web.json_response({"error": {"message": error.reason}}, status=error.status)
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes | bytearray) or not answer.body:
        return answer
    kept = {name: value for name, value in answer.headers.items() if not name.lower().startswith("content-")}
    try:
        said = json.loads(answer.body)
    except ValueError:
        # Cut short, or not Kleer's own: it is passed on as it is.
        return web.Response(body=bytes(answer.body), status=answer.status, headers=kept, content_type="application/xml")
    if not isinstance(said, dict) or len(said) != 1 or not isinstance(next(iter(said.values())), dict):
        words = said.get("message", "") if isinstance(said, dict) else ""
        said = {"error": {"message": str(words)}}
    if request.headers.get("Accept") == JSON and request.headers.get("Content-Type", "").startswith(JSON):
        return web.json_response(_as_json(said), status=answer.status, headers=kept)
    return web.Response(body=_as_xml(said), status=answer.status, headers=kept, content_type="application/xml")


def _as_json(said: dict[str, Any]) -> Any:
    """Lists are under their plural, which is missing where there is nothing in them."""
    ((root, inner),) = said.items()
    if root not in PLURALS:
        return inner
    rows: list[Any] = next(iter(inner.values()), [])
    return {root: rows} if rows else {}


def _as_xml(said: dict[str, Any]) -> bytes:
    ((root, inner),) = said.items()
    element = ET.Element(root)
    _fill(element, inner)
    made: bytes = ET.tostring(element, encoding="utf-8", xml_declaration=True)
    return made


def _fill(parent: ET.Element, values: dict[str, Any]) -> None:
    for name, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            inner = ET.SubElement(parent, name)
            if isinstance(one, dict):
                _fill(inner, one)
            else:
                inner.text = str(one)
