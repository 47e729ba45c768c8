"""The stand-in's schema, as introspection shows it, and what of values it takes.

Names of fields are those that public clients of Xledger ask for and send; names of types are not published, and are the
stand-in's own, but for the inputs of mutations. Kinds of values are stricter here than what is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

Json = Any

_NAMED = {"dbId": "String", "code": "String", "description": "String"}
_TIMES = {"createdAt": "DateTimeString", "modifiedAt": "DateTimeString", "ownerDbId": "String"}
_POSTINGS = tuple(f"glObject{place}" for place in range(1, 6))
_DAYS = (
    "employmentFrom",
    "employmentTo",
    "anniversaryDate",
    "seniorityDate",
    "trialTo",
    "noticeDate",
    "dateFrom",
    "dateTo",
)

LISTS = {
    "employees": "Employee",
    "employeeGroups": "EmployeeGroup",
    "objectValues": "ObjectValue",
    "objectKinds": "ObjectKind",
}

OBJECTS: dict[str, dict[str, str]] = {
    "Employee": {
        **_NAMED, **_TIMES, **dict.fromkeys(_DAYS, "DateString"), "email": "String", "managerPhone": "String",
        "info": "String", "internalInfo": "String", "overview": "String", "timesheet": "Boolean", "overtime": "Boolean",
        "flextime": "Boolean", "timebased": "Boolean", "socialSecurityMasked": "String", "contactDbId": "String",
        "contact": "Contact", "subledger": "Subledger", "owner": "Entity", "employeeGroup": "EmployeeGroup",
        "positionValue": "ObjectValue", "positionCategory": "ObjectValue", "exitReason": "ObjectValue",
        **dict.fromkeys(_POSTINGS, "ObjectValue"),
    },
    "Contact": {
        "dbId": "String", "code": "String", "name": "String", "firstName": "String", "middleName": "String",
        "lastName": "String", "birthday": "DateString", "age": "Int", "phone": "String", "email": "String",
        "socialSec": "String", "personalId": "String",
    },
    "Subledger": {**_NAMED, "bankAccount": "String", "phone": "String", "email": "String"},
    "Entity": {**_NAMED, "ownerCode": "String"},
    "EmployeeGroup": {**_NAMED, **_TIMES},
    "ObjectValue": {**_NAMED, **_TIMES, "id": "String", "objectKindDbId": "String", "posting": "Boolean"},
    "ObjectKind": {"dbId": "String", "name": "String", "modifiedAt": "DateTimeString"},
    "PageInfo": {"hasNextPage": "Boolean!", "hasPreviousPage": "Boolean!"},
}  # fmt: skip

_TEXTS = (
    "code", "description", "managerPhone", "overview", "info", "internalInfo", "phone", "contactPhoneList",
    "contactEmailList", "contactAddress", "fullAddress", "email", "phoneSubledger", "bankAccount", "bankRouting",
    "firstName", "middleName", "lastName", "initials", "socialSec", "personalId", "companyName",
)  # fmt: skip
_REFERENCES = ("employeeGroup", "exitReason", "positionCategory", "positionValue", *_POSTINGS)
_NODE = {
    **dict.fromkeys(_TEXTS, "String"), **dict.fromkeys((*_DAYS, "birthday"), "DateString"),
    **dict.fromkeys(("timesheet", "overtime", "flextime", "timebased", "paymentNotification"), "Boolean"),
    **dict.fromkeys(_REFERENCES, "ReferenceInput"),
}  # fmt: skip
INPUTS: dict[str, dict[str, str]] = {
    "AddEmployeesInput": {"clientId": "String!", "node": "AddEmployeesInputNode!"},
    "AddEmployeesInputNode": {**_NODE, "code": "String!", "description": "String!", "owner": "ReferenceInput"},
    "UpdateEmployeesInput": {"clientId": "String!", "node": "UpdateEmployeesInputNode!"},
    "UpdateEmployeesInputNode": {"dbId": "Int!", **_NODE},
    "ReferenceInput": {"dbId": "Int", "code": "String", "description": "String"},
}
MUTATIONS = {"addEmployees": "AddEmployeesInput", "updateEmployees": "UpdateEmployeesInput"}


class RefusedByXledger(Exception):
    """A refusal, as an entry of `errors`."""

    def __init__(self, message: str, code: str = "", **extensions: Any) -> None:
        super().__init__(message)
        self.error: dict[str, Any] = {"message": message}
        if code.startswith("BAD_REQUEST"):
            self.error["code"] = code
        elif code:
            extensions["code"] = code
        if extensions:
            self.error["extensions"] = extensions


def invalid(message: str) -> RefusedByXledger:
    """A value or an argument that is not taken."""
    return RefusedByXledger(f"Argument 'inputs': {message}", "INVALID_VALUE")


class Schema:
    """What there is, but for `lacks`: names such as `Employee.contact`, `employeeGroups`, `ReferenceInput.code`.

    `needs` are members of the new employee that cannot be left out, beside those that never can.
    """

    def __init__(self) -> None:
        self.lacks: set[str] = set()
        self.needs: set[str] = set()

    def fields(self, kind: str) -> dict[str, str]:
        """The fields of a type of object or input; nothing for one that is none."""
        found = OBJECTS.get(kind) or INPUTS.get(kind) or self._connection(kind)
        kept = {name: said for name, said in found.items() if f"{kind}.{name}" not in self.lacks}
        if kind == "AddEmployeesInputNode":
            kept = {name: f"{said.rstrip('!')}!" if name in self.needs else said for name, said in kept.items()}
        return kept

    def _connection(self, kind: str) -> dict[str, str]:
        if kind == "Query":
            return {name: f"{of}Connection" for name, of in LISTS.items() if name not in self.lacks}
        if kind == "Mutation":
            return {name: "EmployeePayload" for name in MUTATIONS if name not in self.lacks}
        if kind == "EmployeePayload":
            return {"edges": "[EmployeePayloadEdge!]"}
        if kind == "EmployeePayloadEdge":
            return {"clientId": "String", "node": "Employee"}
        for of in LISTS.values():
            if kind == f"{of}Connection":
                return {"edges": f"[{of}Edge!]!", "pageInfo": "PageInfo!"}
            if kind == f"{of}Edge":
                return {"cursor": "String", "node": of}
        return {}

    def described(self, kind: str) -> dict[str, Any] | None:
        """A type as `__type` shows it."""
        fields = [
            {"name": name, "type": _shown(said), "args": self._args(kind, name)}
            for name, said in self.fields(kind).items()
        ]
        if not fields:
            return None
        is_input = kind in INPUTS
        return {"name": kind, "kind": "INPUT_OBJECT" if is_input else "OBJECT",
                "fields": None if is_input else fields, "inputFields": fields if is_input else None}  # fmt: skip

    def _args(self, kind: str, name: str) -> list[dict[str, Any]]:
        taken = {"inputs": f"[{MUTATIONS[name]}!]!"} if kind == "Mutation" else {}
        if kind == "Query":
            taken = {"first": "Int", "after": "String", "filter": f"{LISTS[name]}Filter"}
        return [{"name": key, "type": _shown(said)} for key, said in taken.items()]

    def check(self, kind: str, value: Json, where: str = "") -> None:
        """A value of a type. Raises `RefusedByXledger`."""
        if kind.endswith("!"):
            if value is None:
                raise invalid(f"{where} is required.")
            return self.check(kind[:-1], value, where)
        if value is None:
            return None
        if kind.startswith("["):
            for one in value if isinstance(value, list) else _wrong(where):
                self.check(kind[1:-1], one, where)
            return None
        if kind in INPUTS:
            return self._check_input(kind, value, where)
        if not _fits(kind, value):
            _wrong(where)
        return None

    def _check_input(self, kind: str, value: Json, where: str) -> None:
        fields = self.fields(kind)
        for name, one in value.items() if isinstance(value, dict) else _wrong(where):
            if name not in fields:
                raise invalid(f"Unknown field '{name}' of {kind}.")
            self.check(fields[name], one, name)
        for name, said in fields.items():
            if said.endswith("!") and value.get(name) is None:
                raise invalid(f"{name} is required.")


def _wrong(where: str) -> Iterable[Any]:
    raise invalid(f"{where} has a value of the wrong kind.")


def _fits(kind: str, value: Json) -> bool:
    if kind == "Boolean":
        return isinstance(value, bool)
    if kind == "Int":
        return isinstance(value, int) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if kind == "DateString":
        try:
            return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value) and date.fromisoformat(value))
        except ValueError:
            return False
    return True


def _shown(said: str) -> dict[str, Any]:
    """A type as introspection shows it: layers of "never null" and "a list of" around a name."""
    if said.endswith("!"):
        return {"kind": "NON_NULL", "name": None, "ofType": _shown(said[:-1])}
    if said.startswith("["):
        return {"kind": "LIST", "name": None, "ofType": _shown(said[1:-1])}
    kind = "SCALAR" if said in ("String", "Int", "Boolean", "DateString", "DateTimeString") else "OBJECT"
    return {"kind": "INPUT_OBJECT" if said in INPUTS else kind, "name": said, "ofType": None}
