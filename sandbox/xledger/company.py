"""One entity of Xledger: its employees with contact and subledger, its groups, and its objects of every kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

from sandbox.standin import Clock
from sandbox.xledger.schema import RefusedByXledger, invalid

Row = dict[str, Any]

OF_CONTACT = {"firstName": "firstName", "middleName": "middleName", "lastName": "lastName", "birthday": "birthday",
              "socialSec": "socialSec", "phone": "phone"}  # fmt: skip
_REFERRED = ("glObject", "position", "exitReason")
OF_SUBLEDGER = {"bankAccount": "bankAccount", "phoneSubledger": "phone"}


@dataclass
class CompanySwitches:
    """What has never been observed; the product must cope with all.

    - update_blanks: an update blanks what it leaves out, rather than leaving it.
    - null_is_left_out: a null in an update changes nothing, rather than taking a value away.
    - unchecked: making an employee whose code is there makes another one, rather than being refused.
    - masks: identity numbers are shown masked.
    - refuse_domains: of which no e-mail is taken, for a reason that nobody could foresee.
    """

    update_blanks: bool = False
    null_is_left_out: bool = False
    unchecked: bool = False
    masks: bool = False
    refuse_domains: set[str] = field(default_factory=set)


class XledgerCompany:
    """What one token is of. Nothing over the API deletes an employee."""

    def __init__(self, name: str, db_id: int, clock: Clock) -> None:
        self.name, self.db_id, self.clock = name, db_id, clock
        self.switches = CompanySwitches()
        self.employees: dict[int, Row] = {}
        self.groups: dict[int, Row] = {}
        self.objects: dict[int, Row] = {}
        self.kinds: dict[int, str] = {}
        self._ids = db_id * 1000

    def next_id(self) -> int:
        """An id that nothing of this entity has."""
        self._ids += 1
        return self._ids

    def add_object(self, kind: int, code: str, description: str) -> int:
        """An object of a kind, such as a department."""
        own = self.next_id()
        self.objects[own] = {"dbId": own, "code": code, "description": description, "objectKindDbId": kind}
        return own

    def add(self, nodes: list[Row]) -> list[Row]:
        """New employees: all or none. Raises `RefusedByXledger`; so do all that follow."""
        codes = [row["code"] for row in self.employees.values()]
        for node in nodes:
            if node["code"] in codes and not self.switches.unchecked:
                raise invalid("code already exists.")
            codes.append(node["code"])
            if (owner := node.get("owner")) is not None and owner.get("dbId") != self.db_id:
                raise invalid("owner is not valid.")
        made = [self._written({}, {name: one for name, one in node.items() if name != "owner"}) for node in nodes]
        return [self._keep(self.next_id(), row, new=True) for row in made]

    def update(self, nodes: list[Row]) -> list[Row]:
        """Employees who are there: all or none."""
        made: list[tuple[int, Row]] = []
        for node in nodes:
            held = self.employees.get(node["dbId"])
            if held is None:
                raise invalid("dbId does not exist.")
            if "code" in node and any(r["code"] == node["code"] and r is not held for r in self.employees.values()):
                raise invalid("code already exists.")
            given = {name: one for name, one in node.items() if name != "dbId"}
            if self.switches.null_is_left_out:
                given = {name: one for name, one in given.items() if one is not None}
            base = {"code": held["code"], "description": held["description"]} if self.switches.update_blanks else held
            made.append((node["dbId"], self._written(base, given)))
        return [self._keep(db_id, row) for db_id, row in made]

    def _written(self, held: Mapping[str, Any], given: Mapping[str, Any]) -> Row:
        row = {**held, **{name: self._value(name, one) for name, one in given.items()}}
        if (mail := row.get("email")) and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", mail):
            raise invalid("email is not valid.")
        if (row.get("email") or "").rpartition("@")[2] in self.switches.refuse_domains:
            raise invalid("email is not accepted.")
        for name in ("socialSec", "bankAccount"):
            if row.get(name) and not re.fullmatch(r"[0-9]{11}", row[name]):
                raise invalid(f"{name} is not valid.")
        first, last = row.get("employmentFrom"), row.get("employmentTo")
        if first and last and last < first:
            raise invalid("employmentTo is before employmentFrom.")
        return row

    def _value(self, name: str, value: Any) -> Any:
        """A reference by its id, once it is known what is meant."""
        if not isinstance(value, dict):
            return value
        among = self.groups if name == "employeeGroup" else self.objects
        found = [own for own, row in among.items() if value and all(row.get(key) == one for key, one in value.items())]
        if len(found) != 1:
            raise invalid(f"{name} does not exist.")
        return found[0]

    def _keep(self, db_id: int, row: Row, *, new: bool = False) -> Row:
        moment = (self.clock().astimezone(UTC) + timedelta(milliseconds=self._ids)).strftime("%Y-%m-%dT%H:%M:%S")
        stamps = {"createdAt": moment} if new else {}
        self.employees[db_id] = {**row, **stamps, "modifiedAt": moment, "dbId": db_id}
        return self.shown(db_id)

    def shown(self, db_id: int) -> Row:
        """An employee as a list shows them: ids are texts, and what is the contact's or the subledger's is there."""
        row = self.employees[db_id]
        shown: Row = {name: value for name, value in row.items() if name not in OF_CONTACT and name not in OF_SUBLEDGER}
        number = row.get("socialSec") or ""
        contact = {theirs: row.get(ours) for ours, theirs in OF_CONTACT.items()}
        masked = f"{number[:6]}*****" if number else None
        if self.switches.masks:
            contact["socialSec"] = masked
        name = f"{row.get('firstName') or ''} {row.get('lastName') or ''}".strip()
        return {
            **shown, "dbId": str(db_id), "ownerDbId": str(self.db_id), "socialSecurityMasked": masked,
            "owner": {"dbId": str(self.db_id), "description": self.name},
            "contact": {**contact, "dbId": str(db_id + 500_000), "name": name},
            "subledger": {"dbId": str(db_id + 700_000), **{theirs: row.get(o) for o, theirs in OF_SUBLEDGER.items()}},
            **{name: _shown(self.objects[row[name]]) for name in row if name.startswith(_REFERRED) and row[name]},
            **({"employeeGroup": _shown(self.groups[row["employeeGroup"]])} if row.get("employeeGroup") else {}),
        }  # fmt: skip

    def rows(self, name: str) -> list[Row]:
        """A list, in order of id."""
        if name == "employees":
            return [self.shown(db_id) for db_id in sorted(self.employees)]
        if name == "employeeGroups":
            return [_shown(row) for row in self.groups.values()]
        if name == "objectValues":
            return [_shown(row) for row in self.objects.values()]
        if name == "objectKinds":
            return [{"dbId": str(kind), "name": named} for kind, named in self.kinds.items()]
        raise RefusedByXledger(f"Cannot query field '{name}' on type 'Query'.")

    def snapshot(self) -> dict[str, Any]:
        return {"employees": list(self.employees.values()), "groups": list(self.groups.values()), "ids": self._ids,
                "objects": list(self.objects.values()), "kinds": self.kinds}  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        self.employees, self.groups, self.objects = (
            {row["dbId"]: dict(row) for row in state[name]} for name in ("employees", "groups", "objects")
        )
        self.kinds = {int(kind): name for kind, name in state["kinds"].items()}
        self._ids = state["ids"]


def _shown(row: Mapping[str, Any]) -> Row:
    texts = {name: str(row[name]) for name in ("dbId", "objectKindDbId") if name in row}
    return {**row, **texts}
