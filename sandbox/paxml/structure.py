"""What a PAXml 2.0 file of employees may look like.

Names and types: the schema of 2013-12-03. It is stricter where the schema lets anything pass (an empty text, a blank
at an end, a bank account with letters), so that nothing doubtful passes unseen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from stdnum import luhn

SCHEMA = "http://www.paxml.se/2.0/paxml.xsd"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"

Check = Callable[[str], bool]


@dataclass(frozen=True)
class Leaf:
    """An element with a text; `dated` ones may have the attribute `datum`."""

    check: Check
    dated: bool = False

    def allows(self, text: str, attributes: dict[str, str]) -> bool:
        if attributes and not (self.dated and attributes.keys() == {"datum"} and day(attributes["datum"])):
            return False
        return self.check(text)


def day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def moment(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def identity(value: str) -> bool:
    """Twelve digits of a personnummer, or of a samordningsnummer, whose day is 60 too great."""
    if not re.fullmatch(r"(18|19|20)\d{10}", value) or not luhn.is_valid(value[2:]):
        return False
    born = int(value[6:8])
    return day(f"{value[:4]}-{value[4:6]}-{born - 60 if born > 60 else born:02d}")


def _like(pattern: str) -> Check:
    return lambda value: re.fullmatch(pattern, value) is not None


def _one_of(*words: str) -> Check:
    return lambda value: value in words


_word = Leaf(_like(r"\S(.{0,198}\S)?"))
_day = Leaf(day)
_amount = Leaf(_like(r"\d{1,9}\.\d{2}"), dated=True)

HEADER: dict[str, Leaf] = {
    "format": Leaf(_one_of("REGISTER", "LÖNIN")),
    "version": Leaf(_one_of("2.0")),
    "datum": Leaf(moment),
    "foretagid": _word,
    "foretagorgnr": Leaf(_like(r"\d{10}|\d{12}")),
    "foretagnamn": _word,
    "programnamn": _word,
}

PERSON: dict[str, Leaf] = {
    **dict.fromkeys(
        ("fornamn", "efternamn", "extraadress", "postadress", "postnr", "ort", "land", "befattning"), _word
    ),
    **dict.fromkeys(("mobiltelefon", "hemtelefon", "arbetstelefon"), Leaf(_like(r"\+?[\d \-()/]{3,30}"))),
    **dict.fromkeys(("epostarb", "eposthem"), Leaf(_like(r"[^@\s]+@[^@\s]+"))),
    "anstform": Leaf(
        _one_of("FAST", "PROV", "VISSTID", "VIKARIAT", "PENSION", "PROJEKT", "PRAKTIK", "FERIE", "SÄSONG")
    ),
    "bankclearing": Leaf(_like(r"\d{4,5}")),
    "bankkonto": Leaf(_like(r"\d{2,12}")),
    "anstdatum": _day,
    "avgdatum": _day,
    "lonform": Leaf(_one_of("TIM", "MÅN")),
    "timlon": _amount,
    "manlon": _amount,
    "sysgrad": _amount,
}
