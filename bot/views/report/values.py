"""Values of fields as people read them: codes by their names, shares in percent, private ones as set or not set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from bot.domain.change import Change, FieldChange
from bot.domain.record import Value
from bot.locales import Translator
from bot.providers import registry
from bot.providers.protocol import FieldSpec

PERSONAL = ("homeAddress", "birthDate", "nationality", "private")
"""What values of the source begin with that Slack does not show, though they are no secret of payroll."""

_SHARES = frozenset({"percentage", "employee_percentage"})

_CHOSEN_AS = {"employment_form": ("employment_form", "other_employment_form", "other_form")}
"""The settings whose choices name a field's codes, where they are called otherwise than the field."""


def is_personal(rule: FieldSpec) -> bool:
    """Whether a channel is told only that it is set or changes: a private value, or what is nobody's affair at work.

    A field that takes the private one where there is no other is one, as nobody sees which it is.
    """
    return rule.private or any(part.strip().startswith(PERSONAL) for part in rule.source.split(","))


@dataclass(frozen=True, slots=True)
class ShownValues:
    """The values of one system (its provider's key; "" for none) in a reader's language."""

    t: Translator
    provider: str = ""

    def plain(self, field: str, value: Value) -> str:
        """A value that may be shown; a word for none where there is none."""
        if value is None or value == "":
            return self.t("report.private.none")
        if field in _SHARES and isinstance(value, Decimal):
            return self.t("report.value.percent", value=value)
        if isinstance(value, str) and self.provider:
            return next((self.t(key) for key in self._names(field, value) if self.t.has(key)), self.t.value(value))
        return self.t.value(value)

    def hides(self, field: FieldChange) -> bool:
        """Whether a value is told only as set or changed: a private one, or one that is personal in the system, or in
        any where it is not known which."""
        known = registry.targets()
        asked = [known[self.provider]] if self.provider in known else known.values()
        return field.private or any(
            is_personal(rule) for system in asked for rule in system.fields if rule.key == field.field
        )

    def of_new(self, field: FieldChange) -> str:
        """What a new person gets; of a private value, that it is set."""
        if field.new is not None and self.hides(field):
            return self.t("report.private.set")
        return self.plain(field.field, field.new)

    def pair(self, field: FieldChange, *, seen: bool, row_is_new: bool = False) -> tuple[str, str]:
        """Old and new as they may be shown. What a file target holds is not `seen`; a new row holds nothing yet."""
        hides = self.hides(field)
        new = self.t("report.private.new") if hides and field.new is not None else self.plain(field.field, field.new)
        if not seen:
            return self.t("report.private.unseen"), new
        if row_is_new:
            return self.t("report.value.new_row"), new
        if hides:
            return self.t("report.private.none" if field.old is None else "report.private.old"), new
        return self.plain(field.field, field.old), new

    def of_change(self, change: Change, field: FieldChange) -> tuple[str, str]:
        """Old and new of one field of a change."""
        row_is_new = bool(field.key) and (field.level, field.key) in change.new_parts
        return self.pair(field, seen=not change.delivery, row_is_new=row_is_new)

    def _names(self, field: str, value: str) -> Iterator[str]:
        """Text keys that may name a code: of the code itself, else of the choice of a setting."""
        if not re.fullmatch(r"\w{1,60}", value):
            return
        yield f"{self.provider}.value.{field}.{value}"
        words = dict.fromkeys((value, value.lower(), re.sub(r"(?<!^)(?=[A-Z])", "_", value).lower()))
        for setting in _CHOSEN_AS.get(field, (field,)):
            yield from (f"{self.provider}.setting.{setting}.{word}" for word in words)
