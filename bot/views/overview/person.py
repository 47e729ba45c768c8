"""One person's records: whose, given out or erased; what stays of them; and what stands beside their file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from slack_sdk.models.blocks import Block

from bot.core.text import Text, text
from bot.locales import Translator
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.message import Message
from bot.views.wizard import Frame, form, notice

NUMBER, DEED, WHICH, AGAIN = "person.number", "person.deed", "person.which", "person.again"
FILE, ERASE = "file", "erase"
DELETE_PERSON_FILE = "person.file.delete"
LONGEST_NUMBER = 100


def ask_person(frame: Frame, number: str, deed: str) -> View:
    """The employee number, and what is to be done."""
    t = frame.t
    deeds = [b.option(one, t(f"person.deed.{one}"), t(f"person.deed.{one}.note")) for one in (FILE, ERASE)]
    return form(
        frame,
        t("person.title"),
        [
            b.section(t.md("person.intro")),
            b.text_input(
                NUMBER, t("person.number"), hint=t("person.number.hint"), initial=number, max_length=LONGEST_NUMBER
            ),
            b.radio(DEED, t("person.deed"), deeds, chosen=deed),
        ],
        submit=t("person.next"),
    )


def ask_which(frame: Frame, people: Mapping[str, str]) -> View:
    """Several have had the number: `people` are names, or "", by ids in Simployer."""
    t = frame.t
    options = [b.option(one, f"{name} ({one})" if name else one) for one, name in people.items()]
    return form(
        frame,
        t("person.title"),
        [b.section(t.md("person.which.intro")), b.menu(WHICH, t("person.which"), options)],
        submit=t("person.next"),
    )


def ask_erase(frame: Frame, stays: Sequence[Text]) -> View:
    """What is erased, what stays and why; the number has to be typed once more."""
    t = frame.t
    return form(
        frame,
        t("person.erase.title"),
        [
            b.alert(t("person.erase.question"), "warning"),
            b.section(t.md("person.erase.what")),
            _list(t, stays),
            b.text_input(AGAIN, t("person.again"), hint=t("person.again.hint"), max_length=LONGEST_NUMBER),
        ],
        submit=t("person.erase.yes"),
    )


def staying(leave_entries: int, files: int, scopes: Sequence[str]) -> list[Text]:
    """What an erasure leaves, each with its reason; `scopes` are integrations that have chosen the person by name."""
    said = [text("person.stays.leave", n=leave_entries)] if leave_entries else []
    said += [text("person.stays.files", n=files)] if files else []
    said += [text("person.stays.scope", name=name) for name in scopes]
    return [*said, text("person.stays.source"), text("person.stays.audit"), text("person.stays.elsewhere")]


def erased(t: Translator, records: int, stays: Sequence[Text]) -> View:
    """It is done, and what is left."""
    shown = [b.section(t.md("person.erased", n=records)), _list(t, stays)]
    return b.modal(t("person.erase.title"), shown, close=t("flow.close"))


def told(t: Translator, what: Text) -> View:
    """One sentence at the end."""
    return notice(t, t("person.title"), what)


def above_person_file(t: Translator, number: str, records: int) -> str:
    """The line above the file, as mrkdwn."""
    return t.md("person.file.comment", number=number, n=records)


def beside_person_file(t: Translator, sealed: str) -> Message:
    """What the file is good for, and the button that deletes it; `sealed` names the file and whose it is."""
    said = t.md("person.file.beside")
    label = t("file.delete")
    sure = b.confirm(label, t("file.delete.ask"), t("file.delete.yes"), t("flow.back"))
    button = b.button(label, DELETE_PERSON_FILE, value=sealed, style="danger", confirm=sure)
    shown = [b.section(said), b.actions(button, block_id=DELETE_PERSON_FILE)]
    return Message(said, list(map(dict, b.payload(shown))))


def _list(t: Translator, lines: Sequence[Text]) -> Block:
    return b.section(f"*{t.md('person.stays')}*\n" + "\n".join(f"• {t.render_md(line)}" for line in lines))
