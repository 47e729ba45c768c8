"""What outside systems said of a run and its people, word for word: for whoever may manage, and nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import Block

from bot.domain.outcome import Outcome
from bot.locales import Translator
from bot.sync.report.issues import issues
from bot.views import blocks as b
from bot.views.blocks import View
from bot.views.mrkdwn import cut_md
from bot.views.overview.cards import WORDS
from bot.views.person_line import person_line_md

PEOPLE = 10
"""People on a page."""

LONGEST = 2_900
"""Characters of one person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsPage:
    """What was said of the run, and of some of its people; `more` is the value of the button to those who follow."""

    target: str
    of_run: str | None
    found: Sequence[Outcome]
    more: str | None


def has_words(outcome: Outcome) -> bool:
    """Whether a system said something of the person."""
    return any(issue.verbatim for issue in issues(outcome))


def words(t: Translator, page: WordsPage) -> View:
    """The run's words, and each person's."""
    shown: list[Block] = []
    if page.of_run:
        shown.append(b.section(f"{t.md('words.run')}\n{t.md('report.verbatim', words=page.of_run)}"))
    shown += [b.section(cut_md(_person(t, one), LONGEST)) for one in page.found]
    if shown or page.more:
        shown.insert(0, b.context(t.md("words.intro", target=page.target)))
    else:
        shown.append(b.section(t.md("words.none")))
    if page.more:
        shown.append(b.actions(b.button(t("words.more"), WORDS, value=page.more)))
    return b.modal(t("words.title"), shown, close=t("flow.close"))


def _person(t: Translator, outcome: Outcome) -> str:
    lines = [f"*{person_line_md(t, outcome.person.name, outcome.person.number)}*"]
    for issue in issues(outcome):
        if issue.verbatim:
            label = f"{t.md(f'field.{issue.field}')}: " if issue.field else ""
            lines += [f"• {label}{t.render_md(issue.reason)}", t.md("report.verbatim", words=issue.verbatim)]
    return "\n".join(lines)
