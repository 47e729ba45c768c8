"""JSON whose numbers are what is written: whole ones as int, others as Decimal, and back."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

Json = Any


def read_json(content: bytearray | bytes) -> Json:
    """What was answered. Raises `ValueError`, `RecursionError`, `MemoryError`."""
    return json.loads(content, parse_float=_exact, parse_int=_whole)


LONGEST_NUMBER = 400
"""Digits, before and behind the point: beyond what any double holds."""


def _exact(digits: str) -> Decimal | str:
    """A number as it is written; as text where no amount is so large or so small, and writing it out takes all memory.

    Raises `ValueError` for one beyond what a Decimal can hold.
    """
    if len(digits) > LONGEST_NUMBER:
        return digits
    try:
        value = Decimal(digits)
    except InvalidOperation:
        raise ValueError("a number out of range") from None
    return value if abs(int(value.as_tuple().exponent)) <= LONGEST_NUMBER else digits


def _whole(digits: str) -> int | Decimal | str:
    """A whole number of any length: one value that is too long to be an int is no reason to refuse a whole page."""
    if len(digits) > LONGEST_NUMBER:
        return digits
    return int(digits) if len(digits) < 100 else Decimal(digits)


def json_value(value: object) -> int | float:
    """A number as JSON has it. Raises `TypeError` for anything else."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"not JSON: {type(value).__name__}")
