"""A language that is added by a folder alone, and in which every text of the catalogue wears a mark.

`python -m tests.support.marked_language FOLDER` runs, in a copy of the tree where that language is offered, the
conversations of somebody who reads it, and prints as JSON what the bot said to them without a mark.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po, write_po

from bot.locales import language_of, translator
from sandbox.slack.user_actions import Person
from tests.e2e.report_reader import at_rest, bot_messages
from tests.support.slack_office import open_office

LANGUAGE, LOCALE = "is", "is-IS"
BEGIN, END = "⟦", "⟧"
FORMS = ("scope", "schedule", "channel", "reports", "mapping", "thresholds", "credentials", "remove")
PLURALS = "nplurals=2; plural=(n%10!=1 || n%100==11);"


def write(english: Path, folder: Path) -> None:
    """Make the language's folder from the English one."""
    folder.mkdir()
    for path in sorted(english.glob("*.po")):
        with path.open("rb") as file:
            texts = read_po(file, locale="en")
        for entry in texts:
            if entry.id:
                forms = entry.string
                entry.string = _mark(forms) if isinstance(forms, str) else tuple(_mark(form) for form in forms or ())
        with (folder / path.name).open("wb") as file:
            write_po(file, texts, omit_header=True)
        content = (folder / path.name).read_text(encoding="utf-8")
        header = f'msgid ""\nmsgstr ""\n"Language: {LANGUAGE}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        (folder / path.name).write_text(f'{header}"Plural-Forms: {PLURALS}\\n"\n\n{content}', encoding="utf-8")


def _mark(text: str) -> str:
    return f"{BEGIN}{text}{END}"


def unmarked(said: str) -> str:
    """What of a text came from no catalogue; a text that was cut is one to its end."""
    depth, left = 0, []
    for character in said:
        depth += (character == BEGIN) - (character == END)
        if depth == 0 and character != END:
            left.append(character)
    return "".join(left)


def _more_than(who: Person, before: int) -> bool:
    return len(bot_messages(who)) > before


async def converse(folder: Path) -> list[str]:
    """Go through what an administrator does, and collect all that they were told."""
    async with open_office(folder) as office:
        henrik = office.person("henrik")
        users = office.slack.world.workspace.users
        users[henrik.user.id] = dataclasses.replace(henrik.user, locale=LOCALE)
        for said in ("help", "frobnicate", ""):
            await henrik.type(f"/integration {said}")
        made = await office.set_up(henrik, "1005", "1002")
        for word in ("preview", "now"):
            before = len(bot_messages(henrik))
            await henrik.type(f"/integration sync {word}")
            await office.slack.world.changes.until(partial(_more_than, henrik, before))
            await at_rest(office)
        for word in FORMS:
            await henrik.type(f"/integration {word}")
            await office.until_step(henrik, word)
            await henrik.close()
        for word in ("status", "history", "audit"):
            await henrik.type(f"/integration {word}")
        await office.shows(henrik, "Simployer")
        await henrik.type("/integration pause")
        await henrik.type("/integration resume")
        henrik.open_home()
        await office.slack.world.changes.until(lambda: henrik.home)
        assert (await office.integration(made.id)).language == LANGUAGE
        journal = office.slack.world.journal
        sent: list[Any] = [call.arguments for call in journal.calls]
        sent += [delivery.ack for delivery in journal.deliveries if delivery.ack]
        sent += [note.content for note in journal.notes]
    return sorted(set(_texts(sent)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value[:1] in "[{":
        try:
            value = json.loads(value)
        except ValueError:
            return
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in ("text", "accessibility_label", "alt_text", "title", "caption") and isinstance(each, str):
                yield each
            else:
                yield from _texts(each)


WORDS = re.compile(r"[^\W\d_]{2,}")

if __name__ == "__main__":
    said = asyncio.run(converse(Path(sys.argv[1])))
    left = [text for text in said if WORDS.search(unmarked(text))]
    t = translator(language_of(LOCALE))
    counted = [t("command.overview", n=n) for n in (1, 2, 11, 21)]
    found = {"said": len(said), "unmarked": left, "counted": counted}
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
