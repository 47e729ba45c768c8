"""Everything that was chosen, before it is saved; and what comes next, once it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import Block

from bot.core.text import Markup
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.shared import channel
from bot.views.shared.next_steps import ABSENCE, preview_step
from bot.views.wizard import Frame, form

NAME = "name"
WITH_ABSENCE = "setup.absence"


_SEND = ("setup.absence.yes", "setup.absence.about")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupSummary:
    """What a set-up has come to. All texts but `name` are mrkdwn lines, ready to be shown.

    `ready` is how many have all that is needed, where nobody lacks anything; `schedule` is empty where none was chosen.
    `absence` tells whether it is to be sent too, as a list for a person with `typed_in`; None where the payroll system
    takes none, or nothing else: then `of_absence` has what was chosen for it, and `notes` what follows from it.
    """

    name: str
    system: str
    source: str
    target: str
    settings: tuple[tuple[str, str], ...]
    scope: str
    channel_id: str | None
    language: str
    ready: int = 0
    schedule: str = ""
    absence: bool | None = None
    typed_in: bool = False
    of_absence: Sequence[tuple[str, str]] = ()
    notes: Sequence[str] = ()


def summary(frame: Frame, chosen: SetupSummary) -> View:
    """All choices on one page, and the name that the integration is to be known by."""
    t = frame.t
    rows = [
        (t.md("setup.summary.source"), chosen.source),
        (t.md("setup.summary.target"), f"{chosen.system}: {chosen.target}"),
        *chosen.settings,
        (t.md("setup.summary.scope"), chosen.scope),
        *chosen.of_absence,
    ]
    if chosen.schedule:
        rows.append((t.md("setup.summary.schedule"), chosen.schedule))
    asked: list[Block] = [
        *channel.inputs(t, chosen.channel_id, chosen.language),
        b.text_input(NAME, t("setup.summary.name"), initial=chosen.name, max_length=80),
    ]
    if chosen.absence is not None:
        yes, about = ("setup.absence.list", "setup.absence.list.about") if chosen.typed_in else _SEND
        also = [b.option("yes", t(yes), t(about))]
        ticked = ("yes",) if chosen.absence else ()
        asked.append(b.check_boxes(WITH_ABSENCE, t("setup.absence"), also, chosen=ticked, optional=True))
    ready = [b.alert(t("readiness.all", n=chosen.ready), "success")] if chosen.ready else []
    return form(
        frame,
        t("setup.summary.title"),
        [*b.facts(rows), *ready, *map(b.section, chosen.notes), *asked, b.context(t.md("setup.summary.intro"))],
        submit=t("setup.summary.save"),
    )


def done(
    t: Translator, name: str, channel_id: str, integration_id: str, *, absence: bool = False, alone: bool = False
) -> View:
    """The integration exists; nothing has been sent yet, and the preview is one press away.

    With `absence`, what is left to choose for it comes first: until then none is sent. Where it is all that is sent
    (`alone`), it has been chosen.
    """
    shown: list[Block] = [b.alert(t("setup.done", name=name), "success")]
    if absence:
        button = b.button(t("setup.absence.choose"), ABSENCE, value=integration_id, style="primary")
        shown += [b.section(t.md("setup.absence.next")), b.actions(button, block_id="done.absence")]
    shown += [
        b.section(t.md("setup.done.next.absence" if alone else "setup.done.next", channel=Markup(f"<#{channel_id}>"))),
        b.actions(preview_step(t, integration_id), block_id="done.next"),
        b.context(t.md("setup.done.later")),
    ]
    return b.modal(t("setup.done.title"), shown, close=t("flow.close"))


def welcome(t: Translator, name: str, user_id: str, integration_id: str, lines: Sequence[str]) -> dict[str, Any]:
    """The channel's first message: arguments of `chat.postMessage` and `chat.update`. `lines` are mrkdwn."""
    said = t.md("setup.welcome", name=name, who=Markup(f"<@{user_id}>"))
    shown: list[Block] = [
        b.section(said),
        b.section("\n".join(f"•  {line}" for line in lines)),
        b.section(t.md("setup.welcome.next")),
        b.actions(preview_step(t, integration_id), block_id="welcome.next"),
    ]
    return {"text": said, "blocks": b.payload(shown)}
