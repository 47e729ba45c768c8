"""`/integration`: one table says which words there are, what each does, and who may use it.

The command, its help, other words for the same, hints after a slip, the buttons of cards and the menu behind their
three dots (`MENU`, as `card.more.<last part of the action id>`) are made from `COMMANDS`.
"""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.resource import Resource
from bot.handlers import setup
from bot.handlers.edit import (
    absence,
    access,
    channel,
    credentials,
    mappings,
    notifications,
    owner,
    schedule,
    scope,
    thresholds,
)
from bot.handlers.framework.integration_picker import Work, on_id, on_named, unescaped
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners, Handler
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview import cards as overview
from bot.handlers.overview import connection, history, lifecycle, person, status
from bot.handlers.runs import decisions, export_file, full_sync, start
from bot.handlers.setup.copy import copier
from bot.slack.roles import Action
from bot.views import command as views
from bot.views.overview import cards
from bot.views.overview.settings_page import settings_page
from storage.integrations import Integration
from storage.runs import RunKind

COMMAND = "/integration"

Typed = Callable[[Interaction, WizardRunner, str], Awaitable[None]]
"""What a word does, with what was typed after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One word of `/integration`, and the button that does the same.

    `word` stands in the help, as `command.does.<word>` explains it; `aliases` are other words that people try.
    `work` gives what is done with an integration, which a button names by its id, and a person by its name; `typed`
    is what the word does where that is not all; `action` is what a person must be allowed to do.
    """

    word: str
    action_id: str
    action: Action
    work: Callable[[WizardRunner], Work] | None = None
    typed: Typed | None = None
    aliases: tuple[str, ...] = ()

    async def run(self, interaction: Interaction, runner: WizardRunner, rest: str) -> None:
        """What the word does; without a `typed` of its own, its work on the integration that `rest` names."""
        if self.typed is not None:
            await self.typed(interaction, runner, rest)
        elif self.work is not None:
            which = self.action_id.rpartition(".")[2]
            await on_named(interaction, rest, which, self.action_id, self.work(runner))

    def pressed(self, runner: WizardRunner) -> Handler:
        """What the button does."""

        async def press(interaction: Interaction) -> None:
            if self.work is not None:
                await on_id(interaction, interaction.value, self.work(runner))
            else:
                await self.run(interaction, runner, "")

        return press


def _always(work: Work) -> Callable[[WizardRunner], Work]:
    """Work that opens no conversation."""
    return lambda _: work


async def _set_up(interaction: Interaction, runner: WizardRunner, rest: str) -> None:  # noqa: ARG001 - it has no name yet
    await setup.begin(interaction, runner)


async def _tell_status(interaction: Interaction, runner: WizardRunner, rest: str) -> None:  # noqa: ARG001 - only shown
    # The command without a word lists all; with it, the only one is told in detail.
    await status.command(interaction, rest, asked=bool(understood(typed(interaction.body))[0]))


async def _show_audit(interaction: Interaction, runner: WizardRunner, rest: str) -> None:  # noqa: ARG001 - only shown
    await history.command(interaction, rest)


async def _choose_managers(interaction: Interaction, runner: WizardRunner, rest: str) -> None:  # noqa: ARG001 - of all
    await access.begin(interaction, runner)


async def _ask_person(interaction: Interaction, runner: WizardRunner, rest: str) -> None:
    await person.begin(interaction, runner, rest)


async def _help(interaction: Interaction, runner: WizardRunner, rest: str) -> None:  # noqa: ARG001 - only shown
    words = [command.word for command in COMMANDS if interaction.member.may(command.action)]
    await interaction.reply(views.help_text(interaction.t, words, interaction.refusal))


