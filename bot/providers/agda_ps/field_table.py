"""The field table: which value goes into which element, and which elements go together.

Names: Simployer's field table for Agda (help centre, "Visma Agda & Agda PS AIM employee export") and the structure of
the Person XML as another HR system's public export writes it. No schema of Agda PS itself is published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.record import Level
from bot.providers.protocol import FieldSpec, Write


class AgdaGroup(StrEnum):
    """Elements that are delivered together, named as what holds them; of `PERSON`, each stands alone."""

    PERSON = "Person"
    ADDRESS = "Adresser"
    BANK = "Bankkonton"
    EMPLOYMENT = "Anstallningar"
    FORM = "Anstallningsform"
    POSITION = "Befattningar"
    HOURS = "Arbetstider"
    ORGANISATION = "Organisationer"
    PAY = "FastaArter"


@dataclass(frozen=True, slots=True)
class AgdaCell:
    """A rule and the element that its value stands in."""

    rule: FieldSpec
    element: str
    group: AgdaGroup


def _cell(
    level: Level,
    key: str,
    source: str,
    element: str,
    group: AgdaGroup = AgdaGroup.PERSON,
    *,
    write: Write = Write.ALWAYS,
    private: bool = False,
    required: bool = False,
    clears: bool = False,
    note: str | None = None,
    beside: tuple[str, ...] = (),
) -> AgdaCell:
    rule = FieldSpec(
        key=key,
        level=level,
        source=source,
        target=element,
        write=write,
        private=private,
        required=required,
        clears=clears,
        transformation=f"agda_ps.field.{note}" if note else None,
        beside=beside,
    )
    return AgdaCell(rule, element, group)


_P, _E, _T = Level.PERSON, Level.EMPLOYMENT, Level.TERMS

CELLS: tuple[AgdaCell, ...] = (
    _cell(_P, "number", "employeeNumber", "ANST_NR", write=Write.CREATE_ONLY, required=True),
    _cell(_P, "birth_date", "birthDate", "FODELSEDATUM"),
    _cell(_P, "identity_number", "ssn", "PERSNR", private=True, note="identity_number"),
    _cell(_P, "last_name", "lastName", "EFTERNAMN", required=True),
    _cell(_P, "first_name", "firstName", "FORNAMN", required=True),
    _cell(_P, "nationality", "nationality", "MEDBORGARSKAP"),
    _cell(_P, "email", "workEmail", "EMAILADRESS", clears=True, note="email"),
    _cell(_P, "street", "homeAddress.street", "ADRESS", AgdaGroup.ADDRESS, clears=True),
    _cell(_P, "postal_code", "homeAddress.postalCode", "POSTNR", AgdaGroup.ADDRESS, clears=True),
    _cell(_P, "city", "homeAddress.city", "ORT", AgdaGroup.ADDRESS, clears=True),
    _cell(_P, "country", "homeAddress.country", "LAND", AgdaGroup.ADDRESS, clears=True),
    _cell(_P, "clearing_number", "bankAccount", "CLEARINGNUMMER", AgdaGroup.BANK, private=True, clears=True,
          note="clearing_number"),
    _cell(
        _P, "check_digit", "bankAccount", "CHECKSIFFRA", AgdaGroup.BANK, private=True, clears=True, note="check_digit"
    ),
    _cell(_P, "bank_account", "bankAccount", "BANKKONTONUMMER", AgdaGroup.BANK, private=True, clears=True),
    _cell(_P, "iban", "bankAccount", "IBAN", AgdaGroup.BANK, private=True, clears=True, note="iban"),
    _cell(_P, "bic", "bankAccount", "BIC", AgdaGroup.BANK, private=True, clears=True, note="iban"),
    _cell(_E, "end_date", "employment.endDate", "AVGANGSDATUM", AgdaGroup.EMPLOYMENT, clears=True, note="end_date"),
    _cell(_E, "end_reason", "", "AVGANGSORSAK", AgdaGroup.EMPLOYMENT, write=Write.ALONG, clears=True, note="setting",
          beside=("end_date",)),
    _cell(_E, "employment_form", "employmentType.name", "ANSTALLNINGSFORM", AgdaGroup.FORM, note="employment_form"),
    _cell(_E, "title", "title", "BEFATTNING", AgdaGroup.POSITION, note="title"),
    _cell(_E, "percentage", "employment.rate", "SYSSELSATTNINGSGRAD", AgdaGroup.HOURS),
    _cell(_E, "department", "costCenter, department", "AVDELNING", AgdaGroup.ORGANISATION, note="department"),
    _cell(_T, "pay_code", "", "LONEART", AgdaGroup.PAY, note="setting"),
    _cell(_T, "salary", "compensation.amount", "BELOPP", AgdaGroup.PAY, private=True, note="salary"),
    _cell(_T, "pay_end", "compensation.effectiveDate", "DATUM_UT", AgdaGroup.PAY, clears=True, note="salary_end"),
)  # fmt: skip

FIELDS: tuple[FieldSpec, ...] = tuple(cell.rule for cell in CELLS)

BY_FIELD: Mapping[tuple[Level, str], AgdaCell] = {(cell.rule.level, cell.rule.key): cell for cell in CELLS}

BY_GROUP: Mapping[AgdaGroup, tuple[AgdaCell, ...]] = {
    group: tuple(cell for cell in CELLS if cell.group is group) for group in AgdaGroup
}
