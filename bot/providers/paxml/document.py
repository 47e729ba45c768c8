"""The PAXml file: a header, and many people, each with the groups of values that have changed and no others.

Source: PAXml 2.0, schema of 2013-12-03. An element that is left out is left as it is; nothing clears a value.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

from bot.domain.record import Level, Value
from bot.providers.kit.amounts import to_cents
from bot.providers.kit.elements import add, plain, require_well_formed
from bot.providers.paxml.field_table import CELLS, GROUP_OF, PaxmlGroup
from bot.providers.paxml.settings import LONIN, REGISTER, chosen
from bot.providers.protocol import DeliveryItem, Settings

VERSION = "2.0"
MOMENT = "%Y-%m-%dT%H:%M:%S"
SCHEMA = "http://www.paxml.se/2.0/paxml.xsd"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
FORMATS = {REGISTER: "REGISTER", LONIN: "LÖNIN"}
COST_CENTRE_DIMENSION = "1"
"""As in SIE files."""


@dataclass(frozen=True, slots=True)
class Company:
    """Whose people they are."""

    number: str
    name: str


def document(parcels: Iterable[DeliveryItem], company: Company, at: datetime, settings: Settings) -> bytes:
    """The file's bytes, in the chosen encoding; letters outside it become references, which XML allows.

    `at` is written as it is: the time of Stockholm. The file has been read once. Raises `ValueError` for one that is no
    XML.
    """
    root, _ = begin(company, at, FORMATS.get(chosen(settings, "header_format")))
    people = ET.SubElement(root, "personal")
    for parcel in parcels:
        people.append(_person(parcel))
    count = len(people)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding=chosen(settings, "encoding"), xml_declaration=True)
    return require_well_formed(written, "person", count)


def begin(company: Company, at: datetime, kind: str | None) -> tuple[ET.Element, ET.Element]:
    """The root of a file, and the head in it: what kind it is, whose, and when it was made (Stockholm's time)."""
    ET.register_namespace("xsi", INSTANCE)
    root = ET.Element("paxml", {f"{{{INSTANCE}}}noNamespaceSchemaLocation": SCHEMA})
    header = ET.SubElement(root, "header")
    add(header, "format", kind)
    add(header, "version", VERSION)
    add(header, "datum", at.strftime(MOMENT))
    add(header, "foretagorgnr", plain(company.number))
    add(header, "foretagnamn", plain(company.name))
    add(header, "programnamn", "integration-bot")
    return root, header


def _person(parcel: DeliveryItem) -> ET.Element:
    values = next(part.values for part in parcel.record if part.level is Level.PERSON)
    # The importer compares both keys where it has both: each is in every file.
    keys = {"anstid": plain(parcel.number), "persnr": _text(values.get("identity_number"))}
    person = ET.Element("person", {name: value for name, value in keys.items() if value is not None})
    changed = {change.field for change in parcel.change.fields}
    groups = {GROUP_OF[name] for name in changed} - {PaxmlGroup.ALONE, PaxmlGroup.KEYS}
    for cell in CELLS:
        key, target = cell.rule.key, cell.rule.target
        if cell.group is PaxmlGroup.KEYS or not (key in changed or cell.group in groups):
            continue
        match key:
            case "pay_from" | "percentage_from":
                continue  # an attribute of the values that hold from this day on
            case "hourly_wage" | "salary":
                _dated(person, target, values.get(key), values.get("pay_from"))
            case "percentage":
                _dated(person, target, values.get(key), values.get("percentage_from"))
            case "department":
                _unit(person, values.get(key))
            case _:
                add(person, target, _text(values.get(key)))
    return person


def _dated(person: ET.Element, name: str, value: Value, since: Value) -> None:
    if isinstance(value, Decimal):
        written = f"{to_cents(value):f}"
        element = ET.SubElement(person, name, {"datum": since.isoformat()} if isinstance(since, date) else {})
        element.text = written


def _unit(person: ET.Element, code: Value) -> None:
    if code:
        units = ET.SubElement(person, "resenheter")
        ET.SubElement(units, "resenhet", {"dim": COST_CENTRE_DIMENSION, "id": str(code)})


def _text(value: Value) -> str | None:
    match value:
        case None | "":
            return None
        case date():
            return value.isoformat()
        case _:
            return str(value)
