"""`/integration`: the first words choose the conversation."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from bot.handlers import more, setup
from bot.handlers.edit import channel, credentials, notifications, schedule, scope
from bot.handlers.framework.interaction import Interaction
from bot.handlers.framework.listeners import AuthorizedListeners
from bot.handlers.framework.wizard_runner import WizardRunner
from bot.handlers.overview import lifecycle, status
from bot.handlers.runs import export_file, full_sync, start
from bot.views import command as views
from storage.runs import RunKind

COMMAND = "/integration"

ALIASES = {
    "preview": "sync preview",
    "sync": "sync now",
    "reconnect": "credentials",
    "list": "status",
    "overview": "status",
    "fields": "mapping",
    "settings": "mapping",
    "guard": "thresholds",
    "limits": "thresholds",
    "compare": "thresholds",
    "runs": "history",
    "report": "reports",
    "noise": "reports",
    "summary": "reports",
    "log": "audit",
    "redeliver": "sync full",
    "export": "file",
    "download": "file",
}
"""Other words that people try, and what they mean."""

PAIRS = [word for word in views.WORDS if " " in word]
PAIR_ALIKE, WORD_ALIKE = 0.85, 0.6


def register(listeners: AuthorizedListeners, runner: WizardRunner) -> None:
    """The command. Everybody may look and read the help; all else is for those who may manage."""

    async def called(interaction: Interaction) -> None:
        word, rest = understood(typed(interaction.body))
        await _answer(interaction, runner, word, rest)

    listeners.command(COMMAND, called, public=_only_looks)


def typed(body: Mapping[str, Any]) -> str:
    """What was typed after the command. Slack may send its three control characters as entities."""
    said = str(body.get("text") or "")
    return said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def understood(said: str) -> tuple[str, str]:
    """What was typed as (a word of ours, the rest); an unknown word is given back as it is.

    `sync preview Oslo` is ("sync preview", "Oslo"); a bare `sync Oslo` means now, and asks nothing more.
    """
    words = said.split()
    if not words:
        return "", ""
    two = " ".join(words[:2]).casefold()
    if two in views.WORDS:
        return two, " ".join(words[2:])
    if difflib.get_close_matches(two, PAIRS, n=1, cutoff=PAIR_ALIKE):
        return said.strip(), ""  # a slip in `sync preview` must not be taken for `sync`
    one = words[0].casefold()
    if one in views.WORDS:
        return one, " ".join(words[1:])
    if one in ALIASES:
        return ALIASES[one], " ".join(words[1:])
    return said.strip(), ""


def nearest(said: str) -> str | None:
    """What was typed with the word of ours that looks most like its beginning: `shcedule Oslo` is `schedule Oslo`."""
    words = said.split()
    for taken, known, alike in ((2, PAIRS, PAIR_ALIKE), (1, [*views.WORDS, *ALIASES], WORD_ALIKE)):
        candidate = " ".join(words[:taken]).casefold()
        found = difflib.get_close_matches(candidate, known, n=1, cutoff=alike)
        if found:
            return " ".join([ALIASES.get(found[0], found[0]), *words[taken:]])
    return None


def _only_looks(body: Mapping[str, Any]) -> bool:
    return understood(typed(body))[0] in ("", *views.LOOKS)


async def _answer(interaction: Interaction, runner: WizardRunner, word: str, rest: str) -> None:
    match word:
        case "" | "status":
            await status.command(interaction, rest)
        case "help":
            await interaction.reply(views.help_text(interaction.t, interaction.refusal))
        case "setup":
            await setup.begin(runner, interaction)
        case "sync preview":
            await start.command(interaction, RunKind.PREVIEW, rest)
        case "sync now":
            await start.command(interaction, RunKind.SYNC, rest)
        case "sync full":
            await full_sync.command(interaction, runner, rest)
        case "file":
            await export_file.command(interaction, runner, rest)
        case "scope":
            await scope.command(interaction, runner, rest)
        case "schedule":
            await schedule.command(interaction, runner, rest)
        case "channel":
            await channel.command(interaction, runner, rest)
        case "reports":
            await notifications.command(interaction, runner, rest)
        case "credentials":
            await credentials.command(interaction, runner, rest)
        case "mapping" | "thresholds" | "conflicts" | "history" | "audit":
            await more.command(interaction, runner, word, rest)
        case "pause" | "resume" | "remove":
            await lifecycle.command(interaction, runner, word, rest)
        case _:
            await interaction.reply(views.unknown(interaction.t, word[:100], nearest(word)))
