"""Documents to send: new ones made from a change, and those of Visma.net with a change put into them.

A PUT overwrites the whole document, so an edited one is the document as it was read, with nothing lost that we do not
know. Every function here takes and gives documents and sends nothing.
Source: Visma.net Employee API, FAQ, "Updating Employee or Position" and "Minimal set of mandatory fields".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

from bot.domain.findings import Finding, Severity
from bot.domain.record import Value
from bot.providers.visma_net.field_table import (
    ADDRESS,
    D_NUMBER,
    EXTERNAL_KEY,
    NATIONAL_ID,
    REGISTERS,
    SALARIES,
    TIMELINES,
    reference_day,
)
from bot.providers.visma_net.timeline import Entry, begins, entries_of, in_force, opened

Json = dict[str, Any]
Values = Mapping[str, Value]
Ids = Callable[[str, str], str]
"""The id that a label stands for: (list, label) -> id."""

_LEFT_OUT = frozenset({"_embedded", "_links"})
"""Members of an answer that describe the answer and not the document."""


def new_employee(values: Values, positions: list[Json], *, email_type: str, phone_type: str, today: date) -> Json:
    """A new employee, always a draft: Visma.net's own people approve it."""
    body: Json = {"isDraft": True}
    if values.get("number"):
        body["number"] = values["number"]
    body = edited_person(body, {key: value for key, value in values.items() if key != "number"}, today)
    if email_type and values.get("email"):
        body["emails"] = [{"type": email_type, "address": values["email"]}]
    if phone_type and values.get("phone"):
        body["phones"] = [{"type": phone_type, "number": int(str(values["phone"]))}]
    return {**body, "positions": positions}


def edited_person(document: Mapping[str, Any], values: Values, today: date) -> Json:
    """The employee's document with new values; names and identity numbers are timelines and keep their past."""
    body = _own(document)
    given = {"firstName": values.get("first_name"), "lastName": values.get("last_name")}
    names = {name: value for name, value in given.items() if value}
    if names:
        body["personNames"] = opened(entries_of(body.get("personNames")), today, _setter(names))
    for key, kind in (("d_number", D_NUMBER), ("identity_number", NATIONAL_ID)):
        if values.get(key):
            identity = {"typeOfId": kind, "id": values[key]}
            body["personIds"] = opened(entries_of(body.get("personIds")), today, _setter(identity))
    if isinstance(born := values.get("birth_date"), date):
        body["dateOfBirth"] = born.isoformat()
    address = {name: values[key] for key, name in ADDRESS.items() if values.get(key)}
    if address:
        body["address"] = {**_dict(body.get("address")), **address}
    if values.get("bank_account"):
        body["salaryPaymentMethod"] = {
            **_dict(body.get("salaryPaymentMethod")),
            "paymentType": "bank",
            "localBankAccount": values["bank_account"],
        }
    if values.get("external_id"):
        body["externalIds"] = _with_our_key(body, str(values["external_id"]))
    return body


def new_position(start: date, values: Values, terms: Mapping[date, Values], source_id: str, ids: Ids) -> Json:
    """A new position from its first day on. What holds from then on has no bound, as in the vendor's example."""
    body: Json = {"activeStart": start.isoformat(), "typeOfPosition": values.get("position_type")}
    body |= {"externalIds": _with_our_key(body, source_id)}
    made, _ = edited_position(body, {**values, "effective_from": start}, terms, start, ids)
    return made


def edited_position(
    document: Mapping[str, Any], values: Values, terms: Mapping[date, Values], today: date, ids: Ids
) -> tuple[Json, list[Finding]]:
    """The position's document with new values from today, a salary from its own day, and what is to come.

    A salary that would overwrite pay that has begun holds from today instead, and a finding says so.
    """
    body, findings = _own(document), list[Finding]()
    start = begins(body)
    day = reference_day(body, today)
    for key, name in TIMELINES.items():
        if values.get(key) is not None:
            put = _setter({"value": _sent(key, values[key], ids)})
            body[name] = opened(entries_of(body.get(name)), day, put, first_day=start)
    if put_salary := salary_setter(values):
        timeline = entries_of(body.get("salaryInformation"))
        since, moved = _salary_day(timeline, values.get("effective_from"), day, start)
        if moved:
            findings.append(Finding("visma_net_salary_from_today", Severity.WARNING, "salary", {"day": day}))
        body["salaryInformation"] = opened(timeline, since, put_salary, first_day=start)
    for from_day in sorted(terms):
        if put_salary := salary_setter(terms[from_day]):
            timeline = entries_of(body.get("salaryInformation"))
            body["salaryInformation"] = opened(timeline, from_day, put_salary, first_day=start)
    end = values.get("end_date")
    if isinstance(end, date):
        body["activeEnd"] = end.isoformat()
    elif "end_date" in values and end is None:
        # What is left out of a PUT is deleted.
        body.pop("activeEnd", None)
        body.pop("positionEndReason", None)
    if values.get("end_reason"):
        body["positionEndReason"] = [values["end_reason"]]
    return body, findings


def _salary_day(timeline: list[Entry], wanted: Value, day: date, start: date) -> tuple[date, bool]:
    """The day from which a salary is to hold that is wanted from a day, or from `day` where none is given; and whether
    it was moved to `day`, as it would have overwritten the pay that has begun. Never later than `day`."""
    since = max(wanted, start) if isinstance(wanted, date) else day
    held = in_force(timeline, day)
    moved = since < day and held is not None and max(begins(held), start) >= since
    return (day if moved else min(since, day)), moved


def salary_setter(values: Values) -> Callable[[Entry], None] | None:
    """What writes the one amount among the values into an entry; None when there is none.

    The two other amounts of a copied entry are Visma.net's sums of the old one, and go.
    """
    for key, word in SALARIES.items():
        amount = values.get(key)
        if isinstance(amount, Decimal):

            def put(entry: Entry, word: str = word, amount: Decimal = amount) -> None:
                for other in SALARIES.values():
                    entry.pop(f"{other}Salary", None)
                entry.setdefault("salaryType", "Period")
                entry["contractSalaryType"] = word
                entry[f"{word}Salary"] = money(amount)

            return put
    return None


def money(amount: Decimal) -> str:
    """An amount as Visma.net takes it: text, with a point, without an exponent or idle zeros."""
    return f"{amount.normalize():f}"


def differs(document: Mapping[str, Any], edited: Mapping[str, Any]) -> bool:
    """Whether an edit changed anything."""
    return _own(document) != dict(edited)


def _own(document: Mapping[str, Any]) -> Json:
    return {name: deepcopy(value) for name, value in document.items() if name not in _LEFT_OUT}


def _sent(key: str, value: Value, ids: Ids) -> object:
    return ids(REGISTERS[key], str(value)) if key in REGISTERS else value


def _setter(members: Mapping[str, object]) -> Callable[[Entry], None]:
    return lambda entry: entry.update(members)


def _with_our_key(body: Mapping[str, Any], value: str) -> list[Entry]:
    others = [entry for entry in entries_of(body.get("externalIds")) if entry.get("key") != EXTERNAL_KEY]
    return [*others, {"key": EXTERNAL_KEY, "value": value}]


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}
