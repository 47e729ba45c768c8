"""A Swedish customer of a payroll system that imports PAXml."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.providers.paxml.inbox import PaxmlInbox
from bot.providers.protocol import Connection
from sandbox.paxml import COMPANY_NAME, COMPANY_NUMBER, CUSTOMER, Paxml

MOMENT = datetime(2026, 3, 2, 13, 30, 22, tzinfo=UTC)


@dataclass
class Clock:
    """Goes on by a second whenever it is looked at."""

    at: datetime = field(default=MOMENT)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def inbox(system: Paxml, clock: Clock | None = None, expected: str | None = None, **more: str) -> PaxmlInbox:
    """The inbox of the customer; `more` is entered in another way."""
    entered = {"folder": CUSTOMER, "organisation_number": COMPANY_NUMBER, "company_name": COMPANY_NAME} | more
    options: dict[str, Any] = {"folder": str(system.root)}
    return PaxmlInbox(Connection(credentials=entered, options=options, expected_account=expected), now=clock or Clock())
