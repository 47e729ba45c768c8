"""The choices that an integration with Kleer makes, and what they default to."""

from __future__ import annotations

from bot.providers.kit.choices import Choices
from bot.providers.protocol import SettingField

NOT_SEEN, KRONOR, ORE = "not_seen", "kronor", "ore"
AS_IS, TO_FULL_TIME, TO_ACTUAL, NOT_SENT = "as_is", "to_full_time", "to_actual", "none"
ENTERED, CREATED = "entered", "created"
COST_CENTER, DEPARTMENT, NO_UNIT = "cost_center", "department", "none"
TEN, TWELVE = "ten", "twelve"

SETTINGS: tuple[SettingField, ...] = (
    # What unit amounts have is not published, and a wrong one pays a hundred times too much: a person says it.
    SettingField(key="salary_unit", choices=(NOT_SEEN, KRONOR, ORE), required=True, ask=True, group="pay"),
    SettingField(
        key="salary", choices=(AS_IS, TO_FULL_TIME, TO_ACTUAL, NOT_SENT), default=AS_IS, ask=True, group="pay"
    ),
    SettingField(key="new_people", choices=(ENTERED, CREATED), default=ENTERED, ask=True, group="people"),
    SettingField(key="unit_from", choices=(COST_CENTER, DEPARTMENT, NO_UNIT), default=COST_CENTER),
    SettingField(key="identity_format", choices=(TEN, TWELVE), default=TWELVE, group="people"),
)

chosen = Choices(SETTINGS)
"""An integration's choice, or the default."""
