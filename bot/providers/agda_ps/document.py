"""The Person XML: a file of many people, each with the groups that have changed and no others.

Structure: see `field_table.py`. `{blank}` clears a value; an element that is left out leaves it as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree as ET

from bot.domain.record import Level, Value
from bot.providers.agda_ps.desired_person import BLANK, plain
from bot.providers.agda_ps.field_table import BY_FIELD, BY_GROUP, AgdaGroup
from bot.providers.agda_ps.settings import IN_ACCOUNT, IN_PERSON, LAST_DAY, chosen
from bot.providers.kit.amounts import to_cents
from bot.providers.kit.elements import add, require_well_formed
from bot.providers.protocol import DeliveryItem, Settings

Key = tuple[date, ...]


def document(parcels: Iterable[DeliveryItem], company_number: str, settings: Settings) -> bytes:
    """The file's bytes, in the chosen encoding; letters outside it become references, which XML allows. It has been
    read once. Raises `ValueError` for one that is no XML."""
    root = ET.Element("Personer")
    for parcel in parcels:
        root.append(_Person(parcel, company_number, settings).element())
    people = len(root)
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding=chosen(settings, "encoding"), xml_declaration=True)
    return require_well_formed(written, "Person", people)


def file_name(company_number: str, company_name: str, at: datetime) -> str:
    """`[id]-[name]-employees-[YYYYMMDD-HHMMSS].xml`, as Simployer's own integration names it.

    Source: Simployer's help centre, "Agda PS integration". Letters beyond ASCII lose their marks.
    """
    return f"{file_prefix(company_number, company_name)}{at:%Y%m%d-%H%M%S}.xml"


def file_prefix(company_number: str, company_name: str) -> str:
    """What the names of all files of one organisation begin with."""
    return f"{_safe(company_number)}-{_safe(company_name)}-employees-"


def _safe(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name.strip()).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.]+", "_", bare).strip("_.") or "organisation"


class _Person:
    """One `Person`, put together from the whole record and the names of what has changed."""

    def __init__(self, parcel: DeliveryItem, company_number: str, settings: Settings) -> None:
        self._parcel = parcel
        self._company_number = company_number
        self._settings = settings
        self._values = {(part.level, part.key): part.values for part in parcel.record}
        self._changed: dict[tuple[AgdaGroup, Level, Key], set[str]] = {}
        self._cleared: dict[tuple[Level, Key], set[str]] = {}
        for change in parcel.change.fields:
            group = BY_FIELD[change.level, change.field].group
            self._changed.setdefault((group, change.level, change.key), set()).add(change.field)
            if change.new is None:
                self._cleared.setdefault((change.level, change.key), set()).add(change.field)
        for level, key in parcel.change.new_parts:
            if level is Level.EMPLOYMENT:
                # The dates are in the keys, so that a part without any other value says something all the same.
                group = AgdaGroup.EMPLOYMENT if len(key) == 1 else AgdaGroup.FORM
                self._changed.setdefault((group, level, key), set())

    def element(self) -> ET.Element:
        person = ET.Element("Person")
        add(person, "FTG_NR", plain(self._company_number))
        add(person, "ANST_NR", plain(self._parcel.number))
        changed = self._changed.get((AgdaGroup.PERSON, Level.PERSON, ()), set())
        for cell in BY_GROUP[AgdaGroup.PERSON]:
            if cell.rule.key in changed and cell.rule.key != "number":
                add(person, cell.element, self._written(Level.PERSON, (), cell.rule.key))
        self._payment(person, IN_PERSON)
        self._address(person)
        self._bank(person)
        self._employments(person)
        for key in self._keys(AgdaGroup.POSITION):
            position = self._dated(person, AgdaGroup.POSITION, "Befattning", "BEFATTNINGFOMDATUM", key)
            add(position, "BEFATTNINGTOMDATUM", BLANK)
            add(position, "BEFATTNINGSSTATUS", "H")
        for key in self._keys(AgdaGroup.HOURS):
            self._dated(person, AgdaGroup.HOURS, "Arbetstid", "ARBETSTIDFRANTID", key)
        for key in self._keys(AgdaGroup.ORGANISATION):
            self._dated(person, AgdaGroup.ORGANISATION, "Organisation", "ORGANISATIONSFRANTID", key)
        self._pay(person)
        return person

    def _address(self, person: ET.Element) -> None:
        if self._keys(AgdaGroup.ADDRESS):
            address = ET.SubElement(ET.SubElement(person, AgdaGroup.ADDRESS), "Adress")
            add(address, "ADRESSTYP", "Hemadress")
            self._cells(address, AgdaGroup.ADDRESS, ())

    def _bank(self, person: ET.Element) -> None:
        if self._keys(AgdaGroup.BANK):
            account = ET.SubElement(ET.SubElement(person, AgdaGroup.BANK), "Bankkonto")
            self._payment(account, IN_ACCOUNT)
            self._cells(account, AgdaGroup.BANK, ())

    def _payment(self, parent: ET.Element, where: str) -> None:
        """How pay is paid out, which Simployer's own file says too; it is not known where it stands."""
        if self._keys(AgdaGroup.BANK) and chosen(self._settings, "payment_elements") == where:
            add(parent, "UTBETALNINGSTYP", "Löneutbetalning")
            add(parent, "UTBETALNINGSSATT", "Bankkonto")

    def _employments(self, person: ET.Element) -> None:
        forms = self._keys(AgdaGroup.FORM)
        starts = sorted({(key[0],) for key in (*self._keys(AgdaGroup.EMPLOYMENT), *forms)})
        for start in starts:
            employment = ET.SubElement(_holder(person, AgdaGroup.EMPLOYMENT), "Anstallning")
            add(employment, "ANSTALLNINGSDATUM", start[0].isoformat())
            if (AgdaGroup.EMPLOYMENT, Level.EMPLOYMENT, start) in self._changed:
                self._cells(employment, AgdaGroup.EMPLOYMENT, start)
            for key in (key for key in forms if key[:1] == start):
                form = ET.SubElement(employment, AgdaGroup.FORM)
                add(form, "TILLTRADE", key[-1].isoformat())
                self._cells(form, AgdaGroup.FORM, key)

    def _pay(self, person: ET.Element) -> None:
        for key in self._keys(AgdaGroup.PAY):
            row = ET.SubElement(_holder(person, AgdaGroup.PAY), "FastArt", DATUM_IN=key[-1].isoformat())
            values, level = self._values.get((Level.TERMS, key), {}), Level.TERMS
            add(row, "LONEART", _text(values.get("pay_code")))
            add(row, "PRIS", "0.00")
            add(row, "BELOPP", self._written(level, key, "salary"))
            # An open row says so, or an end that was delivered once would stay.
            add(row, "DATUM_UT", self._written(level, key, "pay_end") or BLANK)
            add(row, "FASTAARTER_TYP", "A")

    def _dated(self, person: ET.Element, group: AgdaGroup, item: str, attribute: str, key: Key) -> ET.Element:
        element = ET.SubElement(_holder(person, group), item, {attribute: key[-1].isoformat()})
        self._cells(element, group, key)
        return element

    def _cells(self, element: ET.Element, group: AgdaGroup, key: Key) -> None:
        """All values of a group: it is read as a whole."""
        for cell in BY_GROUP[group]:
            add(element, cell.element, self._written(cell.rule.level, key, cell.rule.key))

    def _keys(self, group: AgdaGroup) -> list[Key]:
        return sorted(key for changed, _, key in self._changed if changed is group)

    def _written(self, level: Level, key: Key, name: str) -> str | None:
        """The value as text; `{blank}` when it was delivered once and is gone; None for nothing to say."""
        if name in self._cleared.get((level, key), ()):
            return BLANK
        value = self._values.get((level, key), {}).get(name)
        if name == "end_date" and isinstance(value, date) and chosen(self._settings, "leaving_date") != LAST_DAY:
            # The day of leaving is the first one on which the person is not employed.
            value += timedelta(days=1 if value < date.max else 0)
        if name == "salary" and isinstance(value, Decimal):
            return f"{to_cents(value):f}"
        return _text(value)


def _holder(person: ET.Element, group: AgdaGroup) -> ET.Element:
    found = person.find(group)
    return ET.SubElement(person, group) if found is None else found


def _text(value: Value) -> str | None:
    match value:
        case None | "":
            return None
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value.normalize():f}"
        case _:
            return str(value)
