"""What an integration has chosen, or what stands where it has not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.providers.declaration import SettingField


class Choices:
    """Reads an integration's choices. Called with them and the key of a setting, it gives the choice without blanks
    around it, or the default; "" for none. Raises `KeyError` for a setting that the provider does not have."""

    def __init__(self, fields: Iterable[SettingField]) -> None:
        self._defaults = {field.key: field.default or "" for field in fields}

    def __call__(self, settings: Mapping[str, str], key: str) -> str:
        return (settings.get(key) or "").strip() or self._defaults[key]
