"""What needs a person after a run: the new first, by reason; what is as before, counted; and what is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import islice

from slack_sdk.models.blocks import Block

from bot.core.text import Markup
from bot.domain.change import Person
from bot.locales import Translator
from bot.sync.report.issues import BY_HAND, Issue
from bot.sync.report.problem_groups import ProblemGroup
from bot.sync.report.run_summary import NAMED, RunSummary
from bot.sync.report.top_n import TopN
from bot.views import blocks
from bot.views.mrkdwn import cut_md
from bot.views.person_line import person_line_md
from bot.views.report.profile_links import NOWHERE, Links, open_in

NAME = 60
"""Characters of a name where several stand in one line."""

PROBLEM_TEXT = 1_000
"""Characters of a group's problems at most: the file has them in full."""

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
    first = list(islice(new, NAMED))
    if standing.total:
        since = summary.standing_since
        day = since.astimezone(t.timezone).date() if since else None
        counted = [blocks.section(t.md(f"{texts}.standing", n=standing.total, since=day))]
        known = list(islice(standing, NAMED - len(first))) if everything else []
    else:
        counted, known = [], []
    shown += [blocks.section(group_text(group, t, links)) for group in first]
    shown += [*counted, *(blocks.section(group_text(group, t, links)) for group in known)]
    people = new.total + (standing.total if everything else 0)
    left = people - sum(group.people.total for group in (*first, *known))
    if left > 0:
        shown.append(blocks.context(t.md(f"{texts}.{_MORE[rest]}", n=left)))
    shown += [blocks.context(_muted(until, people, t)) for until, people in sorted(summary.muted.items())]
    if summary.resolved:
        shown.append(blocks.section(_solved(summary, t)))
    return shown


def _muted(until: date, people: TopN[Person], t: Translator) -> str:
    if not people.first:
        return t.md("report.muted.unnamed", until=until, n=people.total)
    return t.md("report.muted", until=until, who=Markup(_names(people, t, len(people.first))))


def waiting(summary: RunSummary, t: Translator) -> list[Block]:
    """Who is in the target and waits for somebody there, by what for, and what is to be done."""
    shown: list[Block] = [blocks.divider()] if summary.waiting_for else []
    for sample in summary.waiting_for.values():
        people: TopN[Person] = TopN(NAMED)
        for issue in sample.first:
            people.add(issue.person)
        people.total = sample.total
        first = sample.first[0]
        advice = t.render_md(first.advice) if first.advice else ""
        label = f"{t.md(f'field.{first.field}')}: " if first.code == BY_HAND else ""
        reason = Markup(f"{label}{t.render_md(first.reason)}")
        said = t.md("report.waiting.what", reason=reason, advice=Markup(advice))
        shown.append(blocks.section(_lines(said, _names(people, t, NAMED))))
    return shown


def _solved(summary: RunSummary, t: Translator) -> str:
    if named := summary.resolved_named:
        return t.md("report.problems.solved.named", who=tuple(Markup(_who(person, t)) for person in named))
    return t.md("report.problems.solved", n=summary.resolved)


def _who(person: Person, t: Translator) -> str:
    return person_line_md(t, person.name, person.number)


def group_text(group: ProblemGroup, t: Translator, links: Links = NOWHERE, *, names: int = NAMED) -> str:
    """People with the same problems as mrkdwn: each thing that is wrong with its reason and advice, and who they are.

    Of one person there are links to both systems.
    """
    kind, who = t.md(f"report.outcome.{group.kind}"), group.people
    wrong = [_issue(issue, t) for issue in group.issues]
    if who.total == 1:
        (one,) = who.first
        return cut_md(_lines(f"*{_who(one, t)}* · {kind}", open_in(one, links, t), *wrong), PROBLEM_TEXT)
    said = _lines(f"*{t.md('report.group', n=who.total)}* · {kind}", *wrong)
    return _lines(cut_md(said, PROBLEM_TEXT), _names(who, t, names))


def remark_text(same: TopN[Issue], t: Translator) -> str:
    """People with the same remark, which stopped none of them: who, and what is to be done."""
    people: TopN[Person] = TopN(len(same.first))
    for issue in same.first:
        people.add(issue.person)
    people.total = same.total
    head = f"*{_who(people.first[0], t)}*" if same.total == 1 else f"*{t.md('report.group', n=same.total)}*"
    names = _names(people, t, len(people.first)) if same.total > 1 else None
    return _lines(cut_md(_lines(head, _issue(same.first[0], t)), PROBLEM_TEXT), names)


def _names(people: TopN[Person], t: Translator, most: int) -> str:
    names = [Markup(_who(replace(one, name=blocks.cut(one.name, NAME)), t)) for one in people.first[:most]]
    if (left := people.total - len(names)) > 0:
        names.append(Markup(t.md("report.waiting.more", n=left)))
    return t.value(tuple(names))


def _issue(issue: Issue, t: Translator) -> str:
    label = f"{t.md(f'field.{issue.field}')}: " if issue.field else ""
    words = [t.render_md(issue.reason)]
    if issue.advice:
        words.append(t.render_md(issue.advice))
    return f"• {label}{' '.join(words)}"


def _lines(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part)
