"""Removing an integration: what is erased and what is kept."""

from __future__ import annotations

from bot.core.text import text
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.wizard import Frame, form, notice

NAME = "remove.name"


def remove(frame: Frame, name: str, provider: str, *, last: bool) -> View:
    """The question; the name has to be typed. With the `last` of a workspace goes what all of them shared."""
    t = frame.t
    system = t(f"{provider}.name")
    return form(
        frame,
        t("remove.title"),
        [
            b.alert(t("remove.question", name=name), "warning"),
            b.section(t.md("remove.erased", system=system)),
            *([b.section(t.md("remove.erased.source"))] if last else []),
            b.section(t.md("remove.kept", system=system)),
            b.text_input(NAME, t("remove.name"), hint=t("remove.name.hint", name=name), max_length=200),
        ],
        submit=t("remove.yes"),
    )


def removed(t: Translator, name: str, provider: str) -> View:
    """It is done."""
    return notice(t, t("remove.done.title"), text("remove.done", name=name, system=t(f"{provider}.name")))
