"""Numbers with two decimals, as systems hold pay, and what is told of those that had more."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from bot.domain.findings import Finding, Severity

CENT = Decimal("0.01")


def to_cents(number: Decimal) -> Decimal:
    """The number with two decimals, halves up. Raises `InvalidOperation` for what is no number."""
    return number.quantize(CENT, ROUND_HALF_UP)


def rounded(number: Decimal, field: str) -> list[Finding]:
    """The finding on a number of more than two decimals, in a field where two are written."""
    whole = not number.is_finite() or number == to_cents(number)
    return [] if whole else [Finding("value.rounded", Severity.WARNING, field)]
