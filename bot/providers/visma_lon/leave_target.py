"""Visma Lön 300 and 600 as a target of absence: a `.tlu` file for each payroll period."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.findings import Severity
from bot.domain.leave import LeaveFinding
from bot.domain.leave_delivery import LeaveFileRequest
from bot.providers.kit.leave_file_account import FileCompany
from bot.providers.kit.leave_files_target import LeaveFilesTarget
from bot.providers.protocol import Settings
from bot.providers.visma_lon.leave_document import DAY, leave_document
from bot.providers.visma_lon.leave_settings import ABSENCE, CODES, LIST, OF_A_CHILD, leave_chosen


class VismaLonLeaveTarget(LeaveFilesTarget):
    """The `LeaveFileTarget`: one file."""

    key = "visma_lon"
    codes = CODES
    absence = ABSENCE

    def differences_proven(self, settings: Settings) -> bool:
        """Only where somebody has tried negative hours, and said so."""
        return leave_chosen(settings, "corrections") != LIST

    def contents(
        self, request: LeaveFileRequest, company: FileCompany, at: datetime, settings: Settings
    ) -> Sequence[tuple[str, bytes]]:
        """One file."""
        return [("tlu", leave_document(request, company, at, settings))]

    def moments(self, at: datetime) -> Sequence[str]:
        """The day, in the head."""
        return [at.strftime(DAY)]

    def findings(self, request: LeaveFileRequest, settings: Settings) -> tuple[LeaveFinding, ...]:  # noqa: ARG002
        """The format has no room for a child."""
        of_a_child = any(row.key.code == OF_A_CHILD for row in request.rows)
        return (LeaveFinding(code="child_number", severity=Severity.WARNING),) if of_a_child else ()
