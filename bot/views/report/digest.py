"""The summary of a day or a week: what ran, what was written, who needs attention, and how that went over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from slack_sdk.models.blocks import Block, ButtonElement

from bot.core.text import Markup, Text
from bot.locales import Translator
from bot.sync.report.run_summary import RunSummary
from bot.views import blocks as b
from bot.views.blocks import cut
from bot.views.message import Message
from bot.views.overview import cards
from bot.views.report import problems
from bot.views.table import table

MOST_ROWS = 31
CELL = 60
CHART = "data_visualization"
CATEGORIES, CHART_NAME, CHART_TITLE = 20, 20, 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of the table: a day, or a single sync. `attention` is how many employees needed a person at its end, None
    where no sync came to an end."""

    label: str
    syncs: int
    created: int
    updated: int
    attention: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFacts:
    """What a summary shows. `state` is the integration's, `period` is day or week.

    `attention` is how many need a person now, `before` how many did when the period began (None where nobody knows).
    `absence_people` counts, for each of the `absence_syncs`, the people whose days changed. Where absence is all that
    is sent (`absence_alone`) there are no lines, and `attention` is of its last sync.
    """

    integration_id: str
    integration: str
    target: str
    state: str
    period: str
    since: datetime
    until: datetime
    lines: Sequence[Line]
    failed: int = 0
    attention: int = 0
    before: int | None = None
    absence_syncs: int = 0
    absence_people: int = 0
    absence_alone: bool = False

    @property
    def syncs(self) -> int:
        """How many syncs there were."""
        return sum(line.syncs for line in self.lines)


def digest(facts: DigestFacts, summed: RunSummary, t: Translator) -> Message:
    """The summary. `summed` are the people of the last sync, with what of it is new in the period."""
    summary = _summary(facts, t)
    shown: list[Block | Mapping[str, object]] = [
        b.header(t(f"digest.title.{facts.period}", integration=facts.integration)),
        b.section("\n".join(summary)),
    ]
    if chart := _chart(facts, t):
        shown.append(chart)
    if facts.lines:
        shown.append(_table(facts, t))
    shown += problems.told(summed, t, everything=False, texts="digest.problems")
    shown.append(b.actions(*_buttons(facts, t)))
    shown.append(b.context(t.md("digest.period", since=b.moment(t, facts.since), until=b.moment(t, facts.until))))
    spoken = t.md(f"digest.title.{facts.period}", integration=facts.integration)
    return Message(
        f"{spoken}. {' '.join(summary)}",
        [dict(each) if isinstance(each, Mapping) else each.to_dict() for each in shown],
    )


def _summary(facts: DigestFacts, t: Translator) -> list[str]:
    lines: list[str] = []
    if not facts.syncs and not (facts.absence_alone and facts.absence_syncs):
        lines = [t.md("digest.none")]
    elif facts.syncs:
        created, updated = sum(line.created for line in facts.lines), sum(line.updated for line in facts.lines)
        values = {"n": facts.syncs, "created": created, "updated": updated, "target": facts.target}
        lines = [t.md("digest.syncs", **values)]
    if facts.absence_syncs:
        lines.append(t.md("digest.absence", n=facts.absence_syncs, people=facts.absence_people))
    if facts.failed:
        lines.append(t.md("digest.failed", n=facts.failed))
    lines.append(t.render_md(_now(facts)))
    if facts.state in cards.WAYS_OUT:
        lines.append(t.md("card.state", state=Markup(t.md(f"card.state.{facts.state}"))))
    return lines


def _now(facts: DigestFacts) -> Text:
    if facts.before is None or facts.before == facts.attention:
        return Text("digest.attention", {"n": facts.attention}) if facts.attention else Text("digest.attention.nobody")
    if not facts.attention:
        return Text("digest.attention.gone", {"before": facts.before})
    word = "more" if facts.attention > facts.before else "fewer"
    return Text(f"digest.attention.{word}", {"n": facts.attention, "before": facts.before})


def _table(facts: DigestFacts, t: Translator) -> Mapping[str, object]:
    columns = ("digest.column.when", "digest.column.syncs", "digest.column.created", "digest.column.updated",
               "digest.column.attention")  # fmt: skip
    rows: list[Sequence[str]] = [[t(column) for column in columns]]
    for line in facts.lines[-MOST_ROWS:]:
        attention = "–" if line.attention is None else t.value(line.attention)
        numbers = (t.value(line.syncs), t.value(line.created), t.value(line.updated), attention)
        rows.append([line.label, *numbers])
    right = [{"align": "right"} for _ in columns[1:]]
    return table(rows, [{"is_wrapped": True}, *right], CELL)


def _chart(facts: DigestFacts, t: Translator) -> Mapping[str, object] | None:
    """The days of a week as bars, for those who see them; the table beside it says the same to everybody.

    None where there is nothing to compare. Slack takes 20 categories and names of 20 characters; each row has exactly
    one point per category (docs.slack.dev, data visualization block).
    """
    lines = facts.lines[-CATEGORIES:]
    days = [cut(line.label, CHART_NAME) for line in lines]
    if facts.period != "week" or sum(line.syncs > 0 for line in lines) < 2 or len(set(days)) < len(days):
        return None
    rows = {
        "digest.column.created": [line.created for line in lines],
        "digest.column.updated": [line.updated for line in lines],
        # A day without a sync has no bar.
        "digest.column.attention": [line.attention or 0 for line in lines],
    }
    series = [
        {
            "name": cut(t(name), CHART_NAME),
            "data": [{"label": day, "value": value} for day, value in zip(days, values, strict=True)],
        }
        for name, values in rows.items()
    ]
    chart = {"type": "bar", "series": series, "axis_config": {"categories": days}}
    return {"type": CHART, "title": cut(t("digest.chart"), CHART_TITLE), "chart": chart}


def without_chart(message: Message) -> Message:
    """The same for a Slack that refuses the chart; nothing that it says is lost."""
    return Message(message.text, [block for block in message.blocks if block["type"] != CHART])


def _buttons(facts: DigestFacts, t: Translator) -> list[ButtonElement]:
    """What can be done now: who is asked to sync a paused integration is only refused."""
    if facts.state in cards.WAYS_OUT:
        label, action = cards.WAYS_OUT[facts.state]
        now = [b.button(t(label), action, value=facts.integration_id, style="primary")]
    else:
        now = [
            b.button(t("report.button.preview"), cards.PREVIEW, value=facts.integration_id),
            b.button(t("report.button.sync"), cards.SYNC, value=facts.integration_id),
        ]
    return [*now, b.button(t("report.button.reports"), cards.REPORTS, value=facts.integration_id)]
