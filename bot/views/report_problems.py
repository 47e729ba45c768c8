"""What needs a person after a run: the new first, one by one; what is as before, counted; and what is gone."""

from __future__ import annotations

from collections.abc import Sequence

from slack_sdk.models.blocks import Block

from bot.locales import Translator
from bot.sync.change import Outcome, OutcomeKind, Person
from bot.sync.news import News
from bot.sync.report import Issue, issues
from bot.text import Markup
from bot.views import blocks

PROBLEMS = (
    OutcomeKind.FAILED,
    OutcomeKind.UNKNOWN,
    OutcomeKind.CONFLICT,
    OutcomeKind.BLOCKED,
    OutcomeKind.CANCELLED,
)
"""The gravest first."""

HIGHLIGHTS = 5

PROBLEM_TEXT = 1_000
"""Characters of one person's problems at most: the table in the thread has all of them, and the file in full."""


def told(
    outcomes: Sequence[Outcome],
    t: Translator,
    news: News | None,
    *,
    everything: bool,
    texts: str = "report.problems",
) -> list[Block]:
    """The problems of a run. What is as before is only counted, unless `everything` is to be told one by one.

    `texts` are those that say where the rest is to be found.
    """
    wrong = sorted((o for o in outcomes if o.kind in PROBLEMS), key=lambda o: PROBLEMS.index(o.kind))
    new = [outcome for outcome in wrong if news is None or news.is_new(outcome)]
    standing = [outcome for outcome in wrong if news is not None and not news.is_new(outcome)]
    shown: list[Block] = [blocks.divider()] if wrong else []
    if new:
        key = "report.problems.new" if standing else "report.problems.title"
        shown.append(blocks.section(f"*{t.md(key, n=len(new))}*"))
    room = HIGHLIGHTS
    shown += [blocks.section(problem_text(outcome, t)) for outcome in new[:room]]
    room -= min(room, len(new))
    if standing and news:
        shown.append(blocks.section(_as_before(f"{texts}.standing", standing, news, t)))
        if everything:
            shown += [blocks.section(problem_text(outcome, t)) for outcome in standing[:room]]
            room -= min(room, len(standing))
    left = len(new) + (len(standing) if everything else 0) - (HIGHLIGHTS - room)
    if left > 0:
        shown.append(blocks.context(t.md(f"{texts}.more", n=left)))
    if news and (gone := news.solved_people - {outcome.person.source_id for outcome in wrong}):
        shown.append(blocks.section(_solved(gone, outcomes, t)))
    return shown


def _as_before(key: str, standing: Sequence[Outcome], news: News, t: Translator) -> str:
    oldest = news.oldest(standing)
    day = oldest.astimezone(t.timezone).date() if oldest else None
    return t.md(key, n=len(standing), since=day)


def _solved(gone: frozenset[str], outcomes: Sequence[Outcome], t: Translator) -> str:
    named = [outcome.person for outcome in outcomes if outcome.person.source_id in gone]
    if 0 < len(named) == len(gone) <= HIGHLIGHTS:
        who = tuple(Markup(_who(person, t)) for person in named)
        return t.md("report.problems.solved.named", who=who)
    return t.md("report.problems.solved", n=len(gone))


def _who(person: Person, t: Translator) -> str:
    key = "report.person" if person.number else "report.person.no_number"
    return t.md(key, name=person.name, number=person.number)


def problem_text(outcome: Outcome, t: Translator) -> str:
    """One person's problem as mrkdwn: who, then each thing that is wrong with its reason and advice."""
    lines = [
        f"*{_who(outcome.person, t)}* · {t.md(f'report.outcome.{outcome.kind}')}",
        *(_issue(issue, t) for issue in issues(outcome) if issue.blocking),
    ]
    return blocks.cut(_lines(*lines), PROBLEM_TEXT)


def _issue(issue: Issue, t: Translator) -> str:
    label = f"{t.md(f'field.{issue.field}')}: " if issue.field else ""
    words = [t.render_md(issue.reason)]
    if issue.advice:
        words.append(t.render_md(issue.advice))
    said = t.md("report.verbatim", words=issue.verbatim) if issue.verbatim else None
    return _lines(f"• {label}{' '.join(words)}", said)


def _lines(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part)
