"""Phone numbers as Norwegian systems hold them: the national digits, or the international form of a foreign number."""

from __future__ import annotations

import re
from typing import Any

import phonenumbers

from bot.providers.kit.json_values import digits_of


def norwegian_phone(written: str | None) -> str | None:
    """A number as somebody wrote it, as it is sent; None for what is none."""
    try:
        parsed = phonenumbers.parse(written or "", "NO")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    if parsed.country_code == 47:
        return str(parsed.national_number)
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def held_phone(value: Any) -> str | None:
    """A number as a system shows it, to compare: without blanks, and without the prefix of Norway."""
    digits = digits_of(value)
    return re.sub(r"^(\+47|0047)", "", digits) or None if digits else None
