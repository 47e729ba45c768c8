"""One customer database of Tidsbanken: its employees, employee groups and departments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

from sandbox.standin import Clock
from sandbox.tidsbanken import rules
from sandbox.tidsbanken.rules import Document, RefusedByTidsbanken

US = 1
"""The id of whoever changes rows over the API."""


@dataclass
class DatabaseSwitches:
    """What has never been observed; the product must cope with all.

    - update_blanks: an update blanks what it leaves out, rather than leaving it.
    - unchecked: making somebody who is there changes them, rather than being refused.
    - refuse_cities: places of which no address is taken, for a reason that nobody could foresee.
    """

    update_blanks: bool = False
    unchecked: bool = False
    refuse_cities: set[str] = field(default_factory=set)


class TidsbankenDatabase:
    """What one tb-key leads to. Nothing over the API deletes an employee."""

    def __init__(self, name: str, clock: Clock) -> None:
        self.name, self.clock = name, clock
        self.switches = DatabaseSwitches()
        self.employees: dict[int, Document] = {}
        self.groups: dict[int, str] = {}
        self.departments: dict[str, str] = {}
        self._writes = 0

    def create(self, body: Any) -> list[Document]:
        """New employees, of a list. Raises `RefusedByTidsbanken`; so do all that follow."""
        made = _rows(body)
        for row in made:
            rules.check(row, new=True)
            if row["Id"] in self.employees and not self.switches.unchecked:
                raise RefusedByTidsbanken("Ansatt finnes allerede.", 409)
            if not row.get("Fornavn") or not row.get("Etternavn"):
                raise RefusedByTidsbanken("Fornavn and Etternavn are required.")
            if row.get("Fastlonn") is not None:
                raise RefusedByTidsbanken("Fastlonn is set in Tidsbanken.")
            self._check_lists(row)
        return [self._keep({"OpprettetDato": self._now(), "OpprettetAvId": US, **rules.EMPTY, **row}) for row in made]

    def update(self, body: Any) -> list[Document]:
        """Employees who are there, of a list."""
        made = _rows(body)
        for row in made:
            rules.check(row, new=False)
            held = self.employees.get(row["Id"])
            if held is None:
                raise RefusedByTidsbanken("Ansatt finnes ikke.", 404)
            if "Fastlonn" in row and row["Fastlonn"] != held["Fastlonn"]:
                raise RefusedByTidsbanken("Fastlonn is set in Tidsbanken.")
            if "MalId" in row and row["MalId"] != held["MalId"]:
                raise RefusedByTidsbanken("MalId is set for new employees alone.")
            self._check_lists(row)
        return [self._updated(row) for row in made]

    def _updated(self, row: Document) -> Document:
        held = self.employees[row["Id"]]
        stamps = {name: held[name] for name in ("OpprettetDato", "OpprettetAvId")}
        base = {**rules.EMPTY, **stamps} if self.switches.update_blanks else held
        return self._keep({**base, **row})

    def add_department(self, body: Any) -> Document:
        """A new department, of an object."""
        if not isinstance(body, dict) or not isinstance(body.get("Id"), str) or not body["Id"]:
            raise RefusedByTidsbanken("Id is required.")
        if body["Id"] in self.departments:
            raise RefusedByTidsbanken("Avdeling finnes allerede.", 409)
        self.departments[body["Id"]] = str(body.get("Navn", ""))
        return {"Id": body["Id"], "Navn": self.departments[body["Id"]]}

    def update_department(self, identifier: str, body: Any) -> Document:
        """A department that is there."""
        if identifier not in self.departments:
            raise RefusedByTidsbanken("Avdeling finnes ikke.", 404)
        if not isinstance(body, dict):
            raise RefusedByTidsbanken("An object is required.")
        self.departments[identifier] = str(body.get("Navn", self.departments[identifier]))
        return {"Id": identifier, "Navn": self.departments[identifier]}

    def _check_lists(self, row: Mapping[str, Any]) -> None:
        if row.get("AvdelingId") and row["AvdelingId"] not in self.departments:
            raise RefusedByTidsbanken("AvdelingId finnes ikke.")
        if "MalId" in row and row["MalId"] not in self.groups:
            raise RefusedByTidsbanken("MalId finnes ikke.")
        if row.get("Poststed") in self.switches.refuse_cities:
            raise RefusedByTidsbanken("Poststed is not valid.")

    def _keep(self, row: Document) -> Document:
        """The day of the last change moves on every write."""
        self._writes += 1
        self.employees[row["Id"]] = {**row, "SistEndretDato": self._now(), "SistEndretAvId": US}
        return self.employees[row["Id"]]

    def _now(self) -> str:
        moment = self.clock().astimezone(UTC) + timedelta(milliseconds=self._writes)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def snapshot(self) -> dict[str, Any]:
        return {"employees": list(self.employees.values()), "groups": self.groups, "departments": self.departments}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.employees = {row["Id"]: dict(row) for row in state["employees"]}
        self.groups = {int(key): name for key, name in state["groups"].items()}
        self.departments = dict(state["departments"])


def _rows(body: Any) -> list[Document]:
    if not isinstance(body, list) or not body or not all(isinstance(row, dict) for row in body):
        raise RefusedByTidsbanken("A list of employees is required.")
    return body
