"""A person of a target, made of the record that was read of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from bot.domain.findings import Finding
from bot.domain.record import Record
from bot.providers.protocol import TargetPerson


def person_of_record(
    identifier: str,
    record: Record,
    unclear: Mapping[date | None, Finding],
    *,
    waiting: tuple[Finding, ...] = (),
) -> TargetPerson:
    """The person, by the usual keys of the first part, which is the person's own."""
    values = record[0].values
    born = values.get("birth_date")
    words = {key: str(values.get(key) or "") for key in ("number", "first_name", "last_name", "email")}
    identity = values.get("identity_number") or values.get("d_number")
    return TargetPerson(
        id=identifier,
        number=words["number"],
        first_name=words["first_name"],
        last_name=words["last_name"],
        birth_date=born if isinstance(born, date) else None,
        email=words["email"] or None,
        identity=str(identity) if identity else None,
        record=record,
        unclear=unclear,
        waiting=waiting,
    )
