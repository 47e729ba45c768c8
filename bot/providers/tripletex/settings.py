"""The choices that an integration with Tripletex makes, and what they default to."""

from __future__ import annotations

from bot.providers.kit.choices import Choices
from bot.providers.protocol import SettingField

FULL_TIME, ACTUAL, NOT_SENT = "full_time", "actual", "none"
FROM_SOURCE = "from_source"
NO_REASON = "none"
LEFT_ALONE = "left_alone"

EMPLOYMENT_FORMS = (
    "PERMANENT",
    "TEMPORARY",
    "PERMANENT_AND_HIRED_OUT",
    "TEMPORARY_AND_HIRED_OUT",
    "TEMPORARY_ON_CALL",
)

SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="division", live=True, required=True, ask=True),
    SettingField(key="office_division", live=True, ask=True, by_office=True, group="offices"),
    SettingField(key="office_department", live=True, by_office=True, group="offices"),
    SettingField(
        key="user_type", choices=("NO_ACCESS", "STANDARD", "EXTENDED"), default="NO_ACCESS", ask=True, group="people"
    ),
    SettingField(key="salary", choices=(FULL_TIME, ACTUAL, NOT_SENT), default=FULL_TIME, ask=True, group="pay"),
    SettingField(key="default_department", live=True, group="people"),
    SettingField(key="employee_category", live=True, group="people"),
    SettingField(key="occupation_code", live=True),
    SettingField(key="occupation_code_field", own_field=True),
    SettingField(key="employment_type", choices=("ORDINARY", "MARITIME", "FREELANCE"), default="ORDINARY"),
    SettingField(key="employment_form", choices=(FROM_SOURCE, *EMPLOYMENT_FORMS), default=FROM_SOURCE),
    SettingField(key="other_employment_form", choices=(LEFT_ALONE, *EMPLOYMENT_FORMS), default=LEFT_ALONE),
    SettingField(
        key="remuneration_type",
        choices=(FROM_SOURCE, "MONTHLY_WAGE", "HOURLY_WAGE"),
        # Tripletex calls its other kinds (commission, fee, piecework) old ones; whoever has chosen one keeps it.
        retired=("COMMISION_PERCENTAGE", "FEE", "PIECEWORK_WAGE"),
        default=FROM_SOURCE,
        group="pay",
    ),
    SettingField(
        key="working_hours_scheme",
        choices=("NOT_SHIFT", "ROUND_THE_CLOCK", "SHIFT_365", "OFFSHORE_336", "CONTINUOUS", "OTHER_SHIFT"),
        default="NOT_SHIFT",
    ),
    SettingField(key="shift_hours", number=True),
    SettingField(
        key="end_reason",
        choices=(
            NO_REASON,
            "EMPLOYMENT_END_EXPIRED",
            "EMPLOYMENT_END_EMPLOYEE",
            "EMPLOYMENT_END_EMPLOYER",
            "EMPLOYMENT_END_SYSTEM_OR_ACCOUNTANT_CHANGE",
            "EMPLOYMENT_END_INTERNAL_CHANGE",
        ),
        default=NO_REASON,
        ask=True,
    ),
)

LIVE = {
    "division": "divisions",
    "office_division": "divisions",
    "office_department": "departments",
    "default_department": "departments",
    "employee_category": "categories",
    "occupation_code": "occupation_codes",
}
"""Which register a live setting is chosen from."""

chosen = Choices(SETTINGS)
"""An integration's choice, or the default."""
