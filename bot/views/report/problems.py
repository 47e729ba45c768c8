"""What needs a person after a run: the new first, one by one; what is as before, counted; and what is gone."""

from __future__ import annotations

from dataclasses import replace

from slack_sdk.models.blocks import Block

from bot.core.text import Markup
from bot.domain.change import Person
from bot.domain.outcome import Outcome
from bot.locales import Translator
from bot.sync.report.issues import Issue, issues
from bot.sync.report.run_summary import NAMED, RunSummary
from bot.views import blocks
from bot.views.mrkdwn import cut_md
from bot.views.report.profile_links import NOWHERE, Links, open_in

NAME = 200
"""Characters of a name where several stand in one line."""

PROBLEM_TEXT = 1_000
"""Characters of one person's problems at most: the table in the thread has all of them, and the file in full."""

_MORE = {"both": "more", "thread": "more.thread", "file": "more.file", "nowhere": "more.nowhere"}


def told(
    summary: RunSummary,
    t: Translator,
    *,
    everything: bool,
    texts: str = "report.problems",
    links: Links = NOWHERE,
    rest: str = "both",
) -> list[Block]:
    """The problems of a run. What is as before is only counted, unless `everything` is to be told one by one.

    `texts` are those that say where the rest is to be found, `rest` which of the places have it.
    """
    new, standing = summary.new_problems, summary.known_problems
    shown: list[Block] = [blocks.divider()] if new.total + standing.total else []
    if new.total:
        key = "report.problems.new" if standing.total else "report.problems.title"
        shown.append(blocks.section(f"*{t.md(key, n=new.total)}*"))
    shown += [blocks.section(problem_text(outcome, t, links)) for outcome in new.first]
    room = NAMED - len(new.first)
    if standing.total:
        since = summary.standing_since
        day = since.astimezone(t.timezone).date() if since else None
        shown.append(blocks.section(t.md(f"{texts}.standing", n=standing.total, since=day)))
        if everything:
            shown += [blocks.section(problem_text(outcome, t, links)) for outcome in standing.first[:room]]
            room -= min(room, len(standing.first))
    left = new.total + (standing.total if everything else 0) - (NAMED - room)
    if left > 0:
        shown.append(blocks.context(t.md(f"{texts}.{_MORE[rest]}", n=left)))
    if summary.resolved:
        shown.append(blocks.section(_solved(summary, t)))
    return shown


def waiting(summary: RunSummary, t: Translator) -> list[Block]:
    """Who is in the target and waits for somebody there, by what for, and what is to be done."""
    shown: list[Block] = [blocks.divider()] if summary.waiting_for else []
    for sample in summary.waiting_for.values():
        people = [replace(issue.person, name=blocks.cut(issue.person.name, NAME)) for issue in sample.first]
        names = [Markup(_who(person, t)) for person in people]
        if (left := sample.total - len(names)) > 0:
            names.append(Markup(t.md("report.waiting.more", n=left)))
        first = sample.first[0]
        advice = t.render_md(first.advice) if first.advice else ""
        said = t.md("report.waiting.what", reason=Markup(t.render_md(first.reason)), advice=Markup(advice))
        shown.append(blocks.section(_lines(said, t.value(tuple(names)))))
    return shown


def _solved(summary: RunSummary, t: Translator) -> str:
    if named := summary.resolved_named:
        return t.md("report.problems.solved.named", who=tuple(Markup(_who(person, t)) for person in named))
    return t.md("report.problems.solved", n=summary.resolved)


def _who(person: Person, t: Translator) -> str:
    key = "report.person" if person.number else "report.person.no_number"
    return t.md(key, name=person.name, number=person.number)


def problem_text(outcome: Outcome, t: Translator, links: Links = NOWHERE) -> str:
    """One person's problem as mrkdwn: who and where, then each thing that is wrong with its reason and advice."""
    lines: list[str | None] = [
        f"*{_who(outcome.person, t)}* · {t.md(f'report.outcome.{outcome.kind}')}",
        open_in(outcome.person, links, t),
        *(_issue(issue, t) for issue in issues(outcome) if issue.blocking),
    ]
    return cut_md(_lines(*lines), PROBLEM_TEXT)


def _issue(issue: Issue, t: Translator) -> str:
    label = f"{t.md(f'field.{issue.field}')}: " if issue.field else ""
    words = [t.render_md(issue.reason)]
    if issue.advice:
        words.append(t.render_md(issue.advice))
    return f"• {label}{' '.join(words)}"


def _lines(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part)
