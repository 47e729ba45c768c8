"""What a system's JSON says, as the values that records hold. What is of another kind is nothing."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

_LONGEST_AMOUNT = 100
"""Letters, with blanks around them."""


def text_of(value: Any) -> str | None:
    """A text or number as text without blanks around it."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    return str(value).strip() or None


def digits_of(value: Any) -> str | None:
    """A number of a person or account without the blanks, points and dashes that people write in it."""
    shown = text_of(value)
    return re.sub(r"[\s.\-]", "", shown) or None if shown else None


def day_of(value: Any) -> date | None:
    """A day, with or without a time behind it."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) and value else None
    except ValueError:
        return None


def amount_of(value: Any) -> Decimal | None:
    """A number, also one that is written as a text, with a point or a comma."""
    if not isinstance(value, str):
        return number_of(value)
    written = re.fullmatch(r"\s*-?[0-9]+([.,][0-9]+)?\s*", value) if len(value) <= _LONGEST_AMOUNT else None
    return Decimal(value.strip().replace(",", ".")) if written else None


def number_of(value: Any) -> Decimal | None:
    """A number."""
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None
