"""The field table: which value of an employee goes into which element of a `person`.

Names: PAXml 2.0 (www.paxml.se, schema of 2013-12-03) and Simployer's help centre, "PAXml employee export". A `person`
is flat: it has room for one employment, one pay and one share of full time, so all of it is one part.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.record import Level
from bot.providers.protocol import FieldSpec, Write


class PaxmlGroup(StrEnum):
    """Values that are delivered together. Of `ALONE`, each stands for itself; `KEYS` are in every file."""

    KEYS = "keys"
    ALONE = "alone"
    ADDRESS = "address"
    BANK = "bank"
    EMPLOYMENT = "employment"
    SHARE = "share"
    PAY = "pay"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class PaxmlCell:
    """A rule and what it goes with."""

    rule: FieldSpec
    group: PaxmlGroup


def _cell(
    key: str,
    source: str,
    target: str,
    group: PaxmlGroup = PaxmlGroup.ALONE,
    *,
    write: Write = Write.ALWAYS,
    private: bool = False,
    required: bool = False,
    clears: bool = False,
    note: str | None = None,
    beside: tuple[str, ...] = (),
) -> PaxmlCell:
    rule = FieldSpec(
        key=key,
        level=Level.PERSON,
        source=source,
        target=target,
        write=write,
        private=private,
        required=required,
        clears=clears,
        transformation=f"paxml.field.{note}" if note else None,
        beside=beside,
    )
    return PaxmlCell(rule, group)


CELLS: tuple[PaxmlCell, ...] = (
    _cell("number", "employeeNumber", "anstid", PaxmlGroup.KEYS, write=Write.CREATE_ONLY, required=True),
    _cell("identity_number", "ssn", "persnr", PaxmlGroup.KEYS, private=True, note="identity_number"),
    _cell("first_name", "firstName", "fornamn", required=True),
    _cell("last_name", "lastName", "efternamn", required=True),
    _cell("street", "homeAddress.street", "postadress", PaxmlGroup.ADDRESS, clears=True),
    _cell("postal_code", "homeAddress.postalCode", "postnr", PaxmlGroup.ADDRESS, clears=True),
    _cell("city", "homeAddress.city", "ort", PaxmlGroup.ADDRESS, clears=True),
    _cell("country", "homeAddress.country", "land", PaxmlGroup.ADDRESS, clears=True),
    _cell("work_phone", "workPhone", "arbetstelefon", clears=True),
    _cell("email", "workEmail", "epostarb", clears=True, note="email"),
    _cell("title", "title", "befattning", clears=True),
    _cell("employment_form", "employmentType.name", "anstform", PaxmlGroup.EMPLOYMENT, note="employment_form"),
    _cell("clearing_number", "bankAccount", "bankclearing", PaxmlGroup.BANK, private=True),
    _cell("bank_account", "bankAccount", "bankkonto", PaxmlGroup.BANK, private=True),
    _cell("start_date", "employment.startDate", "anstdatum", PaxmlGroup.EMPLOYMENT, note="start_date"),
    _cell("end_date", "employment.endDate", "avgdatum", PaxmlGroup.EMPLOYMENT, clears=True, note="end_date"),
    _cell("remuneration_type", "compensation.payPeriod", "lonform", PaxmlGroup.PAY, note="remuneration_type"),
    _cell("hourly_wage", "compensation.amount", "timlon", PaxmlGroup.PAY, private=True, note="pay"),
    _cell("salary", "compensation.amount", "manlon", PaxmlGroup.PAY, private=True, note="pay"),
    _cell("pay_from", "compensation.effectiveDate", "timlon, manlon: datum", PaxmlGroup.PAY, write=Write.ALONG,
          beside=("hourly_wage", "salary", "remuneration_type")),
    _cell("percentage", "employment.rate", "sysgrad", PaxmlGroup.SHARE),
    _cell("percentage_from", "employment.startDate", "sysgrad: datum", PaxmlGroup.SHARE, write=Write.ALONG,
          beside=("percentage",)),
    _cell("department", "costCenter, department", "resenhet (dim 1)", PaxmlGroup.UNIT, clears=True, note="unit"),
)  # fmt: skip
"""In the order in which their elements are written."""

FIELDS: tuple[FieldSpec, ...] = tuple(cell.rule for cell in CELLS)

GROUP_OF: Mapping[str, PaxmlGroup] = {cell.rule.key: cell.group for cell in CELLS}

REMOVABLE = frozenset(cell.rule.key for cell in CELLS if cell.rule.clears)
"""Fields whose disappearance is told: no file can say it, as what is left out is left as it is."""
