"""Refusing what a run would write."""

from __future__ import annotations

from bot.core.text import text
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.wizard import Frame, form, notice

REASON = "refuse.reason"
LONGEST_REASON = 500


def refuse(frame: Frame, name: str) -> View:
    """What refusing means, and room for a reason."""
    t = frame.t
    return form(
        frame,
        t("refuse.title"),
        [
            b.section(t.md("refuse.intro", name=name)),
            b.text_input(
                REASON,
                t("refuse.reason"),
                hint=t("refuse.reason.hint"),
                placeholder=t("refuse.reason.placeholder"),
                optional=True,
                multiline=True,
                max_length=LONGEST_REASON,
            ),
        ],
        submit=t("refuse.yes"),
    )


def refused(t: Translator, name: str) -> View:
    """It is refused."""
    return notice(t, t("refuse.title"), text("refuse.done", name=name))
