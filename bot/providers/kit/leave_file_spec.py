"""What payroll systems that take absence alone, as files, declare in common."""

from __future__ import annotations

from bot.domain.resource import Capability, Resource
from bot.providers.kit.leave_file_account import LEAVE_FILE_CREDENTIALS
from bot.providers.leave_protocol import LateChange, LeaveFieldSpec, LeaveLimits
from bot.providers.protocol import ControlProof, ProviderInfo, ResourceSpec, SettingField

LEFT_OUT, FREE, WORK_WEEK = "left_out", "free", "work_week"
YES, NO = "yes", "no"

SCHEDULES = SettingField(key="schedules", choices=(LEFT_OUT, FREE, WORK_WEEK), default=LEFT_OUT, group="delivery")
"""Whether files tell the work weeks of people, and whether they do so on public holidays."""

WORD = r"[0-9A-Za-zÀ-ÖØ-öø-ÿ._/-]+"
"""An employee number that stands anywhere: one word, of letters that every encoding of the files has. No description
says what else is taken, and a number that an import reads otherwise is somebody else's."""


def leave_field(
    key: str, source: str, target: str, *, private: bool = False, transformation: str | None = None
) -> LeaveFieldSpec:
    """A row of the table of absence."""
    return LeaveFieldSpec(key=key, source=source, target=target, private=private, transformation=transformation)


def usual_fields(provider: str, *, employee: str, day: str, code: str, hours: str) -> tuple[LeaveFieldSpec, ...]:
    """The rows that every such file has, with the names of the provider's format."""
    said = f"{provider}.leave"
    return (
        leave_field("employee", "employee.employeeNumber", employee),
        leave_field("day", "leaveTransaction.date", day),
        leave_field("code", "leaveType.code", code, private=True, transformation=f"{said}.code"),
        leave_field("hours", "leaveTransaction.hours", hours, private=True, transformation=f"{said}.hours"),
    )


def absence_files(
    settings: tuple[SettingField, ...],
    fields: tuple[LeaveFieldSpec, ...],
    *,
    negates: bool = False,
    children: bool = False,
) -> ResourceSpec:
    """Files of a period, of people by their numbers and under a company's own codes.

    `negates`: the format has minus hours. `children`: its rows tell children apart.
    """
    return ResourceSpec(
        resource=Resource.ABSENCE,
        capability=Capability.FILE_SNAPSHOT,
        exports_file=True,
        settings=settings,
        max_batch=0,
        fields=fields,
        leave=LeaveLimits(
            reads=False,
            updates=False,
            deletes=False,
            negates=negates,
            children=children,
            late_change=LateChange.LIST,
            horizon_months=0,
            open_codes=True,
            number_shape=WORD,
        ),
    )


def absence_only(key: str, absence: ResourceSpec, countries: tuple[str, ...]) -> ProviderInfo:
    """A provider of absence alone. The customer's server has a secret; whoever has none is assigned a name."""
    return ProviderInfo(
        key=key,
        countries=countries,
        control=ControlProof.CUSTOMER_SECRET,
        syncs=("syncs.absence_only",),
        credentials=LEAVE_FILE_CREDENTIALS,
        resources=(absence,),
    )
