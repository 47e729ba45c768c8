"""What is shown once a change of an integration is saved, or could not be."""

from __future__ import annotations

from bot.core.text import Text
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.shared.next_steps import next_steps
from bot.views.wizard import notice


def saved(t: Translator, said: Text, *more: Text, integration_id: str) -> View:
    """What holds from now on, with the next steps."""
    return b.modal(
        t("edit.saved.title"),
        [
            b.section(t.render_md(said)),
            *(b.section(t.render_md(each)) for each in more),
            b.actions(*next_steps(t, integration_id), block_id="saved.next"),
        ],
        close=t("flow.close"),
    )


def not_saved(t: Translator, why: Text) -> View:
    """Nothing was changed."""
    return notice(t, t("flow.notice.title"), why)
