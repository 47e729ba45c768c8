"""Checks on employees before anything is sent. `findings.py` lists them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.sync.checks.bank import check_bank, read_iban
from bot.sync.checks.compensation import check_compensation
from bot.sync.checks.contact import check_contact, e164, read_email
from bot.sync.checks.context import Check, CheckContext, country_of_work, has_left
from bot.sync.checks.duplicates import Duplicates, across
from bot.sync.checks.employment import check_employment
from bot.sync.checks.findings import CATALOGUE, CONTACTS, UNFIT
from bot.sync.checks.identity import Identity, IdentityKind, check_identity, read_identity
from bot.sync.checks.person import check_birth_date, check_person, check_reading

CHECKS: tuple[Check, ...] = (
    check_reading,
    check_person,
    check_birth_date,
    check_identity,
    check_employment,
    check_compensation,
    check_bank,
    check_contact,
)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an employee can be synced, and what stands in the way or should be looked at."""

    source_id: str
    number: str
    name: str
    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        """Nothing blocks."""
        return all(finding.severity is not Severity.BLOCKING for finding in self.findings)


def check(employee: Employee, context: CheckContext) -> list[Finding]:
    """All findings on one employee, blocking ones first."""
    found = [finding for one in CHECKS for finding in one(employee, context)]
    return sorted(found, key=lambda finding: finding.severity is not Severity.BLOCKING)


def readiness(employee: Employee, context: CheckContext, also: Iterable[Finding] = ()) -> Readiness:
    """What the set-up shows of a chosen employee; `also` are the target's own findings (`Desired.findings`)."""
    findings = sorted(
        merged(check(employee, context), also), key=lambda finding: finding.severity is not Severity.BLOCKING
    )
    return Readiness(employee.source_id, employee.number, employee.name, tuple(findings))


def merged(ours: Iterable[Finding], theirs: Iterable[Finding]) -> tuple[Finding, ...]:
    """Both lists; of two findings on one thing (code, field, values and words), the blocking one.

    Where a general check and the target tell one fault of a field (`UNFIT`), it is told once: by the check if it alone
    blocks, else by the target, which knows what becomes of the value.
    """
    general, special = tuple(ours), tuple(theirs)
    heard = [
        *(one for one in general if not any(_one_fault(one, two) and not _blocks_alone(one, two) for two in special)),
        *(two for two in special if not any(_one_fault(one, two) and _blocks_alone(one, two) for one in general)),
    ]
    known: dict[tuple[str | None, ...], Finding] = {}
    for finding in heard:
        thing = (finding.code, finding.field, repr(sorted(finding.values.items())), finding.verbatim)
        if thing not in known or finding.severity is Severity.BLOCKING:
            known[thing] = finding
    return tuple(known.values())


def _one_fault(general: Finding, special: Finding) -> bool:
    about = CONTACTS.get(general.field, general.field)
    return general.code in UNFIT and special.field == about and special.severity is not Severity.WAITING


def _blocks_alone(general: Finding, special: Finding) -> bool:
    return general.severity is Severity.BLOCKING and special.severity is not Severity.BLOCKING


__all__ = [
    "CATALOGUE",
    "Check",
    "CheckContext",
    "Duplicates",
    "Identity",
    "IdentityKind",
    "Readiness",
    "across",
    "check",
    "country_of_work",
    "e164",
    "has_left",
    "merged",
    "read_email",
    "read_iban",
    "read_identity",
    "readiness",
]
