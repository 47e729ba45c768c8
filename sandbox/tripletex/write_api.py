"""Creating and changing rows: three rounds of validation, then one commit, or nothing.

Source: recorded writes. A PUT may be partial; `version` is optional, and when given must be the
present one (409/8000); a PUT that changes nothing leaves the version, a change adds one. Everything new starts at
version 0, but an employee with access to Tripletex at 1, and one who comes with employments one higher. The person's
version moves with every POST of an employment or a salary row of theirs and every PUT of such a row, also one that
changes nothing. A new row gets an hourly wage from the annual salary; a PUT leaves it as it is.
"""

from __future__ import annotations

from typing import Any

from sandbox.tripletex import errors, object_mapper, rules, texts
from sandbox.tripletex.company_state import BACK, Books, Row
from sandbox.tripletex.errors import Refusal
from sandbox.tripletex.models import MODELS, Field, Kind, Model
from sandbox.tripletex.object_mapper import Draft

HOURS_OF_A_YEAR = 1950
"""Hours by which Tripletex makes an hourly wage of an annual salary: 57 of 57 recorded rows."""

_DEFAULTS: dict[str, dict[str, Any]] = {
    "Employee": {"usesAbroadPayment": False, "isContact": False, "creditorBankCountryId": 0},
    "Employment": {"noEmploymentRelationship": False, "isMainEmployer": True, "isRemoveAccessAtEmploymentEnded": False},
    "EmploymentDetails": {
        "employmentType": "NOT_CHOSEN",
        "employmentForm": "NOT_CHOSEN",
        "remunerationType": "NOT_CHOSEN",
        "workingHoursScheme": "NOT_CHOSEN",
        "shiftDurationHours": 0,
        "annualSalary": 0,
        "hourlyWage": 0,
    },
    "LeaveOfAbsence": {"isWageDeduction": False},
}


def create(books: Books, model: Model, body: Any, by: int) -> Row:
    """Make a row, and the nested ones with it. Raises Refusal."""
    draft = object_mapper.read(model, body, partial=False)
    problems = rules.check(books, model, draft)
    if problems:
        raise errors.invalid(problems)
    row = _insert(books, model, draft, by)
    _move_person(books, model, row)
    return row


def update(books: Books, model: Model, identifier: int, body: Any, by: int) -> Row:
    """Change the fields given. Nested lists are not edited through their parent. Raises Refusal."""
    row = books.rows[model.name].get(identifier)
    if row is None:
        raise errors.not_found()
    draft = object_mapper.read(model, body, partial=True)
    if draft.get("version") not in (None, row["version"]):
        raise Refusal(409, errors.REVISION, texts.REVISION)
    problems = rules.check(books, model, draft, row)
    if problems:
        raise errors.invalid(problems)
    changed = False
    for name, value in draft.items():
        one = model.fields[name]
        if name in ("id", "version", BACK.get(model.name)) or one.kind is Kind.MANY:
            continue
        if one.kind is Kind.PART:
            changed |= _write_part(books, one, row, value, by)
            continue
        stored = _stored(one, value)
        changed |= row.get(name) != stored
        row[name] = stored
    if changed:
        row["version"] += 1
        books.record(row, "UPDATE", by)
    if model.name == "EmploymentDetails":
        _move_person(books, model, row)
    return row


def _move_person(books: Books, model: Model, row: Row) -> None:
    employment = books.rows["Employment"][row["employment"]] if model.name == "EmploymentDetails" else row
    if model.name in BACK:
        books.rows["Employee"][employment["employee"]]["version"] += 1


def _insert(books: Books, model: Model, draft: Draft, by: int) -> Row:
    values = dict(_DEFAULTS.get(model.name, {}))
    for name, value in draft.items():
        one = model.fields[name]
        if name in ("id", "version") or one.kind in (Kind.MANY, Kind.PART) or value is None:
            continue
        values[name] = _stored(one, value)
    if model.name == "Employment" and "taxDeductionCode" not in values:
        main = "loennFraHovedarbeidsgiver" if values["isMainEmployer"] else "loennFraBiarbeidsgiver"
        values["taxDeductionCode"] = main
    if model.name == "EmploymentDetails":
        _fill_row(books, values)
    version = 0
    if model.name == "Employee":
        version = (values["userType"] != "NO_ACCESS") + bool(draft.get("employments"))
    row = books.add(model.name, version=version, by=by, **values)
    for one in model.fields.values():
        if one.kind is Kind.PART and draft.get(one.name):
            _write_part(books, one, row, draft[one.name], by)
        elif one.kind is Kind.MANY:
            back = {BACK[one.model]: {"id": row["id"]}}
            for inner in draft.get(one.name) or []:
                _insert(books, MODELS[one.model], {**inner, **back}, by)
    if model.name == "Employment" and books.switches.first_details_row:
        _first_details_row(books, row, by)
    return row


def _fill_row(books: Books, values: dict[str, Any]) -> None:
    """What a new salary row gets of itself."""
    before = [r for r in books.children("EmploymentDetails", values["employment"]) if r["date"] < values["date"]]
    if books.switches.row_takes_over and before:
        own = {name: value for name, value in values.items() if value != _DEFAULTS["EmploymentDetails"].get(name)}
        kept = {name: value for name, value in before[-1].items() if name not in ("id", "version", "changes")}
        values |= {**kept, **own}
    if values.get("annualSalary") and not values.get("hourlyWage"):
        values["hourlyWage"] = int(values["annualSalary"] / HOURS_OF_A_YEAR + 0.5)


def _first_details_row(books: Books, employment: Row, by: int) -> None:
    rows = books.children("EmploymentDetails", employment["id"])
    if not any(row["date"] == employment["startDate"] for row in rows):
        draft = {
            "employment": {"id": employment["id"]},
            "date": employment["startDate"],
            "percentageOfFullTimeEquivalent": 100,
        }
        _insert(books, MODELS["EmploymentDetails"], draft, by)


def _write_part(books: Books, one: Field, row: Row, value: Draft | None, by: int) -> bool:
    """Edit the part that `id` names; without an id a new one takes the old one's place."""
    before = row.get(one.name)
    if value is None:
        row[one.name] = None
        return before is not None
    model = MODELS[one.model]
    stored = {name: _stored(model.fields[name], item) for name, item in value.items() if name not in ("id", "version")}
    if value.get("id") is None:
        row[one.name] = books.add(model.name, by=by, **stored)["id"]
        return True
    if value["id"] != before:
        raise errors.not_found()
    part = books.rows[model.name][before]
    changed = any(part.get(name) != item for name, item in stored.items())
    part.update(stored)
    if changed:
        part["version"] += 1
    return changed


def _stored(one: Field, value: Any) -> Any:
    # Recorded: a reference without an id is taken, and stored as nothing.
    return value.get("id") if one.kind is Kind.REF and isinstance(value, dict) else value
