"""Which employments count, for systems that have room for one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from bot.domain.employee import Employment
from bot.domain.employments import EmploymentRun, ordered, overlaps, runs
from bot.domain.findings import Finding, Severity


@dataclass(frozen=True, slots=True)
class EmploymentInForce:
    """`run` is what counts today: the employments in force; else those that ended last, until the next ones begin; else
    the next ones. `later` begin after it; `findings` are the employments that last at the same time."""

    run: EmploymentRun | None
    later: tuple[EmploymentRun, ...]
    findings: tuple[Finding, ...]


def employment_in_force(employments: Collection[Employment], today: date) -> EmploymentInForce:
    """The choice among a person's employments. Two at once are blocking: nothing says which pay or share is whose."""
    sorted_ = ordered(employments)
    lasting = [one for one in sorted_ if one.end is None or one.end >= today]
    findings = tuple(
        Finding("employment.overlap", Severity.BLOCKING, "employment", {"first": one.start, "second": other.start})
        for one, other in overlaps(lasting)
    )
    all_runs = runs(sorted_)
    begun = [run for run in all_runs if run.start <= today]
    run = begun[-1] if begun else all_runs[0] if all_runs else None
    return EmploymentInForce(run, tuple(all_runs[max(len(begun), 1) :]), findings)
