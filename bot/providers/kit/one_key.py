"""Parcels of one file that an importer would take for one person: they share what it knows people by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.domain.record import Level
from bot.providers.kit.elements import plain
from bot.providers.protocol import DeliveryItem


def shared_keys(parcels: Sequence[DeliveryItem]) -> dict[int, str]:
    """The field that a parcel has in common with another one, `identity_number` or `number`, by its position."""
    written, known = [plain(parcel.number) for parcel in parcels], [_identity(parcel) for parcel in parcels]
    numbers, identities = Counter(written), Counter(identity for identity in known if identity)
    return {
        position: "identity_number" if identities[identity] > 1 else "number"
        for position, (number, identity) in enumerate(zip(written, known, strict=True))
        if numbers[number] > 1 or identities[identity] > 1
    }


def _identity(parcel: DeliveryItem) -> str:
    persons = (part.values for part in parcel.record if part.level is Level.PERSON)
    return str(next((values.get("identity_number") for values in persons), "") or "")
