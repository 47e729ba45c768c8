"""What makes a job fail or warn.

Published are the mandatory fields, that timelines may neither overlap nor have gaps, and the salary warning of a
client that does not name `contractSalaryType`. Everything else here is an assumption about a sensible payroll.
Source: Visma.net Employee API, FAQ and changelog 22.12.1.0.
"""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

from babel import Locale

from sandbox.visma_net.jobs import Result

Document = dict[str, Any]

EMPLOYMENT_FORMS = frozenset(
    {"fast", "fastAnsattUtleid", "midlertidigAnsattUtleid", "midlertidigAnsattSomTilkallingsvikar"}
)
TIMELINES = ("employmentForm", "typeOfWork", "workTimeAgreement", "partTimeFactors", "salaryInformation", "taxUnitIds")
SALARIES = {"monthly": "monthlySalary", "hourly": "hourlySalary", "yearly": "yearlySalary"}
HOURS_PER_YEAR = 1950
"""What the published example comes to: 10000 a month is 61.54 an hour and 120000 a year."""

_MANDATORY = ("personNames", "personIds", "dateOfBirth", "address", "salaryPaymentMethod")
_MANDATORY_OF_A_POSITION = ("typeOfPosition", *TIMELINES, "activeStart")


@dataclass(frozen=True)
class Lists:
    """Ids that a position may name, and the forms that this tenant knows besides the published ones."""

    tax_units: frozenset[str]
    agreements: frozenset[str]
    forms: frozenset[str] = frozenset()


def check_employee(body: Document, *, draft: bool) -> list[Result]:
    """The problems of an employee's document."""
    found = [_missing(f"$.{name}") for name in _MANDATORY if not draft and not body.get(name)]
    for name in ("personNames", "personIds"):
        found += _timeline(body.get(name), f"$.{name}")
    for place, identity in enumerate(body.get("personIds") or []):
        if not re.fullmatch(r"\d{11}", str(identity.get("id", ""))):
            found.append(Result("The identity number must have 11 digits", "InvalidId", f"$.personIds[{place}].id"))
    country = (body.get("address") or {}).get("countryCode")
    if country is not None and country not in _countries():
        found.append(Result("The country code is not known", "InvalidCountry", "$.address.countryCode"))
    payment = body.get("salaryPaymentMethod") or {}
    account = payment.get("localBankAccount")
    if payment.get("paymentType") == "bank" and not re.fullmatch(r"\d{11}", str(account)):
        path = "$.salaryPaymentMethod.localBankAccount"
        found.append(Result("The bank account must have 11 digits", "InvalidAccount", path))
    for place, phone in enumerate(body.get("phones") or []):
        if not isinstance(phone.get("number"), int):
            found.append(Result("The phone must be a number", "InvalidPhone", f"$.phones[{place}].number"))
    return found


def check_position(body: Document, lists: Lists, *, draft: bool, at: str) -> list[Result]:
    """The problems of a position's document; `at` is where it stands in the body."""
    found = [_missing(f"{at}.{name}") for name in _MANDATORY_OF_A_POSITION if not draft and not body.get(name)]
    start, end = body.get("activeStart"), body.get("activeEnd")
    if start and end and end < start:
        found.append(Result("The position ends before it begins", "InvalidPeriod", f"{at}.activeEnd"))
    for name in TIMELINES:
        found += _timeline(body.get(name), f"{at}.{name}")
    allowed = {
        "employmentForm": EMPLOYMENT_FORMS | lists.forms,
        "workTimeAgreement": lists.agreements,
        "taxUnitIds": lists.tax_units,
    }
    for name, values in allowed.items():
        for place, entry in enumerate(body.get(name) or []):
            if entry.get("value") not in values:
                found.append(Result(f"The value of {name} is not known", "InvalidValue", f"{at}.{name}[{place}].value"))
    for place, entry in enumerate(body.get("typeOfWork") or []):
        if not re.fullmatch(r"\d{7}", str(entry.get("value"))):
            path = f"{at}.typeOfWork[{place}].value"
            found.append(Result("The occupation code must have 7 digits", "InvalidOccupation", path))
    for place, entry in enumerate(body.get("salaryInformation") or []):
        if any(name in entry and not isinstance(entry[name], str) for name in SALARIES.values()):
            path = f"{at}.salaryInformation[{place}]"
            found.append(Result("Salaries are written as text", "InvalidSalary", path))
    return found


def merged_salaries(held: Document, body: Document) -> tuple[Document, list[Result]]:
    """The body with its salaries, or with the old ones where the new do not say what kind they are."""
    others = {str(entry.get("contractSalaryType", "monthly")).lower() for entry in held.get("salaryInformation") or []}
    nameless = any("contractSalaryType" not in entry for entry in body.get("salaryInformation") or [])
    if not nameless or others <= {"monthly"}:
        return body, []
    message = "contractSalaryType has not been provided. Salary update was not performed."
    warning = Result(message, "SalaryNotUpdated", "$.salaryInformation", "Warning")
    return {**body, "salaryInformation": deepcopy(held["salaryInformation"])}, [warning]


def with_sums(position: Document) -> Document:
    """The position with the two amounts of each salary that follow from the one that was given."""
    for entry in position.get("salaryInformation") or []:
        kind = str(entry.get("contractSalaryType", "monthly")).lower()
        entry["contractSalaryType"] = entry.get("contractSalaryType", "monthly")
        given = entry.get(SALARIES.get(kind, ""))
        if given is None:
            continue
        amount = Decimal(given)
        yearly = {"monthly": amount * 12, "hourly": amount * HOURS_PER_YEAR, "yearly": amount}[kind]
        sums = {"monthly": yearly / 12, "hourly": yearly / HOURS_PER_YEAR, "yearly": yearly}
        entry |= {SALARIES[k]: f"{v.quantize(Decimal('0.01')).normalize():f}" for k, v in sums.items() if k != kind}
    return position


def _timeline(value: object, path: str) -> list[Result]:
    """Entries in order must meet: the day after one ends, the next begins."""
    if value is None:
        return []
    if not isinstance(value, list):
        return [Result("A timeline is a list", "InvalidTimeline", path)]
    entries = sorted(value, key=lambda entry: entry.get("activeStart") or "")
    for entry in entries:
        if entry.get("activeStart") and entry.get("activeEnd") and entry["activeEnd"] < entry["activeStart"]:
            return [Result("An entry ends before it begins", "InvalidTimeline", path)]
    for earlier, later in pairwise(entries):
        if not earlier.get("activeEnd") or not later.get("activeStart"):
            return [Result("Entries overlap", "TimelineOverlap", path)]
        meets = date.fromisoformat(earlier["activeEnd"]) + timedelta(days=1)
        if date.fromisoformat(later["activeStart"]) != meets:
            word = "overlap" if later["activeStart"] < meets.isoformat() else "leave a gap"
            return [Result(f"Entries {word}", "TimelineOverlap" if word == "overlap" else "TimelineGap", path)]
    return []


def _missing(path: str) -> Result:
    return Result("The field is mandatory", "Mandatory", path)


@cache
def _countries() -> frozenset[str]:
    return frozenset(
        code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha() and code < "ZZ"
    )
