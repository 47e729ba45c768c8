"""The choices that an integration with Fortnox makes, and what they default to."""

from __future__ import annotations

from bot.providers.kit.choices import Choices
from bot.providers.protocol import SettingField, Settings

AS_IS, TO_FULL_TIME, TO_ACTUAL, NOT_SENT = "as_is", "to_full_time", "to_actual", "none"
COST_CENTER, DEPARTMENT, NO_UNIT = "cost_center", "department", "none"
LEFT_ALONE = "left_alone"
TEN, TWELVE = "ten", "twelve"
FRACTION, PERCENT = "fraction", "percent"

FORMS = ("tv", "pro", "tid", "svt", "vik", "prj", "pra", "fer", "ses", "nej")
"""Forms of employment, as Fortnox' description lists them."""

PERSONNEL = ("tjm", "arb")

SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="personnel_type", choices=PERSONNEL, required=True, ask=True),
    SettingField(
        key="salary", choices=(AS_IS, TO_FULL_TIME, TO_ACTUAL, NOT_SENT), default=AS_IS, ask=True, group="pay"
    ),
    SettingField(key="unit_from", choices=(COST_CENTER, DEPARTMENT, NO_UNIT), default=COST_CENTER, ask=True),
    SettingField(key="other_employment_form", choices=(LEFT_ALONE, *FORMS), default=LEFT_ALONE),
    SettingField(key="full_time_equivalent", choices=(NOT_SENT, FRACTION, PERCENT), default=NOT_SENT),
    SettingField(key="identity_format", choices=(TEN, TWELVE), default=TEN, group="people"),
)

chosen = Choices(SETTINGS)
"""An integration's choice, or the default."""


def unspoken(settings: Settings) -> frozenset[str]:
    """Fields that the settings keep from Fortnox: what stands there is payroll's own."""
    withheld = {
        "salary": ("salary", "hourly_wage"),
        "full_time_equivalent": ("full_time_equivalent",),
        "unit_from": ("cost_center",),
    }
    return frozenset(name for key, names in withheld.items() if chosen(settings, key) == NOT_SENT for name in names)
