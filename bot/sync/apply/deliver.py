"""Carry out the changes of a plan for a file target: all in one delivery, and nobody's outcome before it has arrived.

It cannot be read, so it is the source that is read just before: whoever has changed since the plan was made is
left for the next one. A delivery that is cut short is not there; one that may have arrived is made again by the next
run, which does no harm, as it sets values and never adds to them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date

import structlog

from bot.core.log_config import id_of
from bot.domain.change import Change
from bot.domain.employee import Employee
from bot.domain.outcome import Outcome, OutcomeKind
from bot.providers.errors import ErrorScope, ProviderError, Rejected, Unavailable
from bot.providers.protocol import DeliveryItem, FileTarget, Refuses, Settings, Source, WriteResult
from bot.sync.apply.outcomes import failed, stale, success, unknown, unmade
from bot.sync.compare.delivered_state import DeliveredState, carry_of
from bot.sync.compare.fingerprints import Fingerprint, Fingerprinter, SyncedPerson

Send = Callable[[Sequence[DeliveryItem], Settings], Awaitable[Sequence[WriteResult]]]
"""Brings parcels on their way, as `FileTarget.deliver` does."""

Note = Callable[[Mapping[str, SyncedPerson]], Awaitable[None]]
"""Keeps what is to be remembered of people by source id, while nobody knows whether they have been delivered."""

_log = structlog.get_logger(__name__)


async def deliver_changes(
    changes: Sequence[Change],
    source: Source,
    inbox: FileTarget,
    settings: Settings,
    today: date,
    *,
    fingerprint: Fingerprint,
    note: Note,
    send: Send | None = None,
    code_changed: bool = False,
) -> list[Outcome]:
    """Deliver CREATEs and UPDATEs together; gives their outcomes in order. May be called again for the same changes.

    `note` is awaited before anything is sent: whatever interrupts the delivery, the next one will be whole. `send` is
    another way than the target's own; `code_changed` as for `apply_change`.

    Raises the `ProviderError`s whose scope is the run: these hit everyone, and the delivery can be tried again.
    """
    ledger = DeliveredState(Fingerprinter(fingerprint), inbox.fields, settings, {}, carry=carry_of(inbox))
    wanted = frozenset(change.person.source_id for change in changes)
    fresh = {employee.source_id: employee async for page in source.employees(wanted) for employee in page}
    outcomes: dict[int, Outcome] = {}
    parcels: dict[int, DeliveryItem] = {}
    for position, change in enumerate(changes):
        employee = fresh.get(change.person.source_id)
        made = await _parcel(change, employee, inbox, ledger, settings, today, code_changed=code_changed)
        if isinstance(made, DeliveryItem):
            parcels[position] = made
        else:
            outcomes[position] = made
    for position, refusal in _refused(parcels, inbox).items():
        outcomes[position] = failed(parcels.pop(position).change, refusal)
    if parcels:
        await note({parcel.change.person.source_id: _in_doubt(parcel) for parcel in parcels.values()})
        delivered = await _delivered(list(parcels.values()), send or inbox.deliver, settings)
        outcomes |= dict(zip(parcels, delivered, strict=True))
    return [outcomes[position] for position in range(len(changes))]


async def _parcel(
    change: Change,
    employee: Employee | None,
    inbox: FileTarget,
    ledger: DeliveredState,
    settings: Settings,
    today: date,
    *,
    code_changed: bool,
) -> DeliveryItem | Outcome:
    if employee is None:
        return unmade(change, OutcomeKind.CONFLICT, "apply.gone_from_source")
    try:
        desired = await inbox.desired(employee, settings, today)
        made, whose = change.source_fingerprint, change.person.source_id
        record = ledger.carried(made, desired.record, whose)
        if not ledger.is_of(made, record, whose):
            return stale(change, "apply.source_changed", code_changed=code_changed)
    except ProviderError:
        raise
    except Exception as error:
        # One person's data stays out of the delivery of the others. Its words may be personal: not logged.
        _log.error("parcel_failed_unexpectedly", error=type(error).__name__, source_id=id_of(change.person.source_id))
        return unmade(change, OutcomeKind.FAILED, "check.person.unexpected")
    return DeliveryItem(change=change, record=record)


def _refused(parcels: Mapping[int, DeliveryItem], inbox: FileTarget) -> dict[int, Rejected]:
    """Who cannot be in the file with the others, by position among the changes."""
    if not isinstance(inbox, Refuses):
        return {}
    positions = list(parcels)
    return {positions[place]: why for place, why in inbox.refused(list(parcels.values())).items()}


async def _delivered(parcels: Sequence[DeliveryItem], send: Send, settings: Settings) -> list[Outcome]:
    try:
        applied = await send(parcels, settings)
    except ProviderError as error:
        if error.scope is ErrorScope.RUN:
            raise
        if isinstance(error, Unavailable):
            return [unknown(parcel.change, error, parcel.number) for parcel in parcels]
        return [failed(parcel.change, error) for parcel in parcels]
    return [success(parcel.change, one) for parcel, one in zip(parcels, applied, strict=True)]


def _in_doubt(parcel: DeliveryItem) -> SyncedPerson:
    return SyncedPerson(parcel.change.person.number, parcel.number, parcel.change.delivery)
