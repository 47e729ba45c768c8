"""Hogia Lön Plus as a target of absence: a file of absence for each payroll period, and one of schedules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.leave_delivery import LeaveFileRequest
from bot.providers.hogia_lon.leave_documents import DAY, MOMENT, absence_document, schedule_document
from bot.providers.hogia_lon.leave_settings import ABSENCE, leave_chosen
from bot.providers.kit.leave_file_account import FileCompany
from bot.providers.kit.leave_file_spec import YES
from bot.providers.kit.leave_files_target import LeaveFilesTarget
from bot.providers.protocol import Settings


class HogiaLonLeaveTarget(LeaveFilesTarget):
    """The `LeaveFileTarget`: absence, and schedules where they are wanted.

    A company has pay types of its own: there are no codes to choose from beside those of the leave types.
    """

    key = "hogia_lon"
    codes = ()
    absence = ABSENCE

    def differences_proven(self, settings: Settings) -> bool:  # noqa: ARG002 - nothing can be chosen
        """Never: nothing is known of it."""
        return False

    def names_children(self, settings: Settings) -> bool:
        """Only where somebody has chosen so."""
        return leave_chosen(settings, "child_names") == YES

    def contents(
        self, request: LeaveFileRequest, company: FileCompany, at: datetime, settings: Settings
    ) -> Sequence[tuple[str, bytes]]:
        """The absence, and the schedules where they are wanted; these first, as absence is read against them."""
        schedules = schedule_document(request, at, settings)
        absence = absence_document(request, company, at, settings)
        return [*([("schedule.txt", schedules)] if schedules is not None else []), ("xml", absence)]

    def moments(self, at: datetime) -> Sequence[str]:
        """The moment in the head of schedules, and the day in that of absence."""
        return [f"DatumTid=#{at.strftime(MOMENT)}#", f"<createdDate>{at.strftime(DAY)}</createdDate>"]
