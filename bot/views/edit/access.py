"""Who may manage the integrations of a workspace: the form, and what holds once it is saved."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, InputBlock, UserMultiSelectElement

from bot.core.text import Markup, text
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.wizard import Frame, form, notice

PEOPLE = "access.people"

MOST = 50
"""People who are chosen: more than that is no longer a list that somebody looks through."""


def access(frame: Frame, chosen: Sequence[str], installed: Sequence[str]) -> View:
    """The form; `installed` are those whom the installation names, who are only shown."""
    t = frame.t
    shown: list[Block] = [
        b.section(t.md("access.intro")),
        InputBlock(
            block_id=PEOPLE,
            label=b.plain(t("access.people")),
            hint=b.plain(t("access.people.hint")),
            element=UserMultiSelectElement(
                action_id=b.VALUE, initial_users=list(chosen) or None, max_selected_items=MOST
            ),
            optional=True,
        ),
    ]
    if installed:
        shown.append(b.context(t.md("access.installed", who=mentions(installed))))
    return form(frame, t("access.title"), shown, submit=t("access.save"))


def saved(t: Translator, chosen: Sequence[str]) -> View:
    """Who may from now on."""
    said = text("access.saved", who=mentions(chosen)) if chosen else text("access.saved.nobody")
    return notice(t, t("access.title"), said)


def mentions(people: Sequence[str]) -> tuple[Markup, ...]:
    """People as Slack names them, by their user ids."""
    return tuple(Markup(f"<@{user}>") for user in people)