COMMANDS = (
    Command(word="setup", action_id=cards.SETUP, action=Action.CREDENTIALS, typed=_set_up),
    Command(
        word="status",
        action_id=cards.STATUS,
        action=Action.LOOK,
        work=_always(status.tell),
        typed=_tell_status,
        aliases=("list", "overview"),
    ),
    Command(
        word="sync preview",
        action_id=cards.PREVIEW,
        action=Action.PREVIEW,
        work=_always(start.starter(RunKind.PREVIEW)),
        aliases=("preview", "sync"),
    ),
    Command(word="sync now", action_id=cards.SYNC, action=Action.SYNC, work=_always(start.starter(RunKind.SYNC))),
    Command(
        word="sync preview absence",
        action_id=cards.PREVIEW_ABSENCE,
        action=Action.PREVIEW,
        aliases=("preview absence", "sync absence"),
        work=_always(start.starter(RunKind.PREVIEW, resource=Resource.ABSENCE)),
    ),
    Command(
        word="sync now absence",
        action_id=cards.SYNC_ABSENCE,
        action=Action.SYNC,
        work=_always(start.starter(RunKind.SYNC, resource=Resource.ABSENCE)),
    ),
    Command(
        word="sync full",
        action_id=cards.FULL,
        action=Action.SYNC,
        work=full_sync.editor,
        typed=full_sync.command,
        aliases=("redeliver",),
    ),
    Command(
        word="file",
        action_id=cards.FILE,
        action=Action.FILE,
        work=export_file.editor,
        typed=export_file.command,
        aliases=("export", "download"),
    ),
    Command(word="scope", action_id=cards.SCOPE, action=Action.EDIT, work=scope.editor),
    Command(word="absence", action_id=cards.ABSENCE, action=Action.EDIT, work=absence.editor, aliases=("leave",)),
    Command(word="schedule", action_id=cards.SCHEDULE, action=Action.EDIT, work=schedule.editor),
    Command(word="channel", action_id=cards.CHANNEL, action=Action.EDIT, work=channel.editor),
    Command(
        word="reports",
        action_id=cards.REPORTS,
        action=Action.EDIT,
        work=notifications.editor,
        aliases=("report", "noise", "summary"),
    ),
    Command(word="rename", action_id=cards.OWNER, action=Action.EDIT, work=owner.editor, aliases=("owner", "name")),
    Command(
        word="mapping",
        action_id=cards.MAPPING,
        action=Action.EDIT,
        work=start.for_employees(mappings.editor),
        aliases=("fields", "settings"),
    ),
    Command(
        word="thresholds",
        action_id=cards.THRESHOLDS,
        action=Action.EDIT,
        work=start.for_employees(thresholds.editor),
        aliases=("guard", "limits", "compare"),
    ),
    Command(
        word="conflicts",
        action_id=cards.CONFLICTS,
        action=Action.DECIDE,
        work=start.for_employees(decisions.editor),
    ),
    Command(
        word="credentials",
        action_id=cards.CREDENTIALS,
        action=Action.CREDENTIALS,
        work=credentials.editor,
        aliases=("reconnect",),
    ),
    Command(
        word="check",
        action_id=cards.CHECK,
        action=Action.EDIT,
        work=connection.checker,
        aliases=("connection", "test"),
    ),
    Command(
        word="history",
        action_id=cards.HISTORY,
        action=Action.DETAILS,
        work=_always(history.history),
        aliases=("runs",),
    ),
    Command(
        word="audit",
        action_id=cards.AUDIT,
        action=Action.DETAILS,
        work=_always(history.audited),
        typed=_show_audit,
        aliases=("log",),
    ),
    Command(word="copy", action_id=cards.COPY, action=Action.CREDENTIALS, work=copier, aliases=("duplicate",)),
    Command(word="pause", action_id=cards.PAUSE, action=Action.EDIT, work=_always(lifecycle.pause)),
    Command(word="resume", action_id=cards.RESUME, action=Action.EDIT, work=_always(lifecycle.resume)),
    Command(word="remove", action_id=cards.REMOVE, action=Action.REMOVE, work=lifecycle.remover),
    Command(
        word="person",
        action_id=cards.PERSON,
        action=Action.PERSON,
        typed=_ask_person,
        aliases=("privacy", "gdpr"),
    ),
    Command(
        word="access",
        action_id=cards.ACCESS,
        action=Action.ACCESS,
        typed=_choose_managers,
        aliases=("managers", "permissions"),
    ),
    Command(word="help", action_id=cards.HELP, action=Action.HELP, typed=_help),
)
"""In the order of the help."""

BY_WORD = {command.word: command for command in COMMANDS}
ALIASES = {alias: command.word for command in COMMANDS for alias in command.aliases}
MENU = (cards.STATUS, cards.HISTORY, cards.AUDIT, cards.PAUSE, cards.REMOVE)
"""Behind the three dots of a card, of which Slack takes five; what is changed has a page of its own."""

