"""Calendar dates out of date-time strings.

Simployer sends every date as a date-time, also pure dates such as a birth date or the day a salary takes effect. Its
documentation does not say whether such a date is midnight in UTC or midnight where it was entered, so both are read
as the day that was meant.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Two neighbouring zones and a summer hour: a date entered in Helsinki is 23:00 the day before in Stockholm.
_NEIGHBOURS_MIDNIGHT = 21


def calendar_day(value: object, zone: ZoneInfo) -> date | None:
    """The day that a date or date-time string means in `zone`; None for nothing. Raises `ValueError` for other text.

    Midnight UTC is that day. Midnight in `zone`, or a whole hour within three hours before it (midnight in a zone to
    the east), is the day that begins. Every other time is the day it falls on in `zone`.
    """
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError(f"not a date: {type(value).__name__}")
    text = value.strip()
    if len(text) == 10:
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment.date()
    if moment.year in (1, 9999):
        return moment.date()  # an end of time: no clock can be moved beyond it, and no zone is meant
    if _is_midnight(moment) or _is_midnight(moment.astimezone(UTC)):
        return (moment if _is_midnight(moment) else moment.astimezone(UTC)).date()
    local = moment.astimezone(zone)
    if local.hour >= _NEIGHBOURS_MIDNIGHT and (local.minute, local.second, local.microsecond) == (0, 0, 0):
        return local.date() + timedelta(days=1)
    return local.date()


def instant(value: object) -> datetime | None:
    """A moment in time, aware; None for nothing or for text that is none."""
    if not isinstance(value, str) or not value:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def zone_named(name: object, default: ZoneInfo) -> ZoneInfo:
    """The zone with this name, or the default where there is none."""
    if not isinstance(name, str) or not name:
        return default
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return default


def _is_midnight(moment: datetime) -> bool:
    return (moment.hour, moment.minute, moment.second, moment.microsecond) == (0, 0, 0, 0)
