"""One company inside the stand-in: its employees with their positions, its lists, and its jobs."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from sandbox.standin import Clock
from sandbox.visma_net.jobs import Job, Jobs, Result
from sandbox.visma_net.rules import Lists, check_employee, check_position, merged_salaries, with_sums

Document = dict[str, Any]
Change = Callable[[Document], None]

_SERVERS = ("id", "tenantId", "lastChange", "employeeId")
"""Members that a body cannot set."""


class Conflict(Exception):
    """A write with the ETag of an older document."""


@dataclass
class Switches:
    """What has never been observed, or differs; the product must cope with all.

    - refuse_duplicates: a job fails for a number that somebody has.
    - merge_on_put: members left out of a PUT are kept, against what is published.
    - refuse_cities: places of which no address is taken, for a reason that nobody could foresee.
    - employment_forms: values beyond those that are published.
    """

    refuse_duplicates: bool = False
    merge_on_put: bool = False
    refuse_cities: set[str] = field(default_factory=set)
    employment_forms: set[str] = field(default_factory=set)


class Tenant:
    """A company's documents. Writes become jobs, which are carried out when they have been looked at often enough."""

    def __init__(self, identifier: str, name: str, clock: Clock, *, company: bool = True) -> None:
        self.id = identifier
        self.name = name
        self.clock = clock
        self.is_company = company
        self.switches = Switches()
        self.lists: dict[str, list[Document]] = {"taxUnits": [], "workTimeAgreements": []}
        self.employees: dict[str, Document] = {}
        self.positions: dict[str, dict[str, Document]] = {}
        self.jobs = Jobs(identifier, clock)

    @property
    def today(self) -> date:
        return self.clock().date()

    def add_row(self, name: str, /, **values: Any) -> str:
        """A row of `taxUnits` or `workTimeAgreements`; hands back its id."""
        identifier = _guid(self.id, name, len(self.lists[name]))
        self.lists[name].append({"id": identifier, **values})
        return identifier

    def add_employee(self, employee: Document, positions: list[Document]) -> str:
        """Keep an employee as one who has been there before; hands back the id."""
        identifier = _guid(self.id, "employee", len(self.employees), employee.get("number"))
        self.employees[identifier] = {"id": identifier, "tenantId": self.id, "isDraft": False, **employee}
        self.positions[identifier] = {}
        for position in positions:
            self.add_position(identifier, position)
        self.touch(identifier)
        return identifier

    def add_position(self, employee: str, position: Document) -> str:
        identifier = _guid(employee, "position", len(self.positions[employee]))
        made = with_sums({"id": identifier, "tenantId": self.id, "employeeId": employee, **position})
        self.positions[employee][identifier] = made
        return identifier

    def by_number(self, number: str) -> list[Document]:
        return [one for one in self.employees.values() if one.get("number") == number]

    def edit(self, employee: str, change: Change) -> None:
        """Change an employee as somebody would in Visma.net's own pages, behind the integration's back."""
        change(self.employees[employee])
        self.touch(employee)

    def approve(self, employee: str) -> None:
        """Make a draft an employee, as the payroll office does."""
        self.edit(employee, lambda document: document.update(isDraft=False))

    def touch(self, employee: str) -> None:
        self.employees[employee]["lastChange"] = self.clock().isoformat()

    def etag(self, document: Document) -> str:
        text = json.dumps(document, sort_keys=True, default=str)
        return '"' + hashlib.sha256(text.encode()).hexdigest()[:16] + '"'

    def require(self, document: Document, if_match: str | None) -> None:
        """Raises `Conflict` unless the ETag, quoted or not, is the document's."""
        if if_match and if_match.strip('"') != self.etag(document).strip('"'):
            raise Conflict

    def ask_create(self, body: Document) -> Job:
        """Accept a new employee with positions."""
        return self.jobs.accept("Employee", "Create", lambda: self._create(body))

    def ask_update(self, employee: str, body: Document) -> Job:
        """Accept a document that shall take an employee's place."""
        return self.jobs.accept("Employee", "Update", lambda: self._update(employee, body))

    def ask_position(self, employee: str, body: Document, position: str | None = None) -> Job:
        """Accept a new position, or a document that shall take one's place."""
        action: Literal["Create", "Update"] = "Update" if position else "Create"
        return self.jobs.accept("Position", action, lambda: self._position(employee, body, position), employee)

    def _create(self, body: Document) -> tuple[str | None, list[Result]]:
        body = deepcopy(body)
        positions = body.pop("positions", None) or []
        draft = body.get("isDraft") is True
        results = check_employee(body, draft=draft)
        for place, position in enumerate(positions):
            results += check_position(position, self._known(), draft=draft, at=f"$.positions[{place}]")
        if self.switches.refuse_duplicates and body.get("number") and self.by_number(body["number"]):
            results.append(Result("The employee number is in use", "DuplicateNumber", "$.number"))
        if (body.get("address") or {}).get("cityName") in self.switches.refuse_cities:
            results.append(Result("The address is not valid", "InvalidAddress", "$.address"))
        if any(result.severity == "Error" for result in results):
            return None, results
        if not body.get("number"):
            taken = [int(one["number"]) for one in self.employees.values() if str(one.get("number")).isdigit()]
            body["number"] = str(max(taken, default=0) + 1)
        body.setdefault("taxInformation", {"askForTaxInformation": True})
        for name in _SERVERS:
            body.pop(name, None)
        return self.add_employee(body, positions), results

    def _update(self, employee: str, body: Document) -> tuple[str | None, list[Result]]:
        held = self.employees[employee]
        results = check_employee(body, draft=body.get("isDraft") is True)
        if any(result.severity == "Error" for result in results):
            return None, results
        self.employees[employee] = self._replaced(held, body)
        self.touch(employee)
        return employee, results

    def _position(self, employee: str, body: Document, position: str | None) -> tuple[str | None, list[Result]]:
        draft = self.employees[employee].get("isDraft") is True
        results = check_position(body, self._known(), draft=draft, at="$")
        if any(result.severity == "Error" for result in results):
            return None, results
        if position is None:
            position = self.add_position(employee, {k: v for k, v in deepcopy(body).items() if k not in _SERVERS})
        else:
            held = self.positions[employee][position]
            body, warnings = merged_salaries(held, body)
            results += warnings
            self.positions[employee][position] = with_sums(self._replaced(held, body))
        self.touch(employee)
        return position, results

    def _replaced(self, held: Document, body: Document) -> Document:
        """A PUT takes the whole document's place; what is left out is gone."""
        own = {name: held[name] for name in _SERVERS if name in held}
        kept = held if self.switches.merge_on_put else {}
        return {**kept, **deepcopy(body), **own}

    def _known(self) -> Lists:
        ids = {name: frozenset(row["id"] for row in rows) for name, rows in self.lists.items()}
        return Lists(ids["taxUnits"], ids["workTimeAgreements"], frozenset(self.switches.employment_forms))

    def snapshot(self) -> dict[str, Any]:
        return {"employees": self.employees, "positions": self.positions}

    def restore(self, state: dict[str, Any]) -> None:
        self.employees, self.positions = state["employees"], state["positions"]


def _guid(*parts: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, parts))))
