"""The choices that an integration with Xledger makes, and what they default to.

What stands on an inference, or is each customer's own set-up, is off until somebody chooses it.
"""

from __future__ import annotations

from bot.providers.kit.choices import Choices
from bot.providers.protocol import SettingField

NOT_SENT, SEND = "none", "send"
END_DATE, BY_HAND, CLEAR = "end_date", "by_hand", "clear"
POSTINGS = ("posting_1", "posting_2", "posting_3", "posting_4", "posting_5")
"""The posting dimensions of an employee, which each customer uses as they like."""

SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="employee_group", live=True, group="people"),
    SettingField(key="department", choices=(NOT_SENT, *POSTINGS), default=NOT_SENT),
    SettingField(key="department_kind", live=True),
    SettingField(key="cost_center", choices=(NOT_SENT, *POSTINGS), default=NOT_SENT),
    SettingField(key="cost_center_kind", live=True),
    SettingField(key="title_kind", live=True),
    SettingField(key="leavers", choices=(END_DATE, BY_HAND), default=END_DATE),
    SettingField(key="ends", choices=(BY_HAND, CLEAR), default=BY_HAND),
    SettingField(key="phone", choices=(NOT_SENT, SEND), default=NOT_SENT, group="people"),
    SettingField(key="bank_account", choices=(NOT_SENT, SEND), default=NOT_SENT, group="pay"),
)
KINDS = ("department_kind", "cost_center_kind", "title_kind")

chosen = Choices(SETTINGS)
"""An integration's choice, or the default."""
