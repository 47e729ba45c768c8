"""Everyone as a file for one person: the question before it, what stands beside the file, and what the channel reads.

The file itself is in none of these: it goes to the direct message alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.core.text import Markup, Text, text
from bot.domain.outcome import OutcomeKind
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.message import Message
from bot.views.report.run_message import RunFacts
from bot.views.shared.next_steps import PREVIEW
from bot.views.wizard import Frame, confirmation, notice

DELETE = "file.delete"
SEND, DELIVER = "file.send", "full.send"


def ask_file(frame: Frame, name: str, company: str) -> View:
    """What the file holds, who gets it, and that it is recorded."""
    more = [text(f"file.ask.{word}", name=name, company=company) for word in ("holds", "goes", "recorded", "counts")]
    return confirmation(frame, frame.t("file.title"), text("file.ask", name=name), *more, yes=frame.t(SEND))


def ask_full(frame: Frame, name: str, company: str) -> View:
    """What it means to deliver everyone whole once more."""
    more = [text(f"full.ask.{word}", name=name, company=company) for word in ("why", "report")]
    return confirmation(frame, frame.t("full.title"), text("full.ask", name=name), *more, yes=frame.t(DELIVER))


def begun(t: Translator, title: str, what: Text) -> View:
    """It is under way, and where the result will be."""
    return notice(t, title, what)


def comment(t: Translator, integration: str, company: str, people: int) -> str:
    """The line above the file, as mrkdwn."""
    return t.md("file.comment", name=integration, company=company, n=people)


def beside(t: Translator, run_id: str, left_out: int, reasons: Sequence[Text]) -> Message:
    """What to know before importing the file, and the button that deletes it, by the run; for its one reader."""
    lines = [t.md("file.beside.private"), t.md("file.beside.when"), t.md("file.beside.counts")]
    if left_out:
        lines.append(t.md("file.beside.left_out", n=left_out))
    shown: list[Block] = [b.section("\n".join(f"• {line}" for line in lines))]
    if reasons:
        why = "\n".join(f"• {t.render_md(reason)}" for reason in reasons)
        shown.append(b.section(f"*{t.md('file.beside.look')}*\n{why}"))
    label = t("file.delete")
    sure = b.confirm(label, t("file.delete.ask"), t("file.delete.yes"), t("flow.back"))
    shown.append(b.actions(b.button(label, DELETE, value=run_id, style="danger", confirm=sure), block_id=DELETE))
    return Message(t.md("file.beside.private"), list(map(dict, b.payload(shown))))


def deleted(t: Translator) -> Message:
    """In the place of what stood beside the file."""
    said = t.md("file.deleted")
    return Message(said, list(map(dict, b.payload([b.section(said)]))))


def in_channel(facts: RunFacts, t: Translator) -> Message:
    """That somebody asked for the file, and what came of it; numbers and no names."""
    who = Markup(f"<@{facts.requested_by}>")
    given = sum(facts.counts.get(kind, 0) for kind in (OutcomeKind.CREATED, OutcomeKind.UPDATED))
    if facts.cancelled_by:
        said = t.md("file.report.cancelled", who=who, by=Markup(f"<@{facts.cancelled_by}>"))
    elif facts.reason:
        said = t.md("file.report.failed", who=who)
    elif given:
        said = t.md("file.report.given", who=who, n=given, target=facts.target)
    else:
        said = t.md("file.report.nobody", who=who)
    title = t("file.report.title", integration=facts.integration)
    shown: list[Block] = [b.header(title), b.section(said)]
    if facts.reason and not facts.cancelled_by:
        why = [t.render_md(facts.reason), *([t.render_md(facts.advice)] if facts.advice else [])]
        shown.append(b.section("\n".join(why)))
    elif given:
        shown.append(b.section(t.md("file.report.counts")))
    if facts.problems:
        shown.append(b.section(t.md("file.beside.left_out", n=facts.problems)))
    shown.append(b.actions(b.button(t("report.button.preview"), PREVIEW, value=facts.integration_id)))
    if facts.finished_at:
        shown.append(b.context(t.md("report.finished", when=b.moment(t, facts.finished_at))))
    spoken = t.md("file.report.title", integration=facts.integration)
    return Message(f"{spoken}. {said}", list(map(dict, b.payload(shown))))
