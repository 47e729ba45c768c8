"""The first step: what to have ready, before anything is asked."""

from __future__ import annotations

from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.wizard import Frame, form

CHECKLIST = (
    "setup.start.admin",
    "setup.start.credentials",
    "setup.start.people",
    "setup.start.data",
)


def start(frame: Frame, minutes: int) -> View:
    """The checklist. `minutes` is how long an unfinished set-up is kept."""
    t = frame.t
    return form(
        frame,
        t("setup.title"),
        [
            b.section(t.md("setup.start.intro")),
            b.divider(),
            b.header(t("setup.start.before")),
            *(b.section(t.md(key)) for key in CHECKLIST),
            b.context(t.md("setup.start.safe", n=minutes)),
        ],
        submit=t("flow.next"),
    )
