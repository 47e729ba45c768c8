"""One company in Kleer: its users, their payroll agreements with every salary, dimensions, and days of absence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.kleer import rules
from sandbox.kleer.rules import Document, RefusedByKleer
from sandbox.standin import Clock

RIGHTS = frozenset({"Administrator", "Payroll", "PayrollSecret", "Dimensions"})

DEFAULTS: Document = {
    "address1": "", "address2": "", "zip-code": "", "state": "", "country-code": "SE", "phone": "", "tax-table": "0",
    "tax-table-column": "1", "tax-percentage": "30", "one-time-tax-percentage": "0", "clearing-nr": "",
    "account-nr": "", "travel-reimbursement-per-mile": "0", "expense-allowance": "false", "fuel-benefit": "false",
    "monthly-salary-type": "Current", "monthly-salary-yearly-pension": "0", "hourly-salary": "0",
    "provision": "false", "month-report-strategy": "Create",
}  # fmt: skip
"""What an agreement has that nobody has said."""

BEFORE_SALARY = (
    "ssn", "address1", "address2", "zip-code", "state", "country-code", "phone", "tax-table", "tax-table-column",
    "tax-percentage", "one-time-tax-percentage", "clearing-nr", "account-nr", "employment-start-date",
    "employment-end-date", "notes", "travel-reimbursement-per-mile", "expense-allowance", "fuel-benefit",
    "monthly-salary-type",
)  # fmt: skip


@dataclass
class KleerSwitches:
    """What has never been observed; the product must cope with all.

    - past_line: what becomes of a salary from a day that has one, "replace" or "refuse".
    - drops_later: a salary takes those from later days away.
    - no_agreement: the status with which somebody without an agreement is answered.
    - dies_without_number: a created user keeps no foreign id.
    - unit: what a salary is counted in, of which the interface says nothing. It is for whoever looks at the screen.
    - closed_through: absence up to this day is certified.
    - refuse_cities: places of which no address is taken, for a reason that nobody could foresee.
    """

    past_line: str = "replace"
    drops_later: bool = False
    no_agreement: int = 404
    dies_without_number: bool = False
    unit: str = "ore"
    closed_through: str = ""
    refuse_cities: set[str] = field(default_factory=set)


class KleerCompany:
    """What one company id is. Rows are kept as texts by the names of the schema."""

    def __init__(self, identifier: int, name: str, organisation_number: str, clock: Clock) -> None:
        self.id, self.name, self.organisation_number, self.clock = identifier, name, organisation_number, clock
        self.switches = KleerSwitches()
        self.users: dict[int, Document] = {}
        self.agreements: dict[int, Document] = {}
        self.salaries: dict[int, dict[str, int]] = {}
        self.events: dict[int, Document] = {}
        self.dimensions: dict[int, Document] = {}
        self.entries: dict[int, Document] = {}
        self.schedules: set[int] = {1, 2}
        self.invited: list[str] = []
        self._last = 100

    def information(self) -> Document:
        return {
            "name": self.name,
            "orgno": self.organisation_number,
            "accounting-currency": "SEK",
            "supplier-invoice-email": f"{self.id}@faktura.example",
        }

    def add_dimension(self, name: str, entries: Iterable[tuple[str, str]] = (), *, active: bool = True) -> int:
        """A dimension with its entries, by foreign id and name."""
        dimension = self._next()
        self.dimensions[dimension] = {"name": name, "active": "true" if active else "false"}
        for code, called in entries:
            self.add_entry(dimension, code, called)
        return dimension

    def add_entry(self, dimension: int, code: str, name: str, *, active: bool = True) -> int:
        entry = self._next()
        made = {"foreign-id": code} if code else {}
        self.entries[entry] = {**made, "dimension": dimension, "name": name, "active": "true" if active else "false"}
        return entry

    def add_user(self, **values: str) -> int:
        """A user as somebody has entered them, whatever the rules for the interface say."""
        user = self._next()
        self.users[user] = {"active": "true", **{name.replace("_", "-"): value for name, value in values.items()}}
        return user

    def add_agreement(self, user: int, salaries: Mapping[str, int] | None = None, **values: Any) -> None:
        self.agreements[user] = {**DEFAULTS, **{name.replace("_", "-"): value for name, value in values.items()}}
        self.salaries[user] = dict(salaries or {})

    def by_number(self, number: str) -> list[int]:
        return [user for user, row in self.users.items() if row.get("foreign-id") == number]

    def user(self, identifier: str) -> Document:
        """A user as Kleer shows them. Raises `RefusedByKleer`; so do all that follow."""
        key = self._known(identifier)
        row = self.users[key]
        made: Document = {"id": str(key)}
        made |= {name: row[name] for name in ("foreign-id", "internal-id", "name", "email", "active") if name in row}
        made |= {name: row[name] for name in ("dimensions", "dimension-user-percentage") if name in row}
        return made

    def user_by_number(self, number: str) -> Document:
        found = self.by_number(number)
        if len(found) != 1:
            raise RefusedByKleer("Användaren finns inte.", 404)
        return self.user(str(found[0]))

    def create_user(self, body: Document) -> int:
        self._check_user(body, own=None)
        user = self._next()
        self.users[user] = {name: value for name, value in body.items() if name not in ("id", "dimension-entry")}
        if self.switches.dies_without_number:
            self.users[user].pop("foreign-id", None)
        self.invited.append(body["email"])
        return user

    def update_user(self, identifier: str, body: Document) -> int:
        """All that a user has is in the body: what is left out is gone."""
        user = self._known(identifier)
        if body["id"] != identifier:
            raise RefusedByKleer("Fel id.")
        self._check_user(body, own=user)
        self.users[user] = {name: value for name, value in body.items() if name not in ("id", "dimension-entry")}
        return user

    def _check_user(self, body: Document, own: int | None) -> None:
        number = body.get("foreign-id")
        if number and any(user != own for user in self.by_number(number)):
            raise RefusedByKleer("Användaren finns redan.")
        if "@" not in body["email"]:
            raise RefusedByKleer("Ogiltig e-postadress.")
        self._check_entries(one["id"] for one in body.get("dimensions", {}).get("dimension-entry", ()))

    def agreement(self, identifier: str) -> Document:
        user = self._agreed(identifier)
        row, salaries = self.agreements[user], self.salaries[user]
        day, amount = self._salary(user)
        shown: Document = {"user": {"id": str(user)}}
        shown |= {name: row[name] for name in BEFORE_SALARY if name in row}
        shown |= {"monthly-salary": str(amount)} | ({"monthly-salary-start-date": day} if day else {})
        names = ("monthly-salary-yearly-pension", "hourly-salary", "hourly-salary-start-date")
        shown |= {name: row[name] for name in names if name in row}
        shown |= {
            "variable-salary-type": "Disabled",
            "variable-salary-payout-type": "Current",
            "variable-salary-input-type": "Other",
            "variable-salary-description": "",
            "variable-salery-tax-type": "Normal",
            "variable-salery-provision-vacation-percentage": "0",
            "provision": row["provision"],
            "month-report-strategy": row["month-report-strategy"],
            "manager-user": {"id": row.get("manager-user", {"id": str(user)})["id"]},
            "workplace-number": "",
            "schedules": row.get("schedules", {}),
            "dimension-entries": row.get("dimension-entries", {}),
            "vacation-entitlements": {},
            "children": {},
        }
        lines = [
            {"monthly-salary": str(line), "monthly-salary-start-date": first}
            for first, line in sorted(salaries.items())
        ]
        return {**shown, "full-history-monthly-salaries": {"full-history-monthly-salary": lines} if lines else {}}

    def create_agreement(self, identifier: str, body: Document) -> int:
        user = self._known(identifier)
        if user in self.agreements:
            raise RefusedByKleer("Löneavtalet finns redan.")
        for name in ("ssn", "employment-start-date"):
            if not body.get(name):
                raise RefusedByKleer(f"Elementet {name} saknas.")
        self._check(body, {**DEFAULTS, **body})
        self.agreements[user], self.salaries[user] = dict(DEFAULTS), {}
        return self._set(user, body)

    def update_agreement(self, identifier: str, body: Document) -> int:
        """What is left out stays."""
        user = self._agreed(identifier)
        self._check(body, {**self.agreements[user], **body})
        day = body.get("monthly-salary-start-date")
        if day in self.salaries[user] and self.switches.past_line == "refuse":
            raise RefusedByKleer("Lönen finns redan.")
        return self._set(user, body)

    def _check(self, body: Document, whole: Document) -> None:
        if body.get("ssn"):
            rules.check_identity(body["ssn"])
        if body.get("clearing-nr") or body.get("account-nr"):
            rules.check_account(whole["clearing-nr"], whole["account-nr"])
        if "country-code" in body and (len(body["country-code"]) != 2 or not body["country-code"].isupper()):
            raise RefusedByKleer("Ogiltig landskod.")
        if body.get("state") in self.switches.refuse_cities:
            raise RefusedByKleer("Adressen kunde inte verifieras.")
        for name in ("monthly-salary", "hourly-salary"):
            if f"{name}-start-date" in body and name not in body:
                raise RefusedByKleer(f"Elementet {name} saknas.")
        end = body.get("employment-end-date", {}).get("employment-end-date", "9999-12-31")
        if end < str(whole.get("employment-start-date", "")):
            raise RefusedByKleer("Slutdatum är före startdatum.")
        self._check_entries(one["id"] for one in body.get("dimension-entries", {}).get("dimension-entry", ()))
        for one in body.get("schedules", {}).get("schedule", ()):
            if int(one["schedule"]["id"]) not in self.schedules:
                raise RefusedByKleer("Schemat finns inte.")

    def _set(self, user: int, body: Document) -> int:
        row, month = self.agreements[user], self.clock().date().replace(day=1).isoformat()
        for name, value in body.items():
            if name == "employment-end-date":
                row.pop(name, None)
                row |= {name: value[name]} if name in value else {}
            elif name == "monthly-salary":
                day = body.get("monthly-salary-start-date", month)
                kept = {d: a for d, a in self.salaries[user].items() if d < day or not self.switches.drops_later}
                self.salaries[user] = {**kept, day: int(value)}
            elif name != "monthly-salary-start-date":
                row[name] = value
        if "hourly-salary" in body:
            row.setdefault("hourly-salary-start-date", month)
        return user

    def _salary(self, user: int) -> tuple[str, int]:
        """The day of the salary in force, and the salary."""
        today = self.clock().date().isoformat()
        begun = [day for day in self.salaries[user] if day <= today]
        return (max(begun), self.salaries[user][max(begun)]) if begun else ("", 0)

    def _check_entries(self, wanted: Iterable[str]) -> None:
        if any(int(one) not in self.entries for one in wanted):
            raise RefusedByKleer("Dimensionsvärdet finns inte.")

    def _known(self, identifier: str) -> int:
        if int(identifier) not in self.users:
            raise RefusedByKleer("Användaren finns inte.", 404)
        return int(identifier)

    def _agreed(self, identifier: str) -> int:
        user = self._known(identifier)
        if user not in self.agreements:
            raise RefusedByKleer("Användaren har inget löneavtal.", self.switches.no_agreement)
        return user

    def add_event(self, identifier: str, body: Document) -> int:
        """A row of a day. Two equal rows are two rows: nothing is compared."""
        user = self._agreed(identifier)
        if body["date"] <= self.switches.closed_through:
            raise RefusedByKleer("Dagen är attesterad.")
        event = self._next()
        self.events[event] = {**body, "id": str(event), "user": user}
        return event

    def events_of(self, identifier: str, first: str, last: str) -> list[Document]:
        user = self._agreed(identifier)
        found = [one for one in self.events.values() if one["user"] == user and first <= one["date"] <= last]
        return [{name: value for name, value in one.items() if name != "user"} for one in found]

    def entries_of(self, dimension: str) -> list[Document]:
        if int(dimension) not in self.dimensions:
            raise RefusedByKleer("Dimensionen finns inte.", 404)
        rows = [(entry, row) for entry, row in self.entries.items() if row["dimension"] == int(dimension)]
        return [
            {
                "id": str(entry),
                **({"foreign-id": row["foreign-id"]} if "foreign-id" in row else {}),
                "name": row["name"],
                "description": "",
                "active": row["active"],
            }
            for entry, row in rows
        ]

    def dimensions_shown(self) -> list[Document]:
        return [
            {"id": str(key), "name": row["name"], "description": "", "active": row["active"]}
            for key, row in self.dimensions.items()
        ]

    def _next(self) -> int:
        self._last += 1
        return self._last

    _KEPT = ("users", "agreements", "salaries", "events", "dimensions", "entries")

    def snapshot(self) -> dict[str, Any]:
        return {"last": self._last, "invited": self.invited, **{name: getattr(self, name) for name in self._KEPT}}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._last, self.invited = state["last"], list(state["invited"])
        for name in self._KEPT:
            setattr(self, name, {int(key): value for key, value in state[name].items()})
