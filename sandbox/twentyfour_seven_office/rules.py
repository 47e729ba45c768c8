"""What 24SevenOffice takes and what it refuses, member by member.

Published are names, choices, that accounting stays within 100 % and takes values that exist, what an end needs, and
that everything is a text. Checks of numbers, dates and lengths are stricter here than what is published.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

Document = dict[str, Any]

EMPLOYEE = (
    "empId", "email", "email_copy", "firstname", "lastname", "postaddress", "zipcode", "city", "countryCode",
    "clearingno", "account", "bic", "employee_date", "telefon", "personnr", "internationalID", "salary_type", "salary",
    "salary_valid_from", "taxtable", "employment_rate", "employment_rate_valid_from", "hours_per_week",
    "hours_per_week_valid_from", "vacation_percent", "vacation_percent_valid_from", "vacation_days", "hidden",
    "percentage_tax_main_employer", "percentage_tax_bi_employer", "tax_resident_country", "continental_shelf",
    "taxexemption", "accounting",
)  # fmt: skip
DATED: Mapping[str, tuple[str, ...]] = {
    "salary_valid_from": ("salary_type", "salary"),
    "employment_rate_valid_from": ("employment_rate",),
    "hours_per_week_valid_from": ("hours_per_week",),
    "vacation_percent_valid_from": ("vacation_percent",),
}
"""Values of which only the newest pair is shown, by the day that they hold from."""

EMPLOYMENT = (
    "employment_id", "primary_employment", "startdate", "enddate", "enddate_reason", "employment_form",
    "profession_code", "employment_rate", "employment_type", "enterprise_number", "working_times",
)  # fmt: skip
CHOICES = {
    "salary_type": {"monthly", "hourly"},
    "hidden": {"0", "1"},
    "continental_shelf": {"1", "-1"},
    "primary_employment": {"0", "1"},
    "employment_form": {
        "fast", "fastAnsattUtleid", "midlertidig", "midlertidigAnsattUtleid", "midlertidigAnsattSomTilkallingsvikar",
    },
    "employment_type": {
        "ordinaertArbeidsforhold", "maritimtArbeidsforhold", "frilanserOppdragstakerHonorarPersonerMm",
        "pensjonOgAndreTyperYtelserUtenAnsettelsesforhold",
    },
    "working_times": {
        "ikkeSkift", "offshore336", "doegnkontinuerligSkiftOgTurnus355", "helkontinuerligSkiftOgAndreOrdninger336",
        "skift365", "andreSkift",
    },
    "enddate_reason": {
        "arbeidsforholdetSkulleAldriVaertRapportert", "arbeidsgiverHarSagtOppArbeidstaker",
        "arbeidstakerHarSagtOppSelv", "byttetLoenssystemEllerRegnskapsfoerer",
        "endringIOrganisasjonsstrukturEllerByttetJobbInternt", "kontraktEngasjementEllerVikariatErUtloept",
    },
}  # fmt: skip
DATES = (
    "employee_date", "startdate", "enddate", *DATED,
)  # fmt: skip
NUMBERS = ("salary", "employment_rate", "hours_per_week", "vacation_percent", "vacation_days")


class RefusedByOffice(Exception):
    """Not done: a status, and what went wrong in 24SevenOffice's words."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status


def known(body: Any, names: Collection[str]) -> Document:
    """The body, if it is an object of texts that names nothing else. Raises `RefusedByOffice`, as all that follow."""
    if not isinstance(body, dict):
        raise RefusedByOffice("Invalid input, object invalid")
    for name, value in body.items():
        if name not in names and not re.fullmatch(r"employee_field_\d+", name):
            raise RefusedByOffice(f"Unknown field {name}")
        if not isinstance(value, str) and name not in ("accounting", "internationalID", "taxexemption"):
            raise RefusedByOffice(f"{name} must be a string")
    return dict(body)


def check(body: Document) -> None:
    """Choices, days and numbers; "" is nothing."""
    for name, value in body.items():
        if value == "":
            continue
        if name in CHOICES and value not in CHOICES[name]:
            raise RefusedByOffice(f"Invalid value for {name}")
        if name in DATES and not is_day(value):
            raise RefusedByOffice(f"{name} must be YYYY-MM-DD")
        if name in NUMBERS and not re.fullmatch(r"\d+(\.\d{1,2})?", value):
            raise RefusedByOffice(f"{name} must be a number")


def check_person(body: Document) -> None:
    """Who somebody is, and where they are paid."""
    for name in ("empId", "firstname", "lastname"):
        if not body.get(name):
            raise RefusedByOffice(f"{name} is mandatory")
    if not re.fullmatch(r"[1-9]\d*", body["empId"]):
        raise RefusedByOffice("empId must be numeric")
    personnr = body.get("personnr", "")
    if personnr and not (is_day(personnr) or _identity(personnr)):
        raise RefusedByOffice("personnr is not valid")
    if (country := body.get("countryCode", "")) and not re.fullmatch(r"[A-Z]{2}", country):
        raise RefusedByOffice("countryCode is not valid")
    account = body.get("account", "")
    if account and not re.fullmatch(r"\d{11,14}|[A-Z]{2}\d{2}[0-9A-Z]{8,30}", account):
        raise RefusedByOffice("account is not valid")


def check_job(body: Document, sites: Collection[str], *, new: bool) -> None:
    """An employment."""
    check(body)
    if new and not body.get("startdate"):
        raise RefusedByOffice("startdate is required")
    if body.get("enddate") and not body.get("enddate_reason"):
        raise RefusedByOffice("enddate_reason is required")
    if body.get("enddate") and body["enddate"] < body.get("startdate", ""):
        raise RefusedByOffice("enddate is before startdate")
    if (site := body.get("enterprise_number")) and site not in sites:
        raise RefusedByOffice("enterprise_number is no site of the company")
    if (code := body.get("profession_code")) and not re.fullmatch(r"\d{7}", code):
        raise RefusedByOffice("profession_code must have 7 digits")


def is_day(value: Any) -> bool:
    try:
        return len(str(value)) == 10 and bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


def _identity(digits: str) -> bool:
    """Eleven digits with both check digits."""
    weights = ((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))
    return bool(re.fullmatch(r"\d{11}", digits)) and all(
        sum(int(digit) * weight for digit, weight in zip(digits, row, strict=False)) % 11 == 0 for row in weights
    )
