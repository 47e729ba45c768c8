"""The choices that an integration with PowerOffice Go makes, and what they default to."""

from __future__ import annotations

from bot.providers.kit.choices import Choices
from bot.providers.protocol import SettingField

AS_IS, TO_FULL_TIME, TO_ACTUAL, NOT_SENT = "as_is", "to_full_time", "to_actual", "none"
LEFT_ALONE = "left_alone"

FORMS = (
    "Permanent",
    "Temporary",
    "PermanentEmploymentAndHiredOut",
    "TemporaryEmploymentAndHiredOut",
    "TemporaryEmploymentAsOnCallCoverstaff",
)
END_REASONS = (
    "EmployeeHasResigned",
    "EmployerHasDismissedTheEmployee",
    "ContractCommitmentOrTemporaryEmploymentExpired",
    "ChangeOfOrganizationStructureOrChangedJobInternally",
    "ChangeOfPayrollSystemOrAccountant",
)
"""Those that Go has, but for the one of an employment that should never have been reported: a person decides that."""


def word(name: str) -> str:
    """A choice as it is stored and as its text is called: `EmployeeHasResigned` is `employee_has_resigned`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


CHOICES = {word(name): name for name in (*FORMS, *END_REASONS)}
"""What Go calls a choice."""

SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="enterprise", live=True, required=True, ask=True),
    SettingField(key="office_enterprise", live=True, ask=True, by_office=True, group="offices"),
    SettingField(key="end_reason", choices=tuple(map(word, END_REASONS)), required=True, ask=True),
    SettingField(
        key="salary", choices=(AS_IS, TO_FULL_TIME, TO_ACTUAL, NOT_SENT), default=AS_IS, ask=True, group="pay"
    ),
    SettingField(key="occupation_code"),
    SettingField(key="occupation_code_field", own_field=True),
    SettingField(key="other_employment_form", choices=(LEFT_ALONE, *map(word, FORMS)), default=LEFT_ALONE),
)

chosen = Choices(SETTINGS)
"""An integration's choice, or the default."""
