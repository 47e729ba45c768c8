"""What a payroll system lets a customer choose, with the values that it really has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.text import text
from bot.providers.protocol import Choice, SettingField
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.wizard import ACT, Frame, form

PREFIX = "setting."

NO_UNIT = "-"
"""The choice of none for an office."""


@dataclass(frozen=True, slots=True)
class OfficeQuestion:
    """A `by_office` setting asked for one office: stored under `key`."""

    setting: str
    key: str
    office: str
    choices: Sequence[Choice]


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
    of_offices: Sequence[OfficeQuestion] = (),
    folded: int = 0,
) -> View:
    """The questions, each with its choices; one without any says so and is left out. Those of offices come last.

    `folded` is how many more there are, behind a button.
    """
    t = frame.t
    live = any(one.live for one, _ in asked)
    intro = "setup.settings.intro" if live else "setup.settings.intro.fixed"
    shown = [b.section(t.md(intro, system=t(f"{provider}.name")))]
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
    if of_offices:
        shown.append(b.section(t.md("setup.settings.offices")))
    for question in of_offices:
        units = [b.option(choice.value, choice.label) for choice in question.choices]
        shown.append(
            b.menu(
                block_id(question.key),
                t("mapping.office", setting=t(f"{provider}.setting.{question.setting}"), office=question.office),
                [b.option(NO_UNIT, t("mapping.none")), *units],
                chosen=chosen.get(question.key),
                placeholder=t("setup.settings.placeholder"),
                optional=True,
            )
        )
    if folded:
        button = b.button(t("setup.settings.more", n=folded), f"{ACT}:more")
        shown.append(b.actions(button, block_id="settings.more"))
    return form(frame, t("setup.settings.title"), shown, submit=t("flow.next"))
