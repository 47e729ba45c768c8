"""Phone numbers, where a number without a country's is Swedish."""

from __future__ import annotations

from typing import Any

import phonenumbers

from bot.providers.kit.json_values import text_of


def swedish_phone(value: Any) -> str | None:
    """A number in international form; as it is written where it is none."""
    written = text_of(value)
    try:
        parsed = phonenumbers.parse(written or "", "SE")
    except phonenumbers.NumberParseException:
        return written
    if not phonenumbers.is_possible_number(parsed) or parsed.extension:
        return written
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
