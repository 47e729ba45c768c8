"""Who of a system's people may be an employee. What it takes to be the same person is judged by whoever asks."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.likeness import bare, same_name, same_number
from bot.domain.employee import Employee
from bot.providers.protocol import TargetPerson

SWEDISH_DIGITS = 10
"""Digits of a Swedish identity number that are written everywhere: the century may be left out."""


def likely_people(
    employee: Employee, people: Iterable[TargetPerson], identity_digits: int | None = None
) -> list[TargetPerson]:
    """Whoever shares an identity number, of which the last `identity_digits` count (None: all), an e-mail, a name, or a
    number but for how it is written."""
    last = slice(None) if identity_digits is None else slice(-identity_digits, None)
    identity = bare(employee.identity.value)[last] if employee.identity else ""
    emails = {email.strip().casefold() for email in (employee.work_email, employee.private_email) if email}
    return [
        person
        for person in people
        if (identity and bare(person.identity or "")[last] == identity)
        or (person.email and person.email.strip().casefold() in emails)
        or same_number(employee.number, person.number)
        or same_name(employee.name, person.name)
    ]


def numbered_or_likely(employee: Employee, everybody: Iterable[TargetPerson]) -> list[TargetPerson]:
    """Whoever has the employee's number, or else `likely_people`."""
    people = list(everybody)
    return [person for person in people if person.number == employee.number.strip()] or likely_people(employee, people)
