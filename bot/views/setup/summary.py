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
from bot.views.wizard import Frame, form

NAME = "name"
WITH_ABSENCE = "setup.absence"
PREVIEW = "integration.preview"
SYNC = "integration.sync"
ABSENCE = "integration.absence"


_SEND = ("setup.absence.yes", "setup.absence.about")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupSummary:
    """What a set-up has come to. All texts but `name` are mrkdwn lines, ready to be shown.

    `absence` tells whether it is to be sent too, as a list for a person with `typed_in`; None where the payroll system
    takes none, or nothing else: then
    `of_absence` has what was chosen for it, and `notes` what follows from it.
    """

    name: str
    system: str
    source: str
    target: str
    settings: tuple[tuple[str, str], ...]
    scope: str
    schedule: str
    channel_id: str
    language: str
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
        (t.md("setup.summary.schedule"), chosen.schedule),
        (t.md("setup.summary.channel"), f"<#{chosen.channel_id}>"),
        (t.md("setup.summary.language"), chosen.language),
    ]
    asked: list[Block] = [
        b.text_input(
            NAME, t("setup.summary.name"), hint=t("setup.summary.name.hint"), initial=chosen.name, max_length=80
        )
    ]
    if chosen.absence is not None:
        yes, about = ("setup.absence.list", "setup.absence.list.about") if chosen.typed_in else _SEND
        also = [b.option("yes", t(yes), t(about))]
        ticked = ("yes",) if chosen.absence else ()
        asked.append(b.check_boxes(WITH_ABSENCE, t("setup.absence"), also, chosen=ticked, optional=True))
    return form(
        frame,
        t("setup.summary.title"),
        [b.section(t.md("setup.summary.intro")), *b.facts(rows), *map(b.section, chosen.notes), *asked],
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
        b.actions(*next_steps(t, integration_id), block_id="done.next"),
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
        b.actions(*next_steps(t, integration_id), block_id="welcome.next"),
    ]
    return {"text": said, "blocks": b.payload(shown)}


def next_steps(t: Translator, integration_id: str) -> list[Any]:
    """Preview first; Sync now asks once more."""
    return [
        b.button(t("setup.next.preview"), PREVIEW, value=integration_id, style="primary"),
        b.button(
            t("setup.next.sync"),
            SYNC,
            value=integration_id,
            confirm=b.confirm(
                t("setup.next.sync"), t("setup.next.sync.question"), t("setup.next.sync.yes"), t("setup.next.sync.no")
            ),
        ),
    ]
