"""Hogia Lön Plus as the registry holds it."""

from __future__ import annotations

from bot.providers.hogia_lon.leave_settings import ABSENCE
from bot.providers.hogia_lon.leave_target import HogiaLonLeaveTarget
from bot.providers.kit.leave_file_spec import absence_only
from bot.providers.kit.leave_files_target import AbsenceOnly


class HogiaLonProvider(AbsenceOnly):
    """Hogia Lön Plus: absence alone, as files that a person imports."""

    key = "hogia_lon"
    info = absence_only(key, ABSENCE, countries=("SE",))
    made = HogiaLonLeaveTarget


PROVIDER = HogiaLonProvider()
