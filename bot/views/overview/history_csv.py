"""Runs and the audit as rows of a file for one person: the same words as in the lists, without Slack's marks."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence

from babel.dates import format_datetime

from bot.domain.resource import Resource
from bot.locales import Translator
from bot.sync.report.csv_export import csv_head, csv_rows
from bot.sync.report.issues import PROBLEMS
from bot.views.overview.history import Deed, PastRun, deed_details, deed_title

_MENTION = re.compile(r"<[@#]([A-Z0-9]+)>")

_RUN_COLUMNS = ("when", "what", "who", "state", "created", "updated", "unchanged", "skipped", "attention")
_DEED_COLUMNS = ("when", "who", "integration", "what", "details")


def runs_file(t: Translator, runs: Sequence[PastRun], names: Mapping[str, str]) -> bytes:
    """The runs, the newest first; `names` are people's by their Slack ids."""
    return csv_head([t(f"history.csv.{column}") for column in _RUN_COLUMNS]) + csv_rows(
        (
            format_datetime(run.began, "yyyy-MM-dd HH:mm", tzinfo=t.timezone, locale=t.locale),
            t(f"history.csv.kind.{run.kind}{_about(run)}"),
            names.get(run.started_by, run.started_by) if run.started_by else t("audit.by_schedule"),
            t(f"history.csv.state.{run.state}"),
            *(str(run.counts.get(kind, 0)) for kind in ("created", "updated", "unchanged", "skipped")),
            str(sum(run.counts.get(kind.value, 0) for kind in PROBLEMS)),
        )
        for run in runs
    )


def _about(run: PastRun) -> str:
    return ".absence" if run.resource == Resource.ABSENCE else ""


def audit_file(t: Translator, deeds: Sequence[Deed], names: Mapping[str, str]) -> bytes:
    """What was done, the newest first."""
    return csv_head([t(f"history.csv.{column}") for column in _DEED_COLUMNS]) + csv_rows(
        (
            format_datetime(deed.at, "yyyy-MM-dd HH:mm", tzinfo=t.timezone, locale=t.locale),
            _who(t, deed, names),
            deed.integration,
            _plain(deed_title(t, deed), names),
            "; ".join(_plain(line, names) for line in deed_details(t, deed)),
        )
        for deed in deeds
    )


def _who(t: Translator, deed: Deed, names: Mapping[str, str]) -> str:
    if deed.actor == "schedule":
        return t("audit.by_schedule")
    return names.get(deed.actor, deed.actor) if deed.actor.startswith(("U", "W")) else t("audit.by_system")


def _plain(words: str, names: Mapping[str, str]) -> str:
    """mrkdwn as it is read: people by their names, channels by their ids."""
    return html.unescape(_MENTION.sub(lambda found: names.get(found[1], found[1]), words)).replace("`", "")
