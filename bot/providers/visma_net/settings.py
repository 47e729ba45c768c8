"""The choices that an integration with Visma.net makes, and what they default to.

Most values that Visma.net takes are published nowhere but in a customer's own data, so they are chosen from what the
tenant has: its tax units and work time agreements, and the codes that its employees already carry.
"""

from __future__ import annotations

from bot.providers.kit.choices import Choices
from bot.providers.protocol import SettingField, Settings
from bot.providers.visma_net.field_table import SALARIES

AS_IS, TO_FULL_TIME, TO_ACTUAL, NOT_SENT = "as_is", "to_full_time", "to_actual", "none"

SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="tax_unit", live=True, required=True, ask=True),
    SettingField(key="office_tax_unit", live=True, ask=True, by_office=True, group="offices"),
    SettingField(key="work_time_agreement", live=True, required=True, ask=True),
    SettingField(
        key="salary", choices=(AS_IS, TO_FULL_TIME, TO_ACTUAL, NOT_SENT), default=AS_IS, ask=True, group="pay"
    ),
    SettingField(key="occupation_code", live=True),
    SettingField(key="occupation_code_field", own_field=True),
    SettingField(key="other_employment_form", live=True),
    SettingField(key="email_type", live=True, group="people"),
    SettingField(key="phone_type", live=True, group="people"),
    SettingField(key="end_reason", live=True),
)

chosen = Choices(SETTINGS)
"""An integration's choice, or the default."""


def unspoken(settings: Settings) -> frozenset[str]:
    """Field keys that the choices keep from Visma.net."""
    pay = SALARIES if chosen(settings, "salary") == NOT_SENT else ()
    contact = (key for key in ("email", "phone") if not chosen(settings, f"{key}_type"))
    return frozenset((*pay, *contact))
