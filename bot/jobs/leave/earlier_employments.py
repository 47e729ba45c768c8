"""Whose the days of an earlier employment are, where somebody has gone from one company to another within a leave.

The source does not say which company an employment is with. The ledger knows what other integrations have sent, and
what is known of people says whether another one had somebody who is not in its scope any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from bot.domain.leave import LeaveDay, LeavePerson, LeaveWindow
from bot.domain.leave_ledger import LedgerEntry
from bot.domain.scope import Scope
from bot.jobs.leave.ledger_journal import LedgerStore
from bot.sync.leave.leave_roster import PeopleSeen, leave_people
from bot.sync.leave.normal_days import Withheld, contributor_of
from storage import integrations, leave_elsewhere

Whose = Mapping[tuple[str, date, str], Withheld]
"""By (employee, day, parent), why a day is another integration's."""


AHEAD = timedelta(60)
"""So long before their first day people are entered in payroll, and perhaps not looked at again."""


async def of_others(
    ledger: LedgerStore,
    source: PeopleSeen,
    members: Mapping[str, LeavePerson],
    days: Sequence[LeaveDay],
    delivered: Sequence[LedgerEntry],
    absences: Sequence[LedgerEntry],
    between: LeaveWindow,
) -> Whose:
    """Days before somebody's latest employment that another integration has sent, or has not sent though it had them
    then; none that this one has sent. Raises the source's `ProviderError`s."""
    moved = {
        each: person.employments[-1].first
        for each, person in members.items()
        if len(person.employments) > 1 and person.employments[-1].first > between.first
    }
    earlier = [row for row in days if row.day < moved.get(row.employee_id, date.min)]
    if not earlier:
        return {}
    own = {(entry.employee_id, entry.day) for entry in delivered if entry.content}
    begun: dict[str, date] = {}
    for entry in absences:
        if entry.content:
            leave = entry.contributors[0]
            begun[leave] = min(begun.get(leave, date.max), entry.day)
    rows = [
        row for row in earlier if (row.employee_id, row.day) not in own and begun.get(row.parent_id, date.max) > row.day
    ]
    people = {row.employee_id for row in rows}
    if not people:
        return {}
    sent, leaves = await ledger.elsewhere(people, between), await ledger.absences_elsewhere(people)
    gone = await _gone_from_others(ledger, source, people)
    found: dict[tuple[str, date, str], Withheld] = {}
    for row in rows:
        address = (row.employee_id, row.day, contributor_of(row))
        if (row.employee_id, row.day) in sent or (row.employee_id, row.parent_id) in leaves:
            found[address] = Withheld.SENT_ELSEWHERE
        elif row.employee_id in gone and _had_then(members[row.employee_id], row.day, gone[row.employee_id]):
            found[address] = Withheld.NOT_SENT_THERE
    return found


async def _gone_from_others(ledger: LedgerStore, source: PeopleSeen, people: set[str]) -> dict[str, date]:
    """Those whom another integration has in its payroll system and has not in its scope any more, and until when it had
    them at least. Who is in both scopes goes to two systems of one company."""
    async with ledger.database.reading() as session:
        known = await leave_elsewhere.known_elsewhere(session, ledger.integration_id, people)
        others = {other: await integrations.get(session, other) for other in sorted(known)}
    gone: dict[str, date] = {}
    for other, integration in others.items():
        if integration is None:
            continue
        still = await leave_people(source, known[other].keys(), Scope.from_json(integration.scope), {})
        for each, until in known[other].items():
            if each not in still:
                gone[each] = max(gone.get(each, until), until)
    return gone


def _had_then(person: LeavePerson, day: date, until: date) -> bool:
    """Whether whoever had somebody until a day had them in the employment of `day`."""
    began = [span.first for span in person.employments if day in span]
    return bool(began) and until >= min(began) - AHEAD
