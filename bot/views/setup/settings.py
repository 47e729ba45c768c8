"""What a payroll system lets a customer choose, with the values that it really has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.core.text import text
from bot.providers.protocol import Choice, SettingField
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.wizard import Frame, form

PREFIX = "setting."


def block_id(key: str) -> str:
    """The input of one setting."""
    return f"{PREFIX}{key}"


def typed(setting_field: SettingField) -> bool:
    """Whether the value is typed: there is nothing to choose from."""
    return not setting_field.choices and not setting_field.live


def settings(
    frame: Frame,
    provider: str,
    asked: Sequence[tuple[SettingField, Sequence[Choice]]],
    chosen: Mapping[str, str],
) -> View:
    """The questions, each with its choices; one without any says so and is left out."""
    t = frame.t
    shown = [b.section(t.md("setup.settings.intro", system=t(f"{provider}.name")))]
    for one, choices in asked:
        base = f"{provider}.setting.{one.key}"
        hint = t(f"{base}.hint") if t.has(f"{base}.hint") else None
        if typed(one):
            initial = chosen.get(one.key) or one.default
            shown.append(
                b.text_input(block_id(one.key), t(base), hint=hint, initial=initial, optional=not one.required)
            )
            continue
        if not choices:
            empty = f"{base}.none"
            shown.append(
                b.alert(t(empty) if t.has(empty) else t.render(text("setup.settings.none", what=t(base))), "warning")
            )
            continue
        only = choices[0].value if len(choices) == 1 else one.default
        shown.append(
            b.menu(
                block_id(one.key),
                t(base),
                [b.option(choice.value, choice.label) for choice in choices],
                chosen=chosen.get(one.key) or only,
                hint=hint,
                placeholder=t("setup.settings.placeholder"),
                optional=not one.required,
            )
        )
    return form(frame, t("setup.settings.title"), shown, submit=t("flow.next"))
