"""Puts together what a system should hold of an employee, and collects what is to be told of it meanwhile."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from bot.core.mailbox import read_mailbox
from bot.domain.employee import Employee
from bot.domain.findings import Finding, Severity
from bot.domain.record import Address, Value
from bot.providers.kit.countries import country_code
from bot.providers.kit.elements import plain
from bot.providers.protocol import Settings


class RecordBuilder:
    """Of one employee, for one system. Findings are told once, however often they are met."""

    system: ClassVar[str]
    """What the codes of the system's own findings begin with."""

    def __init__(self, employee: Employee, settings: Settings, today: date) -> None:
        self._employee = employee
        self._settings = settings
        self._today = today
        self._findings: list[Finding] = []
        self.when_new: dict[Address, tuple[Finding, ...]] = {}

    @property
    def _told(self) -> tuple[Finding, ...]:
        return tuple(found for place, found in enumerate(self._findings) if found not in self._findings[:place])

    def _find(self, code: str, severity: Severity, field: str, /, **values: object) -> None:
        self._findings.append(Finding(f"{self.system}_{code}", severity, field, values))

    def _needed(self, address: Address, code: str, field: str, /, **values: object) -> None:
        """What a part is not made without; one that the system has keeps its own."""
        self._tell_when_new(address, Finding(f"{self.system}_{code}", Severity.BLOCKING, field, values))

    def _tell_when_new(self, address: Address, *found: Finding) -> None:
        self.when_new[address] = (*self.when_new.get(address, ()), *found)

    def _email(self) -> str | None:
        """The address at work, or else the private one, if it can be one."""
        given = (self._employee.work_email, self._employee.private_email)
        return next((mailbox for one in given if one and (mailbox := read_mailbox(one))), None)

    def _home(self) -> dict[str, Value]:
        """The home address; a country that nobody knows is told."""
        address = self._employee.address
        if address is None:
            return {}
        country = country_code(address.country)
        if address.country and country is None:
            self._find("country_unknown", Severity.WARNING, "country", country=address.country)
        return {
            "street": plain(address.street),
            "postal_code": plain(address.postal_code),
            "city": plain(address.city),
            "country": country,
        }
