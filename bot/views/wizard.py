"""The frame of every guided conversation: title, progress, problem at its field, Back, checking, expired, resume."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import Block

from bot.core.text import Text, text
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View

BACK = "flow.back"
CANCEL_CHECK = "flow.cancel_check"
CONTINUE = "flow.continue"
RESTART = "flow.restart"
ACT = "flow.act"

LAST_EXTRA_BLOCKS = 3
MOST_BLOCKS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProblem:
    """Why a step could not go on, for its form. `field` is the block id of the input at fault, if one is."""

    text: Text
    advice: Text | None = None
    verbatim: str | None = None
    reference: str | None = None
    field: str | None = None
    level: str = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a step's view needs besides its own data. `back` is the action of the Back button, None for no
    button; `position` is (this step, all steps), None off the path."""

    t: Translator
    flow: str
    step: str
    draft_id: str
    back: str | None = None
    problem: StepProblem | None = None
    position: tuple[int, int] | None = None

    @property
    def callback_id(self) -> str:
        """Routes a submission to the flow and step that the view belongs to."""
        return f"flow:{self.flow}:{self.step}"


def form(frame: Frame, title: str, content: Sequence[Block], *, submit: str | None = None) -> View:
    """A step: its progress, the problem beside the field it concerns, the content, and Back."""
    t = frame.t
    shown = _with_problem(t, list(content), frame.problem)[: MOST_BLOCKS - LAST_EXTRA_BLOCKS]
    if frame.position:
        shown.insert(0, b.context(t.md("flow.position", step=frame.position[0], all=frame.position[1])))
    if frame.back:
        shown.append(b.actions(b.button(t("flow.back"), frame.back), block_id="flow.back"))
    return b.modal(
        title,
        shown,
        close=t("flow.close"),
        submit=submit,
        callback_id=frame.callback_id,
        draft_id=frame.draft_id,
        notify_on_close=True,
    )


def checking(frame: Frame, what: Text, external_id: str) -> View:
    """Shown at once while a slow check runs; the result replaces it, found by its external id."""
    t = frame.t
    return b.modal(
        t("flow.checking.title"),
        [
            b.section(t.render_md(what)),
            b.context(t.md("flow.checking.note")),
            b.actions(b.button(t("flow.back"), CANCEL_CHECK), block_id="flow.back"),
        ],
        close=t("flow.close"),
        callback_id=frame.callback_id,
        draft_id=frame.draft_id,
        external_id=external_id,
        notify_on_close=True,
    )


def expired(t: Translator, minutes: int) -> View:
    """For a view whose draft is gone: it expired, was finished, or was started over elsewhere."""
    return notice(t, t("flow.expired.title"), text("flow.expired", n=minutes))


def notice(t: Translator, title: str, what: Text, *more: Text, level: str | None = None) -> View:
    """A modal that only says something."""
    shown: list[Block] = []
    if level:
        shown.append(b.alert(t.render(what), level))
    else:
        shown.append(b.section(t.render_md(what)))
    shown += [b.section(t.render_md(each)) for each in more]
    return b.modal(title, shown, close=t("flow.close"))


def trouble(t: Translator, reference: str, key: str = "flow.unexpected") -> View:
    """Something that should not happen has, with these words; `reference` finds it in the log."""
    return b.modal(
        t("flow.trouble.title"),
        [
            b.alert(t(key)),
            b.section(t.md(f"{key}.advice")),
            *small_print(t, reference),
        ],
        close=t("flow.close"),
    )


def small_print(t: Translator, reference: str) -> list[Block]:
    """The reference that finds an error in the log."""
    return [b.context(t.md("flow.reference", reference=reference))]


def resume(frame: Frame, where: Text, saved_at: datetime, anew: str | None = None) -> View:
    """What was left unfinished, to go on with or to start over: with what was asked for now, which `anew` names."""
    t = frame.t
    return b.modal(
        t("flow.resume.title"),
        [
            b.section(t.md("flow.resume", where=t.render(where), when=b.moment(t, saved_at))),
            b.actions(
                b.button(t("flow.resume.continue"), CONTINUE, style="primary"),
                b.button(t("flow.resume.restart"), RESTART, value=anew),
                block_id="flow.resume",
            ),
        ],
        close=t("flow.close"),
        callback_id=f"flow:{frame.flow}:resume",
        draft_id=frame.draft_id,
        notify_on_close=True,
    )


def confirmation(frame: Frame, title: str, question: Text, *more: Text, yes: str) -> View:
    """A question whose answer is recorded: submitting is yes, Back is no."""
    t = frame.t
    return form(
        frame,
        title,
        [b.alert(t.render(question), "warning"), *(b.section(t.render_md(each)) for each in more)],
        submit=yes,
    )


def _with_problem(t: Translator, content: list[Block], problem: StepProblem | None) -> list[Block]:
    if problem is None:
        return content
    said: list[Block] = []
    words = t.render(problem.text)
    said.append(b.alert(words, problem.level))
    if len(words) > b.ALERT_LENGTH:
        said.append(b.section(t.render_md(problem.text)))
    if problem.advice:
        said.append(b.section(t.render_md(problem.advice)))
    small = []
    if problem.verbatim:
        small.append(t.md("flow.verbatim", words=problem.verbatim))
    if problem.reference:
        small.append(t.md("flow.reference", reference=problem.reference))
    if small:
        said.append(b.context(*small))
    at = next((i for i, block in enumerate(content) if problem.field and block.block_id == problem.field), 0)
    return [*content[:at], *said, *content[at:]]
