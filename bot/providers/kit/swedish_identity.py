"""Swedish identity numbers and coordination numbers."""

from __future__ import annotations

from datetime import date
from typing import Any

from bot.core import swedish_number
from bot.domain.employee import IdentityNumber
from bot.providers.kit.json_values import digits_of, text_of


def swedish_identity(identity: IdentityNumber, today: date) -> str | None:
    """Twelve digits of a personnummer or samordningsnummer; None for a number that is not Swedish."""
    number = swedish_number.parse(identity.value, today) if identity.country in (None, "SE") else None
    return number.digits if number else None


def shown_identity(value: Any) -> str | None:
    """What a system shows as one, in twelve digits where it can be; else its digits."""
    written = text_of(value)
    number = swedish_number.parse(written, date.today()) if written else None  # noqa: DTZ011 - for the century alone
    return number.digits if number else digits_of(written)
