"""The private file of a run of leave: what stands above and beside it in the direct message of its one reader."""

from __future__ import annotations

from bot.core.text import text
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.message import Message

DELETE_LEAVE_FILE = "leave.file.delete"


def file_comment(t: Translator, integration: str, people: int) -> str:
    """The line above the file, as mrkdwn."""
    return t.md("leave.file.comment", name=integration, n=people)


def beside_leave_file(t: Translator, sealed: str) -> Message:
    """That it says why people are away, and the button that deletes it; `sealed` names the file for its reader."""
    said = t.md("leave.file.beside")
    label = t("file.delete")
    sure = b.confirm(label, t("file.delete.ask"), t("file.delete.yes"), t("flow.back"))
    button = b.button(label, DELETE_LEAVE_FILE, value=sealed, style="danger", confirm=sure)
    shown = [b.section(said), b.actions(button, block_id=DELETE_LEAVE_FILE)]
    return Message(said, list(map(dict, b.payload(shown))))


GIVEN, EMPTY, FAILED = text("leave.file.given"), text("leave.file.empty"), text("leave.file.failed")
"""What is said in the place of the button: it is in the direct message, there is nothing any more, Slack refused."""
