"""A known problem of one person that need not be told each time: what it is, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from slack_sdk.models.blocks import Block

from bot.core.text import Markup
from bot.domain.change import Person
from bot.sync.report.issues import Issue
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.person_line import person_line_md
from bot.views.wizard import ACT, Frame, form

UNTIL = "mute.until"
MUTE = "run.mute"
"""The button beside a person of a run: `<run id>:<position>`."""


def mute(frame: Frame, person: Person, wrong: Sequence[Issue], until: date, muted: date | None) -> View:
    """The form; `until` is the day that it begins with, `muted` the one that holds now."""
    t = frame.t
    who = Markup(person_line_md(t, person.name, person.number))
    shown: list[Block] = [b.section(f"*{who}*")]
    shown += [b.section(f"• {t.render_md(issue.reason)}") for issue in wrong[:5]]
    shown += [
        b.date_input(UNTIL, t("mute.until"), initial=until, hint=t("mute.until.hint")),
        b.context(t.md("mute.about")),
    ]
    if muted is not None:
        shown.insert(1, b.section(t.md("report.muted", until=muted, who=who)))
        shown.append(b.actions(b.button(t("mute.stop"), f"{ACT}:stop"), block_id="mute.stop"))
    return form(frame, t("mute.title"), shown, submit=t("mute.submit"))
