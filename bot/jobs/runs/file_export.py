"""People as a file that is handed to a person, instead of being delivered: nothing is written to the target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.ownership import OwnershipCheck
from bot.core.text import text
from bot.jobs.notifications.file_recipient import Hand
from bot.providers.errors import NotPermitted, Unsupported
from bot.providers.protocol import DeliveryItem, FileTarget, PackedFile, Settings, Target, WriteResult, makes_files
from bot.sync.apply.deliver import Send


@dataclass(frozen=True, slots=True, kw_only=True)
class FileExport:
    """Packs people and hands the file over. `own` raises `OwnershipLost` when the run is another process's by now."""

    hand: Hand
    own: OwnershipCheck

    def sender(self, target: Target | FileTarget) -> Send:
        """What takes the place of the target's own delivery. Raises `Unsupported` where it makes no files for people:
        whatever led here, a run that was asked to make a file never writes.
        """
        if not makes_files(target):
            raise Unsupported("no files for people", text=text("file.unsupported"))

        async def send(parcels: Sequence[DeliveryItem], settings: Settings) -> Sequence[WriteResult]:
            file = await target.pack(parcels, settings)
            await self.own()
            await self.hand(file, len(parcels))
            return [WriteResult(target_id=parcel.number) for parcel in parcels]

        return send


async def nobody_gives(file: PackedFile, people: int) -> None:  # noqa: ARG001 - as `Hand` is called
    """A `Hand` where no files are handed out. Raises `NotPermitted`."""
    raise NotPermitted("nobody hands out files", text=text("file.unsupported"))
