"""Names of rows and of what they hold that give nothing away: keyed hashes of an integration. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from bot.domain.leave_delivery import DayKey, PeriodKey, WantedPeriod

KeyedHash = Callable[[str], str]
"""An HMAC of the integration's, as hexadecimal text; the same from run to run."""

MARKER_LENGTH = 8
REFERENCE_LENGTH = 24


class LedgerKeys:
    """Hashes for the ledger, and tags for what is written. Equal hours give one hash, however they are spelled."""

    __slots__ = ("_hash",)

    def __init__(self, keyed: KeyedHash) -> None:
        self._hash = keyed

    def day(self, key: DayKey) -> str:
        """What a day is found by in the ledger."""
        return self._hash(f"leave-day|{key.employee_id}|{key.day.isoformat()}|{_spelled(key.code, key.child)}")

    def period(self, key: PeriodKey) -> str:
        """What a leave of absence is found by in the ledger."""
        return self._hash(f"leave-period|{key.leave_id}|{key.employment}|{key.part}")

    def content(self, key_hash: str, code: str, child: str, hours: Decimal) -> str:
        """What stands under a day; "" for nothing. Equal days of two people do not look alike, so none are counted."""
        return self._hash(f"leave-hours|{key_hash}|{_spelled(code, child)}|{hours.normalize():f}") if hours else ""

    def period_content(self, wanted: WantedPeriod) -> str:
        """What a leave of absence is."""
        return self.period_content_of(wanted.code, wanted.first, wanted.last, wanted.percent)

    def period_content_of(self, code: str, first: date, last: date | None, percent: Decimal) -> str:
        """The same of its parts."""
        days = f"{first.isoformat()}|{last.isoformat() if last is not None else ''}"
        return self._hash(f"leave-absence|{_spelled(code, '')}|{days}|{percent.normalize():f}")

    @staticmethod
    def marker(key_hash: str) -> str:
        """A neutral tag for a comment in the target."""
        return key_hash[:MARKER_LENGTH]

    @staticmethod
    def reference(key_hash: str, sequence: int) -> str:
        """An id for one write of a row, unique in the target."""
        return f"{key_hash[:REFERENCE_LENGTH]}:{sequence}"


def _spelled(code: str, child: str) -> str:
    """Both in one text that no other two give."""
    return f"{len(code)}:{code}|{child}"
