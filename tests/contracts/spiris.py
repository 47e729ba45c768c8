"""Spiris' description as `distil.py` can read it: types that are lists, days that are said to be moments, OData."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.contracts.used import SPIRIS_LON, SPIRIS_SETTINGS

OPTIONS = {"$top": "integer", "$skip": "integer", "$orderby": "string", "$filter": "string", "$select": "string"}


def spiris(said: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The description and the calls of it that are used, with the company's settings, and with what a list takes, which
    is said in words alone."""
    described: dict[str, Any] = _without_lists_of_types(said)
    described["info"] = {"title": "Spiris Lön API", "version": "v2, September 2026"}
    text = {"type": "string", "nullable": True}
    described["components"]["schemas"]["PayrollSettings"] = {
        "type": "object", "properties": dict.fromkeys(SPIRIS_SETTINGS, text),
    }  # fmt: skip
    settings = {"content": {"application/json": {"schema": {"$ref": "#/PayrollSettings"}}}}
    described["paths"]["/v2/payrollsettings"] = {"get": {"responses": {"200": settings}}}
    described["paths"]["/v2/employees"]["get"]["parameters"] = [
        {"in": "query", "name": name, "schema": {"type": kind}} for name, kind in OPTIONS.items()
    ]
    return described, SPIRIS_LON


def _without_lists_of_types(value: Any) -> Any:
    """The same with `nullable` in the place of a type that is a list, and days as texts that begin with one."""
    if isinstance(value, list):
        return [_without_lists_of_types(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {key: _without_lists_of_types(one) for key, one in value.items()}
    if isinstance(kinds := made.get("type"), list):
        made["type"] = next(kind for kind in kinds if kind != "null")
        if made["type"] != "array":
            made["nullable"] = "null" in kinds
    if made.get("format") == "date-time":
        del made["format"]
    return made
