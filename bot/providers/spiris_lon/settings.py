"""The choices that an integration with Spiris Lön makes, and what they default to."""

from __future__ import annotations

from bot.providers.kit.choices import Choices
from bot.providers.protocol import SettingField

FROM_PAY, MONTHLY, HOURLY = "from_pay", "monthly", "hourly"
WHITE_COLLAR, BLUE_COLLAR = "white_collar", "blue_collar"

SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="employee_category", choices=(WHITE_COLLAR, BLUE_COLLAR), required=True, ask=True, group="people"),
    SettingField(key="form_of_pay", choices=(FROM_PAY, MONTHLY, HOURLY), default=FROM_PAY, ask=True, group="pay"),
)

chosen = Choices(SETTINGS)
"""An integration's choice, or the default."""
