"""What a Person XML may look like: elements in their order, and what may stand in each.

Names and nesting follow a public export of another HR system and the field table in Simployer's help centre. Agda PS
publishes no schema; this is stricter than it may be, so that nothing doubtful passes unseen.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from stdnum import luhn

BLANK = "{blank}"

Check = Callable[[str], bool]


@dataclass(frozen=True)
class Leaf:
    """An element with a text. A value that may be cleared may also be `{blank}`."""

    name: str
    check: Check
    clearable: bool = True


@dataclass(frozen=True)
class Group:
    """A list that holds items of one name; `attribute` is the item's date, which tells one from another."""

    name: str
    item: str
    leaves: tuple[Leaf, ...]
    attribute: str | None = None
    inner: Group | None = None


def day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def identity(value: str) -> bool:
    return bool(re.fullmatch(r"(18|19|20)\d{10}", value)) and bool(luhn.is_valid(value[2:]))


def _like(pattern: str) -> Check:
    return lambda value: re.fullmatch(pattern, value) is not None


def _one_of(*words: str) -> Check:
    return lambda value: value in words


word = _like(r"\S(.{0,98}\S)?")
code = _like(r"[^\s{}]{1,20}")
amount = _like(r"\d{1,9}\.\d{2}")

KEYS = (Leaf("FTG_NR", code, clearable=False), Leaf("ANST_NR", code, clearable=False))

PAYMENT = (
    Leaf("UTBETALNINGSTYP", _one_of("Löneutbetalning"), clearable=False),
    Leaf("UTBETALNINGSSATT", _one_of("Bankkonto"), clearable=False),
)

OWN = (
    Leaf("FODELSEDATUM", day),
    Leaf("PERSNR", identity, clearable=False),
    Leaf("EFTERNAMN", word, clearable=False),
    Leaf("FORNAMN", word, clearable=False),
    Leaf("MEDBORGARSKAP", _like(r"[A-Z]{2}")),
    Leaf("EMAILADRESS", _like(r"[^@\s]+@[^@\s]+")),
    *PAYMENT,
)

GROUPS = (
    Group(
        "Adresser",
        "Adress",
        (
            Leaf("ADRESSTYP", _one_of("Hemadress", "Mobiltelefon"), clearable=False),
            Leaf("CO_ADRESS", word),
            Leaf("ADRESS", word),
            Leaf("ADRESS2", word),
            Leaf("POSTNR", _like(r"[0-9A-Z -]{3,10}")),
            Leaf("ORT", word),
            Leaf("LAND", _like(r"[A-Z]{2}")),
        ),
    ),
    Group(
        "Bankkonton",
        "Bankkonto",
        (
            *PAYMENT,
            Leaf("CLEARINGNUMMER", _like(r"\d{4}")),
            Leaf("CHECKSIFFRA", _like(r"\d")),
            Leaf("BANKKONTONUMMER", _like(r"\d{2,12}")),
            Leaf("IBAN", _like(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")),
            Leaf("BIC", _like(r"[A-Z0-9]{8}([A-Z0-9]{3})?")),
        ),
    ),
    Group(
        "Anstallningar",
        "Anstallning",
        (
            Leaf("ANSTALLNINGSDATUM", day, clearable=False),
            Leaf("AVGANGSDATUM", day),
            Leaf("AVGANGSORSAK", code),
        ),
        inner=Group(
            "Anstallning", "Anstallningsform", (Leaf("TILLTRADE", day, clearable=False), Leaf("ANSTALLNINGSFORM", code))
        ),
    ),
    Group(
        "Befattningar",
        "Befattning",
        (
            Leaf("BEFATTNING", word),
            Leaf("BEFATTNINGTOMDATUM", day),
            Leaf("BEFATTNINGSSTATUS", _one_of("H", "U"), clearable=False),
        ),
        attribute="BEFATTNINGFOMDATUM",
    ),
    Group(
        "Arbetstider",
        "Arbetstid",
        (Leaf("VECKOARBETSTID", _like(r"\d{1,3}(\.\d+)?")), Leaf("SYSSELSATTNINGSGRAD", _like(r"\d{1,3}(\.\d+)?"))),
        attribute="ARBETSTIDFRANTID",
    ),
    Group(
        "Organisationer",
        "Organisation",
        (Leaf("AVDELNING", code), Leaf("ARBETSLEDARE", code)),
        attribute="ORGANISATIONSFRANTID",
    ),
    Group(
        "FastaArter",
        "FastArt",
        (
            Leaf("LONEART", code, clearable=False),
            Leaf("PRIS", amount),
            Leaf("BELOPP", amount),
            Leaf("DATUM_UT", day),
            Leaf("FASTAARTER_TYP", _one_of("A", "P"), clearable=False),
        ),
        attribute="DATUM_IN",
    ),
)
"""In the order in which they stand in a `Person`."""
