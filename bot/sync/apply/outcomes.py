"""What becomes of a change, in the words of a report."""

from __future__ import annotations

from dataclasses import replace

from bot.core.text import text
from bot.domain.change import Change
from bot.domain.findings import Finding
from bot.domain.outcome import PLANNED_AS, Drifted, Outcome, OutcomeKind
from bot.providers.errors import ProviderError, Rejected, Unsupported
from bot.providers.protocol import WriteResult
from bot.sync.checks.findings import finding


def drifted(change: Change, *, written: bool) -> tuple[Drifted, ...]:
    """What had drifted, and whether that is put right now: where it was to be, and the change was `written`."""
    return tuple(
        Drifted(field.level, field.key, field.field, restored=written and field in change.fields)
        for field in change.drift
    )


def success(change: Change, applied: WriteResult) -> Outcome:
    """The change was made."""
    written = tuple((field.level, field.key, field.field) for field in change.fields)
    person = replace(change.person, target_id=applied.target_id or change.person.target_id)
    findings = (*change.findings, *(item for item in applied.findings if item not in change.findings))
    return Outcome(
        PLANNED_AS[change.kind],
        person,
        written,
        findings,
        drift=drifted(change, written=True),
        kept=change.kept,
        unseen=change.unseen,
    )


def failed(change: Change, error: ProviderError) -> Outcome:
    """The outcome of a refusal, with the target's own words beside ours."""
    about: tuple[Finding, ...] = ()
    if isinstance(error, Rejected) and error.field is not None:
        about = (finding("target.rejected", field=error.field, verbatim=error.verbatim),)
    return Outcome(
        OutcomeKind.FAILED,
        change.person,
        findings=(*about, *change.findings),
        reason=error.text,
        advice=error.advice,
        verbatim=error.verbatim,
        reference=error.reference,
        retryable=not isinstance(error, Rejected | Unsupported),
        drift=drifted(change, written=False),
    )


def unknown(change: Change, error: ProviderError, target_id: str | None = None) -> Outcome:
    """The outcome of a write that nobody can tell was made: the next run looks first and finishes it."""
    person = replace(change.person, target_id=target_id or change.person.target_id)
    outcome = replace(failed(change, error), kind=OutcomeKind.UNKNOWN, person=person, retryable=True)
    return replace(outcome, advice=error.advice or text("apply.unknown.advice"))


def unmade(change: Change, kind: OutcomeKind, reason: str, *, retryable: bool = False, **values: object) -> Outcome:
    """An outcome of our own: texts `<reason>` and `<reason>.advice`."""
    return Outcome(
        kind,
        change.person,
        findings=change.findings,
        reason=text(reason, **values),
        advice=text(f"{reason}.advice"),
        retryable=retryable,
        drift=drifted(change, written=False),
    )


def stale(change: Change, reason: str, *, code_changed: bool) -> Outcome:
    """The ground of a change has moved, for this reason of ours: the next sync compares anew.

    Where other code made the plan, that is what is said: it may read people differently, and nobody has touched them.
    """
    return unmade(change, OutcomeKind.FAILED, "apply.bot_updated" if code_changed else reason, retryable=True)
