"""The choices that an integration by PAXml makes, and what they default to."""

from __future__ import annotations

from collections.abc import Mapping

from bot.providers.kit.choices import Choices
from bot.providers.protocol import SettingField

LAST_DAY, DAY_AFTER = "last_day", "day_after"
COST_CENTER, DEPARTMENT, OFFICE, NONE = "cost_center", "department", "office", "none"
REGISTER, LONIN = "register", "lonin"
EXCLUDED = "excluded"
SAME_FOLDER, PARENT_FOLDER = "same_folder", "parent_folder"

FORMS: Mapping[str, str] = {
    "fast": "FAST",
    "visstid": "VISSTID",
    "prov": "PROV",
    "vikariat": "VIKARIAT",
    "projekt": "PROJEKT",
    "praktik": "PRAKTIK",
    "ferie": "FERIE",
    "sasong": "SÄSONG",
    "pension": "PENSION",
}
"""What `anstform` may say, by the name of the choice. Source: PAXml 2.0, suggestions for anstform."""

SETTINGS: tuple[SettingField, ...] = (
    SettingField(key="other_form", choices=(EXCLUDED, *FORMS), default=EXCLUDED, ask=True),
    SettingField(key="unit_from", choices=(NONE, COST_CENTER, DEPARTMENT, OFFICE), default=NONE),
    SettingField(key="office_code", by_office=True, group="offices"),
    SettingField(key="leaving_date", choices=(LAST_DAY, DAY_AFTER), default=LAST_DAY),
    SettingField(key="encoding", choices=("iso-8859-1", "utf-8"), default="iso-8859-1", group="delivery"),
    SettingField(key="header_format", choices=(REGISTER, LONIN, NONE), default=REGISTER, group="delivery"),
    SettingField(key="extension", choices=("xml", "pax"), default="xml", group="delivery"),
    SettingField(key="upload", choices=(SAME_FOLDER, PARENT_FOLDER), default=SAME_FOLDER, group="delivery"),
)

chosen = Choices(SETTINGS)
"""An integration's choice, or the default."""
