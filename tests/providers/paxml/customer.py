"""A Swedish customer of a payroll system that imports PAXml."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.providers.paxml.file_target import PaxmlFileTarget
from bot.providers.paxml.leave_target import PaxmlLeaveTarget
from bot.providers.protocol import Connection
from sandbox.paxml import COMPANY_NAME, COMPANY_NUMBER, CUSTOMER, GOOD, IMPORT, Paxml
from sandbox.sftp import Login

COMPANY = {"organisation_number": COMPANY_NUMBER, "company_name": COMPANY_NAME}
HASTE = {"connect_seconds": "5", "transfer_seconds": "5", "allowed_networks": "127.0.0.0/8"}
MOMENT = datetime(2026, 3, 2, 13, 30, 22, tzinfo=UTC)


@dataclass
class Clock:
    """Goes on by a second whenever it is looked at."""

    at: datetime = field(default=MOMENT)

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def inbox(
    system: Paxml, clock: Callable[[], datetime] | None = None, expected: str | None = None, **more: str
) -> PaxmlFileTarget:
    """The inbox of the customer; `more` is entered in another way."""
    entered = {"folder": CUSTOMER, **COMPANY, **more}
    options: dict[str, Any] = {"folder": str(system.root)}
    return PaxmlFileTarget(
        Connection(credentials=entered, options=options, expected_account=expected), now=clock or Clock()
    )


def by_sftp(system: Paxml, login: Login = GOOD, **more: str) -> dict[str, str]:
    """What a customer enters who has an SFTP server, its key confirmed."""
    server = {"host": "127.0.0.1", "port": str(system.sftp.port), "host_key": system.sftp.fingerprint}
    user = {"username": login.username, "password": login.password, "remote_folder": IMPORT}
    return {"delivery": "sftp", **server, **user, **COMPANY, **more}


def sftp_inbox(
    system: Paxml,
    login: Login = GOOD,
    clock: Callable[[], datetime] | None = None,
    expected: str | None = None,
    **more: str,
) -> PaxmlFileTarget:
    """The inbox of the customer, over SFTP."""
    entered = by_sftp(system, login, **more)
    return PaxmlFileTarget(
        Connection(credentials=entered, options=HASTE, expected_account=expected), now=clock or Clock()
    )


def leave_inbox(
    system: Paxml, clock: Callable[[], datetime] | None = None, expected: str | None = None, **more: str
) -> PaxmlLeaveTarget:
    """The customer's target of absence, into the folder; `more` is entered in another way, or by SFTP."""
    entered = more if "delivery" in more else {"folder": CUSTOMER, **COMPANY, **more}
    options: dict[str, Any] = {**HASTE, "folder": str(system.root)}
    return PaxmlLeaveTarget(
        Connection(credentials=entered, options=options, expected_account=expected), now=clock or Clock()
    )
