"""Every check there is: its code, how severe it is, and the field it is about.

Texts: `check.<code>` says what is wrong and `check.<code>.advice` what to do, in each language.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.domain.findings import Finding, Severity

_BLOCKING, _WARNING = Severity.BLOCKING, Severity.WARNING

CATALOGUE: Mapping[str, tuple[Severity, str]] = MappingProxyType(
    {
        # Found while reading the source.
        "source.unreadable": (_BLOCKING, "number"),
        "source.left_out": (_WARNING, "address"),
        "source.characters": (_WARNING, "first_name"),
        "source.no_id": (_BLOCKING, "number"),
        "custom.unreadable": (_WARNING, "custom"),
        "reference.unknown": (_WARNING, "department"),
        "employment.unreadable": (_BLOCKING, "start_date"),
        "employment.percentage_unreadable": (_BLOCKING, "percentage"),
        "compensation.unreadable": (_BLOCKING, "compensation"),
        "compensation.undated": (_BLOCKING, "compensation"),
        "compensation.same_day": (_BLOCKING, "compensation"),
        "person.unexpected": (_BLOCKING, "number"),
        # Found by the checks.
        "name.first_missing": (_BLOCKING, "first_name"),
        "name.last_missing": (_BLOCKING, "last_name"),
        "name.odd": (_WARNING, "first_name"),
        "number.missing": (_BLOCKING, "number"),
        "number.spaces": (_WARNING, "number"),
        "number.characters": (_BLOCKING, "number"),
        "number.not_in_files": (_BLOCKING, "number"),
        "birth_date.missing": (_WARNING, "birth_date"),
        "birth_date.future": (_BLOCKING, "birth_date"),
        "birth_date.implausible": (_WARNING, "birth_date"),
        "identity.missing": (_WARNING, "identity_number"),
        "identity.invalid": (_BLOCKING, "identity_number"),
        "identity.synthetic": (_BLOCKING, "identity_number"),
        "identity.birth_date": (_BLOCKING, "identity_number"),
        "identity.foreign": (_WARNING, "identity_number"),
        "identity.unchecked": (_WARNING, "identity_number"),
        "bank.missing": (_WARNING, "bank_account"),
        "bank.invalid": (_BLOCKING, "bank_account"),
        "bank.iban": (_BLOCKING, "bank_account"),
        "bank.iban_differs": (_BLOCKING, "bank_account"),
        "bank.clearing": (_WARNING, "bank_account"),
        "bank.check_digit": (_WARNING, "bank_account"),
        "bank.unchecked": (_WARNING, "bank_account"),
        "email.missing": (_WARNING, "email"),
        "email.invalid": (_WARNING, "email"),
        "phone.invalid": (_WARNING, "phone"),
        "employment.missing": (_BLOCKING, "employment"),
        "employment.backwards": (_BLOCKING, "end_date"),
        "employment.overlap": (_WARNING, "employment"),
        "employment.percentage_missing": (_WARNING, "percentage"),
        "employment.percentage_range": (_BLOCKING, "percentage"),
        "employment.percentage_scale": (_BLOCKING, "percentage"),
        "employment.percentage_high": (_WARNING, "percentage"),
        "employment.type_missing": (_WARNING, "employment_type"),
        "start.future": (_WARNING, "start_date"),
        "start.implausible": (_WARNING, "start_date"),
        "start.differs": (_WARNING, "start_date"),
        "end.differs": (_WARNING, "end_date"),
        "end.missing": (_WARNING, "end_date"),
        "compensation.missing": (_WARNING, "compensation"),
        "compensation.not_yet": (_WARNING, "compensation"),
        "compensation.not_positive": (_BLOCKING, "compensation"),
        "compensation.currency": (_BLOCKING, "currency"),
        "value.rounded": (_WARNING, "salary"),
        "compensation.low": (_WARNING, "compensation"),
        "compensation.high": (_WARNING, "compensation"),
        "compensation.jump": (_WARNING, "compensation"),
        "compensation.absurd": (_BLOCKING, "compensation"),
        "duplicate.number": (_BLOCKING, "number"),
        "duplicate.former": (_WARNING, "number"),
        "duplicate.former_joined": (_WARNING, "number"),
        "duplicate.number_alike": (_WARNING, "number"),
        "duplicate.identity": (_BLOCKING, "identity_number"),
        "duplicate.person": (_WARNING, "last_name"),
        "duplicate.bank_birth_date": (_BLOCKING, "bank_account"),
        "duplicate.bank": (_WARNING, "bank_account"),
        "duplicate.email": (_BLOCKING, "email"),
        # Found while comparing with the target.
        "number.twice_in_target": (_BLOCKING, "number"),
        "number.other_person": (_BLOCKING, "number"),
        "number.skipped_by_choice": (_WARNING, "number"),
        "target.looks_like": (_BLOCKING, "number"),
        "employment.start_in_target": (_BLOCKING, "start_date"),
        "employment.unreadable_in_target": (_BLOCKING, "start_date"),
        "employment.twice_in_target": (_BLOCKING, "start_date"),
        "terms.twice_in_target": (_BLOCKING, "salary"),
        "employment.over": (_WARNING, "employment"),
        "employment.end_in_target": (_WARNING, "end_date"),
        "terms.only_in_target": (_WARNING, "salary"),
        "pay.former_in_target": (_WARNING, "salary"),
        "terms.without_pay": (_WARNING, "salary"),
        "value.only_in_target": (_WARNING, "street"),
        "value.unseen": (_WARNING, "identity_number"),
        "value.by_hand": (Severity.WAITING, "number"),
        "pay.jump": (_WARNING, "salary"),
        "pay.rate_kept": (_WARNING, "hourly_wage"),
        "occupation_code.missing": (_WARNING, "occupation_code"),
        "end_reason.missing": (_WARNING, "end_reason"),
        "shift_hours.missing": (_WARNING, "shift_hours"),
        "target.moved": (_BLOCKING, "number"),
        "target.gone": (_BLOCKING, "number"),
        "target.chosen_gone": (_BLOCKING, "number"),
        "target.claimed_twice": (_BLOCKING, "number"),
        "office.unmapped": (_WARNING, "department"),
        "office.missing": (_WARNING, "department"),
        "office.other_unit": (_WARNING, "department"),
        "scope.left": (_WARNING, "number"),
        "source.gone": (_WARNING, "number"),
        "person.left": (_WARNING, "end_date"),
        "person.skipped": (_WARNING, "number"),
        "delivery.part_gone": (_WARNING, "employment"),
        "delivery.day_moved": (_WARNING, "salary"),
        # Found while writing.
        "target.rejected": (_BLOCKING, "number"),
    }
)

UNFIT = frozenset(
    {
        "identity.missing",
        "identity.invalid",
        "identity.foreign",
        "identity.unchecked",
        "bank.invalid",
        "bank.iban",
        "bank.clearing",
        "bank.check_digit",
        "bank.unchecked",
        "email.missing",
        "email.invalid",
        "phone.invalid",
    }
)
"""Checks that find no value a payroll system could use: what a target says of the same field is the same fault."""

CONTACTS = MappingProxyType(
    {"work_email": "email", "private_email": "email", "work_phone": "phone", "private_phone": "phone"}
)
"""The fields of the source that a target makes one field of."""


def finding(code: str, *, field: str | None = None, verbatim: str | None = None, **values: object) -> Finding:
    """A finding of the catalogue. Raises `KeyError` for a code that is not in it."""
    severity, about = CATALOGUE[code]
    return Finding(code, severity, field or about, values, verbatim)
