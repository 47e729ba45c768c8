"""The name of an integration, and who is told of its trouble."""

from __future__ import annotations

from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.wizard import Frame, form

NAME = "owner.name"
OWNER = "owner.person"


def owner(frame: Frame, name: str, user_id: str) -> View:
    """The form, with both as they are."""
    t = frame.t
    return form(
        frame,
        t("owner.title"),
        [
            b.text_input(NAME, t("setup.summary.name"), initial=name, max_length=80),
            b.user_input(OWNER, t("owner.person"), initial=user_id, hint=t("owner.person.hint")),
        ],
        submit=t("access.save"),
    )
