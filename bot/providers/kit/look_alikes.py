"""Whom a search before a create finds in a list of everybody."""

from __future__ import annotations

from collections.abc import Iterable

from bot.core.likeness import bare, same_name, same_number
from bot.domain.employee import Employee
from bot.providers.protocol import TargetPerson


def look_alikes(employee: Employee, everybody: Iterable[TargetPerson]) -> list[TargetPerson]:
    """Who may be the employee: by number, else whoever shares a name, an identity number or an e-mail.

    What it takes to be the same person is judged by whoever asked.
    """
    people = list(everybody)
    if hits := [person for person in people if person.number == employee.number.strip()]:
        return hits
    identity = bare(employee.identity.value) if employee.identity else ""
    emails = {email.strip().casefold() for email in (employee.work_email, employee.private_email) if email}
    return [
        person
        for person in people
        if (identity and bare(person.identity or "") == identity)
        or (person.email and person.email.strip().casefold() in emails)
        or same_number(employee.number, person.number)
        or same_name(employee.name, person.name)
    ]
