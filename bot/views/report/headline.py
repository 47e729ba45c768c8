"""The first line of a run's message: an icon and a word for how it went, before anything else is read."""

from __future__ import annotations

from bot.core.text import Text, text
from bot.domain.outcome import OutcomeKind
from bot.locales import Translator
from bot.sync.leave.leave_report import LeaveReport
from bot.sync.report.run_summary import RunSummary
from bot.views import blocks
from bot.views.report.run_facts import RunFacts

WELL, ATTENTION, STOPPED, GIVEN_UP, WAITS, WORKS = "✅", "⚠️", "⛔", "⏹️", "✋", "⏳"

NAME = 80
"""Characters of the integration's name, so that the state behind it is never cut away."""

Headline = tuple[str, Text]
"""The icon, and the state in a few words."""

RUNNING: Headline = (WORKS, text("report.state.running"))
QUEUED: Headline = (WORKS, text("report.state.queued"))
NEEDS_APPROVAL: Headline = (WAITS, text("report.state.waiting_approval"))


def of_result(facts: RunFacts, summed: RunSummary) -> Headline:
    """How a run of employees ended. "Nothing to change" is said only where everybody was compared and is equal."""
    if (early := _ended_early(facts)) is not None:
        return early
    if not facts.people:
        return ATTENTION, text("report.state.nobody")
    if facts.problems:
        return ATTENTION, text("report.state.attention", n=facts.problems)
    if summed.waiting:
        return ATTENTION, text("report.state.waiting", n=summed.waiting)
    changed = facts.counts.get(OutcomeKind.CREATED, 0) + facts.counts.get(OutcomeKind.UPDATED, 0)
    if changed:
        return WELL, text("report.state.changes.preview" if facts.preview else "report.state.changes", n=changed)
    equal = facts.counts.get(OutcomeKind.UNCHANGED, 0) == facts.people and not (summed.unread or summed.unequal)
    return WELL, text("report.state.in_sync" if equal else "report.state.done")


def of_leave(facts: RunFacts, report: LeaveReport) -> Headline:
    """How a run of absence ended."""
    if (early := _ended_early(facts)) is not None:
        return early
    if report.people_waiting:
        return ATTENTION, text("report.state.attention", n=report.people_waiting)
    return WELL, text("report.state.done")


def headline(facts: RunFacts, t: Translator, state: Headline) -> str:
    """The heading, as plain text."""
    icon, word = state
    title = t(_title_key(facts), integration=blocks.cut(facts.integration, NAME))
    return t("report.headline", icon=icon, title=title, state=word)


def spoken_headline(facts: RunFacts, t: Translator, state: Headline) -> str:
    """The heading as mrkdwn, for the notification."""
    icon, word = state
    return t.md("report.headline", icon=icon, title=text(_title_key(facts), integration=facts.integration), state=word)


def _ended_early(facts: RunFacts) -> Headline | None:
    if facts.cancelled_by:
        return GIVEN_UP, text("report.state.refused" if facts.refused else "report.state.cancelled")
    if facts.reason:
        return STOPPED, text("report.state.stopped" if facts.people else "report.state.did_not_run")
    return None


def _title_key(facts: RunFacts) -> str:
    about = "leave.report.title" if facts.absence else "report.title"
    return f"{about}.preview" if facts.preview else f"{about}.sync"
