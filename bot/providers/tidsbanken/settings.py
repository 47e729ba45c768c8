"""The choices that an integration with Tidsbanken makes, and what they default to."""

from __future__ import annotations

from bot.providers.kit.choices import Choices
from bot.providers.protocol import SettingField

BY_NAME, NO_DEPARTMENT = "by_name", "none"
INACTIVE, BY_HAND = "inactive", "by_hand"

SETTINGS: tuple[SettingField, ...] = (
    # The group decides which rules somebody's time is counted by, so a person says it.
    SettingField(key="group", live=True, required=True, ask=True, group="people"),
    SettingField(key="other_group", live=True, group="people"),
    SettingField(key="department", choices=(BY_NAME, NO_DEPARTMENT), default=BY_NAME),
    SettingField(key="leavers", choices=(INACTIVE, BY_HAND), default=INACTIVE),
)

chosen = Choices(SETTINGS)
"""An integration's choice, or the default."""
