"""What Tidsbanken takes and what it refuses, member by member, and what its lists can be asked.

Known from a public connector: names and kinds of members, that a new row takes no nulls and needs its Id, and which
options of OData there are. Checks of values are stricter here than what is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

Document = dict[str, Any]

TEXTS = (
    "Fornavn", "Etternavn", "Adresse", "Postnummer", "Poststed", "TlfPrivat", "Mobil", "Epost", "Tittel", "Lonnskonto",
    "Personnummer", "AvdelingId", "Identifikator", "Notat", "ProsjektId", "Element1Id", "Element2Id", "Kjonn",
    "IceNavn", "IceNr", "EksternId",
)  # fmt: skip
DAYS = ("Fodt", "AnsattDato", "SluttetDato", "PersonaliaBekreftet")
NUMBERS = ("AntallFerieDager", "AntallHalveFerieDager", "Stillingsprosent", "Fastlonn")
WHOLE = ("Id", "MalId", "Kommune")
TRUTHS = ("Aktiv", "Sluttet", "Innleie")
STAMPS = ("SistEndretDato", "SistEndretAvId", "OpprettetDato", "OpprettetAvId")

EMPTY: Document = {
    **dict.fromkeys(TEXTS, ""), **dict.fromkeys(DAYS), "AntallFerieDager": 25, "AntallHalveFerieDager": 0,
    "Stillingsprosent": 100, "Fastlonn": None, "MalId": 0, "Kommune": 0, "Aktiv": True, "Sluttet": False,
    "Innleie": False,
}  # fmt: skip
"""What a row has that nobody has said: texts are never null, and days are."""

REDUCED = ("Id", "Fornavn", "Etternavn", "AvdelingId", "Aktiv")
"""What an employee is shown with unless more is asked for."""

OPTIONS = frozenset({"$select", "$filter", "$skip", "$top", "$count", "$orderby", "$expand"})
_CONDITION = re.compile(r"\(*\s*(\w+) (eq|gt) ('[^']*'|[\w:.+-]+)\s*\)*")


class RefusedByTidsbanken(Exception):
    """A refusal."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


def check(body: Mapping[str, Any], *, new: bool) -> None:
    """Names and kinds of what is sent of an employee. Raises `RefusedByTidsbanken`; so do all that follow."""
    for name, value in body.items():
        if name in STAMPS:
            raise RefusedByTidsbanken(f"{name} is read-only.")
        if name != "Id" and name not in EMPTY:
            raise RefusedByTidsbanken(f"The property '{name}' does not exist on type 'Ansatt'.")
        if value is None and (new or name not in DAYS):
            raise RefusedByTidsbanken(f"{name} cannot be null.")
        if value is not None and not _fits(name, value):
            raise RefusedByTidsbanken(f"{name} has a value of the wrong kind.")
    if "Id" not in body:
        raise RefusedByTidsbanken("Id is required.")
    if (share := body.get("Stillingsprosent")) is not None and not 0 <= share <= 100:
        raise RefusedByTidsbanken("Stillingsprosent must be between 0 and 100.")
    if (account := body.get("Lonnskonto")) and not re.fullmatch(r"[0-9]{11}", account):
        raise RefusedByTidsbanken("Lonnskonto is not valid.")
    if (number := body.get("Personnummer")) and not re.fullmatch(r"[0-9]{11}", number):
        raise RefusedByTidsbanken("Personnummer is not valid.")


def _fits(name: str, value: Any) -> bool:
    if name in TEXTS:
        return isinstance(value, str)
    if name in TRUTHS:
        return isinstance(value, bool)
    if name in DAYS:
        return isinstance(value, str) and len(value) == 10 and _is_day(value)
    if isinstance(value, bool):
        return False
    return isinstance(value, int) if name in WHOLE else isinstance(value, int | float)


def _is_day(value: str) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except ValueError:
        return False


def asked(query: Mapping[str, str], rows: Iterable[Document], reduced: Iterable[str], largest: int) -> Document:
    """A list as OData answers it."""
    if unknown := [name for name in query if name not in OPTIONS]:
        raise RefusedByTidsbanken(f"The query option '{unknown[0]}' is not supported.")
    found = [row for row in rows if _meets(row, query.get("$filter", ""))]
    if order := query.get("$orderby"):
        name, _, way = order.partition(" ")
        found.sort(key=lambda row: _member(row, name), reverse=way == "desc")
    body: Document = {"@odata.count": len(found)} if query.get("$count") == "true" else {}
    first, top = _number(query.get("$skip", "0")), min(_number(query.get("$top", str(largest))), largest)
    wanted = {name.strip().lower() for name in query.get("$select", ",".join(reduced)).split(",")}
    shown = found[first : first + top]
    body["value"] = [
        {name: value for name, value in row.items() if "*" in wanted or name.lower() in wanted} for row in shown
    ]
    return body


def _meets(row: Document, condition: str) -> bool:
    if not condition:
        return True
    said = _CONDITION.fullmatch(condition)
    if said is None:
        raise RefusedByTidsbanken("The $filter is not valid.")
    held, wanted = _member(row, said[1]), said[3].strip("'")
    return str(held) == wanted if said[2] == "eq" else str(held) > wanted


def _member(row: Document, name: str) -> Any:
    """A member by its name in any case."""
    for own, value in row.items():
        if own.lower() == name.lower():
            return value
    raise RefusedByTidsbanken(f"Could not find a property named '{name}'.")


def _number(written: str) -> int:
    if not written.isdecimal():
        raise RefusedByTidsbanken("$top and $skip must be whole numbers.")
    return int(written)
