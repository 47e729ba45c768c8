"""Visma Lön as the registry holds it."""

from __future__ import annotations

from bot.providers.kit.leave_file_spec import absence_only
from bot.providers.kit.leave_files_target import AbsenceOnly
from bot.providers.visma_lon.leave_settings import ABSENCE
from bot.providers.visma_lon.leave_target import VismaLonLeaveTarget


class VismaLonProvider(AbsenceOnly):
    """Visma Lön 300 and 600: absence alone, as files that a person imports into a pay run."""

    key = "visma_lon"
    info = absence_only(key, ABSENCE, countries=("SE",))
    made = VismaLonLeaveTarget


PROVIDER = VismaLonProvider()
