"""Absence for a payroll system that has no published way to take it: a list of each period, which a person types in."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.text import text
from bot.domain.findings import Finding
from bot.domain.leave_delivery import LeaveFileRequest
from bot.domain.resource import Capability, Resource
from bot.providers.errors import Unsupported
from bot.providers.leave_protocol import LateChange, LeaveCode, LeaveFieldSpec, LeaveFile, LeaveLimits
from bot.providers.protocol import Account, Choice, ResourceSpec, Settings, TargetBase

ABSENCE_LIST = ResourceSpec(
    resource=Resource.ABSENCE,
    capability=Capability.FILE_SNAPSHOT,
    exports_file=True,
    max_batch=0,
    fields=(
        LeaveFieldSpec(key="employee", source="employee.employeeNumber", target="list: number"),
        LeaveFieldSpec(key="day", source="leaveTransaction.date", target="list: day"),
        LeaveFieldSpec(key="code", source="leaveType.code", target="list: code", private=True),
        LeaveFieldSpec(key="hours", source="leaveTransaction.hours", target="list: minus, plus", private=True),
    ),
    leave=LeaveLimits(
        reads=False,
        updates=False,
        deletes=False,
        late_change=LateChange.LIST,
        horizon_months=0,
        open_codes=True,
        list_alone=True,
    ),
)
"""What a provider declares whose system takes absence from a person's hands alone."""


class LeaveListTarget:
    """The `LeaveFileTarget` beside a target of employees. Nothing of absence is ever sent to the system."""

    def __init__(self, employees: TargetBase) -> None:
        self._employees = employees

    async def identify(self) -> Account:
        """The account that employees go to."""
        return await self._employees.identify()

    async def leave_preflight(self) -> Sequence[Finding]:
        """Nothing is asked of the system: a list is made without it."""
        return []

    async def leave_codes(self) -> Sequence[LeaveCode]:
        """None are known: the words of the list are the customer's own."""
        return []

    async def leave_choices(self, setting: str) -> Sequence[Choice]:
        """None. Raises `KeyError`, as there are no settings."""
        raise KeyError(setting)

    def differences_proven(self, settings: Settings) -> bool:  # noqa: ARG002 - nothing can be chosen
        """Never."""
        return False

    async def render(self, request: LeaveFileRequest, settings: Settings) -> LeaveFile:  # noqa: ARG002
        """Raises `Unsupported`: there is no file that the system would take."""
        raise Unsupported("absence is a list", text=text("leave.file.no_corrections"))

    async def deliver(self, file: LeaveFile, settings: Settings) -> None:  # noqa: ARG002
        """Raises `Unsupported`."""
        raise Unsupported("absence is a list", text=text("leave.file.by_hand"))
