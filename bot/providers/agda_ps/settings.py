"""The choices that an integration with Agda PS makes, and what they default to.

Codes are the payroll office's own: none is guessed, and what has no code is not sent.
"""

from __future__ import annotations

from bot.providers.kit.choices import Choices
from bot.providers.protocol import SettingField

TEST, PRODUCTION = "test", "production"
DAY_AFTER, LAST_DAY = "day_after", "last_day"
SAME_FOLDER, PARENT_FOLDER = "same_folder", "parent_folder"
COST_CENTER, DEPARTMENT, OFFICE, NONE = "cost_center", "department", "office", "none"
IN_ACCOUNT, IN_PERSON = "in_account", "in_person"

SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="folder", choices=(TEST, PRODUCTION), default=TEST, required=True, ask=True,
                 once_tested=(PRODUCTION,), group="delivery"),
    SettingField(key="salary_code", ask=True, group="pay"),
    SettingField(key="encoding", choices=("utf-8", "iso-8859-1", "windows-1252"), default="utf-8", group="delivery"),
    SettingField(key="upload", choices=(SAME_FOLDER, PARENT_FOLDER), default=SAME_FOLDER, group="delivery"),
    SettingField(key="department_from", choices=(NONE, COST_CENTER, DEPARTMENT, OFFICE), default=NONE),
    SettingField(key="office_code", by_office=True, group="offices"),
    SettingField(key="payment_elements", choices=(NONE, IN_ACCOUNT, IN_PERSON), default=NONE, group="pay"),
    SettingField(key="permanent_form"),
    SettingField(key="other_form"),
    SettingField(key="leaving_date", choices=(DAY_AFTER, LAST_DAY), default=DAY_AFTER),
    SettingField(key="leaving_reason"),
)  # fmt: skip

chosen = Choices(SETTINGS)
"""An integration's choice, or the default."""
