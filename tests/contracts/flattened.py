"""Facts of Xledger's GraphQL from a public client's lists of fields, and what of a document they do not have.

The client names a field of an object by its path (`glObject1_dbId`). What it does not ask for itself, and others do, is
in `ALSO`, with who does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.xledger.document import Operation, Selected, read
from tests.contracts.contract import Contract

Facts = dict[str, Any]

SOURCE = "fields that a public client (grasp-labs/ds-provider-xledger-py-lib) asks for and sends, 2026"
KINDS = {"string": "string?", "bool": "boolean?", "boolean": "boolean?", "int64": "integer?", "int": "integer?",
         "float64": "number?", "datetime64[ns]": "date?", "datetime[ns]": "string?"}  # fmt: skip
SHOWN = {**KINDS, "int64": "string?", "int": "string?"}
"""Whole numbers are texts where they are shown, as other clients declare them."""
READ = {"employees": "Employee", "employeeGroups": "EmployeeGroup", "objectValues": "ObjectValue"}
WRITTEN = {"employees/create": "AddEmployeesInputNode", "employees/update": "UpdateEmployeesInputNode"}
PAGED = {"first": "integer", "after": "string?", "dbIds": {"each": "integer"}}
"""Variables of the queries of Xledger's own sample and of a public client (`dbId_in`)."""

ALSO: Mapping[str, Mapping[str, Any]] = {
    # Skyvell/xledger, 2024: employees with contact and owner; the client of `SOURCE`: contacts and subledgers.
    "Employee": {
        "contact": {"properties": dict.fromkeys(("firstName", "lastName", "phone", "socialSec"), "string?")
                    | {"birthday": "date?"}},
        "subledger": {"properties": {"dbId": "string?", "bankAccount": "string?"}},
        "owner": {"properties": {"description": "string?"}},
    },
    # The same client as in `SOURCE`.
    "ObjectKind": {"dbId": "string", "name": "string?", "modifiedAt": "string?"},
}  # fmt: skip


def flattened(described: Mapping[str, Any]) -> Facts:
    """The lists and mutations that are used, and the shapes of their nodes."""
    shapes: dict[str, Any] = {}
    operations: dict[str, Facts] = {"GET /__schema": {"body": _body({})}, "GET /__type": {"body": _body({})}}
    for name, shape in READ.items():
        shapes[shape] = _shape(described[f"{name}/read"]["fields"], SHOWN)
    for shape, extra in ALSO.items():
        own = shapes.setdefault(shape, {"properties": {}})
        own["properties"] |= extra
    for name, shape in {**READ, "objectKinds": "ObjectKind"}.items():
        operations[f"GET /{name}"] = {"body": _body(PAGED), "answers": {"200": {"each": f"@{shape}"}}}
    for key, shape in WRITTEN.items():
        shapes[shape] = _shape(described[key]["fields"], KINDS) | {"closed": True}
        one = {"properties": {"clientId": "string", "node": f"@{shape}"}, "required": ["clientId", "node"]}
        body = _body({"inputs": {"each": one, "least": 1}})
        operations[f"POST /{described[key]['operation']}"] = {"body": body, "answers": {"200": {"each": "@Employee"}}}
    return {"source": SOURCE, "operations": operations, "shapes": dict(sorted(shapes.items()))}


def _body(variables: Facts) -> Facts:
    return {
        "properties": {"query": "string", "variables": {"properties": variables, "closed": True}},
        "required": ["query"],
        "closed": True,
    }


def _shape(fields: Mapping[str, Mapping[str, Any]], kinds: Mapping[str, str]) -> Facts:
    made: Facts = {}
    for name, said in fields.items():
        if name.startswith("flexi"):
            continue
        outer, _, inner = name.partition("_")
        kind = kinds[said["type"]]
        if inner:
            made.setdefault(outer, {"properties": {}})["properties"][inner] = kind
        else:
            made[outer] = kind
    required = [name for name, said in fields.items() if said["required"]]
    return {"properties": made, **({"required": required} if required else {})}


def selection_faults(described: Contract, body: Mapping[str, Any]) -> list[str]:
    """What a document asks for that nobody is known to have been given."""
    operation = read(body["query"])
    return [fault for one in operation.selected for fault in _faults(described, operation, one)]


def _faults(described: Contract, operation: Operation, asked: Selected) -> Iterator[str]:
    if asked.name.startswith("__"):
        return
    method = "POST" if operation.kind == "mutation" else "GET"
    rows = described.call(method, f"/{asked.name}").answers["200"]["each"]
    allowed = {"cursor", "clientId", "hasNextPage"}
    for edges in asked.inner:
        for one in edges.inner:
            if one.name == "node":
                yield from _unknown(described.opened(rows)["properties"], one.inner, asked.name)
            elif one.name not in allowed:
                yield f"{asked.name}.{edges.name}.{one.name} is unknown"


def _unknown(properties: Mapping[str, Any], inner: tuple[Selected, ...], where: str) -> Iterator[str]:
    for one in inner:
        fact = properties.get(one.name)
        if fact is None:
            yield f"{where}.{one.name} is unknown"
        elif one.inner or isinstance(fact, dict):
            if not one.inner or not isinstance(fact, dict):
                yield f"{where}.{one.name} is not asked for like this"
            else:
                yield from _unknown(fact["properties"], one.inner, f"{where}.{one.name}")