OF_WORDS = {taken: [word for word in BY_WORD if word.count(" ") == taken - 1] for taken in (3, 2, 1)}
PAIRS = OF_WORDS[2]
PAIR_ALIKE, WORD_ALIKE, ABOUT_ALIKE = 0.85, 0.6, 0.75


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The command, a button for each of its words, and the menu of the rarer ones.

    Whom each answers, `bot.slack.roles` says.
    """

    async def called(interaction: Interaction) -> None:
        word, rest = understood(typed(interaction.body))
        known = BY_WORD.get(word or "status")
        if known is not None:
            await known.run(interaction, runner, rest)
        else:
            await interaction.reply(views.unknown(interaction.t, word[:100], nearest(word)))

    listeners.command(COMMAND, called, _action_of)
    for command in COMMANDS:
        listeners.action(command.action_id, command.pressed(runner), command.action)
    # Menus of versions before offer others than those of now.
    works = {command.action_id: command.work for command in COMMANDS if command.work}

    async def chosen(interaction: Interaction) -> None:
        action_id, _, integration_id = interaction.value.partition(":")
        if action_id in works:
            await on_id(interaction, integration_id, works[action_id](runner))

    async def settings(interaction: Interaction, integration: Integration) -> None:
        async with interaction.services.database.reading() as session:
            shown = await overview.card(session, interaction, integration)
        await interaction.present(settings_page(interaction.t, shown))

    async def show_settings(interaction: Interaction) -> None:
        await on_id(interaction, interaction.value, settings)

    listeners.action(cards.MORE, chosen, _action_chosen)
    listeners.action(cards.SETTINGS, show_settings, Action.EDIT)


def typed(body: Mapping[str, Any]) -> str:
    """What was typed after the command."""
    return unescaped(str(body.get("text") or ""))


def understood(said: str) -> tuple[str, str]:
    """What was typed as (a word of ours, the rest); an unknown word is given back as it is.

    `sync preview Oslo` is ("sync preview", "Oslo"); a bare `sync Oslo` previews: nothing is written without its word.
    """
    words = said.split()
    if not words:
        return "", ""
    for taken in (3, 2):
        phrase = " ".join(words[:taken]).casefold()
        if phrase in OF_WORDS[taken]:
            if taken == 2 and _nearest_about(words) is not None:
                return said.strip(), ""  # `sync now absense` must not sync the employees
            return phrase, " ".join(words[taken:])
        if phrase in ALIASES:
            return ALIASES[phrase], " ".join(words[taken:])
    pair = " ".join(words[:2]).casefold()
    if difflib.get_close_matches(pair, PAIRS, n=1, cutoff=PAIR_ALIKE):
        return said.strip(), ""  # a slip in `sync preview` must not be taken for `sync`
    first = words[0].casefold()
    if first in BY_WORD or first in ALIASES:
        return ALIASES.get(first, first), " ".join(words[1:])
    return said.strip(), ""


def nearest(said: str) -> str | None:
    """What was typed with the word of ours that looks most like its beginning: `shcedule Oslo` is `schedule Oslo`."""
    words = said.split()
    if (meant := _nearest_about(words)) is not None:
        return " ".join([meant, *words[3:]])
    for taken, known, alike in ((2, PAIRS, PAIR_ALIKE), (1, [*BY_WORD, *ALIASES], WORD_ALIKE)):
        candidate = " ".join(words[:taken]).casefold()
        found = difflib.get_close_matches(candidate, known, n=1, cutoff=alike)
        if found:
            return " ".join([ALIASES.get(found[0], found[0]), *words[taken:]])
    return None


def _nearest_about(words: Sequence[str]) -> str | None:
    """The command of three words that was meant, where the first two are right and the third nearly is."""
    first, third = " ".join(words[:2]).casefold(), " ".join(words[2:3]).casefold()
    of_pair = {word.rpartition(" ")[2]: word for word in OF_WORDS[3] if word.startswith(f"{first} ")}
    found = difflib.get_close_matches(third, of_pair, n=1, cutoff=ABOUT_ALIKE) if third else []
    return of_pair[found[0]] if found and third not in of_pair else None


def _action_of(body: Mapping[str, Any]) -> Action:
    """What was typed, as an action; a word that is not known is answered with the nearest one, to those who manage."""
    known = BY_WORD.get(understood(typed(body))[0] or "status")
    return Action.EDIT if known is None else known.action


def _action_chosen(body: Mapping[str, Any]) -> Action:
    """What was chosen behind the three dots of a card."""
    pressed: Mapping[str, Any] = next(iter(body.get("actions") or ()), {})
    action_id = str((pressed.get("selected_option") or {}).get("value") or pressed.get("value") or "").partition(":")[0]
    return next((command.action for command in COMMANDS if command.action_id == action_id), Action.CREDENTIALS)
